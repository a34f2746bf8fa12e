#pragma once

#include <mint/base/bytes.hpp>
#include <mint/base/error.hpp>
#include <mint/ws/codec.hpp>
#include <mint/ws/frame.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace mint::fuzz {

/// Ends the fuzzer's run where the invariant doesn't hold.
inline void require(bool holds) {
    if (!holds) std::abort();
}

/// Sizes of reads, the same for the same seed: many small ones, some large.
class read_sizes {
  public:
    explicit read_sizes(std::uint8_t seed) noexcept
        : state_(seed * 2654435761U + 1), longest_(seed % 3 == 0 ? 3 : 300) {}

    std::size_t next(std::size_t left) noexcept {
        state_ = state_ * 1664525U + 1013904223U;
        return std::min<std::size_t>(left, 1 + (state_ >> 16U) % longest_);
    }

  private:
    std::uint32_t state_;
    std::uint32_t longest_;
};

/// Frames with pieces joined to messages, and the error that ended them.
struct decoded_frames {
    std::vector<ws::owned_frame> frames;
    std::optional<errc> rule;
    std::uint64_t offset = 0;
    bool is_open = false;  // the last message in `frames` isn't complete

    friend bool operator==(const decoded_frames&, const decoded_frames&) = default;

    void add(const ws::frame& received) {
        if (const auto* t = std::get_if<ws::text>(&received)) {
            auto& whole = open_message<ws::owned_text>(t->fin);
            whole.payload += t->payload;
            whole.fin = t->fin;
        } else if (const auto* b = std::get_if<ws::binary>(&received)) {
            auto& whole = open_message<ws::owned_binary>(b->fin);
            whole.payload.insert(whole.payload.end(), b->payload.begin(), b->payload.end());
            whole.fin = b->fin;
        } else {
            frames.push_back(ws::to_owned(received));
        }
    }

    void add(const std::expected<void, error>& outcome) {
        if (outcome) return;
        rule = outcome.error().code;
        offset = outcome.error().offset;
    }

    /// How much of a message came before an error depends on the reads.
    void drop_open_message() {
        if (!std::exchange(is_open, false)) return;
        frames.erase(frames.begin() + static_cast<std::ptrdiff_t>(open_index_));
        open_index_ = 0;
    }

  private:
    template <class Message>
    Message& open_message(bool fin) {
        if (!is_open) {
            open_index_ = frames.size();
            frames.emplace_back(Message{});
        }
        is_open = !fin;
        auto* const message = std::get_if<Message>(&frames[fin ? std::exchange(open_index_, 0) : open_index_]);
        require(message != nullptr);
        return *message;
    }

    std::size_t open_index_ = 0;
};

/// Gives the next octets to `codec`: through `receive_space` where the fuzzer wants that and there is one.
inline std::size_t receive(ws::codec& codec, byte_view input, std::size_t size, bool directly, decoded_frames& result) {
    std::vector<ws::frame> frames;
    const byte_span space = directly ? codec.receive_space() : byte_span{};
    std::expected<void, error> outcome;
    if (space.empty()) {
        // Memory of exactly this size, so that the address sanitizer sees a read past its end, and gone after the call.
        const std::vector<std::byte> octets(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(size));
        outcome = codec.decode(octets, frames);
        for (const ws::frame& received : frames) result.add(received);
    } else {
        size = std::min(size, space.size());
        std::memcpy(space.data(), input.data(), size);
        outcome = codec.decode_received(size, frames);
        for (const ws::frame& received : frames) result.add(received);
    }
    result.add(outcome);
    return size;
}

}  // namespace mint::fuzz
