#pragma once

#include "net/tls_settings.hpp"
#include "net/tls_verification.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

namespace mint::net::detail {

/// What a tls_session holds.
struct stored_session {
    std::string host;  // as peer_name has it
    std::uint16_t port = 0;
    bool is_verified = false;
    key_digest identity{};  // tls_settings::identity
    openssl_ptr<SSL_SESSION> session;

    /// A session for one connection: OpenSSL spoils that of a connection which wasn't closed in good order, so that
    /// none may be shared. Nothing where memory runs out.
    [[nodiscard]] static openssl_ptr<SSL_SESSION> copy_of(SSL_SESSION* session) noexcept {
        return openssl_ptr<SSL_SESSION>{::SSL_SESSION_dup(session)};
    }

    /// Empty for one that is too big to be kept.
    [[nodiscard]] std::string write() const;

    /// Nothing for what isn't such a text.
    [[nodiscard]] static std::optional<stored_session> read(std::string_view text);

    /// True if it may be resumed: what was checked when it was got would still hold.
    [[nodiscard]] bool fits(const peer_name& name, std::uint16_t wanted_port, const tls_settings& settings) const;
};

}  // namespace mint::net::detail
