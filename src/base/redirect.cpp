#include "base/ascii.hpp"
#include "base/visible.hpp"

#include <mint/base/redirect.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace mint {
namespace {

/// For the text of an error, without the secrets that a URL may hold before its host.
[[nodiscard]] std::string shown(std::string_view location) {
    return "Location: " + detail::visible(without_userinfo(location));
}

/// Servers send what they should have escaped: in path and query a blank or a byte over 127 becomes `%20` or `%C3`, and
/// a tab nothing (URL standard, basic URL parser). A host is left as it is: there these are errors.
[[nodiscard]] std::string encoded(std::string_view location) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    const std::size_t slashes = location.find("//");
    const bool has_authority =
        slashes == 0 || (slashes != std::string_view::npos && slashes > 0 && location[slashes - 1] == ':' &&
                         location.find_first_of("/?#") == slashes);
    const std::size_t path =
        has_authority ? std::min(location.find_first_of("/?#", slashes + 2), location.size()) : std::size_t{0};
    std::string result{location.substr(0, path)};
    for (const char c : location.substr(path)) {
        const auto value = static_cast<unsigned char>(c);
        if (c == '\t') continue;
        if (value > 0x20 && value < 0x7F) {
            result += c;
        } else {
            result += {'%', digits[value / 16U], digits[value % 16U]};
        }
    }
    return result;
}

/// Repeated lines are one where they say the same.
[[nodiscard]] std::expected<std::string_view, error> location_of(const headers& response) {
    std::optional<std::string_view> location;
    for (const field& f : response) {
        if (!detail::equals_ignoring_case(f.name, "location")) continue;
        if (location && *location != f.value) {
            return std::unexpected(error{errc::invalid_redirect, "several Location fields that differ: " +
                                                                     shown(*location) + " and " + shown(f.value)});
        }
        location = f.value;
    }
    if (!location) return std::unexpected(error{errc::invalid_redirect, "no Location field"});
    return *location;
}

}  // namespace

std::expected<redirect, error> redirect_of(const url& from, const headers& response, const redirect_policy& policy,
                                           std::uint32_t count) {
    if (count >= policy.max_count) {
        return std::unexpected(
            error{errc::too_many_redirects, "redirect_policy::max_count is " + std::to_string(policy.max_count)});
    }
    const auto location = location_of(response);
    if (!location) return std::unexpected(location.error());
    auto target = resolve_reference(from, encoded(*location));
    if (!target) {
        return std::unexpected(error{errc::invalid_redirect, shown(*location) + ": " + target.error().detail});
    }
    target->is_websocket = from.is_websocket;
    if (from.is_secure && !target->is_secure) {
        return std::unexpected(
            error{errc::redirect_to_cleartext, "to " + host_field(target->host, target->port, false)});
    }
    const bool changes_origin = !is_same_origin(from, *target);
    target->userinfo = changes_origin ? std::string{} : from.userinfo;
    return redirect{*std::move(target), changes_origin};
}

headers fields_for(const redirect& next, const headers& fields, const redirect_policy& policy) {
    if (!next.changes_origin) return fields;
    if (policy.drops_all_fields) return {};
    headers kept = fields;
    for (const std::string_view secret : {"authorization", "cookie", "proxy-authorization", "host"}) kept.erase(secret);
    for (const std::string& secret : policy.secret_fields) kept.erase(secret);
    return kept;
}

}  // namespace mint
