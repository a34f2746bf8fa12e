#pragma once

#include <mint/net/address.hpp>

#include <optional>
#include <sys/socket.h>

namespace mint::net::detail {

/// An address as the system's calls want it.
struct socket_address {
    sockaddr_storage storage{};
    socklen_t size = 0;

    [[nodiscard]] const sockaddr* data() const noexcept { return reinterpret_cast<const sockaddr*>(&storage); }
};

[[nodiscard]] socket_address to_socket_address(const address& a) noexcept;

/// Nothing for families other than IPv4 and IPv6.
[[nodiscard]] std::optional<address> from_socket_address(const sockaddr* from) noexcept;

}  // namespace mint::net::detail
