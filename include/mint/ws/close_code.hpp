#pragma once

#include <mint/version.hpp>

#include <cstdint>
#include <string_view>

namespace mint::ws {

/// Why a WebSocket is closed (RFC 6455 §7.4, IANA's registry). Any 16-bit number may come; the named ones have a
/// meaning.
enum class close_code : std::uint16_t {
    normal = 1000,
    going_away = 1001,
    protocol_error = 1002,
    unsupported_data = 1003,
    no_status_received = 1005,  ///< never on the wire: a Close frame without a code
    abnormal_closure = 1006,    ///< never on the wire: the connection ended without a Close frame
    invalid_payload = 1007,
    policy_violation = 1008,
    message_too_big = 1009,
    mandatory_extension = 1010,
    internal_error = 1011,
    service_restart = 1012,
    try_again_later = 1013,
    bad_gateway = 1014,
    tls_handshake = 1015,  ///< never on the wire
};

/// True if `code` may stand in a Close frame, in either direction: 1000–1003, 1007–1014 and 3000–4999.
[[nodiscard]] constexpr bool may_be_on_the_wire(close_code code) noexcept {
    const auto n = static_cast<std::uint16_t>(code);
    return (n >= 1000 && n <= 1003) || (n >= 1007 && n <= 1014) || (n >= 3000 && n <= 4999);
}

/// What the code means, in a few words; "registered" or "private use" for 3000–4999, "unknown" for the rest.
[[nodiscard]] std::string_view describe(close_code code) noexcept;

}  // namespace mint::ws
