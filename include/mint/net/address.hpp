#pragma once

#include <mint/version.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mint::net {

enum class ip_version : std::uint8_t { v4, v6 };

/// Where a TCP connection goes to: an IP address and a port. A regular type.
struct address {
    ip_version version = ip_version::v4;
    std::uint16_t port = 0;

    /// The interface of a link-local IPv6 address (RFC 4007 §11), or 0.
    std::uint32_t scope = 0;

    /// In network order; IPv4 has the first four.
    std::array<std::uint8_t, 16> octets{};

    friend bool operator==(const address&, const address&) = default;
};

/// Reads an IPv4 or IPv6 literal, the latter with or without brackets and zone, behind `%` or, as in a URL, `%25`
/// (RFC 6874). Nothing for a name, or for a zone that this system doesn't have. Asks nobody.
[[nodiscard]] std::optional<address> parse_address(std::string_view literal, std::uint16_t port);

/// `127.0.0.1:80`, `[::1]:80`.
[[nodiscard]] std::string to_string(const address& a);

}  // namespace mint::net
