#pragma once

#include <mint/base/error.hpp>
#include <mint/base/headers.hpp>
#include <mint/base/url.hpp>

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

namespace mint {

/// Whether and how redirects are followed (RFC 9110 §15.4). A value: nothing is followed where nobody asks for it.
struct redirect_policy {
    /// How many in a row; 0 follows none.
    std::uint32_t max_count = 0;

    /// Fields that go to the first origin alone, beside authorization, cookie and proxy-authorization: an API key of
    /// the caller's own, say. Compared without case.
    std::vector<std::string> secret_fields = {};

    /// Sends none of the caller's fields to another origin, whatever their names, and offers it no extensions.
    bool drops_all_fields = false;

    /// Offers the caller's subprotocols to another origin as well, with `drops_all_fields` too. Without it they stay
    /// with the first origin, for some callers put tokens there.
    bool keeps_subprotocols = false;
};

/// Where a redirect leads.
struct redirect {
    url target;

    /// Scheme, host or port differ from where the response came from: credentials stay behind.
    bool changes_origin = false;
};

/// True for the statuses that redirect a GET: 301, 302, 303, 307 and 308.
[[nodiscard]] constexpr bool is_redirect(int status_code) noexcept {
    return status_code == 301 || status_code == 302 || status_code == 303 || status_code == 307 || status_code == 308;
}

/// Reads the target of a redirect that came from `from`, and says whether it may be followed, `count` of them having
/// been followed before. The Location may be relative (RFC 3986 §5.2); its fragment is dropped; http and https in it
/// mean ws and wss where `from` is a WebSocket's, and ws and wss mean http and https where it isn't. Userinfo in it is
/// dropped; `from`'s stays where the origin does.
///
/// errc::too_many_redirects; redirect_to_cleartext, which no policy allows; invalid_redirect: no Location, several that
/// differ, or one that isn't such a URL. Precondition: `is_redirect` of the response's status.
[[nodiscard]] std::expected<redirect, error> redirect_of(const url& from, const headers& response,
                                                         const redirect_policy& policy, std::uint32_t count);

/// The caller's fields that may go along with a redirect: all of them to the same origin; else those that the policy
/// doesn't keep back. A `host` of the caller's own never goes to another origin.
[[nodiscard]] headers fields_for(const redirect& next, const headers& fields, const redirect_policy& policy);

}  // namespace mint
