#pragma once

#include <mint/base/error.hpp>

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace mint {

/// Schemes of an HTTP connection.
enum class scheme : std::uint8_t { http, https };

/// Schemes of a WebSocket (RFC 6455 §3).
enum class ws_scheme : std::uint8_t { ws, wss };

/// An http, https, ws or wss URL taken apart (RFC 3986, RFC 6455 §3). Holds only what may go on the wire.
struct url {
    bool is_websocket = false;  ///< ws or wss
    bool is_secure = false;     ///< wss or https
    std::string host;           ///< reg-name in lower case, IPv4, or IPv6 without brackets and zone
    std::uint16_t port = 0;     ///< the scheme's default where the URL has none
    std::string target = "/";   ///< path and query, as it goes into the request line; never empty
    std::string userinfo;       ///< percent-decoded "user:password", or empty; never part of Host
    std::string zone = {};      ///< percent-decoded (RFC 6874), or empty: the interface of an IPv6 address; never sent

    [[nodiscard]] scheme http_scheme() const noexcept { return is_secure ? scheme::https : scheme::http; }
    [[nodiscard]] mint::ws_scheme websocket_scheme() const noexcept {
        return is_secure ? ws_scheme::wss : ws_scheme::ws;
    }

    friend bool operator==(const url&, const url&) = default;
};

/// Parses an absolute URL. errc::invalid_url says in its detail what is wrong: an unknown scheme, no host, a bad port,
/// a fragment (RFC 6455 §3 forbids it), a space, a control or a non-ASCII octet. Linear in its length.
[[nodiscard]] std::expected<url, error> parse_url(std::string_view text);

/// Resolves a reference, absolute or relative, against the URL it was found in (RFC 3986 §5.2, dot segments removed); a
/// fragment is dropped. errc::invalid_url as `parse_url`. Linear in its length. A reference to the base's own host
/// keeps the base's zone, of which a server can't know.
[[nodiscard]] std::expected<url, error> resolve_reference(const url& base, std::string_view reference);

/// The host to connect to: the URL's, with brackets and zone if it has a zone (`[fe80::1%25eth0]`).
[[nodiscard]] std::string connect_host(const url& u);

/// True if scheme, host, zone and port are the same (RFC 6454 §5); ws and http, wss and https are the same here.
[[nodiscard]] bool is_same_origin(const url& a, const url& b) noexcept;

/// The URL as text, with its zone and without its userinfo: for people and logs.
[[nodiscard]] std::string to_string(const url& u);

/// A text that should be a URL or Location, for people and logs: `…@` stands for all that may be its userinfo, however
/// malformed the text is. In doubt it hides more.
[[nodiscard]] std::string without_userinfo(std::string_view text);

/// True if `host` may stand in a Host field: reg-name, IPv4, or IPv6 with or without brackets (RFC 3986 §3.2.2). A name
/// whose last label is a number is none: some would read it as an address, others as a name.
[[nodiscard]] bool is_host(std::string_view host) noexcept;

/// The Host field's value: brackets around IPv6, no zone, the port only where it isn't the scheme's own
/// (RFC 9110 §7.2). Precondition: `is_host(host)`.
[[nodiscard]] std::string host_field(std::string_view host, std::uint16_t port, bool is_secure);

/// True if `target` may stand in a request line in origin-form or is `*`: a leading slash, no space, control,
/// non-ASCII octet or fragment (RFC 9112 §3.2).
[[nodiscard]] bool is_request_target(std::string_view target) noexcept;

}  // namespace mint
