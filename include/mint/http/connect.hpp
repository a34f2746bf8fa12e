#pragma once

#include <mint/base/error.hpp>
#include <mint/base/url.hpp>
#include <mint/http/connect_options.hpp>
#include <mint/http/connection.hpp>
#include <mint/net/socket.hpp>

#include <cstdint>
#include <expected>
#include <string_view>

namespace mint::http {

/// Connects to a host by name, IPv4 or IPv6 (with or without brackets), by way of the proxy and with the TLS that the
/// options ask for, within `options.timeout`. Blocks until then: it is `connecting`, waited for. TCP_NODELAY is on,
/// SIGPIPE is never raised, the descriptor isn't inherited.
///
/// `https` is verified against the system's CAs and the host's name unless the options say otherwise; the connection is
/// given only after that. Errors: those of `connecting::start` and `connecting::step`.
[[nodiscard]] std::expected<connection, error> connect(scheme s, std::string_view host, std::uint16_t port,
                                                       const connect_options& options = {});

/// The same over a socket that the caller connected. See `connecting::over`.
[[nodiscard]] std::expected<connection, error> connect_over(net::socket connected, scheme s, std::string_view host,
                                                            std::uint16_t port, const connect_options& options = {});

}  // namespace mint::http
