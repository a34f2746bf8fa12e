#pragma once

#include "net/socks5.hpp"

#include <mint/base/buffer.hpp>
#include <mint/base/bytes.hpp>
#include <mint/base/error.hpp>
#include <mint/base/headers.hpp>
#include <mint/http/connect_options.hpp>
#include <mint/http/proxy.hpp>
#include <mint/http1/client_machine.hpp>

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace mint::http::detail {

/// The fields that go to the proxy: its own, with Proxy-Authorization for its credentials.
/// errc::invalid_argument for credentials that can't be written.
[[nodiscard]] std::expected<headers, error> fields_for_proxy(const proxy& via);

/// Asks a proxy for a way to the target, by CONNECT or SOCKS 5: a machine without a socket.
///
/// `start` once, then `receive` whatever comes until it says true. Octets to send are appended to the caller's buffer.
class proxy_handshake {
  public:
    /// `options` has the user-agent and the limits.
    [[nodiscard]] static std::expected<proxy_handshake, error> create(const proxy& via, std::string_view host,
                                                                      std::uint16_t port,
                                                                      const connect_options& options);

    [[nodiscard]] std::expected<void, error> start(buffer& out);

    /// True once the way is there. errc::proxy_refused with the response, those of SOCKS and of HTTP/1.1's syntax.
    [[nodiscard]] std::expected<bool, error> receive(byte_view input, buffer& out);

    /// True once the header section of a refusal came; its content may take longer.
    [[nodiscard]] bool is_refused() const noexcept { return has_fields_; }

    /// Of an answer to CONNECT that isn't whole or can't be read: its head as far as it came.
    [[nodiscard]] std::string_view unfinished_head() const noexcept {
        const auto* const way = std::get_if<tunnel>(&way_);
        return way != nullptr ? way->machine.unfinished_head() : std::string_view{};
    }

    /// The proxy ended the connection, or its refusal isn't waited for any longer: why there is no way.
    [[nodiscard]] error receive_eof();

    /// Octets behind the proxy's answer: the next layer's.
    [[nodiscard]] byte_view unread() const noexcept { return as_bytes(unread_); }

  private:
    struct tunnel {
        http1::client_machine machine;
        std::string authority;
        headers fields;
    };

    explicit proxy_handshake(std::variant<tunnel, net::detail::socks5> way) : way_(std::move(way)) {}

    [[nodiscard]] std::expected<bool, error> receive_http(tunnel& way, byte_view input);
    [[nodiscard]] error refusal(std::string detail = {});

    std::variant<tunnel, net::detail::socks5> way_;
    refused_response answer_;
    std::size_t max_refusal_size_ = 0;
    bool has_fields_ = false;
    std::string unread_;
    std::vector<response> responses_;
};

}  // namespace mint::http::detail
