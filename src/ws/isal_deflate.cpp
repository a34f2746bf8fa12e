#if MINT_HAS_ISAL

#include "ws/isal_deflate.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <isa-l/igzip_lib.h>
#include <utility>
#include <vector>

namespace mint::ws::detail {

namespace {

/// ISA-L counts in 32 bits.
constexpr std::size_t longest_step = 1U << 30U;

constexpr std::size_t window_size = 32 * 1024;

/// In ISA-L's words input isn't const, but it is only read.
std::uint8_t* input_of(byte_view octets) noexcept {
    return reinterpret_cast<std::uint8_t*>(const_cast<std::byte*>(octets.data()));  // NOLINT(*-const-cast)
}

std::uint8_t* room_of(byte_span octets) noexcept { return reinterpret_cast<std::uint8_t*>(octets.data()); }

/// For small messages fixed Huffman codes and a small table of matches, for large ones codes of their own, whose
/// description costs 60 octets and 5 µs.
class isal_compressor final : public compressor {
  public:
    isal_compressor() {
        ::isal_deflate_init(&stream_);
        ::isal_deflate_set_hufftables(&stream_, nullptr, IGZIP_HUFFTABLE_STATIC);
        std::memset(stream_.internal_state.head, 0, sizeof stream_.internal_state.head);
    }
    isal_compressor(const isal_compressor& other)
        : compressor(other), stream_(other.stream_), tables_(other.tables_), contrary_count_(other.contrary_count_) {
        if (!tables_.empty()) stream_.level_buf = tables_.data();
    }
    isal_compressor& operator=(const isal_compressor&) = delete;
    ~isal_compressor() override = default;

    [[nodiscard]] std::unique_ptr<compressor> clone() const override {
        return std::make_unique<isal_compressor>(*this);
    }

    void compress(byte_view payload, bool is_last, extension_output& out) override {
        constexpr std::size_t tail_size = 4;
        const byte_span room = out.prepare(max_compressed_size(payload.size()));
        std::size_t made = 0;
        if (payload.empty()) {
            if (is_last) room[made++] = std::byte{0};  // an empty block's header (RFC 7692 §7.2.3.6)
            out.commit(made);
            return;
        }
        choose_level(payload.size());
        while (!payload.empty()) {
            const byte_view step = payload.first(std::min(payload.size(), longest_step));
            payload = payload.subspan(step.size());
            const byte_span rest = room.subspan(made);
            const byte_span step_room = rest.first(std::min(rest.size(), 2 * longest_step));
            stream_.next_in = input_of(step);
            stream_.avail_in = static_cast<std::uint32_t>(step.size());
            stream_.next_out = room_of(step_room);
            stream_.avail_out = static_cast<std::uint32_t>(step_room.size());
            stream_.flush = payload.empty() ? SYNC_FLUSH : NO_FLUSH;
            [[maybe_unused]] const int result = ::isal_deflate(&stream_);
            assert(result == COMP_OK && stream_.avail_in == 0);
            made += step_room.size() - stream_.avail_out;
        }
        out.commit(is_last ? made - tail_size : made);
    }

    void reset() noexcept override { ::isal_deflate_reset(&stream_); }

    [[nodiscard]] std::size_t memory_size() const noexcept override { return sizeof(*this) + tables_.capacity(); }

  private:
    static constexpr std::uint32_t small_level = 0;
    static constexpr std::uint32_t large_level = 1;
    static constexpr std::size_t tables_size = ISAL_DEF_LVL1_MEDIUM;

    /// Changing costs as much as ten small messages, so that one message of another size changes nothing.
    void choose_level(std::size_t size) {
        constexpr std::size_t large_size = 512;
        constexpr std::uint32_t patience = 4;
        const std::uint32_t wanted = size < large_size ? small_level : large_level;
        if (wanted == stream_.level) {
            contrary_count_ = 0;
            return;
        }
        const bool is_fresh = stream_.internal_state.b_bytes_processed == 0;
        if (!is_fresh && ++contrary_count_ < patience) return;
        contrary_count_ = 0;
        change_level(wanted);
    }

    /// The window goes along; ISA-L finds its matches anew.
    void change_level(std::uint32_t level) {
        if (level == large_level && tables_.empty()) tables_.resize(tables_size);
        const isal_zstate& state = stream_.internal_state;
        const std::size_t size = std::min<std::size_t>(state.b_bytes_processed, window_size);
        std::array<std::uint8_t, window_size> window;  // written by what is below
        std::memcpy(window.data(), state.buffer + state.b_bytes_processed - size, size);
        ::isal_deflate_reset(&stream_);
        stream_.level = level;
        stream_.level_buf = level == small_level ? nullptr : tables_.data();
        stream_.level_buf_size = level == small_level ? 0 : static_cast<std::uint32_t>(tables_.size());
        if (size > 0) ::isal_deflate_set_dict(&stream_, window.data(), static_cast<std::uint32_t>(size));
    }

    isal_zstream stream_;
    std::vector<std::uint8_t> tables_;
    std::uint32_t contrary_count_ = 0;  ///< messages in a row that another level is better for
};

class isal_decompressor final : public decompressor {
  public:
    isal_decompressor() { ::isal_inflate_init(&state_); }
    isal_decompressor(const isal_decompressor&) = default;
    isal_decompressor& operator=(const isal_decompressor&) = delete;
    ~isal_decompressor() override = default;

    [[nodiscard]] std::unique_ptr<decompressor> clone() const override {
        return std::make_unique<isal_decompressor>(*this);
    }

    [[nodiscard]] bool decompress(byte_view payload, bool is_last, extension_output& out) override {
        const bool is_whole = for_each_step(payload, is_last, longest_step, [&](byte_view step, std::size_t tail_size) {
            // Behind a block with BFINAL the tail may be the end of nothing.
            const bool is_over = is_behind_final_block_ && step.size() == tail_size;
            is_behind_final_block_ = is_over;
            return is_over || out.is_exceeded() || decompress_step(step, tail_size, out);
        });
        return is_whole && (!is_last || is_behind_final_block_ || out.is_exceeded() || is_between_blocks());
    }

    void reset() noexcept override {
        ::isal_inflate_reset(&state_);
        is_behind_final_block_ = false;
    }

    [[nodiscard]] std::size_t copy_window(std::span<std::byte, 32 * 1024> to) const override {
        const auto valid = static_cast<std::size_t>(state_.tmp_out_valid);
        const std::size_t size = std::min(valid, to.size());
        std::memcpy(to.data(), state_.tmp_out_buffer + valid - size, size);
        return size;
    }

    void set_window(byte_view window) override {
        reset();
        if (window.empty()) return;
        ::isal_inflate_set_dict(&state_, input_of(window), static_cast<std::uint32_t>(window.size()));
    }

    [[nodiscard]] std::size_t memory_size() const noexcept override { return sizeof(*this); }

  private:
    [[nodiscard]] bool is_between_blocks() const noexcept {
        // Where it looked for the next block's header it found not a bit of one.
        const bool is_at_header = state_.block_state == ISAL_BLOCK_NEW_HDR ||
                                  (state_.block_state == ISAL_BLOCK_HDR && state_.tmp_in_size == 0);
        return is_at_header && state_.read_in_length == 0;
    }

    [[nodiscard]] bool decompress_step(byte_view step, std::size_t tail_size, extension_output& out) {
        constexpr std::size_t least_at_once = 1024;
        constexpr std::size_t most_at_once = 256 * 1024;
        state_.next_in = input_of(step);
        state_.avail_in = static_cast<std::uint32_t>(step.size());
        while (true) {
            // With the budget used up one octet more tells whether there is one.
            std::array<std::byte, 1> beyond;
            const bool is_full = out.left() == 0;
            const byte_span room =
                is_full ? byte_span{beyond}
                        : out.prepare(std::clamp(4 * std::size_t{state_.avail_in}, least_at_once, most_at_once));
            state_.next_out = room_of(room);
            state_.avail_out = static_cast<std::uint32_t>(room.size());
            const int result = ::isal_inflate(&state_);
            const std::size_t made = room.size() - state_.avail_out;
            if (is_full && made > 0) {
                out.exceed();
                return true;
            }
            if (!is_full) out.commit(made);
            if (result < 0) return false;
            if (state_.block_state == ISAL_BLOCK_FINISH) {
                is_behind_final_block_ = begin_again(step) == tail_size;
                if (is_behind_final_block_) return true;
                continue;
            }
            if (state_.avail_out > 0) return true;  // all of the input was taken, and all that comes of it given out
        }
    }

    /// Behind a block with BFINAL another stream begins, and the window stays (RFC 7692 §7.2.3.4). How much of the step
    /// is left.
    std::size_t begin_again(byte_view step) {
        const auto unread = static_cast<std::size_t>(std::max(state_.read_in_length, 0)) / 8;
        const byte_view rest = step.last(std::min(step.size(), state_.avail_in + unread));
        std::array<std::byte, window_size> window;  // written by what is below
        set_window(byte_view{window}.first(copy_window(window)));
        state_.next_in = input_of(rest);
        state_.avail_in = static_cast<std::uint32_t>(rest.size());
        return rest.size();
    }

    inflate_state state_;
    bool is_behind_final_block_ = false;
};

}  // namespace

std::unique_ptr<compressor> make_isal_compressor() { return std::make_unique<isal_compressor>(); }

std::unique_ptr<decompressor> make_isal_decompressor() { return std::make_unique<isal_decompressor>(); }

}  // namespace mint::ws::detail

#endif
