#pragma once

#include <mint/base/error.hpp>
#include <mint/base/headers.hpp>
#include <mint/http/connect_options.hpp>
#include <mint/http/machine.hpp>

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace mint::http::detail {

[[nodiscard]] bool allows(const connect_options& options, protocol p) noexcept;

/// The names for ALPN (RFC 7301 §6, RFC 9113 §3.2), in the same order.
[[nodiscard]] std::vector<std::string> alpn_of(const std::vector<protocol>& protocols);

/// What the server's choice means; an empty one is HTTP/1.1, or errc::alpn_mismatch where that isn't allowed.
[[nodiscard]] std::expected<protocol, error> protocol_of_alpn(std::string_view chosen, const connect_options& options);

/// What a machine is told beside the caller's options.
struct machine_target {
    std::string authority;
    bool is_secure = false;
    bool is_forwarded = false;  ///< a proxy takes the requests themselves
    headers proxy_fields = {};
    std::uint64_t first_ref = 1;  ///< no two connections' refs coincide
};

[[nodiscard]] machine make_machine(protocol p, const connect_options& options, const machine_target& target);

}  // namespace mint::http::detail
