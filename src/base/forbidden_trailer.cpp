#include "base/forbidden_trailer.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <array>

namespace mint::detail {

bool is_forbidden_trailer(std::string_view name) noexcept {
    static constexpr std::array<std::string_view, 30> forbidden = {
        "transfer-encoding",
        "content-length",
        "host",
        "connection",
        "upgrade",
        "keep-alive",
        "te",
        "trailer",
        "proxy-connection",
        "cache-control",
        "expect",
        "max-forwards",
        "pragma",
        "range",
        "if-match",
        "if-none-match",
        "if-modified-since",
        "if-unmodified-since",
        "if-range",
        "authorization",
        "proxy-authorization",
        "proxy-authenticate",
        "www-authenticate",
        "cookie",
        "set-cookie",
        "content-encoding",
        "content-type",
        "content-range",
        "date",
        "age",
    };
    return std::ranges::any_of(forbidden, [name](std::string_view one) { return equals_ignoring_case(one, name); });
}

}  // namespace mint::detail
