#include "base/ascii.hpp"

#include <mint/base/redirect.hpp>

#include <optional>
#include <string_view>

namespace mint {
namespace {

/// Repeated lines are one where they say the same.
[[nodiscard]] std::expected<std::string_view, error> location_of(const headers& response) {
    std::optional<std::string_view> location;
    for (const field& f : response) {
        if (!detail::equals_ignoring_case(f.name, "location")) continue;
        if (location && *location != f.value) {
            return std::unexpected(error{errc::invalid_redirect, "several Location fields that differ"});
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
    auto target = resolve_reference(from, *location);
    if (!target) return std::unexpected(error{errc::invalid_redirect, "Location: " + target.error().detail});
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
