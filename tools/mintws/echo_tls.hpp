#pragma once

#include <expected>
#include <memory>
#include <string>

// OpenSSL's, which only the sources name further.
struct ssl_ctx_st;
struct ssl_st;

namespace mintws {

struct free_tls {
    void operator()(ssl_ctx_st* context) const noexcept;
    void operator()(ssl_st* connection) const noexcept;
};

/// The echo server's side of TLS: its certificate and what it accepts, for all of its connections. TLS 1.2 and later,
/// h2 and http/1.1 by ALPN.
class echo_tls {
  public:
    using connection = std::unique_ptr<ssl_st, free_tls>;

    /// None: connections are in clear text.
    echo_tls() noexcept = default;

    /// Reads a certificate, with the chain behind it, and its private key: PEM files. The error is a line for a person.
    [[nodiscard]] static std::expected<echo_tls, std::string> load(const std::string& certificate_file,
                                                                   const std::string& key_file);

    /// The TLS of a connection over a non-blocking socket, which it doesn't own; null without TLS, and where there is
    /// no memory for it.
    [[nodiscard]] connection accept(int socket) const;

    explicit operator bool() const noexcept { return context_ != nullptr; }

  private:
    std::unique_ptr<ssl_ctx_st, free_tls> context_;
};

}  // namespace mintws
