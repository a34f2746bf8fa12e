#pragma once

#include <mint/ws/frame.hpp>
#include <mint/ws/opcode.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace mintws {

/// One row of a conversation as it is printed; what is empty leaves its column blank.
struct frame_row {
    std::chrono::steady_clock::duration time{};  ///< since the start
    char arrow = ' ';                            ///< `>` sent, `<` received
    std::string what = {};                       ///< the opcode
    std::optional<bool> fin = {};
    std::optional<std::uint64_t> payload_size = {};  ///< octets
    std::string note = {};                           ///< a preview of the payload
    std::optional<std::chrono::steady_clock::duration> round_trip = {};
};

/// The row of a frame. `is_continued`: it isn't the first of its message.
[[nodiscard]] frame_row describe(const mint::ws::frame& f, bool is_continued, std::chrono::steady_clock::duration time,
                                 char arrow);

[[nodiscard]] mint::ws::opcode opcode_of(const mint::ws::frame& f) noexcept;

/// A row, and the line above the first one, without newline; columns stand below each other.
[[nodiscard]] std::string row(const frame_row& r);
[[nodiscard]] std::string row_heading();

}  // namespace mintws
