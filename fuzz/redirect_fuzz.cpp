// Invariant: what resolve_reference accepts is a URL without dot segments that parse_url and resolve_reference take for
// itself; and no redirect leads from secure to cleartext, to userinfo of the peer's, or takes credentials to another
// origin.
//
// Input: a line with the URL redirected from (else one of ours), then the Location.
#include <mint/base/redirect.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace mint;

void require(bool holds) {
    if (!holds) std::abort();
}

bool has_dot_segment(std::string_view target) {
    const std::string path = std::string{target.substr(0, target.find('?'))} + '/';
    return path.find("/./") != std::string::npos || path.find("/../") != std::string::npos;
}

void check_resolved(const url& from, const url& resolved) {
    require(is_host(resolved.host) && is_request_target(resolved.target) && resolved.port != 0);
    require(!has_dot_segment(resolved.target));
    url without_userinfo = resolved;
    without_userinfo.userinfo.clear();
    require(parse_url(to_string(resolved)) == without_userinfo);
    require(resolve_reference(from, to_string(resolved)) == without_userinfo);
}

void check_redirect(const url& from, std::string_view location) {
    const headers secrets{{"authorization", "a"}, {"Cookie", "b"}, {"proxy-authorization", "c"}, {"x-key", "d"}};
    const redirect_policy policy{.max_count = 1, .secret_fields = {"X-Key"}};
    headers response;
    if (!response.append("location", location)) return;
    require(redirect_of(from, response, policy, 1).error() == errc::too_many_redirects);
    const auto next = redirect_of(from, response, policy, 0);
    if (!next) {
        require(next.error() == errc::invalid_redirect || next.error() == errc::redirect_to_cleartext);
        require(!next.error().detail.empty());
        return;
    }
    const url& target = next->target;
    require(is_host(target.host) && is_request_target(target.target));
    require(target.is_secure || !from.is_secure);
    require(target.is_websocket == from.is_websocket);
    require(next->changes_origin == !is_same_origin(from, target));
    require(target.userinfo == (next->changes_origin ? std::string{} : from.userinfo));
    require(fields_for(*next, secrets, policy) == (next->changes_origin ? headers{} : secrets));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view reference = text.substr(std::min(end + 1, text.size()));
    auto from = parse_url(text.substr(0, end));
    if (!from) from = parse_url("wss://user:password@[::1]:8443/a/b;c/d?e=/f");
    if (const auto resolved = resolve_reference(*from, reference)) {
        check_resolved(*from, *resolved);
    } else {
        require(resolved.error() == errc::invalid_url && !resolved.error().detail.empty());
    }
    check_redirect(*from, reference);
    return 0;
}
