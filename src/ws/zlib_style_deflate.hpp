#pragma once

#include "ws/bounded_deflate.hpp"
#include "ws/deflate_backend.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <string_view>

/// zlib's interface, which zlib-ng has as well under other names: `Zlib` has its functions, `stream`, and `fast_level`,
/// the level that compresses where none is asked for.
namespace mint::ws::detail {

/// zlib's constants, which are zlib-ng's; their headers can't be included here, for they don't stand one beside the
/// other.
namespace zlib_code {
inline constexpr int ok = 0;
inline constexpr int stream_end = 1;
inline constexpr int memory_error = -4;
inline constexpr int buffer_error = -5;
inline constexpr int no_flush = 0;
inline constexpr int sync_flush = 2;
inline constexpr int standard = 0;
inline constexpr int filtered = 1;
inline constexpr int huffman_only = 2;
inline constexpr int run_length = 3;
inline constexpr int fixed = 4;
}  // namespace zlib_code

void put_input(auto& stream, byte_view input) noexcept {
    stream.next_in = reinterpret_cast<const unsigned char*>(input.data());
    stream.avail_in = static_cast<unsigned>(input.size());
}

void set_room(auto& stream, byte_span room) noexcept {
    stream.next_out = reinterpret_cast<unsigned char*>(room.data());
    stream.avail_out = static_cast<unsigned>(room.size());
}

[[nodiscard]] constexpr int strategy_of(deflate_strategy s) noexcept {
    switch (s) {
        case deflate_strategy::filtered: return zlib_code::filtered;
        case deflate_strategy::huffman_only: return zlib_code::huffman_only;
        case deflate_strategy::run_length: return zlib_code::run_length;
        case deflate_strategy::fixed: return zlib_code::fixed;
        default: return zlib_code::standard;
    }
}

/// State comes from `operator new`, as everything else does.
inline void* allocate(void* /*opaque*/, unsigned count, unsigned size) {
    try {
        return ::operator new(std::size_t{count} * size);
    } catch (const std::bad_alloc&) {
        return nullptr;  // an exception must not pass through C
    }
}
inline void deallocate(void* /*opaque*/, void* memory) { ::operator delete(memory); }

template <class Zlib>
[[nodiscard]] typename Zlib::stream new_stream() noexcept {
    typename Zlib::stream stream{};
    stream.zalloc = allocate;
    stream.zfree = deallocate;
    return stream;
}

template <class Zlib>
class zlib_style_deflater {
  public:
    explicit zlib_style_deflater(const compressor_settings& settings)
        // There is no window of 256 octets for raw DEFLATE. zlib's window of 512 looks back at most 250.
        : window_bits_(std::max<int>(settings.window_bits, 9)), memory_level_(settings.memory_level) {
        if (Zlib::deflate_init(&stream_, settings.level.value_or(Zlib::fast_level), -window_bits_, memory_level_,
                               strategy_of(settings.strategy)) != zlib_code::ok) {
            throw std::bad_alloc{};
        }
    }
    zlib_style_deflater(const zlib_style_deflater& other)
        : window_bits_(other.window_bits_), memory_level_(other.memory_level_) {
        if (Zlib::deflate_copy(&stream_, &other.stream_) != zlib_code::ok) throw std::bad_alloc{};
    }
    zlib_style_deflater& operator=(const zlib_style_deflater&) = delete;
    ~zlib_style_deflater() { Zlib::deflate_end(&stream_); }

    static void begin_part(std::size_t /*size*/) noexcept {}

    [[nodiscard]] std::size_t deflate(byte_view input, byte_span room, bool flushes) noexcept {
        put_input(stream_, input);
        set_room(stream_, room);
        [[maybe_unused]] const int result =
            Zlib::deflate(&stream_, flushes ? zlib_code::sync_flush : zlib_code::no_flush);
        assert(result == zlib_code::ok && stream_.avail_in == 0);
        return room.size() - stream_.avail_out;
    }

    void reset() noexcept { Zlib::deflate_reset(&stream_); }

    /// What zlib's manual says, and its own state.
    [[nodiscard]] std::size_t memory_size() const noexcept {
        constexpr std::size_t state_size = 6 * 1024;
        return sizeof(*this) + state_size + (std::size_t{1} << (window_bits_ + 2)) +
               (std::size_t{1} << (memory_level_ + 9));
    }

  private:
    mutable typename Zlib::stream stream_ = new_stream<Zlib>();  // copying takes one that isn't const
    int window_bits_;
    int memory_level_;
};

template <class Zlib>
class zlib_style_inflater {
  public:
    explicit zlib_style_inflater(std::uint8_t window_bits) : window_bits_(window_bits) {
        if (Zlib::inflate_init(&stream_, -int{window_bits}) != zlib_code::ok) throw std::bad_alloc{};
    }
    zlib_style_inflater(const zlib_style_inflater& other) : window_bits_(other.window_bits_) {
        if (Zlib::inflate_copy(&stream_, &other.stream_) != zlib_code::ok) throw std::bad_alloc{};
    }
    zlib_style_inflater& operator=(const zlib_style_inflater&) = delete;
    ~zlib_style_inflater() { Zlib::inflate_end(&stream_); }

    void set_input(byte_view input) noexcept { put_input(stream_, input); }
    [[nodiscard]] std::size_t unread_size() const noexcept { return stream_.avail_in; }

    [[nodiscard]] inflated inflate(byte_span room) {
        set_room(stream_, room);
        const int result = Zlib::inflate(&stream_, zlib_code::sync_flush);
        if (result == zlib_code::memory_error) throw std::bad_alloc{};
        const bool is_good =
            result == zlib_code::ok || result == zlib_code::buffer_error || result == zlib_code::stream_end;
        return {.size = room.size() - stream_.avail_out,
                .is_final = result == zlib_code::stream_end,
                .fault = is_good                  ? std::string_view{}
                         : stream_.msg != nullptr ? std::string_view{stream_.msg}  // zlib's own, and static
                                                  : "no DEFLATE"};
    }

    /// Of `data_type`: a block's end, and no bit of the next one read.
    [[nodiscard]] bool is_between_blocks() const noexcept { return (stream_.data_type & 0x87) == 0x80; }

    /// What waits for a stored block's length has all octets of it in its bits; nothing else keeps three.
    [[nodiscard]] last_block end_message() {
        constexpr int held_bits = 0x3F;  // of `data_type`
        constexpr std::size_t first_size = message_tail.size() - 1;
        std::array<std::byte, 1> none;
        set_input(byte_view{message_tail}.first(first_size));
        const inflated first = inflate(none);
        if (first.size > 0 || first.is_final || (stream_.data_type & held_bits) != 8 * int{first_size}) {
            return last_block::broken;
        }
        set_input(byte_view{message_tail}.subspan(first_size));
        if (inflate(none).is_final) return last_block::ended_final;
        return is_between_blocks() ? last_block::ended : last_block::broken;
    }

    void begin_again() noexcept { Zlib::inflate_reset_keep(&stream_); }

    void begin_within_byte(rest_of_byte rest) noexcept { Zlib::inflate_prime(&stream_, rest.size, rest.bits); }

    [[nodiscard]] std::size_t copy_window(std::span<std::byte, 32 * 1024> to) const noexcept {
        unsigned size = 0;
        Zlib::inflate_get_dictionary(&stream_, reinterpret_cast<unsigned char*>(to.data()), &size);
        return size;
    }

    void set_window(byte_view window) {
        reset();
        if (Zlib::inflate_set_dictionary(&stream_, reinterpret_cast<const unsigned char*>(window.data()),
                                         static_cast<unsigned>(window.size())) != zlib_code::ok) {
            throw std::bad_alloc{};
        }
    }

    void reset() noexcept { Zlib::inflate_reset(&stream_); }

    [[nodiscard]] std::size_t memory_size() const noexcept {
        constexpr std::size_t state_size = 7 * 1024 + 200;
        return sizeof(*this) + state_size + (std::size_t{1} << window_bits_);
    }

  private:
    mutable typename Zlib::stream stream_ = new_stream<Zlib>();  // copying takes one that isn't const
    std::uint8_t window_bits_;
};

}  // namespace mint::ws::detail
