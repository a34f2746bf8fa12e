#include "base/ascii.hpp"

#include <mint/base/url.hpp>

#include <algorithm>
#include <array>
#include <cstddef>

namespace mint {
namespace {

/// Where the text's last `@` ends, be it escaped; 0 without one.
[[nodiscard]] std::size_t end_of_userinfo(std::string_view text) noexcept {
    const std::size_t plain = text.rfind('@');
    const std::size_t escaped = text.rfind("%40");
    if (plain == std::string_view::npos) return escaped == std::string_view::npos ? 0 : escaped + 3;
    return escaped == std::string_view::npos ? plain + 1 : std::max(plain + 1, escaped + 3);
}

/// The size of a scheme that is no secret, and of the slashes after it, of either kind.
[[nodiscard]] std::size_t size_of_scheme(std::string_view text) noexcept {
    constexpr std::array<std::string_view, 8> known{"ws",    "wss",    "http",   "https",
                                                    "socks", "socks4", "socks5", "socks5h"};
    const std::size_t colon = text.find(':');
    const bool has_scheme = colon != std::string_view::npos && std::ranges::any_of(known, [&](std::string_view scheme) {
                                return detail::equals_ignoring_case(scheme, text.substr(0, colon));
                            });
    const std::size_t start = has_scheme ? colon + 1 : 0;
    const std::size_t after = std::min(text.find_first_not_of("/\\", start), text.size());
    return has_scheme || after > 1 ? after : 0;
}

}  // namespace

std::string without_userinfo(std::string_view text) {
    const std::size_t end = end_of_userinfo(text);
    const bool is_path = text.starts_with('/') && !text.starts_with("//") && !text.starts_with("/\\");
    if (end == 0 || is_path) return std::string{text};
    const std::size_t begin = std::min(size_of_scheme(text), end);
    return std::string{text.substr(0, begin)} + "…@" + std::string{text.substr(end)};
}

}  // namespace mint
