#include "base/ascii.hpp"

#include <mint/base/url.hpp>
#include <mint/http/proxy.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace mint::http {

namespace {

using mint::detail::equals_ignoring_case;

constexpr std::uint16_t socks_port = 1080;  // RFC 1928 §3

struct known_scheme {
    std::string_view name;
    proxy_kind kind;
};
constexpr known_scheme known_schemes[] = {{"http", proxy_kind::http},
                                          {"https", proxy_kind::https},
                                          {"socks5", proxy_kind::socks5},
                                          {"socks5h", proxy_kind::socks5}};

/// Each half decoded by itself: a user's name may have a colon in it as `%3A`.
std::expected<mint::credentials, error> parse_userinfo(std::string_view text) {
    const auto decoded = [](std::string_view part) -> std::expected<std::string, error> {
        auto parsed = parse_url("http://" + std::string{part} + "@h");
        if (!parsed) return std::unexpected(std::move(parsed.error()));
        return std::move(parsed->userinfo);
    };
    const std::size_t colon = std::min(text.find(':'), text.size());
    auto username = decoded(text.substr(0, colon));
    if (!username) return std::unexpected(std::move(username.error()));
    auto password = decoded(text.substr(std::min(colon + 1, text.size())));
    if (!password) return std::unexpected(std::move(password.error()));
    return mint::credentials{.username = std::move(*username), .password = std::move(*password)};
}

/// `parse_proxy`, whose errors say only what is wrong.
std::expected<proxy, error> parse_parts(std::string_view text) {
    proxy result;
    std::string_view authority = text;
    if (const std::size_t separator = text.find("://"); separator != std::string_view::npos) {
        const std::string_view scheme_name = text.substr(0, separator);
        const auto* const known = std::ranges::find_if(
            known_schemes, [&](const known_scheme& k) { return equals_ignoring_case(k.name, scheme_name); });
        if (known == std::end(known_schemes)) {
            return std::unexpected(error{errc::invalid_url, "the scheme isn't http, https, socks5 or socks5h"});
        }
        result.kind = known->kind;
        authority.remove_prefix(separator + 3);
    }

    // Read as a URL of both schemes: ports that differ are their defaults, and the text has none.
    auto parsed = parse_url("http://" + std::string{authority});
    if (!parsed) return std::unexpected(std::move(parsed.error()));
    const auto secure = parse_url("https://" + std::string{authority});
    if (!secure) return std::unexpected(secure.error());
    if (parsed->target != "/") return std::unexpected(error{errc::invalid_url, "a proxy has no path"});
    result.host = connect_host(*parsed);
    switch (result.kind) {
        case proxy_kind::http: result.port = parsed->port; break;
        case proxy_kind::https: result.port = secure->port; break;
        case proxy_kind::socks5: result.port = parsed->port == secure->port ? parsed->port : socks_port; break;
    }

    if (!parsed->userinfo.empty()) {
        auto who = parse_userinfo(authority.substr(0, authority.rfind('@')));
        if (!who) return std::unexpected(std::move(who.error()));
        result.credentials = std::move(*who);
    }
    return result;
}

}  // namespace

std::expected<proxy, error> parse_proxy(std::string_view text) {
    auto parsed = parse_parts(text);
    if (!parsed) parsed.error().detail += "; a proxy is [http|https|socks5|socks5h://][user:password@]host[:port]";
    return parsed;
}

}  // namespace mint::http
