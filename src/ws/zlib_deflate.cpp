#include "ws/zlib_deflate.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <limits>
#include <new>
#include <vector>
#include <zlib.h>

namespace mint::ws::detail {

namespace {

/// zlib counts in 32 bits.
constexpr std::size_t longest_step = 1U << 30U;

void set_input(z_stream& z, byte_view input) noexcept {
    z.next_in = reinterpret_cast<const Bytef*>(input.data());
    z.avail_in = static_cast<uInt>(input.size());
}

void set_room(z_stream& z, byte_span room) noexcept {
    z.next_out = reinterpret_cast<Bytef*>(room.data());
    z.avail_out = static_cast<uInt>(room.size());
}

int strategy_of(deflate_strategy s) noexcept {
    switch (s) {
        case deflate_strategy::filtered: return Z_FILTERED;
        case deflate_strategy::huffman_only: return Z_HUFFMAN_ONLY;
        case deflate_strategy::run_length: return Z_RLE;
        case deflate_strategy::fixed: return Z_FIXED;
        default: return Z_DEFAULT_STRATEGY;
    }
}

class zlib_compressor final : public compressor {
  public:
    explicit zlib_compressor(const compressor_settings& settings)
        // zlib has no window of 256 octets for raw DEFLATE. Its window of 512 looks back at most 250.
        : window_bits_(std::max<int>(settings.window_bits, 9)), memory_level_(settings.memory_level) {
        constexpr int fast = 1;
        if (::deflateInit2(&stream_, settings.level.value_or(fast), Z_DEFLATED, -window_bits_, memory_level_,
                           strategy_of(settings.strategy)) != Z_OK) {
            throw std::bad_alloc{};
        }
    }
    zlib_compressor(const zlib_compressor& other)
        : compressor(other), window_bits_(other.window_bits_), memory_level_(other.memory_level_) {
        if (::deflateCopy(&stream_, &other.stream_) != Z_OK) throw std::bad_alloc{};
    }
    zlib_compressor& operator=(const zlib_compressor&) = delete;
    ~zlib_compressor() override { ::deflateEnd(&stream_); }

    [[nodiscard]] std::unique_ptr<compressor> clone() const override {
        return std::make_unique<zlib_compressor>(*this);
    }

    void compress(byte_view payload, bool is_last, extension_output& out) override {
        constexpr std::size_t tail_size = 4;
        const byte_span room = out.prepare(max_compressed_size(payload.size()));
        std::size_t made = 0;
        do {
            const byte_view step = payload.first(std::min(payload.size(), longest_step));
            payload = payload.subspan(step.size());
            const byte_span rest = room.subspan(made);
            const byte_span step_room = rest.first(std::min(rest.size(), 2 * longest_step));
            set_input(stream_, step);
            set_room(stream_, step_room);
            // Z_BUF_ERROR: nothing came since the last flush, and so there is nothing to be done.
            [[maybe_unused]] const int result = ::deflate(&stream_, payload.empty() ? Z_SYNC_FLUSH : Z_NO_FLUSH);
            assert(result == Z_OK || result == Z_BUF_ERROR);
            made += step_room.size() - stream_.avail_out;
        } while (!payload.empty());
        if (is_last && made == 0) {
            room[made++] = std::byte{0};  // an empty block's header (RFC 7692 §7.2.3.6)
        } else if (is_last) {
            made -= tail_size;
        }
        out.commit(made);
    }

    void reset() noexcept override { ::deflateReset(&stream_); }

    /// What zlib's manual says, and its own state.
    [[nodiscard]] std::size_t memory_size() const noexcept override {
        constexpr std::size_t state_size = 6 * 1024;
        return sizeof(*this) + state_size + (std::size_t{1} << (window_bits_ + 2)) +
               (std::size_t{1} << (memory_level_ + 9));
    }

  private:
    mutable z_stream stream_{};  // copying takes one that isn't const
    int window_bits_;
    int memory_level_;
};

class zlib_decompressor final : public decompressor {
  public:
    explicit zlib_decompressor(std::uint8_t window_bits) : window_bits_(window_bits) {
        if (::inflateInit2(&stream_, -int{window_bits}) != Z_OK) throw std::bad_alloc{};
    }
    zlib_decompressor(const zlib_decompressor& other)
        : decompressor(other), window_bits_(other.window_bits_), is_behind_final_block_(other.is_behind_final_block_) {
        if (::inflateCopy(&stream_, &other.stream_) != Z_OK) throw std::bad_alloc{};
    }
    zlib_decompressor& operator=(const zlib_decompressor&) = delete;
    ~zlib_decompressor() override { ::inflateEnd(&stream_); }

    [[nodiscard]] std::unique_ptr<decompressor> clone() const override {
        return std::make_unique<zlib_decompressor>(*this);
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
        ::inflateReset(&stream_);
        is_behind_final_block_ = false;
    }

    [[nodiscard]] std::size_t copy_window(std::span<std::byte, 32 * 1024> to) const override {
        uInt size = 0;
        ::inflateGetDictionary(&stream_, reinterpret_cast<Bytef*>(to.data()), &size);
        return size;
    }

    void set_window(byte_view window) override {
        reset();
        ::inflateSetDictionary(&stream_, reinterpret_cast<const Bytef*>(window.data()),
                               static_cast<uInt>(window.size()));
    }

    [[nodiscard]] std::size_t memory_size() const noexcept override {
        constexpr std::size_t state_size = 7 * 1024 + 200;
        return sizeof(*this) + state_size + (std::size_t{1} << window_bits_);
    }

  private:
    [[nodiscard]] bool is_between_blocks() const noexcept { return (stream_.data_type & 0x87) == 0x80; }

    [[nodiscard]] bool decompress_step(byte_view step, std::size_t tail_size, extension_output& out) {
        // Below 258 octets of room zlib is slow.
        constexpr std::size_t least_at_once = 1024;
        constexpr std::size_t most_at_once = 256 * 1024;
        set_input(stream_, step);
        while (true) {
            // With the budget used up one octet more tells whether there is one.
            std::array<std::byte, 1> beyond;
            const bool is_full = out.left() == 0;
            const byte_span room =
                is_full ? byte_span{beyond}
                        : out.prepare(std::clamp(8 * std::size_t{stream_.avail_in}, least_at_once, most_at_once));
            set_room(stream_, room);
            const int result = ::inflate(&stream_, Z_SYNC_FLUSH);
            const std::size_t made = room.size() - stream_.avail_out;
            if (result == Z_MEM_ERROR) throw std::bad_alloc{};
            if (is_full && made > 0) {
                out.exceed();
                return true;
            }
            if (!is_full) out.commit(made);
            if (result == Z_STREAM_END) {
                begin_again();
                is_behind_final_block_ = stream_.avail_in == tail_size;
                if (is_behind_final_block_) return true;
                continue;
            }
            if (result != Z_OK && result != Z_BUF_ERROR) return false;
            // All of the input was taken, and all that comes of it given out. To ask once more behind a block would
            // make zlib look for the next one.
            if (stream_.avail_out > 0 || (stream_.avail_in == 0 && is_between_blocks())) return true;
        }
    }

    /// Behind a block with BFINAL another stream begins, and the window stays (RFC 7692 §7.2.3.4).
    void begin_again() {
        std::array<std::byte, 32 * 1024> window;  // written by what is below
        const uInt left = stream_.avail_in;
        const Bytef* const next = stream_.next_in;
        set_window(byte_view{window}.first(copy_window(window)));
        stream_.avail_in = left;
        stream_.next_in = next;
    }

    mutable z_stream stream_{};  // copying takes one that isn't const
    std::uint8_t window_bits_;
    bool is_behind_final_block_ = false;
};

}  // namespace

std::unique_ptr<compressor> make_zlib_compressor(const compressor_settings& settings) {
    return std::make_unique<zlib_compressor>(settings);
}

std::unique_ptr<decompressor> make_zlib_decompressor(std::uint8_t window_bits) {
    return std::make_unique<zlib_decompressor>(window_bits);
}

}  // namespace mint::ws::detail
