#pragma once

#include "base/endian.hpp"

#include <cstddef>
#include <cstdint>

namespace mint::ws::detail {

/// Writes a frame's first octet, the mask bit and the shortest length there is (RFC 6455 §5.2): 2, 4 or 10 octets.
/// Returns where the masking key, or else the payload, follows.
inline std::byte* put_frame_header(std::byte* to, std::uint8_t first_octet, bool masked,
                                   std::uint64_t payload_size) noexcept {
    const unsigned mask_bit = masked ? 0x80U : 0U;
    to[0] = static_cast<std::byte>(first_octet);
    if (payload_size < 126) {
        to[1] = static_cast<std::byte>(mask_bit | payload_size);
        return to + 2;
    }
    if (payload_size <= 0xFFFF) {
        to[1] = static_cast<std::byte>(mask_bit | 126U);
        mint::detail::store_big_endian(to + 2, static_cast<std::uint16_t>(payload_size));
        return to + 4;
    }
    to[1] = static_cast<std::byte>(mask_bit | 127U);
    mint::detail::store_big_endian(to + 2, payload_size);
    return to + 10;
}

}  // namespace mint::ws::detail
