#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace mint::ws::detail {

/// A masking key as it stands in memory: its first octet on the wire has the lowest address. Zero masks nothing, so
/// that masking with it is copying.
using mask_key = std::uint32_t;

[[nodiscard]] inline mask_key to_mask_key(const std::array<std::byte, 4>& octets) noexcept {
    return std::bit_cast<mask_key>(octets);
}

/// The key for octets that start at `position` of a payload (RFC 6455 §5.3).
[[nodiscard]] constexpr mask_key rotated(mask_key key, std::uint64_t position) noexcept {
    const int bits = static_cast<int>(position % 4) * 8;
    return std::endian::native == std::endian::little ? std::rotr(key, bits) : std::rotl(key, bits);
}

/// Copies `size` octets from `from` to `to`, each XORed with the key's octet for it. Where the two overlap, `to` isn't
/// behind `from`.
using mask_function = void (*)(std::byte* to, const std::byte* from, std::size_t size, mask_key key);

/// One way to do it, for sizes from `min_large_size`.
struct mask_variant {
    std::string_view name;
    mask_function function;
    bool is_supported;  ///< by this processor
};

/// All ways that this build has, the best last.
[[nodiscard]] std::span<const mask_variant> mask_variants() noexcept;

/// Where the vector loops take over from the code inlined here.
inline constexpr std::size_t min_large_size = 65;

/// The best way for this processor; set at the first use.
extern std::atomic<mask_function> mask_large;

template <class Word>
inline void mask_word(std::byte* to, Word word, Word key) noexcept {
    word ^= key;
    std::memcpy(to, &word, sizeof word);
}

template <class Word>
[[nodiscard]] inline Word load(const std::byte* from) noexcept {
    Word word;
    std::memcpy(&word, from, sizeof word);
    return word;
}

/// 16 octets, in a vector register where there are any.
using octets16 = std::uint32_t __attribute__((vector_size(16)));

/// Up to 64 octets: words that overlap in the middle, all loaded before one is stored, so that the two may overlap.
inline void mask_small(std::byte* to, const std::byte* from, std::size_t size, mask_key key) noexcept {
    const mask_key end_key =
        rotated(key, size);  // of a word that ends with the payload: sizes of words are multiples of 4
    if (size >= 16) {
        const octets16 wide_key = {key, key, key, key};
        const octets16 wide_end_key = {end_key, end_key, end_key, end_key};
        const auto first = load<octets16>(from);
        const auto last = load<octets16>(from + size - 16);
        if (size > 32) {
            const auto second = load<octets16>(from + 16);
            const auto third = load<octets16>(from + size - 32);
            mask_word(to + 16, second, wide_key);
            mask_word(to + size - 32, third, wide_end_key);
        }
        mask_word(to, first, wide_key);
        mask_word(to + size - 16, last, wide_end_key);
    } else if (size >= 8) {
        const auto first = load<std::uint64_t>(from);
        const auto last = load<std::uint64_t>(from + size - 8);
        mask_word(to, first, std::uint64_t{key} << 32U | key);
        mask_word(to + size - 8, last, std::uint64_t{end_key} << 32U | end_key);
    } else if (size >= 4) {
        const auto first = load<std::uint32_t>(from);
        const auto last = load<std::uint32_t>(from + size - 4);
        mask_word(to, first, key);
        mask_word(to + size - 4, last, end_key);
    } else {
        const auto octets = std::bit_cast<std::array<std::byte, 4>>(key);
        for (std::size_t i = 0; i < size; ++i) to[i] = from[i] ^ octets[i];
    }
}

/// Copies where there is nothing to mask. `from` may be `to`.
void copy_large(std::byte* to, const std::byte* from, std::size_t size) noexcept;

/// As `mask_function`, for any size. With a key of 0 the two may be the same, and don't overlap otherwise.
inline void mask_copy(std::byte* to, const std::byte* from, std::size_t size, mask_key key) noexcept {
    if (size < min_large_size) {
        mask_small(to, from, size, key);
    } else if (key == 0) {
        copy_large(to, from, size);
    } else {
        mask_large.load(std::memory_order_relaxed)(to, from, size, key);
    }
}

}  // namespace mint::ws::detail
