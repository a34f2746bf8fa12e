#pragma once

#include <mint/base/error.hpp>
#include <mint/base/url.hpp>
#include <mint/http/proxy.hpp>

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace mint::http {

/// What the environment says about proxies, as text: a value, so that a test or a program can make its own.
struct proxy_environment {
    std::string http_proxy = {};   ///< for http and ws
    std::string https_proxy = {};  ///< for https and wss
    std::string all_proxy = {};    ///< for both, where theirs is empty
    std::string no_proxy = {};     ///< for which targets none of them counts

    /// Whom to trust where the proxy is an `https://` one; the environment says nothing of it.
    net::tls_options tls = {};

    /// From `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy`; where these are unset from `HTTPS_PROXY`,
    /// `ALL_PROXY` and `NO_PROXY`. Never from `HTTP_PROXY`, which a CGI program's client can set (CVE-2016-5385).
    [[nodiscard]] static proxy_environment read();

    /// The proxy for a target; nothing where there is none, or `no_proxy` names the target. errc::invalid_url, whose
    /// detail names the variable.
    ///
    /// `no_proxy` is a list with commas or blanks between: `*` is every target; `example.org`, `.example.org`
    /// and `*.example.org` are that host and every host below it; an address is that address, `10.0.0.0/8` and
    /// `fd00::/8` those addresses; each may have a port behind a colon, IPv6 in brackets then. Compared without case
    /// and without a dot at the end; names aren't looked up. What is none of these names no target.
    [[nodiscard]] std::expected<std::optional<proxy>, error> proxy_for(scheme s, std::string_view host,
                                                                       std::uint16_t port) const;
};

}  // namespace mint::http
