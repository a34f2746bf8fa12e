#include "http/make_machine.hpp"

#include <algorithm>
#include <utility>

namespace mint::http::detail {

namespace {

http2::client_options http2_options(const connect_options& options, const machine_target& target) {
    return {.authority = target.authority,
            .is_secure = target.is_secure,
            .user_agent = options.user_agent,
            .connection = options.http2,
            .max_queued_size = options.max_queued_size,
            .limits = options.limits,
            .first_ref = target.first_ref};
}

http1::client_options http1_options(const connect_options& options, const machine_target& target) {
    http1::client_options result{.host = target.authority,
                                 .user_agent = options.user_agent,
                                 .title_case_fields = options.title_case_fields,
                                 .limits = options.limits,
                                 .first_ref = target.first_ref};
    if (target.is_forwarded) {
        result.forward_prefix = "http://" + target.authority;
        result.proxy_fields = target.proxy_fields;
    }
    return result;
}

}  // namespace

bool allows(const connect_options& options, protocol p) noexcept {
    return std::ranges::find(options.protocols, p) != options.protocols.end();
}

std::vector<std::string> alpn_of(const std::vector<protocol>& protocols) {
    std::vector<std::string> names;
    names.reserve(protocols.size());
    for (const protocol p : protocols) names.emplace_back(p == protocol::http2 ? "h2" : "http/1.1");
    return names;
}

std::expected<protocol, error> protocol_of_alpn(std::string_view chosen, const connect_options& options) {
    if (chosen == "h2") return protocol::http2;
    if (allows(options, protocol::http1)) return protocol::http1;
    return std::unexpected(error{errc::alpn_mismatch, "the server chose none, and only h2 is allowed"});
}

machine make_machine(protocol p, const connect_options& options, const machine_target& target) {
    if (p == protocol::http2) return machine{http2_options(options, target)};
    return machine{http1_options(options, target)};
}

}  // namespace mint::http::detail
