#pragma once

#include <mint/base/error.hpp>

#include <expected>
#include <string>
#include <string_view>

namespace mint {

/// A name and a password, for Basic authentication and for SOCKS5.
struct credentials {
    std::string username;
    std::string password;

    friend bool operator==(const credentials&, const credentials&) = default;
};

/// The Authorization or Proxy-Authorization value of Basic authentication (RFC 7617 §2): `Basic dXNlcjpwYXNz`. UTF-8
/// goes out as it is. errc::invalid_argument for a colon in the name, or a control in either.
[[nodiscard]] std::expected<std::string, error> basic_credentials(const credentials& who);

/// The Authorization value of a bearer token (RFC 6750 §2.1). errc::invalid_argument for a token that is no `b64token`.
[[nodiscard]] std::expected<std::string, error> bearer_credentials(std::string_view token);

/// `user:password` taken apart at its first colon, as a URL's userinfo has it (percent-decoded already).
[[nodiscard]] credentials split_userinfo(std::string_view userinfo);

}  // namespace mint
