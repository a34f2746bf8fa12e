#include "support/tls_server.hpp"

#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <openssl/err.h>
#include <openssl/pem.h>

namespace mint::testing {

namespace {

void check(bool is_done, const char* step) {
    if (!is_done) throw std::runtime_error(std::string{"TLS server: "} + step);
}

void check_system(int result, const char* step) {
    if (result < 0) throw std::system_error(errno, std::generic_category(), step);
}

int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char*, unsigned,
                    void* wanted) {
    const auto& protocol = *static_cast<const std::string*>(wanted);
    *chosen = reinterpret_cast<const unsigned char*>(protocol.data());
    *size = static_cast<unsigned char>(protocol.size());
    return SSL_TLSEXT_ERR_OK;
}

void trust_clients(SSL_CTX* context) {
    const std::string& pem = certificates::shared().client_ca.certificate;
    BIO* const in = ::BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
    X509* const ca = ::PEM_read_bio_X509(in, nullptr, nullptr, nullptr);
    check(ca != nullptr && ::X509_STORE_add_cert(::SSL_CTX_get_cert_store(context), ca) == 1, "client CA");
    ::X509_free(ca);
    ::BIO_free(in);
}

}  // namespace

tls_server::tls_server(const tls_server_options& options)
    : context_(::SSL_CTX_new(::TLS_server_method()), ::SSL_CTX_free),
      alpn_(std::make_shared<const std::string>(options.alpn)) {
    SSL_CTX* const made = context_.get();
    check(made != nullptr, "context");
    check(::SSL_CTX_use_certificate_chain_file(made, options.identity->certificate_file.c_str()) == 1, "certificate");
    check(::SSL_CTX_use_PrivateKey_file(made, options.identity->key_file.c_str(), SSL_FILETYPE_PEM) == 1, "key");
    ::SSL_CTX_set_min_proto_version(made, options.min_version);
    ::SSL_CTX_set_max_proto_version(made, options.max_version);
    if (!options.ciphers.empty()) check(::SSL_CTX_set_cipher_list(made, options.ciphers.c_str()) == 1, "ciphers");
    ::SSL_CTX_set_max_send_fragment(made, static_cast<long>(options.max_record_content));
    ::SSL_CTX_set_num_tickets(made, options.ticket_count);
    constexpr std::array<unsigned char, 4> session_id_context{'m', 'i', 'n', 't'};
    ::SSL_CTX_set_session_id_context(made, session_id_context.data(), session_id_context.size());
    if (!alpn_->empty()) {
        ::SSL_CTX_set_alpn_select_cb(made, choose_protocol, const_cast<std::string*>(alpn_.get()));
    }
    if (options.wants_client_certificate || options.may_ask_later) trust_clients(made);
    if (options.wants_client_certificate) {
        ::SSL_CTX_set_verify(made, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    }
}

tls_server_stream::tls_server_stream(const tls_server& server) : server_(server), ssl_(::SSL_new(server.context())) {
    check(ssl_ != nullptr, "connection");
    ::SSL_set_bio(ssl_.get(), ::BIO_new(::BIO_s_mem()), ::BIO_new(::BIO_s_mem()));
    ::SSL_set_accept_state(ssl_.get());
}

void tls_server_stream::receive(std::string_view ciphertext) {
    if (!ciphertext.empty()) {
        ::BIO_write(::SSL_get_rbio(ssl_.get()), ciphertext.data(), static_cast<int>(ciphertext.size()));
    }
    step();
}

void tls_server_stream::step() {
    if (!failure_.empty()) return;
    ::ERR_clear_error();
    if (!is_established()) {
        if (const int result = ::SSL_do_handshake(ssl_.get()); result != 1) return note_failure(result);
    }
    std::array<char, 16 * 1024> space;
    while (true) {
        const int size = ::SSL_read(ssl_.get(), space.data(), static_cast<int>(space.size()));
        if (size <= 0) {
            note_failure(size);
            break;
        }
        received.append(space.data(), static_cast<std::size_t>(size));
    }
    if (!waiting_.empty() && failure_.empty()) send(std::exchange(waiting_, {}));
}

void tls_server_stream::note_failure(int result) {
    const int reason = ::SSL_get_error(ssl_.get(), result);
    if (reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_ZERO_RETURN) return;
    const char* const words = ::ERR_reason_error_string(::ERR_peek_error());
    failure_ = words != nullptr ? words : "unknown";
    ::ERR_clear_error();
}

void tls_server_stream::send(std::string_view plaintext) {
    if (!is_established()) {
        waiting_ += plaintext;
        return;
    }
    ::ERR_clear_error();
    if (!plaintext.empty()) {
        const int size = ::SSL_write(ssl_.get(), plaintext.data(), static_cast<int>(plaintext.size()));
        check(size == static_cast<int>(plaintext.size()), "write");
    }
}

void tls_server_stream::request_key_update() {
    check(::SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_REQUESTED) == 1, "key update");
    check(::SSL_do_handshake(ssl_.get()) == 1, "key update");
}

void tls_server_stream::send_ticket() {
    check(::SSL_new_session_ticket(ssl_.get()) == 1, "ticket");
    check(::SSL_do_handshake(ssl_.get()) == 1, "ticket");
}

void tls_server_stream::ask_for_certificate() {
    ::SSL_set_verify(ssl_.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT | SSL_VERIFY_POST_HANDSHAKE,
                     nullptr);
    check(::SSL_verify_client_post_handshake(ssl_.get()) == 1, "certificate request");
    check(::SSL_do_handshake(ssl_.get()) == 1, "certificate request");
}

void tls_server_stream::ask_to_renegotiate() {
    check(::SSL_renegotiate(ssl_.get()) == 1, "renegotiation");
    ::SSL_do_handshake(ssl_.get());
}

void tls_server_stream::close_notify() { ::SSL_shutdown(ssl_.get()); }

std::string tls_server_stream::take_output() {
    BIO* const out = ::SSL_get_wbio(ssl_.get());
    std::string result(::BIO_ctrl_pending(out), '\0');
    if (!result.empty()) ::BIO_read(out, result.data(), static_cast<int>(result.size()));
    return result;
}

std::string tls_server_stream::server_name() const {
    const char* const name = ::SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
    return name != nullptr ? name : "";
}

tls_peer_on_socket::tls_peer_on_socket() {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    check_system(listener_, "socket");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const where = reinterpret_cast<sockaddr*>(&address);
    check_system(::bind(listener_, where, size), "bind");
    check_system(::listen(listener_, 16), "listen");
    check_system(::getsockname(listener_, where, &size), "getsockname");
    port_ = ntohs(address.sin_port);
}

tls_peer_on_socket::~tls_peer_on_socket() {
    close();
    ::close(listener_);
}

void tls_peer_on_socket::accept(int receive_buffer_size) {
    close();
    if (receive_buffer_size > 0) {
        check_system(::setsockopt(listener_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_size, sizeof receive_buffer_size),
                     "SO_RCVBUF");
    }
    connection_ = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    check_system(connection_, "accept");
    const int on = 1;
    check_system(::setsockopt(connection_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "TCP_NODELAY");
}

bool tls_peer_on_socket::pump() {
    bool has_moved = false;
    std::array<char, 64 * 1024> space;
    ssize_t size = 0;
    while (reads && connection_ >= 0 && (size = ::recv(connection_, space.data(), space.size(), 0)) > 0) {
        has_moved = true;
        std::string octets{space.data(), static_cast<std::size_t>(size)};
        for (tls_server_stream& layer : layers_) {
            layer.receive(octets);
            if (&layer != &layers_.back()) octets = std::exchange(layer.received, {});
        }
        if (layers_.empty()) received += octets;
    }
    if (size == 0 && reads) is_at_end_ = true;
    push_down();
    while (!unsent_.empty() && connection_ >= 0) {
        const ssize_t sent = ::send(connection_, unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
        if (sent <= 0) break;
        has_moved = true;
        unsent_.erase(0, static_cast<std::size_t>(sent));
    }
    return has_moved;
}

/// What each layer made becomes content of the one below.
void tls_peer_on_socket::push_down() {
    for (std::size_t i = layers_.size(); i > 1; --i) layers_[i - 2].send(layers_[i - 1].take_output());
    if (!layers_.empty()) unsent_ += layers_.front().take_output();
}

void tls_peer_on_socket::finish() { check_system(::shutdown(connection_, SHUT_WR), "shutdown"); }

void tls_peer_on_socket::reset() {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    check_system(::setsockopt(connection_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), "SO_LINGER");
    close();
}

void tls_peer_on_socket::close() {
    if (connection_ >= 0) ::close(std::exchange(connection_, -1));
    layers_.clear();
    unsent_.clear();
    received.clear();
    is_at_end_ = false;
}

}  // namespace mint::testing
