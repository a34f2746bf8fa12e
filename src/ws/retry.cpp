#include <mint/ws/retry.hpp>

// A new close code doesn't compile until it is classified here.
#pragma GCC diagnostic error "-Wswitch"

namespace mint {
namespace {

/// Registered codes over 2999 that say more than "closed"; there are no names for them.
constexpr auto unauthorized = static_cast<ws::close_code>(3000);
constexpr auto forbidden = static_cast<ws::close_code>(3003);

}  // namespace

retry retry_of(ws::close_code code) noexcept {
    if (code == unauthorized || code == forbidden) return retry::never;
    switch (code) {
        case ws::close_code::normal:          // it is done
        case ws::close_code::protocol_error:  // what we sent was wrong, and would be again
        case ws::close_code::unsupported_data:
        case ws::close_code::invalid_payload:
        case ws::close_code::policy_violation:
        case ws::close_code::message_too_big:
        case ws::close_code::mandatory_extension:
        case ws::close_code::tls_handshake: return retry::never;
        case ws::close_code::going_away:
        case ws::close_code::no_status_received:
        case ws::close_code::abnormal_closure:
        case ws::close_code::internal_error:
        case ws::close_code::service_restart:
        case ws::close_code::bad_gateway: return retry::backoff;
        case ws::close_code::try_again_later: return retry::overloaded;
    }
    return retry::backoff;
}

retry retry_of(const ws::close& received) noexcept {
    return retry_of(received.code.value_or(ws::close_code::no_status_received));
}

retry retry_of(const error& reason, const std::optional<ws::close>& received) noexcept {
    return received ? retry_of(*received) : retry_of(reason);
}

retry retry_of(const ws::owned_close& received) noexcept { return retry_of(ws::view_of(received)); }

}  // namespace mint
