#include "echo_tls.hpp"

#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace mintws {

namespace {

// What OpenSSL says of the first thing that went wrong; its queue is empty then.
std::string reason() {
    const auto code = ::ERR_get_error();
    ::ERR_clear_error();
    const char* const text = ::ERR_reason_error_string(code);
    return text == nullptr ? "unusable" : text;
}

// A FIFO or a device, which OpenSSL would wait for.
bool would_wait(const std::string& file) {
    std::error_code ignored;
    const auto what = std::filesystem::status(file, ignored);
    return std::filesystem::exists(what) && !std::filesystem::is_regular_file(what);
}

// The first that both speak, as the client prefers (RFC 7301 §3.2); who offers nothing gets HTTP/1.1 unasked.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                    unsigned offered_size, void*) {
    const std::string_view list{reinterpret_cast<const char*>(offered), offered_size};
    for (std::size_t at = 0; at < list.size();) {
        const auto length = static_cast<unsigned char>(list[at]);
        const auto name = list.substr(at + 1, length);
        if (name == "http/1.1" || name == "h2") {
            *chosen = offered + at + 1;
            *size = length;
            return SSL_TLSEXT_ERR_OK;
        }
        at += 1U + length;
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace

void free_tls::operator()(ssl_ctx_st* context) const noexcept { ::SSL_CTX_free(context); }
void free_tls::operator()(ssl_st* connection) const noexcept { ::SSL_free(connection); }

std::expected<echo_tls, std::string> echo_tls::load(const std::string& certificate_file, const std::string& key_file) {
    ::ERR_clear_error();
    echo_tls tls;
    tls.context_.reset(::SSL_CTX_new(::TLS_server_method()));
    auto* const context = tls.context_.get();
    if (context == nullptr || ::SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1) {
        return std::unexpected("TLS: " + reason());
    }
    for (const auto& file : {certificate_file, key_file}) {
        if (would_wait(file)) return std::unexpected(file + ": it is no regular file");
    }
    if (::SSL_CTX_use_certificate_chain_file(context, certificate_file.c_str()) != 1) {
        return std::unexpected(certificate_file + ": no certificate: " + reason());
    }
    if (::SSL_CTX_use_PrivateKey_file(context, key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
        return std::unexpected(key_file + ": no private key, or not this certificate's: " + reason());
    }
    ::SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
    ::SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
    // Tickets are enough for resumption: the server keeps nothing. A buffer is held only while something is in it, and
    // one read takes all the records that it has room for.
    ::SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    ::SSL_CTX_set_mode(context,
                       SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    ::SSL_CTX_set_read_ahead(context, 1);
    return tls;
}

echo_tls::connection echo_tls::accept(int socket) const {
    if (!context_) return nullptr;
    connection made{::SSL_new(context_.get())};
    if (made && ::SSL_set_fd(made.get(), socket) != 1) made.reset();
    if (made) ::SSL_set_accept_state(made.get());
    return made;
}

}  // namespace mintws
