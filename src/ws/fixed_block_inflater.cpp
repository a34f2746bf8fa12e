#include "ws/fixed_block_inflater.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace mint::ws::detail {

namespace {

constexpr std::size_t longest_match = 258;
constexpr std::size_t copy_step = 16;
constexpr std::size_t literals_at_once = 3;

/// What one turn of the loop may write, a match's last step whole.
constexpr std::size_t turn_size = literals_at_once + longest_match + copy_step;

/// Behind the payload: what a code that begins in its last bit may take, and a load that looks ahead.
constexpr std::size_t input_padding = 32;

enum class symbol_kind : std::uint8_t { literal, length, end_of_block, invalid };

/// A literal, or what a length or a distance begins at, and how many bits more of it follow the code.
struct symbol {
    std::uint16_t value = 0;
    symbol_kind kind = symbol_kind::invalid;
    std::uint8_t code_size : 4 = 0;
    std::uint8_t extra_size : 4 = 0;
};

constexpr unsigned reversed(unsigned code, unsigned size) noexcept {
    unsigned result = 0;
    for (unsigned i = 0; i < size; ++i) result |= (code >> i & 1U) << (size - 1 - i);
    return result;
}

/// A code stands wherever its bits are the lowest.
template <std::size_t Size>
constexpr void put(std::array<symbol, Size>& table, unsigned code, unsigned size, symbol entry) noexcept {
    entry.code_size = static_cast<std::uint8_t>(size & 15U);
    for (std::size_t i = reversed(code, size); i < Size; i += std::size_t{1} << size) table[i] = entry;
}

constexpr unsigned longest_code = 9;
constexpr unsigned distance_code_size = 5;

/// Literals and lengths of the fixed codes.
constexpr auto literals_and_lengths = [] {
    std::array<symbol, 1U << longest_code> table{};
    const auto code_of = [](unsigned number) {
        if (number < 144) return std::pair{0x30U + number, 8U};
        if (number < 256) return std::pair{0x190U + number - 144, 9U};
        if (number < 280) return std::pair{number - 256, 7U};
        return std::pair{0xC0U + number - 280, 8U};
    };
    const auto put_symbol = [&](unsigned number, symbol entry) {
        const auto [code, size] = code_of(number);
        put(table, code, size, entry);
    };
    for (unsigned i = 0; i < 256; ++i) {
        put_symbol(i, {.value = static_cast<std::uint16_t>(i), .kind = symbol_kind::literal});
    }
    put_symbol(256, {.kind = symbol_kind::end_of_block});
    // Eight of one bit's difference less than the next eight have, in fours; the last is the longest by itself.
    unsigned length = 3;
    for (unsigned i = 257; i < 285; ++i) {
        const unsigned extra = i < 265 ? 0 : (i - 261) / 4;
        put_symbol(i, {.value = static_cast<std::uint16_t>(length),
                       .kind = symbol_kind::length,
                       .extra_size = static_cast<std::uint8_t>(extra & 15U)});
        length += 1U << extra;
    }
    put_symbol(285, {.value = longest_match, .kind = symbol_kind::length});
    return table;
}();

constexpr auto distances = [] {
    std::array<symbol, 1U << distance_code_size> table{};
    unsigned distance = 1;
    for (unsigned i = 0; i < 30; ++i) {
        const unsigned extra = i < 4 ? 0 : i / 2 - 1;
        put(table, i, distance_code_size,
            {.value = static_cast<std::uint16_t>(distance),
             .kind = symbol_kind::length,
             .extra_size = static_cast<std::uint8_t>(extra & 15U)});
        distance += 1U << extra;
    }
    return table;
}();

/// Bits of octets, the lowest first (RFC 1951 §3.1.1). At least 8 octets may be read from wherever it stands.
class bit_reader {
  public:
    explicit bit_reader(const std::byte* begin) noexcept : begin_(begin), at_(begin) {}

    /// Makes 56 bits or more of them there.
    [[gnu::always_inline]] void refill() noexcept {
        std::uint64_t next = 0;
        std::memcpy(&next, at_, sizeof next);
        if constexpr (std::endian::native == std::endian::big) next = __builtin_bswap64(next);
        bits_ |= next << count_;
        at_ += (63U - count_) / 8;
        count_ |= 56U;
    }
    [[nodiscard, gnu::always_inline]] std::size_t peek(unsigned size) const noexcept {
        return static_cast<std::size_t>(bits_ & ((std::uint64_t{1} << size) - 1));
    }
    [[gnu::always_inline]] void skip(unsigned size) noexcept {
        bits_ >>= size;
        count_ -= size;
    }
    [[nodiscard, gnu::always_inline]] std::size_t take(unsigned size) noexcept {
        const std::size_t value = peek(size);
        skip(size);
        return value;
    }

    /// Octets begun, of those taken.
    [[nodiscard]] std::size_t position() const noexcept { return static_cast<std::size_t>(at_ - begin_) - count_ / 8; }

  private:
    const std::byte* begin_;
    const std::byte* at_;
    std::uint64_t bits_ = 0;
    unsigned count_ = 0;
};

/// Writes up to 15 octets more than `length`; what is copied may be what it has just written.
[[gnu::always_inline]] inline void copy_match(std::byte* to, std::size_t distance, std::size_t length) noexcept {
    const std::byte* from = to - distance;
    if (distance >= copy_step) {
        for (std::size_t i = 0; i < length; i += copy_step) std::memcpy(to + i, from + i, copy_step);
    } else {
        for (std::size_t i = 0; i < length; ++i) to[i] = from[i];
    }
}

}  // namespace

fixed_block_inflater::fixed_block_inflater(std::uint8_t window_bits) noexcept
    : window_size_(std::size_t{1} << window_bits) {}

std::optional<byte_view> fixed_block_inflater::inflate(byte_view payload) {
    if (payload.size() > max_payload_size) return std::nullopt;
    if (memory_.empty()) memory_.resize(window_size_ + std::max<std::size_t>(window_size_ / 2, 4096));
    auto size = inflate_behind_window(payload);
    if (!size && end_ > window_size_) {
        make_room();
        size = inflate_behind_window(payload);
    }
    if (!size) return std::nullopt;
    const std::size_t start = end_;
    end_ += *size;
    return byte_view{memory_}.subspan(start, *size);
}

std::optional<std::size_t> fixed_block_inflater::inflate_behind_window(byte_view payload) noexcept {
    std::array<std::byte, max_payload_size + input_padding> input;  // written by what is below
    std::memcpy(input.data(), payload.data(), payload.size());
    std::memset(input.data() + payload.size(), 0, input_padding);
    bit_reader in{input.data()};
    std::byte* const memory = memory_.data();
    const std::byte* const begin = memory + begin_;
    const std::byte* const full = memory + memory_.size() - turn_size;
    std::byte* out = memory + end_;
    const std::byte* const start = out;
    while (true) {  // a block
        in.refill();
        constexpr std::size_t stored = 0;
        constexpr std::size_t fixed = 2;
        const std::size_t header = in.take(3);
        // An empty block's length is the tail, which isn't there.
        if (header == stored && in.position() == payload.size()) return static_cast<std::size_t>(out - start);
        if (header != fixed) return std::nullopt;
        while (true) {  // literals and a match
            if (out > full) return std::nullopt;
            in.refill();
            symbol next = literals_and_lengths[in.peek(longest_code)];
            for (std::size_t i = 1; i < literals_at_once && next.kind == symbol_kind::literal; ++i) {
                in.skip(next.code_size);
                *out++ = static_cast<std::byte>(next.value);
                next = literals_and_lengths[in.peek(longest_code)];
            }
            in.skip(next.code_size);
            if (next.kind == symbol_kind::literal) {
                *out++ = static_cast<std::byte>(next.value);
                continue;
            }
            if (next.kind == symbol_kind::end_of_block) break;
            if (next.kind == symbol_kind::invalid) return std::nullopt;
            // Of 56 bits three literals' 27 are gone at most, or two and a length's 13: 18 are left for a distance.
            const std::size_t length = next.value + in.take(next.extra_size);
            const symbol far = distances[in.peek(distance_code_size)];
            if (far.kind == symbol_kind::invalid) return std::nullopt;
            in.skip(far.code_size);
            const std::size_t distance = far.value + in.take(far.extra_size);
            if (distance > static_cast<std::size_t>(out - begin) || distance > window_size_) return std::nullopt;
            copy_match(out, distance, length);
            out += length;
        }
    }
}

/// Drops what is further back than the window.
void fixed_block_inflater::make_room() noexcept {
    const std::size_t from = std::max(begin_, end_ - window_size_);
    std::memmove(memory_.data(), memory_.data() + from, end_ - from);
    end_ -= from;
    begin_ = 0;
}

std::size_t fixed_block_inflater::copy_window(std::span<std::byte> to) const noexcept {
    const std::size_t size = std::min({end_ - begin_, window_size_, to.size()});
    if (size > 0) std::memcpy(to.data(), memory_.data() + end_ - size, size);
    return size;
}

void fixed_block_inflater::set_window(byte_view window) {
    if (memory_.empty()) memory_.resize(window_size_ + std::max<std::size_t>(window_size_ / 2, 4096));
    window = window.last(std::min(window.size(), window_size_));
    if (!window.empty()) std::memcpy(memory_.data(), window.data(), window.size());
    begin_ = 0;
    end_ = window.size();
}

void fixed_block_inflater::release() noexcept {
    reset();
    std::vector<std::byte>{}.swap(memory_);
}

}  // namespace mint::ws::detail
