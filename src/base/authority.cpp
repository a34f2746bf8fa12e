#include "base/authority.hpp"

#include <mint/base/url.hpp>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <system_error>

namespace mint::detail {

namespace {

struct host_and_port {
    std::string_view host;
    std::optional<std::string_view> port;  ///< what stands behind the colon
};

host_and_port split_port(std::string_view text) noexcept {
    const std::size_t bracket = text.rfind(']');
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos || (bracket != std::string_view::npos && colon < bracket)) return {text, {}};
    return {text.substr(0, colon), text.substr(colon + 1)};
}

/// A host that a port may follow: without brackets an IPv6 address and a port can't be told apart.
bool is_host_before_port(std::string_view host) noexcept {
    return is_host(host) && (host.starts_with('[') || host.find(':') == std::string_view::npos);
}

}  // namespace

bool is_host_value(std::string_view value) noexcept {
    const auto [host, port] = split_port(value);
    if (port && (port->size() > 5 || port->find_first_not_of("0123456789") != std::string_view::npos)) return false;
    return is_host_before_port(host);
}

bool is_authority(std::string_view value) noexcept {
    const auto [host, port] = split_port(value);
    if (!port || !is_host_before_port(host)) return false;
    std::uint16_t number = 0;
    const auto [end, failure] = std::from_chars(port->data(), port->data() + port->size(), number);
    return failure == std::errc{} && end == port->data() + port->size() && number != 0;
}

std::string without_zone(std::string_view host) {
    std::string result{host};
    const std::size_t percent = host.find('%');
    if (percent == std::string_view::npos || host.find(':') > percent) return result;
    result.erase(percent, host.ends_with(']') ? host.size() - 1 - percent : std::string::npos);
    return result;
}

}  // namespace mint::detail
