#pragma once

// What the benchmarks' server does for a WebSocket: masked frames in, the same frames unmasked out, and as little as
// that takes. Or large messages in one direction alone, with small ones for them in the other.

#include "ws/mask.hpp"

#include <mint/base/buffer.hpp>
#include <mint/base/bytes.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace compare {

/// What answers each frame: the same again; an empty frame; a binary message of `large_size` octets.
enum class answer : std::uint8_t { same, nothing, much };

/// The answer that a target asks for: /up and /down, seen from the client; any other is an echo's.
[[nodiscard]] inline answer answer_for(std::string_view target) noexcept {
    return target == "/up" ? answer::nothing : target == "/down" ? answer::much : answer::same;
}

/// One client's direction. Payload goes out as it comes in: nothing waits for the end of a frame.
class frame_echo {
  public:
    static constexpr std::size_t large_size = 64 * 1024;

    explicit frame_echo(answer a = answer::same) noexcept : answer_(a) {}

    /// Octets from the client; what answers them is appended to `out`.
    void take(mint::byte_view octets, mint::buffer& out) {
        while (!octets.empty()) {
            if (payload_left_ == 0) {
                octets = octets.subspan(take_header(octets, out));
                continue;
            }
            const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(payload_left_, octets.size()));
            if (answer_ == answer::same) {
                mint::ws::detail::mask_copy(out.prepare(size).data(), octets.data(), size, key_);
                out.commit(size);
            }
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
        put_answer(out, unmasked_size);
        payload_left_ = 0;
        for (std::size_t i = unmasked_size > 2 ? 2 : 1; i < unmasked_size; ++i) {
            payload_left_ = payload_left_ << 8U | std::to_integer<std::uint64_t>(header_[i]);
        }
        have_ = 0;
        needed_ = 2;
        return taken;
    }

    void put_answer(mint::buffer& out, std::size_t unmasked_size) const {
        switch (answer_) {
            case answer::same: return out.append(mint::byte_view{header_}.first(unmasked_size));
            case answer::nothing: return out.append(std::string_view{"\x82\0", 2});
            case answer::much: {
                static const std::string payload(large_size, 'd');
                out.append(std::string_view{"\x82\x7F\0\0\0\0\0\1\0\0", 10});
                out.append(payload);
            }
        }
    }

    [[nodiscard]] std::size_t size_of_header() const noexcept {
        const auto code = std::to_integer<unsigned>(header_[1] & std::byte{0x7F});
        return 2 + sizeof key_ + (code == 126 ? 2 : code == 127 ? 8 : 0);
    }

    answer answer_;
    std::array<std::byte, 14> header_{};  ///< of which `have_` are here
    std::size_t have_ = 0;
    std::size_t needed_ = 2;
    std::uint64_t payload_left_ = 0;
    mint::ws::detail::mask_key key_ = 0;
};

}  // namespace compare
