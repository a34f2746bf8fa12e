#pragma once

#include <mint/base/buffer.hpp>
#include <mint/base/bytes.hpp>
#include <mint/base/credentials.hpp>
#include <mint/base/error.hpp>

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace mint::net::detail {

/// The client's side of SOCKS 5's CONNECT (RFC 1928), with username and password where they are given (RFC 1929): a
/// machine without a socket.
///
/// `start` once, then `receive` whatever comes until `is_done`. Octets to send are appended to the caller's buffer. No
/// octet behind the proxy's last answer is taken: those are the next layer's. After an error it repeats it.
class socks5 {
  public:
    /// `host`: a name, which the proxy looks up, or an IPv4 or IPv6 literal, with or without brackets; a zone, which
    /// means something here only, is dropped. errc::invalid_argument: what is neither, or a name over 255 octets; a
    /// username or password that is empty or over 255 octets.
    [[nodiscard]] static std::expected<socks5, error> create(std::string_view host, std::uint16_t port,
                                                             const std::optional<mint::credentials>& who);

    /// Appends the greeting.
    void start(buffer& out) const;

    /// Takes octets from the front of `input` and returns how many: fewer than all only once it is done.
    /// errc::socks_refused, whose detail says why; invalid_socks_reply. The offset is the octet's that says so.
    [[nodiscard]] std::expected<std::size_t, error> receive(byte_view input, buffer& out);

    [[nodiscard]] bool is_done() const noexcept { return next_ == part::nothing; }

  private:
    /// What the next octet is.
    enum class part : std::uint8_t {
        method_version,
        method,
        login_version,
        login_status,
        reply_version,
        reply_code,
        reply_reserved,
        bound_type,
        bound_name_size,
        bound,  ///< the address and port that the proxy bound, of which nothing is needed
        nothing,
    };

    socks5(std::string login, std::string request) noexcept : login_(std::move(login)), request_(std::move(request)) {}

    [[nodiscard]] std::expected<void, error> take(std::uint8_t octet, buffer& out);
    [[nodiscard]] std::expected<void, error> take_method(std::uint8_t method, buffer& out);
    [[nodiscard]] std::expected<void, error> take_bound_type(std::uint8_t type);

    std::string login_;    // RFC 1929's message; empty without credentials
    std::string request_;  // RFC 1928 §4's
    part next_ = part::method_version;
    std::uint16_t left_ = 0;  // octets of part::bound
    std::uint64_t offset_ = 0;
    std::optional<error> failure_;
};

}  // namespace mint::net::detail
