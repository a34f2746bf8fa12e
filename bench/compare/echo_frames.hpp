#pragma once

// Masked frames in, the same frames unmasked out: all that an echo server has to do for a WebSocket, and as little.

#include "ws/mask.hpp"

#include <mint/base/buffer.hpp>
#include <mint/base/bytes.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace compare {

/// One client's direction. Payload goes out as it comes in: nothing waits for the end of a frame.
class frame_echo {
  public:
    /// Octets from the client; what answers them is appended to `out`.
    void take(mint::byte_view octets, mint::buffer& out) {
        while (!octets.empty()) {
            if (payload_left_ == 0) {
                octets = octets.subspan(take_header(octets, out));
                continue;
            }
            const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(payload_left_, octets.size()));
            mint::ws::detail::mask_copy(out.prepare(size).data(), octets.data(), size, key_);
            out.commit(size);
            key_ = mint::ws::detail::rotated(key_, size);
            payload_left_ -= size;
            octets = octets.subspan(size);
        }
    }

  private:
    /// Returns how many octets it took; the echo's header is written once all of this one's are here.
    std::size_t take_header(mint::byte_view octets, mint::buffer& out) {
        std::size_t taken = 0;
        while (taken < octets.size() && have_ < needed_) {
            header_[have_++] = octets[taken++];
            if (have_ == 2) needed_ = size_of_header();
        }
        if (have_ < needed_) return taken;
        const std::size_t unmasked_size = needed_ - sizeof key_;
        std::memcpy(&key_, header_.data() + unmasked_size, sizeof key_);
        header_[1] &= std::byte{0x7F};
        out.append(mint::byte_view{header_}.first(unmasked_size));
        payload_left_ = 0;
        for (std::size_t i = unmasked_size > 2 ? 2 : 1; i < unmasked_size; ++i) {
            payload_left_ = payload_left_ << 8U | std::to_integer<std::uint64_t>(header_[i]);
        }
        have_ = 0;
        needed_ = 2;
        return taken;
    }

    [[nodiscard]] std::size_t size_of_header() const noexcept {
        const auto code = std::to_integer<unsigned>(header_[1] & std::byte{0x7F});
        return 2 + sizeof key_ + (code == 126 ? 2 : code == 127 ? 8 : 0);
    }

    std::array<std::byte, 14> header_{};  ///< of which `have_` are here
    std::size_t have_ = 0;
    std::size_t needed_ = 2;
    std::uint64_t payload_left_ = 0;
    mint::ws::detail::mask_key key_ = 0;
};

}  // namespace compare
