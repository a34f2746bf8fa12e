#pragma once

#include "base/endian.hpp"

#include <cstddef>
#include <cstdint>

namespace mint::ws::detail {

/// An unfragmented data message that lies whole at the front of some octets.
struct whole_message {
    bool is_text;
    std::size_t header_size;  ///< without the masking key
    std::size_t payload_size;
};

/// Reads the header of such a message, of a client where `masked`; most of all that is received is such messages. False
/// for everything else: control frames, fragments, frames cut off, and each frame that breaks a rule. Those are for the
/// frame_decoder, which knows all rules.
template <bool masked>
[[nodiscard, gnu::always_inline]] inline bool parse_whole_message(const std::byte* at, std::size_t left,
                                                                  whole_message& found) noexcept {
    constexpr std::size_t key_size = masked ? 4 : 0;
    if (left < 2) return false;
    const auto first = std::to_integer<std::uint8_t>(at[0]);
    if (first != 0x81 && first != 0x82) return false;
    found.is_text = first == 0x81;
    // Where the mask bit isn't as it must be, this is over 127.
    const unsigned second = std::to_integer<unsigned>(at[1]) ^ (masked ? 0x80U : 0U);
    if (second < 126) {
        found.header_size = 2;
        found.payload_size = second;
    } else if (second == 126) {
        if (left < 4) return false;
        found.header_size = 4;
        found.payload_size = mint::detail::load_big_endian<std::uint16_t>(at + 2);
        if (found.payload_size < 126) return false;
    } else if (second == 127) {
        if (left < 10) return false;
        found.header_size = 10;
        const auto size = mint::detail::load_big_endian<std::uint64_t>(at + 2);
        if (size <= 0xFFFF || size > left) return false;
        found.payload_size = static_cast<std::size_t>(size);
    } else {
        return false;
    }
    const std::size_t full_header_size = found.header_size + key_size;
    return left >= full_header_size && found.payload_size <= left - full_header_size;
}

}  // namespace mint::ws::detail
