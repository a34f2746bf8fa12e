#pragma once

#include <mint/version.hpp>

#include <cstdint>

namespace mint::ws {

/// The kind of a frame (RFC 6455 §5.2, §11.8).
enum class opcode : std::uint8_t {
    continuation = 0x0,
    text = 0x1,
    binary = 0x2,
    close = 0x8,
    ping = 0x9,
    pong = 0xA,
};

/// True for close, ping, pong and the control opcodes that nobody defined yet (RFC 6455 §5.5).
[[nodiscard]] constexpr bool is_control(opcode code) noexcept { return (static_cast<std::uint8_t>(code) & 0x8U) != 0; }

/// True if RFC 6455 gives this opcode no meaning.
[[nodiscard]] constexpr bool is_reserved(opcode code) noexcept { return (static_cast<std::uint8_t>(code) & 0x7U) > 2; }

}  // namespace mint::ws
