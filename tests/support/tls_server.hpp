#pragma once

#include "support/certificates.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/ssl.h>

namespace mint::testing {

/// What a TLS server is and asks for.
struct tls_server_options {
    const credential* identity = &certificates::shared().good;

    /// As OpenSSL numbers them; 0 for what it takes by itself.
    int min_version = 0;
    int max_version = 0;

    /// Chosen whatever the client offers; empty chooses none.
    std::string alpn = {};

    bool wants_client_certificate = false;

    /// Trusts the CA of the clients, for `ask_for_certificate`.
    bool may_ask_later = false;

    /// Tickets that each handshake of TLS 1.3 ends with.
    std::size_t ticket_count = 2;

    /// For TLS 1.2 (ciphers); empty for the library's choice.
    std::string ciphers = {};

    /// Content of the largest record that it sends.
    std::size_t max_record_content = 16 * 1024;
};

/// What the connections to one server share: its certificate, and the keys of its tickets.
class tls_server {
  public:
    explicit tls_server(const tls_server_options& options = {});

    [[nodiscard]] SSL_CTX* context() const noexcept { return context_.get(); }

  private:
    std::shared_ptr<SSL_CTX> context_;
    std::shared_ptr<const std::string> alpn_;
};

/// The server's side of one TLS connection, in memory.
class tls_server_stream {
  public:
    explicit tls_server_stream(const tls_server& server);

    /// Takes ciphertext: shakes hands, and appends what was decrypted to `received`.
    void receive(std::string_view ciphertext);

    /// Encrypts; before the handshake's end it waits for that.
    void send(std::string_view plaintext);

    /// Asks for new keys, and for the same of the client's (RFC 8446 §4.6.3).
    void request_key_update();

    /// Sends another ticket (TLS 1.3).
    void send_ticket();

    /// Asks for a certificate after the handshake (TLS 1.3).
    void ask_for_certificate();

    /// Sends a HelloRequest (TLS 1.2).
    void ask_to_renegotiate();

    /// Ends the server's direction.
    void close_notify();

    /// Ciphertext for the client; it is taken out.
    [[nodiscard]] std::string take_output();

    [[nodiscard]] bool is_established() const noexcept { return ::SSL_is_init_finished(ssl_.get()) == 1; }
    [[nodiscard]] bool is_resumed() const noexcept { return ::SSL_session_reused(ssl_.get()) == 1; }

    /// The name in SNI; empty without one.
    [[nodiscard]] std::string server_name() const;

    /// True once the client's close_notify came.
    [[nodiscard]] bool is_closed() const noexcept {
        return (::SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
    }

    /// OpenSSL's words for what failed, which for an alert of the client's has its name; empty where nothing did.
    [[nodiscard]] const std::string& failure() const noexcept { return failure_; }

    /// True if the client showed a certificate.
    [[nodiscard]] bool has_client_certificate() const noexcept {
        return ::SSL_get0_peer_certificate(ssl_.get()) != nullptr;
    }

    std::string received;

  private:
    void step();
    void note_failure(int result);

    struct deleter {
        void operator()(SSL* ssl) const noexcept { ::SSL_free(ssl); }
    };

    tls_server server_;  // whose ALPN OpenSSL has a pointer to
    std::unique_ptr<SSL, deleter> ssl_;
    std::string waiting_;  // to be encrypted after the handshake
    std::string failure_;
};

/// The other end of a TCP connection on the loopback with any number of TLS layers on it, in the test's own thread: it
/// does something in `pump` only, and never waits there.
class tls_peer_on_socket {
  public:
    /// Listens on a free port.
    tls_peer_on_socket();
    tls_peer_on_socket(const tls_peer_on_socket&) = delete;
    tls_peer_on_socket& operator=(const tls_peer_on_socket&) = delete;
    ~tls_peer_on_socket();

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    [[nodiscard]] int descriptor() const noexcept { return connection_; }

    /// Takes the next connection, in place of the one before, without layers. A small receive buffer fills soon.
    void accept(int receive_buffer_size = 0);

    /// Puts a layer on top of those that there are.
    void add_layer(const tls_server& server) { layers_.emplace_back(server); }

    /// Reads and sends what it can; true if anything was moved.
    bool pump();

    /// While false `pump` reads nothing: the client's octets fill the way.
    bool reads = true;

    /// The uppermost layer, or another one.
    [[nodiscard]] tls_server_stream& top() { return layers_.back(); }
    [[nodiscard]] tls_server_stream& layer(std::size_t number) { return layers_.at(number); }

    /// Octets of the client's below all layers, as long as there is none.
    std::string received;

    /// Sends octets as they are, below all layers.
    void send_raw(std::string_view octets) { unsent_ += octets; }

    /// True while octets of ours wait for the socket.
    [[nodiscard]] bool has_unsent() const noexcept { return !unsent_.empty(); }

    /// Ends our direction below all layers: a FIN.
    void finish();
    void close();

    /// Ends both directions at once with a reset.
    void reset();

    [[nodiscard]] bool is_at_end() const noexcept { return is_at_end_; }

  private:
    void push_down();

    int listener_ = -1;
    int connection_ = -1;
    std::uint16_t port_ = 0;
    bool is_at_end_ = false;
    std::vector<tls_server_stream> layers_;
    std::string unsent_;
};

}  // namespace mint::testing
