#pragma once

#include "base/endian.hpp"

#include <cstddef>
#include <cstdint>

namespace mint::ws::detail {

/// Bits of octets, the lowest first (RFC 1951 §3.1.1). At least 8 octets may be read from wherever it stands.
class bit_reader {
  public:
    explicit bit_reader(const std::byte* begin) noexcept : begin_(begin), at_(begin) {}

    /// Makes 56 bits or more of them there.
    [[gnu::always_inline]] void refill() noexcept {
        bits_ |= mint::detail::load_little_endian<std::uint64_t>(at_) << count_;
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

    /// Bits that are there, at least.
    [[nodiscard, gnu::always_inline]] unsigned count() const noexcept { return count_; }

    /// Octets begun, of those taken.
    [[nodiscard, gnu::always_inline]] std::size_t position() const noexcept {
        return static_cast<std::size_t>(at_ - begin_) - count_ / 8;
    }

    void seek(std::size_t position) noexcept {
        at_ = begin_ + position;
        bits_ = 0;
        count_ = 0;
    }

  private:
    const std::byte* begin_;
    const std::byte* at_;
    std::uint64_t bits_ = 0;
    unsigned count_ = 0;
};

}  // namespace mint::ws::detail
