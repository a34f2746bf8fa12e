#include "ws/zlib_deflate.hpp"

#include "ws/bounded_deflate.hpp"

#include <algorithm>
#include <cassert>
#include <new>
#include <span>
#include <zlib.h>

namespace mint::ws::detail {

namespace {

void put_input(z_stream& z, byte_view input) noexcept {
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

class zlib_deflater {
  public:
    explicit zlib_deflater(const compressor_settings& settings)
        // zlib has no window of 256 octets for raw DEFLATE. Its window of 512 looks back at most 250.
        : window_bits_(std::max<int>(settings.window_bits, 9)), memory_level_(settings.memory_level) {
        constexpr int fast = 1;
        if (::deflateInit2(&stream_, settings.level.value_or(fast), Z_DEFLATED, -window_bits_, memory_level_,
                           strategy_of(settings.strategy)) != Z_OK) {
            throw std::bad_alloc{};
        }
    }
    zlib_deflater(const zlib_deflater& other) : window_bits_(other.window_bits_), memory_level_(other.memory_level_) {
        if (::deflateCopy(&stream_, &other.stream_) != Z_OK) throw std::bad_alloc{};
    }
    zlib_deflater& operator=(const zlib_deflater&) = delete;
    ~zlib_deflater() { ::deflateEnd(&stream_); }

    static void begin_part(std::size_t /*size*/) noexcept {}

    [[nodiscard]] std::size_t deflate(byte_view input, byte_span room, bool flushes) noexcept {
        put_input(stream_, input);
        set_room(stream_, room);
        [[maybe_unused]] const int result = ::deflate(&stream_, flushes ? Z_SYNC_FLUSH : Z_NO_FLUSH);
        assert(result == Z_OK && stream_.avail_in == 0);
        return room.size() - stream_.avail_out;
    }

    void reset() noexcept { ::deflateReset(&stream_); }

    /// What zlib's manual says, and its own state.
    [[nodiscard]] std::size_t memory_size() const noexcept {
        constexpr std::size_t state_size = 6 * 1024;
        return sizeof(*this) + state_size + (std::size_t{1} << (window_bits_ + 2)) +
               (std::size_t{1} << (memory_level_ + 9));
    }

  private:
    mutable z_stream stream_{};  // copying takes one that isn't const
    int window_bits_;
    int memory_level_;
};

class zlib_inflater {
  public:
    explicit zlib_inflater(std::uint8_t window_bits) : window_bits_(window_bits) {
        if (::inflateInit2(&stream_, -int{window_bits}) != Z_OK) throw std::bad_alloc{};
    }
    zlib_inflater(const zlib_inflater& other) : window_bits_(other.window_bits_) {
        if (::inflateCopy(&stream_, &other.stream_) != Z_OK) throw std::bad_alloc{};
    }
    zlib_inflater& operator=(const zlib_inflater&) = delete;
    ~zlib_inflater() { ::inflateEnd(&stream_); }

    void set_input(byte_view input) noexcept { put_input(stream_, input); }
    [[nodiscard]] std::size_t unread_size() const noexcept { return stream_.avail_in; }

    [[nodiscard]] inflated inflate(byte_span room) {
        set_room(stream_, room);
        const int result = ::inflate(&stream_, Z_SYNC_FLUSH);
        if (result == Z_MEM_ERROR) throw std::bad_alloc{};
        const bool is_good = result == Z_OK || result == Z_BUF_ERROR || result == Z_STREAM_END;
        return {.size = room.size() - stream_.avail_out, .is_corrupt = !is_good, .is_final = result == Z_STREAM_END};
    }

    /// Of `data_type`: a block's end, and no bit of the next one read.
    [[nodiscard]] bool is_between_blocks() const noexcept { return (stream_.data_type & 0x87) == 0x80; }

    [[nodiscard]] std::size_t copy_window(std::span<std::byte, 32 * 1024> to) const noexcept {
        uInt size = 0;
        ::inflateGetDictionary(&stream_, reinterpret_cast<Bytef*>(to.data()), &size);
        return size;
    }

    void set_window(byte_view window) noexcept {
        reset();
        ::inflateSetDictionary(&stream_, reinterpret_cast<const Bytef*>(window.data()),
                               static_cast<uInt>(window.size()));
    }

    void reset() noexcept { ::inflateReset(&stream_); }

    [[nodiscard]] std::size_t memory_size() const noexcept {
        constexpr std::size_t state_size = 7 * 1024 + 200;
        return sizeof(*this) + state_size + (std::size_t{1} << window_bits_);
    }

  private:
    mutable z_stream stream_{};  // copying takes one that isn't const
    std::uint8_t window_bits_;
};

}  // namespace

std::unique_ptr<compressor> make_zlib_compressor(const compressor_settings& settings) {
    return std::make_unique<bounded_compressor<zlib_deflater>>(settings);
}

std::unique_ptr<decompressor> make_zlib_decompressor(std::uint8_t window_bits) {
    return std::make_unique<bounded_decompressor<zlib_inflater>>(window_bits);
}

}  // namespace mint::ws::detail
