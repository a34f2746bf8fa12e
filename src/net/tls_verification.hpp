#pragma once

#include "net/tls_settings.hpp"

#include <mint/base/error.hpp>
#include <mint/net/address.hpp>

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

namespace mint::net::detail {

/// Whom a certificate must be for (RFC 9525 §6): an IP address, or a DNS name in lower case without the root's dot.
struct peer_name {
    std::string text;
    std::optional<address> ip = std::nullopt;

    /// An IPv4 or IPv6 literal, perhaps with brackets and zone, or a DNS name. errc::invalid_host.
    [[nodiscard]] static std::expected<peer_name, error> read(std::string_view text);

    /// Makes the handshake ask for it: the SNI of a DNS name (an address has none, RFC 6066 §3), and the check.
    void apply_to(SSL* ssl) const;

    [[nodiscard]] bool is_in(X509* certificate) const;

    friend bool operator==(const peer_name& a, const peer_name& b) noexcept { return a.text == b.text; }
};

/// What the handshake's check of the server's certificate needs, and what it finds.
struct verification {
    const tls_settings* settings;
    const peer_name* name;
    std::optional<error> verdict = std::nullopt;

    /// Where the connection's handshake looks for it; nullptr outside of a handshake.
    static void set(SSL* ssl, verification* v) noexcept { SSL_set_app_data(ssl, v); }
};

/// Has each handshake of `context` check the server's certificate: pinned keys, and then chain and name unless the
/// settings are insecure.
void set_verification(SSL_CTX* context);

/// True where there are no pins, or the certificate's key is one of them.
[[nodiscard]] bool has_pinned_key(const tls_settings& settings, X509* certificate);

/// The subject as text: printable ASCII, of bounded length.
[[nodiscard]] std::string subject_of(X509* certificate);

}  // namespace mint::net::detail
