#include "ws/close_payload.hpp"

#include <mint/base/utf8.hpp>

#include <algorithm>
#include <cstdint>

namespace mint::ws::detail {
namespace {

close_code code_of(byte_view payload) noexcept {
    return static_cast<close_code>(std::to_integer<std::uint16_t>(payload[0]) << 8U |
                                   std::to_integer<std::uint16_t>(payload[1]));
}

}  // namespace

std::optional<broken_close> check_close_payload(byte_view received, std::size_t size, bool validate_utf8) noexcept {
    if (size == 1) return broken_close{errc::close_payload_too_short, 0};
    if (received.size() < 2) return std::nullopt;
    if (!may_be_on_the_wire(code_of(received))) return broken_close{errc::close_code_not_allowed, 0};
    if (!validate_utf8) return std::nullopt;
    const byte_view reason = received.subspan(2);
    if (const auto bad = first_invalid_utf8(reason); bad != reason.size()) {
        return broken_close{errc::close_reason_not_utf8, 2 + bad};
    }
    if (received.size() == size && !is_utf8(reason)) return broken_close{errc::close_reason_not_utf8, size};
    return std::nullopt;
}

close parse_close_payload(byte_view payload) noexcept {
    if (payload.empty()) return {};
    return {code_of(payload), as_text(payload.subspan(2))};
}

std::optional<errc> check_close_to_send(const close& f) noexcept {
    if (!f.code) {
        if (!f.reason.empty()) return errc::invalid_close_reason;
        return std::nullopt;
    }
    if (!may_be_on_the_wire(*f.code)) return errc::invalid_close_code;
    if (f.reason.size() > max_close_reason_size) return errc::control_payload_too_big;
    if (!is_utf8(as_bytes(f.reason))) return errc::invalid_close_reason;
    return std::nullopt;
}

std::size_t write_close_payload(const close& f, byte_span output) noexcept {
    if (!f.code) return 0;
    const auto code = static_cast<std::uint16_t>(*f.code);
    output[0] = static_cast<std::byte>(code >> 8U);
    output[1] = static_cast<std::byte>(code & 0xFFU);
    std::ranges::copy(as_bytes(f.reason), output.begin() + 2);
    return 2 + f.reason.size();
}

}  // namespace mint::ws::detail
