#pragma once

#include "ws/deflate_backend.hpp"

#include <mint/base/bytes.hpp>
#include <mint/ws/extension.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

/// What is the same whatever library compresses: steps that 32 bits can count, messages' tails, budgets, BFINAL. Each
/// library is a small class that these are made of, so that no call is virtual within a message.
namespace mint::ws::detail {

/// What ends each message, and isn't sent (RFC 7692 §7.2.1): an empty block's length.
inline constexpr std::array<std::byte, 4> message_tail{std::byte{0x00}, std::byte{0x00}, std::byte{0xFF},
                                                       std::byte{0xFF}};

/// Libraries count in 32 bits.
inline constexpr std::size_t longest_step = 1U << 30U;

/// A compressor by way of `Deflater`, which has: `deflate(input, room, flushes)`, which takes all of the input and
/// returns the octets made, at the end of a message up to its tail; `begin_part(size)`; `reset`; `memory_size`; copies.
template <class Deflater>
class bounded_compressor final : public compressor {
  public:
    template <class... Arguments>
    explicit bounded_compressor(const Arguments&... arguments) : deflater_(arguments...) {}
    bounded_compressor(const bounded_compressor&) = default;
    bounded_compressor& operator=(const bounded_compressor&) = delete;
    ~bounded_compressor() override = default;

    [[nodiscard]] std::unique_ptr<compressor> clone() const override {
        return std::make_unique<bounded_compressor>(*this);
    }

    void compress(byte_view payload, bool is_last, extension_output& out) override {
        const byte_span room = out.prepare(max_compressed_size(payload.size()));
        std::size_t made = 0;
        if (payload.empty()) {
            if (is_last) room[made++] = std::byte{0};  // an empty block's header (RFC 7692 §7.2.3.6)
            return out.commit(made);
        }
        deflater_.begin_part(payload.size());
        while (!payload.empty()) {
            const byte_view step = payload.first(std::min(payload.size(), longest_step));
            payload = payload.subspan(step.size());
            const byte_span rest = room.subspan(made);
            made += deflater_.deflate(step, rest.first(std::min(rest.size(), 2 * longest_step)), payload.empty());
        }
        out.commit(is_last ? made - message_tail.size() : made);
    }

    void reset() noexcept override { deflater_.reset(); }

    [[nodiscard]] std::size_t memory_size() const noexcept override {
        return sizeof(*this) - sizeof(deflater_) + deflater_.memory_size();
    }

  private:
    Deflater deflater_;
};

/// What came of one call of a library.
struct inflated {
    std::size_t size = 0;         ///< octets made; where it is corrupt they may not all have been written
    bool is_final = false;        ///< behind a block with BFINAL
    std::string_view fault = {};  ///< what is corrupt; empty where nothing is
    bool ends_block = false;      ///< it stopped there; from a library that counts blocks, after each
    rest_of_byte rest = {};       ///< after a block that isn't final
};

/// What a message's blocks have to give on average, the first one aside, for a library that is slow at small blocks.
/// ISA-L takes up to 6 µs for a block's header, where zlib takes 1.4 µs, and up to 26 times as long as zlib for an
/// empty block. From about 4 KiB on ISA-L is faster.
inline constexpr std::size_t large_block_size = 8192;

/// How a message's last block ended by the message's tail.
enum class last_block : std::uint8_t {
    broken,  ///< the tail wasn't what ended it: octets are missing before the tail
    ended,
    ended_final,  ///< it has BFINAL
};

/// A decompressor by way of `Inflater`, which has: `set_input`; `inflate(room)`; `unread_size`, of the input;
/// `is_between_blocks`, with nothing left to give out; `end_message`, which takes the message's tail, and nothing may
/// come of that; `begin_again`, behind a block with BFINAL, with the window as it is; `copy_window` and `set_window` as
/// a decompressor's; `begin_within_byte(rest)`; `reset`; `memory_size`; copies.
template <class Inflater>
class bounded_decompressor final : public decompressor {
  public:
    template <class... Arguments>
    explicit bounded_decompressor(const Arguments&... arguments) : inflater_(arguments...) {}
    bounded_decompressor(const bounded_decompressor&) = default;
    bounded_decompressor& operator=(const bounded_decompressor&) = delete;
    ~bounded_decompressor() override = default;

    [[nodiscard]] std::unique_ptr<decompressor> clone() const override {
        return std::make_unique<bounded_decompressor>(*this);
    }

    [[nodiscard]] decompress_result decompress(byte_view payload, bool is_last, extension_output& out) override {
        const auto done = decompress(payload, is_last, out, false);
        if (!done) return std::unexpected(done.error());
        return {};
    }

    [[nodiscard]] large_blocks_result decompress_large_blocks(byte_view payload, bool is_last,
                                                              extension_output& out) override {
        return decompress(payload, is_last, out, true);
    }

    void go_on_from(const block_end& end) override {
        is_behind_final_block_ = end.is_final;
        if (end.rest.size > 0) inflater_.begin_within_byte(end.rest);
    }

    void reset() noexcept override {
        inflater_.reset();
        forget_message();
    }

    [[nodiscard]] std::size_t copy_window(std::span<std::byte, 32 * 1024> to) const override {
        return inflater_.copy_window(to);
    }

    void set_window(byte_view window) override {
        forget_message();
        inflater_.set_window(window);
    }

    [[nodiscard]] std::size_t memory_size() const noexcept override {
        return sizeof(*this) - sizeof(inflater_) + inflater_.memory_size();
    }

  private:
    [[nodiscard]] large_blocks_result decompress(byte_view payload, bool is_last, extension_output& out, bool leaves) {
        while (!payload.empty()) {
            const byte_view step = payload.first(std::min(payload.size(), longest_step));
            payload = payload.subspan(step.size());
            auto taken = take(step, out, leaves);
            if (!taken) return taken;
            if (*taken) {
                (*taken)->unread = byte_view{(*taken)->unread.data(), (*taken)->unread.size() + payload.size()};
                return taken;
            }
        }
        if (!is_last || out.is_exceeded()) return {};
        // Behind a block with BFINAL the tail may be the end of nothing, and isn't looked at then.
        const bool is_ended = is_behind_final_block_;
        forget_message();
        if (is_ended) return {};
        const last_block end = inflater_.end_message();
        if (end == last_block::broken) return std::unexpected("the message ends within a block");
        if (end == last_block::ended_final) inflater_.begin_again();
        return {};
    }

    void forget_message() noexcept {
        is_behind_final_block_ = false;
        block_count_ = 0;
        made_size_ = 0;
    }

    /// All of a step that a library can count, or as much as `out` takes; if `leaves`, up to a block too many.
    [[nodiscard]] large_blocks_result take(byte_view step, extension_output& out, bool leaves) {
        // Libraries are slow with less room than their longest match.
        constexpr std::size_t least_at_once = 1024;
        constexpr std::size_t most_at_once = 256 * 1024;
        if (out.is_exceeded()) return {};
        is_behind_final_block_ = false;
        inflater_.set_input(step);
        while (true) {
            // With the budget used up one octet more tells whether there is one.
            std::array<std::byte, 1> beyond;
            const bool is_full = out.left() == 0;
            const byte_span room =
                is_full ? byte_span{beyond}
                        : out.prepare(std::clamp(8 * inflater_.unread_size(), least_at_once, most_at_once));
            const inflated made = inflater_.inflate(room);
            if (!made.fault.empty()) return std::unexpected(made.fault);
            if (is_full && made.size > 0) {
                out.exceed();
                return {};
            }
            if (!is_full) out.commit(made.size);
            made_size_ += made.size;
            if (made.is_final || made.ends_block) {
                const byte_view unread = step.last(inflater_.unread_size());
                ++block_count_;
                if (made.is_final) {
                    is_behind_final_block_ = unread.empty();
                    inflater_.begin_again();
                    inflater_.set_input(unread);
                }
                if (leaves && block_count_ > 1 + made_size_ / large_block_size) {
                    return block_end{.unread = unread, .rest = made.rest, .is_final = is_behind_final_block_};
                }
                if (unread.empty()) return {};
                continue;
            }
            // All of the input was taken, and all that comes of it given out. To ask once more behind a block would
            // make zlib look for the next one.
            if (made.size < room.size() || (inflater_.unread_size() == 0 && inflater_.is_between_blocks())) return {};
        }
    }

    Inflater inflater_;
    bool is_behind_final_block_ = false;
    std::uint64_t block_count_ = 0;  ///< in this message, up to here; final ones alone if the library doesn't count
    std::uint64_t made_size_ = 0;    ///< of this message
};

}  // namespace mint::ws::detail
