#include <mint/base/url.hpp>

#include <algorithm>
#include <cstddef>

namespace mint {
namespace {

/// Removes the segments `.` and `..` (RFC 3986 §5.2.4) of a path that starts with a slash.
[[nodiscard]] std::string without_dot_segments(std::string_view path) {
    std::string result;
    while (!path.empty()) {
        const std::size_t end = std::min(path.find('/', 1), path.size());
        const std::string_view segment = path.substr(0, end);
        const bool is_parent = segment == "/..";
        path.remove_prefix(end);
        if (is_parent && !result.empty()) result.resize(result.rfind('/'));
        if (!is_parent && segment != "/.")
            result += segment;
        else if (path.empty())
            result += '/';
    }
    return result;
}

[[nodiscard]] std::string without_dot_segments_in_path(std::string_view target) {
    const std::size_t path_size = std::min(target.find('?'), target.size());
    return without_dot_segments(target.substr(0, path_size)) + std::string{target.substr(path_size)};
}

/// An absolute URL, or a network path behind its base's scheme.
[[nodiscard]] std::expected<url, error> parse_absolute(std::string_view text) {
    auto result = parse_url(text);
    if (result) result->target = without_dot_segments_in_path(result->target);
    return result;
}

/// The target that path and query lead to from `base` (RFC 3986 §5.2.2, §5.2.3).
[[nodiscard]] std::string resolve_target(std::string_view base, std::string_view reference) {
    if (!base.starts_with('/')) base = "/";  // one put together by hand, or `*`
    const std::string_view base_path = base.substr(0, base.find('?'));
    if (reference.empty()) return std::string{base};
    if (reference.starts_with('/')) return std::string{reference};
    const bool is_query = reference.starts_with('?');
    return std::string{is_query ? base_path : base_path.substr(0, base_path.rfind('/') + 1)} + std::string{reference};
}

[[nodiscard]] std::unexpected<error> refuse(const char* why) { return std::unexpected(error{errc::invalid_url, why}); }

[[nodiscard]] std::expected<url, error> resolve(const url& base, std::string_view reference) {
    const bool is_visible = std::ranges::all_of(reference, [](char c) { return c > 0x20 && c < 0x7F; });
    if (!is_visible) return refuse("a space, a control or a non-ASCII octet must be percent-encoded");
    reference = reference.substr(0, reference.find('#'));

    // A first segment with a colon is a scheme, or no reference at all (RFC 3986 §4.2).
    const std::size_t first_delimiter = reference.find_first_of(":/?");
    if (first_delimiter != std::string_view::npos && reference[first_delimiter] == ':')
        return parse_absolute(reference);
    if (reference.starts_with("//")) {
        auto result = parse_absolute((base.is_secure ? "https:" : "http:") + std::string{reference});
        if (result) result->is_websocket = base.is_websocket;
        return result;
    }

    url result = base;
    result.target = without_dot_segments_in_path(resolve_target(base.target, reference));
    return result;
}

}  // namespace

std::expected<url, error> resolve_reference(const url& base, std::string_view reference) {
    auto result = resolve(base, reference);
    // Host fields have no zone: a server that names itself can't name ours (RFC 6874 §1).
    if (result && result->zone.empty() && result->host == base.host) result->zone = base.zone;
    return result;
}

}  // namespace mint
