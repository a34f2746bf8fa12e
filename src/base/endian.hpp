#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstring>

namespace mint::detail {

template <std::unsigned_integral Number>
[[nodiscard]] constexpr Number swap_if_little(Number n) noexcept {
    if constexpr (std::endian::native == std::endian::little) return std::byteswap(n);
    return n;
}

/// A number in network order at `from`, which may be at any address.
template <std::unsigned_integral Number>
[[nodiscard]] Number load_big_endian(const std::byte* from) noexcept {
    Number n = 0;
    std::memcpy(&n, from, sizeof n);
    return swap_if_little(n);
}

/// The same of one with its lowest octet first.
template <std::unsigned_integral Number>
[[nodiscard]] Number load_little_endian(const std::byte* from) noexcept {
    Number n = 0;
    std::memcpy(&n, from, sizeof n);
    if constexpr (std::endian::native == std::endian::big) return std::byteswap(n);
    return n;
}

template <std::unsigned_integral Number>
void store_big_endian(std::byte* to, Number n) noexcept {
    n = swap_if_little(n);
    std::memcpy(to, &n, sizeof n);
}

}  // namespace mint::detail
