#pragma once

#include <mint/base/credentials.hpp>
#include <mint/base/error.hpp>
#include <mint/base/headers.hpp>
#include <mint/net/tls_options.hpp>

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace mint::http {

/// How a proxy is spoken to.
enum class proxy_kind : std::uint8_t {
    http,    ///< HTTP in clear text: CONNECT, or forwarding
    https,   ///< the same over TLS; to the target there is a second TLS inside
    socks5,  ///< SOCKS 5 (RFC 1928); names are looked up by the proxy
};

/// A proxy between here and the target.
///
/// Its credentials and fields go to the proxy alone, never to the target; the target's never to the proxy, but for an
/// http request that it forwards.
struct proxy {
    proxy_kind kind = proxy_kind::http;
    std::string host;        ///< a name or an address; IPv6 with or without brackets
    std::uint16_t port = 0;  ///< 8080 is as usual as 3128; there is no default

    /// HTTP: Basic, as Proxy-Authorization (RFC 9110 §11.7.2). SOCKS5: RFC 1929, each 1 to 255 octets.
    std::optional<mint::credentials> credentials = {};

    /// More fields of the CONNECT request, or of each request forwarded.
    headers fields = {};

    /// Of a proxy_kind::https: whom to trust there. The target's are connect_options' own.
    net::tls_options tls = {};
};

/// Reads `http://`, `https://`, `socks5://` or `socks5h://`, `[user:password@]host[:port]`, with nothing or a slash
/// behind it; without a scheme it is http. Without a port: 1080 for SOCKS, 443 for https, 80 for http. User and
/// password are percent-decoded. Names go to a SOCKS proxy unresolved in both spellings. errc::invalid_url, whose
/// detail says what is wrong and never has the password.
[[nodiscard]] std::expected<proxy, error> parse_proxy(std::string_view text);

}  // namespace mint::http
