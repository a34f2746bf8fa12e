#pragma once

#include <mint/base/error.hpp>
#include <mint/base/url.hpp>
#include <mint/http/connect_options.hpp>
#include <mint/http/connection.hpp>

#include <cstdint>
#include <expected>
#include <string_view>

namespace mint::http {

/// Connects to a host by name, IPv4 or IPv6 (with or without brackets), each of its addresses in turn, within
/// `options.timeout`. Blocks until then. TCP_NODELAY is on, SIGPIPE is never raised, the descriptor isn't inherited.
///
/// errc::invalid_host, invalid_argument (an option; `https`, which needs TLS), name_not_found, connection_refused,
/// host_unreachable, connect_timeout, system_error. Of several addresses' errors the last one is returned.
[[nodiscard]] std::expected<connection, error> connect(scheme s, std::string_view host, std::uint16_t port,
                                                       const connect_options& options = {});

}  // namespace mint::http
