#pragma once

#include <mint/base/bytes.hpp>
#include <mint/base/error.hpp>
#include <mint/base/random.hpp>
#include <mint/ws/codec.hpp>
#include <mint/ws/frame.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mint::testing {

/// Octets written as numbers.
[[nodiscard]] inline std::string octets(std::initializer_list<int> values) {
    std::string text;
    for (const int value : values) text.push_back(static_cast<char>(value));
    return text;
}

/// A frame as it stands on the wire, first octet and all, so that tests can break any rule but that of minimal lengths.
[[nodiscard]] inline std::string wire(int first_octet, std::string_view payload, bool masked = false) {
    std::string frame = octets({first_octet});
    const std::size_t size = payload.size();
    const int mask_bit = masked ? 0x80 : 0;
    if (size < 126) {
        frame += octets({mask_bit | static_cast<int>(size)});
    } else if (size <= 0xFFFF) {
        frame += octets({mask_bit | 126, static_cast<int>(size >> 8U), static_cast<int>(size & 0xFFU)});
    } else {
        frame += octets({mask_bit | 127});
        for (unsigned shift = 64; shift > 0; shift -= 8)
            frame += octets({static_cast<int>(size >> (shift - 8) & 0xFFU)});
    }
    if (!masked) return frame.append(payload);
    const std::string key = octets({0x37, 0xFA, 0x21, 0x3D});
    frame += key;
    for (std::size_t i = 0; i < size; ++i) frame.push_back(static_cast<char>(payload[i] ^ key[i % 4]));
    return frame;
}

inline constexpr int text_frame = 0x81;
inline constexpr int close_frame = 0x88;

[[nodiscard]] inline std::string masked_wire(int first_octet, std::string_view payload) {
    return wire(first_octet, payload, true);
}

/// Gives the same octets again and again.
class fixed_random final : public random_source {
  public:
    explicit fixed_random(std::array<std::uint8_t, 4> octets) noexcept : octets_(octets) {}

  private:
    void refill(std::span<std::byte, block_size> block) noexcept override {
        for (std::size_t i = 0; i < block.size(); ++i) block[i] = std::byte{octets_[i % octets_.size()]};
    }

    std::array<std::uint8_t, 4> octets_;
};

/// A whole binary message.
[[nodiscard]] inline ws::owned_binary bytes_of(std::string_view text) {
    const byte_view view = as_bytes(text);
    return {{view.begin(), view.end()}, true};
}

/// What came out of a codec: the frames, then the error if one ended the stream.
struct decoded {
    std::vector<ws::owned_frame> frames = {};
    std::optional<errc> rule = std::nullopt;
    std::uint64_t offset = 0;

    friend bool operator==(const decoded&, const decoded&) = default;
};

inline void append_frames(decoded& result, const std::vector<ws::frame>& frames) {
    for (const ws::frame& frame : frames) result.frames.push_back(ws::to_owned(frame));
}

/// Gives `parts` to `codec` one after another, up to the first error.
[[nodiscard]] inline decoded decode_parts(ws::codec& codec, std::span<const byte_view> parts) {
    decoded result;
    std::vector<ws::frame> frames;
    for (const byte_view part : parts) {
        const auto outcome = codec.decode(part, frames);
        append_frames(result, frames);
        if (outcome) continue;
        result.rule = outcome.error().code;
        result.offset = outcome.error().offset;
        break;
    }
    return result;
}

[[nodiscard]] inline decoded decode_all(ws::codec& codec, std::string_view input) {
    const byte_view whole = as_bytes(input);
    return decode_parts(codec, std::span{&whole, 1});
}

}  // namespace mint::testing

namespace mint::ws {

/// For test failures.
inline void PrintTo(const owned_frame& received, std::ostream* out) {
    const auto ends = [](bool fin) { return fin ? "" : " unfinished"; };
    if (const auto* t = std::get_if<owned_text>(&received)) {
        *out << "text(" << t->payload.substr(0, 100) << ")[" << t->payload.size() << "]" << ends(t->fin);
    } else if (const auto* b = std::get_if<owned_binary>(&received)) {
        *out << "binary[" << b->payload.size() << "]" << ends(b->fin);
    } else if (const auto* p = std::get_if<owned_ping>(&received)) {
        *out << "ping(" << as_text(p->payload) << ")";
    } else if (const auto* q = std::get_if<owned_pong>(&received)) {
        *out << "pong(" << as_text(q->payload) << ")";
    } else if (const auto* c = std::get_if<owned_close>(&received)) {
        *out << "close(" << (c->code ? static_cast<int>(*c->code) : 0) << " " << c->reason << ")";
    }
}

}  // namespace mint::ws

namespace mint::testing {

inline void PrintTo(const decoded& result, std::ostream* out) {
    for (const ws::owned_frame& received : result.frames) {
        ws::PrintTo(received, out);
        *out << ", ";
    }
    if (result.rule) *out << name(*result.rule) << " at " << result.offset;
}

}  // namespace mint::testing
