#include "base/ascii.hpp"
#include "base/ends_in_number.hpp"

#include <mint/base/url.hpp>

#include <algorithm>
#include <charconv>
#include <optional>

namespace mint {
namespace {

[[nodiscard]] constexpr bool is_unreserved(char c) noexcept {
    return detail::is_alpha(c) || detail::is_digit(c) || std::string_view{"-._~"}.find(c) != std::string_view::npos;
}

[[nodiscard]] constexpr bool is_sub_delimiter(char c) noexcept {
    return std::string_view{"!$&'()*+,;="}.find(c) != std::string_view::npos;
}

[[nodiscard]] bool is_escape(std::string_view text, std::size_t at) noexcept {
    return text[at] == '%' && at + 2 < text.size() && detail::hex_value(text[at + 1]) >= 0 &&
           detail::hex_value(text[at + 2]) >= 0;
}

[[nodiscard]] bool is_reg_name(std::string_view host) noexcept {
    if (host.empty()) return false;
    for (std::size_t i = 0; i < host.size(); ++i) {
        if (!is_unreserved(host[i]) && !is_sub_delimiter(host[i]) && !is_escape(host, i)) return false;
        if (host[i] == '%') i += 2;
    }
    return true;
}

[[nodiscard]] bool is_ipv4(std::string_view text) noexcept {
    for (int i = 0; i < 4; ++i) {
        std::size_t size = 0;
        int value = 0;
        while (size < text.size() && size < 3 && detail::is_digit(text[size]))
            value = value * 10 + (text[size++] - '0');
        if (size == 0 || value > 255 || (size > 1 && text[0] == '0')) return false;
        text.remove_prefix(size);
        if (i < 3) {
            if (text.empty() || text.front() != '.') return false;
            text.remove_prefix(1);
        }
    }
    return text.empty();
}

/// Counts the 16-bit groups of part of an IPv6 address; nothing where it is malformed.
[[nodiscard]] std::optional<int> ipv6_group_count(std::string_view part, bool may_end_in_ipv4) noexcept {
    int groups = 0;
    while (!part.empty()) {
        const std::size_t colon = part.find(':');
        const std::string_view group = part.substr(0, colon);
        const bool is_last = colon == std::string_view::npos;
        if (is_last && may_end_in_ipv4 && is_ipv4(group)) return groups + 2;
        if (group.empty() || group.size() > 4 ||
            !std::ranges::all_of(group, [](char c) { return detail::hex_value(c) >= 0; })) {
            return std::nullopt;
        }
        ++groups;
        if (is_last) break;
        part.remove_prefix(colon + 1);
        if (part.empty()) return std::nullopt;
    }
    return groups;
}

[[nodiscard]] bool is_ipv6(std::string_view text) noexcept {
    const std::size_t gap = text.find("::");
    if (gap == std::string_view::npos) return ipv6_group_count(text, true) == 8;
    const auto before = ipv6_group_count(text.substr(0, gap), false);
    const auto after = ipv6_group_count(text.substr(gap + 2), true);
    return before && after && *before + *after < 8;
}

/// What stands behind the first `%` of an IPv6 address (RFC 6874 §2).
[[nodiscard]] bool is_zone(std::string_view text) noexcept {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (!is_unreserved(text[i]) && !is_escape(text, i)) return false;
        if (text[i] == '%') i += 2;
    }
    return !text.empty();
}

/// The zone of an IPv6 address in brackets, decoded; nothing where it has a control or nothing in it.
[[nodiscard]] std::optional<std::string> decode_zone(std::string_view text) {
    constexpr std::string_view escape = "25";  // of the percent sign before the zone
    if (text.starts_with(escape)) text.remove_prefix(escape.size());
    std::string zone;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (is_escape(text, i)) {
            c = static_cast<char>(detail::hex_value(text[i + 1]) * 16 + detail::hex_value(text[i + 2]));
            i += 2;
        }
        if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7F) return std::nullopt;
        zone += c;
    }
    if (zone.empty()) return std::nullopt;
    return zone;
}

/// IPv6 without its zone: `fe80::1%25eth0` and `fe80::1%eth0` (RFC 6874) are `fe80::1`.
[[nodiscard]] std::string_view without_zone(std::string_view host) noexcept { return host.substr(0, host.find('%')); }

[[nodiscard]] std::string_view without_brackets(std::string_view host) noexcept {
    if (host.size() >= 2 && host.front() == '[' && host.back() == ']') return host.substr(1, host.size() - 2);
    return host;
}

[[nodiscard]] std::unexpected<error> refuse(const char* why) { return std::unexpected(error{errc::invalid_url, why}); }

struct known_scheme {
    std::string_view name;
    bool is_websocket;
    bool is_secure;
};
constexpr known_scheme known_schemes[] = {
    {"ws", true, false}, {"wss", true, true}, {"http", false, false}, {"https", false, true}};

[[nodiscard]] std::uint16_t default_port(bool is_secure) noexcept { return is_secure ? 443 : 80; }

[[nodiscard]] std::expected<std::string, error> decode_userinfo(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (is_escape(text, i)) {
            c = static_cast<char>(detail::hex_value(text[i + 1]) * 16 + detail::hex_value(text[i + 2]));
            i += 2;
        } else if (!is_unreserved(c) && !is_sub_delimiter(c) && c != ':') {
            return refuse("a character in the user information must be percent-encoded");
        }
        const auto octet = static_cast<unsigned char>(c);
        if (octet < 0x20 || octet == 0x7F) return refuse("a control character in the user information");
        decoded.push_back(c);
    }
    return decoded;
}

[[nodiscard]] std::expected<std::uint16_t, error> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (failure != std::errc{} || end != text.data() + text.size() || port == 0) {
        return refuse("the port is no number from 1 to 65535");
    }
    return port;
}

/// `host`, `host:port`, `[ipv6]` or `[ipv6]:port`.
[[nodiscard]] std::expected<void, error> parse_host_and_port(std::string_view text, url& result) {
    std::string_view host = text;
    std::string_view behind;
    if (text.starts_with('[')) {
        const std::size_t bracket = text.find(']');
        if (bracket == std::string_view::npos) return refuse("a bracket of an IPv6 address isn't closed");
        host = text.substr(0, bracket + 1);
        behind = text.substr(bracket + 1);
        if (!behind.empty() && behind.front() != ':')
            return refuse("something stands between the address and the port");
    } else if (const std::size_t colon = text.rfind(':'); colon != std::string_view::npos) {
        host = text.substr(0, colon);
        behind = text.substr(colon);
    }
    if (host.empty()) return refuse("no host");
    if (!host.starts_with('[') && is_reg_name(host) && detail::ends_in_number(host) && !is_ipv4(host)) {
        return refuse("the host ends in a number, and is no IPv4 address: four numbers from 0 to 255, three dots");
    }
    // Without brackets colons would make an IPv6 address and its port one (RFC 3986 §3.2.2).
    if (!is_host(host) || (!host.starts_with('[') && host.find(':') != std::string_view::npos)) {
        return refuse("the host is no name and no address");
    }
    if (const std::size_t percent = host.find('%'); host.starts_with('[') && percent != std::string_view::npos) {
        auto zone = decode_zone(host.substr(percent + 1, host.size() - percent - 2));
        if (!zone) return refuse("the address has an empty zone, or one with a blank or a control");
        result.zone = std::move(*zone);
    }
    result.host = detail::lower_case(host.starts_with('[') ? without_zone(without_brackets(host)) : host);
    result.port = default_port(result.is_secure);
    if (behind.size() > 1) {
        auto port = parse_port(behind.substr(1));
        if (!port) return std::unexpected(std::move(port.error()));
        result.port = *port;
    }
    return {};
}

}  // namespace

std::expected<url, error> parse_url(std::string_view text) {
    const std::size_t separator = text.find("://");
    if (separator == std::string_view::npos)
        return refuse("no scheme: it starts with ws://, wss://, http:// or https://");
    const std::string_view scheme_name = text.substr(0, separator);
    const auto* const known = std::ranges::find_if(
        known_schemes, [&](const known_scheme& k) { return detail::equals_ignoring_case(k.name, scheme_name); });
    if (known == std::end(known_schemes)) return refuse("the scheme isn't ws, wss, http or https");

    url result;
    result.is_websocket = known->is_websocket;
    result.is_secure = known->is_secure;

    std::string_view rest = text.substr(separator + 3);
    if (rest.find('#') != std::string_view::npos) return refuse("a fragment");
    const std::size_t authority_end = rest.find_first_of("/?");
    std::string_view authority = rest.substr(0, authority_end);
    if (authority_end != std::string_view::npos) {
        rest.remove_prefix(authority_end);
        result.target = rest.front() == '?' ? "/" + std::string{rest} : std::string{rest};
        if (!is_request_target(result.target))
            return refuse("a character in the path or query must be percent-encoded");
    }

    if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
        auto userinfo = decode_userinfo(authority.substr(0, at));
        if (!userinfo) return std::unexpected(std::move(userinfo.error()));
        result.userinfo = std::move(*userinfo);
        authority.remove_prefix(at + 1);
    }
    if (auto parsed = parse_host_and_port(authority, result); !parsed)
        return std::unexpected(std::move(parsed.error()));
    return result;
}

bool is_same_origin(const url& a, const url& b) noexcept {
    return a.is_secure == b.is_secure && a.port == b.port && a.zone == b.zone &&
           detail::equals_ignoring_case(a.host, b.host);
}

std::string connect_host(const url& u) {
    if (u.zone.empty()) return u.host;
    std::string result = "[" + std::string{without_brackets(u.host)} + "%25";
    for (const char c : u.zone) {
        constexpr std::string_view digits = "0123456789ABCDEF";
        const auto value = static_cast<unsigned char>(c);
        if (is_unreserved(c)) {
            result += c;
        } else {
            result += {'%', digits[value / 16U], digits[value % 16U]};
        }
    }
    return result + "]";
}

std::string to_string(const url& u) {
    const auto* const known = std::ranges::find_if(known_schemes, [&](const known_scheme& k) {
        return k.is_websocket == u.is_websocket && k.is_secure == u.is_secure;
    });
    std::string authority = host_field(u.host, u.port, u.is_secure);
    if (!u.zone.empty()) authority.replace(0, authority.find(']') + 1, connect_host(u));
    return std::string{known->name} + "://" + authority + u.target;
}

bool is_host(std::string_view host) noexcept {
    const bool is_bracketed = host.starts_with('[');
    const std::string_view inner = without_brackets(host);
    if (is_bracketed && inner.size() == host.size()) return false;
    if (const std::size_t zone = inner.find('%'); zone != std::string_view::npos && inner.find(':') < zone) {
        return is_zone(inner.substr(zone + 1)) && is_ipv6(without_zone(inner));
    }
    return is_ipv6(inner) || (!is_bracketed && is_reg_name(host) && (is_ipv4(host) || !detail::ends_in_number(host)));
}

std::string host_field(std::string_view host, std::uint16_t port, bool is_secure) {
    std::string_view name = without_brackets(host);
    const bool is_address = name.find(':') != std::string_view::npos;
    if (is_address) name = without_zone(name);
    std::string result = is_address ? "[" + std::string{name} + "]" : std::string{name};
    if (port != default_port(is_secure)) result += ":" + std::to_string(port);
    return result;
}

bool is_request_target(std::string_view target) noexcept {
    if (target == "*") return true;
    return target.starts_with('/') && std::ranges::all_of(target, [](char c) {
               const auto octet = static_cast<unsigned char>(c);
               return octet > 0x20 && octet < 0x7F && c != '#';
           });
}

}  // namespace mint
