#if MINT_HAS_ISAL

#include "ws/isal_deflate.hpp"

#include "ws/bounded_deflate.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <isa-l/igzip_lib.h>
#include <span>
#include <string_view>
#include <vector>

namespace mint::ws::detail {

namespace {

constexpr std::size_t window_size = 32 * 1024;

std::uint8_t* input_of(byte_view octets) noexcept {
    auto* const data = const_cast<std::byte*>(octets.data());  // NOLINT(*-const-cast): ISA-L only reads it
    return reinterpret_cast<std::uint8_t*>(data);
}

std::uint8_t* room_of(byte_span octets) noexcept { return reinterpret_cast<std::uint8_t*>(octets.data()); }

/// In zlib's words.
std::string_view fault_of(int result) noexcept {
    switch (result) {
        case ISAL_INVALID_BLOCK: return "invalid block type or code lengths";
        case ISAL_INVALID_SYMBOL: return "invalid code";
        case ISAL_INVALID_LOOKBACK: return "invalid distance too far back";
        default: return result < 0 ? "no DEFLATE" : std::string_view{};
    }
}

/// For small messages fixed Huffman codes and a small table of matches, for large ones codes of their own, whose
/// description costs 60 octets and 5 µs.
class isal_deflater {
  public:
    explicit isal_deflater(std::uint8_t window_bits) {
        ::isal_deflate_init(&stream_);
        stream_.hist_bits = window_bits;
        ::isal_deflate_set_hufftables(&stream_, nullptr, IGZIP_HUFFTABLE_STATIC);
        std::memset(stream_.internal_state.head, 0, sizeof stream_.internal_state.head);
    }
    isal_deflater(const isal_deflater& other)
        : stream_(other.stream_), tables_(other.tables_), contrary_size_(other.contrary_size_) {
        if (stream_.level_buf != nullptr) stream_.level_buf = tables_.data();
    }
    isal_deflater& operator=(const isal_deflater&) = delete;
    ~isal_deflater() = default;

    /// Changing the level costs as much as ten small messages, so that one small message changes nothing. A large one
    /// would lose a third of its size.
    void begin_part(std::size_t size) {
        constexpr std::size_t large_size = 512;
        constexpr std::size_t patience = 4 * large_size;
        const std::uint32_t wanted = size < large_size ? small_level : large_level;
        if (wanted == stream_.level) {
            contrary_size_ = 0;
            return;
        }
        contrary_size_ += std::min(std::max(size, large_size), patience);
        const bool is_fresh = stream_.internal_state.b_bytes_processed == 0;
        if (!is_fresh && contrary_size_ < patience) return;
        contrary_size_ = 0;
        change_level(wanted);
    }

    [[nodiscard]] std::size_t deflate(byte_view input, byte_span room, bool flushes) noexcept {
        stream_.next_in = input_of(input);
        stream_.avail_in = static_cast<std::uint32_t>(input.size());
        stream_.next_out = room_of(room);
        stream_.avail_out = static_cast<std::uint32_t>(room.size());
        stream_.flush = flushes ? SYNC_FLUSH : NO_FLUSH;
        [[maybe_unused]] const int result = ::isal_deflate(&stream_);
        assert(result == COMP_OK && stream_.avail_in == 0);
        return room.size() - stream_.avail_out;
    }

    void reset() noexcept { ::isal_deflate_reset(&stream_); }

    [[nodiscard]] std::size_t memory_size() const noexcept { return sizeof(*this) + tables_.capacity(); }

  private:
    static constexpr std::uint32_t small_level = 0;
    static constexpr std::uint32_t large_level = 1;
    static constexpr std::size_t tables_size = ISAL_DEF_LVL1_MEDIUM;

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
    std::size_t contrary_size_ = 0;  ///< of messages in a row that the other level is better for, small ones rounded up
};

class isal_inflater {
  public:
    isal_inflater() noexcept { ::isal_inflate_init(&state_); }

    void set_input(byte_view input) noexcept {
        state_.next_in = input_of(input);
        state_.avail_in = static_cast<std::uint32_t>(input.size());
    }

    /// Whole octets that it has taken into its bits and not looked at count as well.
    [[nodiscard]] std::size_t unread_size() const noexcept {
        return state_.avail_in + static_cast<std::size_t>(std::max(state_.read_in_length, 0)) / 8;
    }

    [[nodiscard]] inflated inflate(byte_span room) noexcept {
        mark_header();
        inflated made =
            is_all_given() && unread_size() <= small_input ? inflate_behind_window(room) : inflate_into(room);
        if (!is_at_stop() || !is_all_given()) return made;
        made.ends_block = true;
        made.is_final = is_final_;
        if (is_final_) return made;
        end_block();
        const auto size = static_cast<unsigned>(state_.read_in_length) % 8;
        const auto bits = static_cast<unsigned>(state_.read_in) & ((1U << size) - 1);
        made.rest = {.bits = static_cast<std::uint8_t>(bits), .size = static_cast<std::uint8_t>(size)};
        return made;
    }

    /// No block is whole in less than a byte.
    [[nodiscard]] bool is_between_blocks() const noexcept {
        return is_at_header() && held_bit_count() < 8 && is_all_given();
    }

    /// A stored block's header was read with what fills its last octet, and no more: then the tail is its length, and
    /// needn't be read.
    [[nodiscard]] last_block end_message() noexcept {
        constexpr std::uint64_t header_size = 3;
        constexpr std::uint64_t max_padding_size = 7;
        const std::uint64_t size = held_bit_count();
        if (!is_at_header() || size < header_size || size > header_size + max_padding_size) return last_block::broken;
        const std::uint64_t header = held_bits();
        if ((header >> 1U & 3U) != 0) return last_block::broken;
        if (is_marked_ ? is_final_ : (header & 1U) != 0) return last_block::ended_final;
        begin_block();
        return last_block::ended;
    }

    void begin_again() noexcept { begin_block(); }

    void begin_within_byte(rest_of_byte rest) noexcept {
        state_.read_in = rest.bits;
        state_.read_in_length = rest.size;
    }

    [[nodiscard]] std::size_t copy_window(std::span<std::byte, window_size> to) const noexcept {
        const auto valid = static_cast<std::size_t>(state_.tmp_out_valid);
        const std::size_t size = std::min(valid, to.size());
        std::memcpy(to.data(), state_.tmp_out_buffer + valid - size, size);
        return size;
    }

    void set_window(byte_view window) noexcept {
        reset();
        if (window.empty()) return;
        ::isal_inflate_set_dict(&state_, input_of(window), static_cast<std::uint32_t>(window.size()));
    }

    void reset() noexcept {
        ::isal_inflate_reset(&state_);
        is_marked_ = false;
    }

    [[nodiscard]] std::size_t memory_size() const noexcept { return sizeof(*this); }

  private:
    /// Octets of input that are inflated behind the window, for what comes of them mostly fits there.
    static constexpr std::size_t small_input = 4096;

    [[nodiscard]] inflated inflate_into(byte_span room) noexcept {
        trim_window(window_size);
        state_.next_out = room_of(room);
        state_.avail_out = static_cast<std::uint32_t>(room.size());
        const int result = ::isal_inflate(&state_);
        const std::size_t size = room.size() - state_.avail_out;
        if (is_at_stop() && size >= window_size) keep_window(room.first(size));
        return {.size = size, .fault = fault_of(result)};
    }

    /// ISA-L inflates behind its window, in `tmp_out_buffer`, gives that out, and moves the window's 32 KiB to the
    /// front each time, which takes a fifth of the time of 1 KiB. Where it is told of no room it does neither.
    [[nodiscard]] inflated inflate_behind_window(byte_span room) noexcept {
        std::size_t made_size = 0;
        bool has_more = true;
        while (has_more && made_size < room.size()) {
            trim_window(window_size + window_size / 2);
            const auto begin = static_cast<std::size_t>(state_.tmp_out_valid);
            state_.tmp_out_processed = 0;
            state_.next_out = room_of(room);
            state_.avail_out = 0;
            if (const int result = ::isal_inflate(&state_); result < 0) return {.fault = fault_of(result)};
            const auto end = static_cast<std::size_t>(state_.tmp_out_valid);
            const std::size_t size = std::min(end - begin, room.size() - made_size);
            if (size > 0) std::memcpy(room.data() + made_size, state_.tmp_out_buffer + begin, size);
            state_.tmp_out_processed = static_cast<std::int32_t>(begin + size);
            made_size += size;
            // Its buffer is full, or nearly; else it has taken all of the input.
            const bool is_stopped = end >= 2 * window_size || state_.avail_in > 0;
            has_more = is_stopped && size > 0 && state_.block_state != ISAL_BLOCK_INPUT_DONE;
        }
        return {.size = made_size};
    }

    /// Moves the window, and what isn't given out behind it, to the front where what was given out is over `max_size`.
    void trim_window(std::size_t max_size) noexcept {
        const auto given = static_cast<std::size_t>(state_.tmp_out_processed);
        if (given <= max_size) return;
        const std::size_t moved_by = given - window_size;
        const std::size_t size = static_cast<std::size_t>(state_.tmp_out_valid) - moved_by;
        std::memmove(state_.tmp_out_buffer, state_.tmp_out_buffer + moved_by, size);
        state_.tmp_out_processed = window_size;
        state_.tmp_out_valid = static_cast<std::int32_t>(size);
    }

    /// ISA-L stops only after a block with BFINAL. With the bit set in each header it stops after each block, so that
    /// blocks can be counted.
    void mark_header() noexcept {
        if (state_.block_state != ISAL_BLOCK_NEW_HDR || is_marked_) return;
        if (state_.read_in_length <= 0) {
            if (state_.avail_in == 0) return;
            state_.read_in = *state_.next_in++;
            state_.read_in_length = 8;
            --state_.avail_in;
        }
        is_final_ = (state_.read_in & 1U) != 0;
        state_.read_in |= 1U;
        is_marked_ = true;
    }

    /// After a block; some of it may be to be given out.
    [[nodiscard]] bool is_at_stop() const noexcept {
        return state_.block_state == ISAL_BLOCK_FINISH || state_.block_state == ISAL_BLOCK_INPUT_DONE;
    }

    [[nodiscard]] bool is_all_given() const noexcept { return state_.tmp_out_processed == state_.tmp_out_valid; }

    [[nodiscard]] bool is_at_header() const noexcept {
        return state_.block_state == ISAL_BLOCK_NEW_HDR || state_.block_state == ISAL_BLOCK_HDR;
    }

    /// Bits behind the last block, where it is at a header: those that it had read already, then what it put aside when
    /// the header wasn't whole.
    [[nodiscard]] std::uint64_t held_bit_count() const noexcept {
        return static_cast<std::uint64_t>(std::max(state_.read_in_length, 0)) +
               8 * static_cast<std::uint64_t>(state_.tmp_in_size);
    }

    /// The first of them. Precondition: there are few.
    [[nodiscard]] std::uint64_t held_bits() const noexcept {
        const auto read_size = static_cast<unsigned>(state_.read_in_length);
        const std::uint64_t read = state_.read_in & ((std::uint64_t{1} << read_size) - 1);
        return state_.tmp_in_size == 0 ? read : read | std::uint64_t{state_.tmp_in_buffer[0]} << read_size;
    }

    void end_block() noexcept {
        state_.block_state = ISAL_BLOCK_NEW_HDR;
        state_.bfinal = 0;
        is_marked_ = false;
    }

    /// At an octet's boundary.
    void begin_block() noexcept {
        end_block();
        state_.read_in = 0;
        state_.read_in_length = 0;
        state_.tmp_in_size = 0;
    }

    /// Where ISA-L stops after a block, it doesn't keep what it wrote past its own buffer, as it does elsewhere, and
    /// may have literals left that didn't fit, which lie behind whatever is there.
    void keep_window(byte_view given) noexcept {
        std::uint8_t* const buffer = state_.tmp_out_buffer;
        const std::size_t left = static_cast<std::size_t>(state_.tmp_out_valid - state_.tmp_out_processed);
        std::memmove(buffer + window_size, buffer + state_.tmp_out_processed, left);
        std::memcpy(buffer, given.last(window_size).data(), window_size);
        state_.tmp_out_processed = window_size;
        state_.tmp_out_valid = static_cast<std::int32_t>(window_size + left);
    }

    inflate_state state_;
    bool is_marked_ = false;  ///< the header that is next, or the block's
    bool is_final_ = false;   ///< what it says, if it is marked
};

}  // namespace

std::unique_ptr<compressor> make_isal_compressor(std::uint8_t window_bits) {
    return std::make_unique<bounded_compressor<isal_deflater>>(window_bits);
}

std::unique_ptr<decompressor> make_isal_decompressor() {
    return std::make_unique<bounded_decompressor<isal_inflater>>();
}

}  // namespace mint::ws::detail

#endif
