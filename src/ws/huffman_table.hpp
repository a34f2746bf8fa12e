#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace mint::ws::detail {

/// What a Huffman code of DEFLATE stands for (RFC 1951 §3.2.5).
enum class symbol_kind : std::uint8_t {
    literal,
    number,  ///< a length, a distance, or a run of code lengths, which begins at `value`
    end_of_block,
    invalid,
};

/// A literal, or the least of a number and how many bits more of it follow the code, in 32 bits.
class symbol {
  public:
    symbol() = default;  // has no value: tables are written before they are read
    constexpr symbol(symbol_kind kind, unsigned value, unsigned extra_size = 0) noexcept
        : bits_(value << 16U | static_cast<unsigned>(kind) << 8U | extra_size << 4U) {}

    /// The same by a code of so many bits, at most 15.
    [[nodiscard]] constexpr symbol with_code_size(unsigned size) const noexcept {
        symbol result = *this;
        result.bits_ |= size;
        return result;
    }

    [[nodiscard]] constexpr symbol_kind kind() const noexcept { return static_cast<symbol_kind>(bits_ >> 8U & 0xFFU); }
    [[nodiscard]] constexpr unsigned value() const noexcept { return bits_ >> 16U; }
    [[nodiscard]] constexpr unsigned extra_size() const noexcept { return bits_ >> 4U & 15U; }
    [[nodiscard]] constexpr unsigned code_size() const noexcept { return bits_ & 15U; }

  private:
    std::uint32_t bits_;
};

/// Which symbols of an alphabet have codes, in the alphabet's order, and of how many bits each, 1 to 15.
class coded_symbols {
  public:
    static constexpr std::size_t max_count = 288;

    struct entry {
        std::uint16_t number;
        std::uint8_t code_size;
    };

    constexpr void add(std::size_t number, std::size_t code_size) noexcept {
        entries_[count_++] = {static_cast<std::uint16_t>(number), static_cast<std::uint8_t>(code_size)};
    }
    [[nodiscard]] constexpr std::span<const entry> entries() const noexcept {
        return std::span{entries_}.first(count_);
    }

  private:
    std::array<entry, max_count> entries_;  ///< written by `add`
    std::size_t count_ = 0;
};

/// The symbols of one Huffman code by the bits that come next: as many as its longest code has, at most `MaxCodeSize`.
template <unsigned MaxCodeSize>
class huffman_table {
  public:
    /// From the lengths of the codes (RFC 1951 §3.2.2). False where one is longer than that, or the code as a whole
    /// isn't complete; then nothing may be looked up.
    ///
    /// Takes time for the symbols that have codes, and for 2 to the power of the longest code.
    [[nodiscard]] constexpr bool build(const coded_symbols& coded, std::span<const symbol> symbols) noexcept {
        std::array<std::uint16_t, 16> count{};
        for (const auto& [number, size] : coded.entries()) ++count[size];
        size_ = 15;
        while (size_ > 0 && count[size_] == 0) --size_;
        if (size_ == 0 || size_ > MaxCodeSize) return false;
        std::array<std::uint16_t, 17> first{};  // among all in the order of their codes
        unsigned used = 0;                      // of all codes that there could be, in the longest
        for (unsigned size = 1; size <= size_; ++size) {
            first[size + 1] = static_cast<std::uint16_t>(first[size] + count[size]);
            used += unsigned{count[size]} << (size_ - size);
        }
        if (used != 1U << size_) return false;
        std::array<symbol, coded_symbols::max_count> in_order;  // written by what is below
        for (const auto& [number, size] : coded.entries()) {
            in_order[first[size]++] = symbols[number].with_code_size(size);
        }
        fill(count, in_order);
        return true;
    }

    /// Bits to look at.
    [[nodiscard]] constexpr unsigned code_size() const noexcept { return size_; }

    /// As many as there are numbers of so many bits.
    [[nodiscard]] constexpr const symbol* entries() const noexcept { return entries_.data(); }

  private:
    /// Codes stand with their first bit lowest. What is there for codes of a size is there twice for those of the next,
    /// whose first ones they begin.
    constexpr void fill(std::span<const std::uint16_t, 16> count, std::span<const symbol> in_order) noexcept {
        std::size_t code = 0;
        std::size_t next = 0;
        for (unsigned size = 1; size <= size_; ++size) {
            const std::size_t last_code = (std::size_t{1} << size) - 1;
            for (unsigned i = 0; i < count[size]; ++i) {
                entries_[code] = in_order[next++];
                if (code == last_code) break;  // of all
                const std::size_t bit = std::bit_floor(code ^ last_code);
                code = (code & (bit - 1)) | bit;
            }
            if (size == size_) break;
            std::copy_n(entries_.begin(), last_code + 1, entries_.begin() + static_cast<std::ptrdiff_t>(last_code) + 1);
        }
    }

    std::array<symbol, std::size_t{1} << MaxCodeSize> entries_;  ///< written by `build`, as far as that says
    unsigned size_;
};

}  // namespace mint::ws::detail
