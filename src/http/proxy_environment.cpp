#include "base/ascii.hpp"
#include "base/ends_in_number.hpp"

#include <mint/http/proxy_environment.hpp>
#include <mint/net/address.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <initializer_list>
#include <system_error>
#include <utility>

namespace mint::http {

namespace {

using mint::detail::equals_ignoring_case;

/// The first of these variables that is set, be it to nothing.
std::string first_set(std::initializer_list<const char*> names) {
    for (const char* const name : names) {
        if (const char* const value = std::getenv(name)) return value;
    }
    return {};
}

std::optional<unsigned> parse_number(std::string_view text, unsigned max) noexcept {
    unsigned number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc{} || end != text.data() + text.size() || number > max) return std::nullopt;
    return number;
}

std::string_view without_last_dot(std::string_view name) noexcept {
    if (name.ends_with('.')) name.remove_suffix(1);
    return name;
}

/// True if the first `bit_count` bits are the same.
bool share_prefix(const net::address& a, const net::address& b, unsigned bit_count) noexcept {
    const std::size_t whole = bit_count / 8;
    if (!std::equal(a.octets.begin(), a.octets.begin() + static_cast<std::ptrdiff_t>(whole), b.octets.begin())) {
        return false;
    }
    const unsigned rest = bit_count % 8;
    return rest == 0 || ((a.octets[whole] ^ b.octets[whole]) >> (8 - rest)) == 0;
}

/// `10.0.0.1`, `10.0.0.0/8`.
bool names_address(std::string_view pattern, const net::address& target) {
    const std::size_t slash = pattern.find('/');
    const auto network = net::parse_address(pattern.substr(0, slash), 0);
    if (!network || network->version != target.version) return false;
    const unsigned size = target.version == net::ip_version::v4 ? 32 : 128;
    if (slash == std::string_view::npos) return share_prefix(*network, target, size);
    const auto bit_count = parse_number(pattern.substr(slash + 1), size);
    return bit_count && share_prefix(*network, target, *bit_count);
}

/// `example.org`, `.example.org`, `*.example.org`.
bool names_host(std::string_view pattern, std::string_view host) noexcept {
    if (pattern.starts_with("*.")) pattern.remove_prefix(1);
    if (pattern.starts_with('.')) pattern.remove_prefix(1);
    pattern = without_last_dot(pattern);
    if (pattern.empty() || host.size() < pattern.size()) return false;
    const std::size_t before = host.size() - pattern.size();
    return equals_ignoring_case(host.substr(before), pattern) && (before == 0 || host[before - 1] == '.');
}

/// What a target is compared by.
struct target {
    std::string_view host;  ///< without brackets, zone, and a dot at the end
    std::optional<net::address> address;
    std::uint16_t port;
};

target target_of(std::string_view host, std::uint16_t port) {
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    // The zone says which interface, and may name one that this system doesn't have.
    if (host.find(':') != std::string_view::npos) host = host.substr(0, host.find('%'));
    return {.host = without_last_dot(host), .address = net::parse_address(host, port), .port = port};
}

/// One element of `no_proxy`.
bool names_target(std::string_view element, const target& to) {
    std::string pattern{element};
    std::size_t colon = std::string::npos;
    if (element.starts_with('[')) {
        const std::size_t bracket = element.find(']');
        if (bracket == std::string_view::npos) return false;
        colon = element.find(':', bracket);
        // `[fd00::]/8` and `[fd00::/8]` alike.
        pattern = std::string{element.substr(1, bracket - 1)} +
                  std::string{element.substr(bracket + 1, std::min(colon, element.size()) - bracket - 1)};
    } else if (std::ranges::count(element, ':') == 1) {
        colon = element.find(':');
        pattern.resize(colon);
    }
    if (colon != std::string::npos && parse_number(element.substr(colon + 1), 65535) != to.port) return false;
    if (pattern == "*") return true;
    if (to.address) return names_address(pattern, *to.address);
    return names_host(pattern, to.host) && !mint::detail::ends_in_number(pattern);
}

bool names_any(std::string_view list, const target& to) {
    constexpr std::string_view separators = ", \t\r\n";
    while (true) {
        const std::size_t begin = list.find_first_not_of(separators);
        if (begin == std::string_view::npos) return false;
        const std::size_t end = std::min(list.find_first_of(separators, begin), list.size());
        if (names_target(list.substr(begin, end - begin), to)) return true;
        list.remove_prefix(end);
    }
}

}  // namespace

proxy_environment proxy_environment::read() {
    return {.http_proxy = first_set({"http_proxy"}),
            .https_proxy = first_set({"https_proxy", "HTTPS_PROXY"}),
            .all_proxy = first_set({"all_proxy", "ALL_PROXY"}),
            .no_proxy = first_set({"no_proxy", "NO_PROXY"}),
            .tls = {}};
}

std::expected<std::optional<proxy>, error> proxy_environment::proxy_for(scheme s, std::string_view host,
                                                                        std::uint16_t port) const {
    const bool is_secure = s == scheme::https;
    std::string_view variable = is_secure ? "https_proxy" : "http_proxy";
    std::string_view value = is_secure ? https_proxy : http_proxy;
    if (value.empty()) {
        variable = "all_proxy";
        value = all_proxy;
    }
    if (value.empty() || names_any(no_proxy, target_of(host, port))) return std::nullopt;
    auto parsed = parse_proxy(value);
    if (!parsed) {
        std::string& detail = parsed.error().detail;
        detail = std::string{variable} + ": " + detail;
        // Which of both spellings `read` found isn't kept.
        if (variable == "https_proxy") detail += " (the variable https_proxy or HTTPS_PROXY)";
        if (variable == "all_proxy") detail += " (the variable all_proxy or ALL_PROXY)";
        return std::unexpected(std::move(parsed.error()));
    }
    parsed->tls = tls;
    return std::optional{std::move(*parsed)};
}

}  // namespace mint::http
