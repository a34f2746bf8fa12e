#include "resolve.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace mintws {

namespace {

std::string_view without_dot(std::string_view host) {
    return host.ends_with('.') ? host.substr(0, host.size() - 1) : host;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, port);
    if (parsed.ec != std::errc{} || parsed.ptr != end || port == 0) return std::nullopt;
    return port;
}

}  // namespace

bool resolved_host::is_for(std::string_view other, std::uint16_t other_port) const {
    return port == other_port && std::ranges::equal(without_dot(host), without_dot(other), {}, lower, lower);
}

std::expected<resolved_host, std::string> parse_resolve(const std::string& text) {
    const auto wrong = [&](std::string_view why) {
        return std::unexpected("--resolve: '" + text + "' isn't HOST:PORT:ADDRESS[,ADDRESS]: " + std::string{why});
    };
    std::string_view rest = text;
    const bool has_brackets = rest.starts_with('[');
    const auto bracket = has_brackets ? rest.find(']') : 0;
    if (bracket == std::string_view::npos) return wrong("a bracket isn't closed");
    const auto host_end = rest.find(':', bracket);
    const auto port_end = host_end == std::string_view::npos ? host_end : rest.find(':', host_end + 1);
    if (port_end == std::string_view::npos) return wrong("two colons are needed");
    resolved_host result{.host = std::string{rest.substr(0, host_end)}, .port = 0, .addresses = {}};
    if (result.host.empty()) return wrong("the host is missing");
    const auto port = parse_port(rest.substr(host_end + 1, port_end - host_end - 1));
    if (!port) return wrong("the port is no number from 1 to 65535");
    result.port = *port;
    rest.remove_prefix(port_end + 1);
    while (true) {
        const auto end = std::min(rest.find(','), rest.size());
        const auto literal = rest.substr(0, end);
        const auto address = mint::net::parse_address(literal, *port);
        if (!address) return wrong("'" + std::string{literal} + "' is no address");
        result.addresses.push_back(*address);
        if (end == rest.size()) return result;
        rest.remove_prefix(end + 1);
    }
}

}  // namespace mintws
