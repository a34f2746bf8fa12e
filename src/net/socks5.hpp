#pragma once

#include <mint/base/buffer.hpp>
#include <mint/base/bytes.hpp>
#include <mint/base/credentials.hpp>
#include <mint/base/error.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace mint::net::detail {

/// The client's side of SOCKS 5's CONNECT (RFC 1928), with username and password where they are given (RFC 1929): a
/// machine without a socket.
///
/// `start` once, then `receive` whatever comes until `is_done`. Octets to send are appended to the caller's buffer. No
/// octet behind the proxy's last answer is taken: those are the next layer's. After an error it repeats it.
class socks5 {
  public:
    /// `host`: a name, which the proxy looks up, or an IPv4 or IPv6 literal, with or without brackets.
    /// errc::invalid_argument: a name over 255 octets; a username or password that is empty or over 255 octets.
    [[nodiscard]] static std::expected<socks5, error> create(std::string_view host, std::uint16_t port,
                                                             const std::optional<mint::credentials>& who);

    /// Appends the greeting.
    void start(buffer& out);

    /// Takes octets from the front of `input` and returns how many: fewer than all only once it is done.
    /// errc::socks_refused, whose detail says why; invalid_socks_reply.
    [[nodiscard]] std::expected<std::size_t, error> receive(byte_view input, buffer& out);

    [[nodiscard]] bool is_done() const noexcept;
};

}  // namespace mint::net::detail
