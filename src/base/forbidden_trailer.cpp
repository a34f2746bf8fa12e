#include "base/forbidden_trailer.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace mint::detail {

bool is_forbidden_trailer(std::string_view name) noexcept {
    static constexpr std::array<std::string_view, 34> forbidden = {
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
        "expires",
        "location",
        "retry-after",
        "vary",
    };
    return std::ranges::any_of(forbidden, [name](std::string_view one) { return equals_ignoring_case(one, name); });
}

void drop_forbidden_trailers(headers& trailers) {
    headers rest;
    for (const field& f : trailers) {
        // Each was valid before.
        if (!is_forbidden_trailer(f.name)) static_cast<void>(rest.append(f.name, f.value));
    }
    trailers = std::move(rest);
}

}  // namespace mint::detail
