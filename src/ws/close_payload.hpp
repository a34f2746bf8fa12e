#pragma once

#include <mint/base/bytes.hpp>
#include <mint/base/error.hpp>
#include <mint/ws/frame.hpp>

#include <cstddef>
#include <optional>

namespace mint::ws::detail {

/// What control frames hold at most (RFC 6455 §5.5), and what of it is left behind a close code.
inline constexpr std::size_t max_control_payload_size = 125;
inline constexpr std::size_t max_close_reason_size = max_control_payload_size - 2;

/// The rule that a received Close payload breaks, and where in the payload.
struct broken_close {
    errc rule;
    std::size_t position;
    friend bool operator==(const broken_close&, const broken_close&) = default;
};

/// Checks what is there of a Close payload of `size` octets (RFC 6455 §5.5.1, §7.4): `received` is its front, or all of
/// it. Finds a broken rule as soon as the octets that break it are there. A reason that ends inside a character is
/// broken behind its last octet.
[[nodiscard]] std::optional<broken_close> check_close_payload(byte_view received, std::size_t size,
                                                              bool validate_utf8) noexcept;

/// A whole payload that `check_close_payload` found nothing in, as a frame that views it.
[[nodiscard]] close parse_close_payload(byte_view payload) noexcept;

/// Why `f` may not be sent, if so: errc::invalid_close_code, invalid_close_reason or control_payload_too_big.
[[nodiscard]] std::optional<errc> check_close_to_send(const close& f) noexcept;

/// Writes a frame that may be sent to the front of `output`; returns the octets written, at most 125.
/// Precondition: `check_close_to_send(f)` is empty and `output` has room for 125 octets.
std::size_t write_close_payload(const close& f, byte_span output) noexcept;

}  // namespace mint::ws::detail
