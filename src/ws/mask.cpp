#include "ws/mask.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace mint::ws::detail {
namespace {

/// For any processor: 16 octets at a time, which is SSE2 on x86-64 and NEON on ARM64.
void mask_portable(std::byte* to, const std::byte* from, std::size_t size, mask_key key) {
    const octets16 wide_key = {key, key, key, key};
    // The end is loaded before the loop may overwrite it, and stored after: up to 64 octets that overlap the loop's.
    std::array<std::byte, 64> end;
    mask_small(end.data(), from + size - 64, 64, rotated(key, size));
    std::size_t i = 0;
    for (; size - i > 64; i += 64) {
        const auto a = load<octets16>(from + i);
        const auto b = load<octets16>(from + i + 16);
        const auto c = load<octets16>(from + i + 32);
        const auto d = load<octets16>(from + i + 48);
        mask_word(to + i, a, wide_key);
        mask_word(to + i + 16, b, wide_key);
        mask_word(to + i + 32, c, wide_key);
        mask_word(to + i + 48, d, wide_key);
    }
    std::memcpy(to + size - 64, end.data(), 64);
}

#if defined(__x86_64__)

__attribute__((target("avx2"))) __m256i load32(const std::byte* from) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
}

__attribute__((target("avx2"))) void store32(std::byte* to, __m256i value) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), value);
}

__attribute__((target("avx2"))) void mask_avx2(std::byte* to, const std::byte* from, std::size_t size, mask_key key) {
    const __m256i wide_key = _mm256_set1_epi32(static_cast<int>(key));
    const __m256i end_key = _mm256_set1_epi32(static_cast<int>(rotated(key, size)));
    const __m256i last = _mm256_xor_si256(load32(from + size - 32), end_key);
    std::size_t i = 0;
    for (; size - i > 128; i += 128) {
        const __m256i a = load32(from + i);
        const __m256i b = load32(from + i + 32);
        const __m256i c = load32(from + i + 64);
        const __m256i d = load32(from + i + 96);
        store32(to + i, _mm256_xor_si256(a, wide_key));
        store32(to + i + 32, _mm256_xor_si256(b, wide_key));
        store32(to + i + 64, _mm256_xor_si256(c, wide_key));
        store32(to + i + 96, _mm256_xor_si256(d, wide_key));
    }
    for (; size - i > 32; i += 32) store32(to + i, _mm256_xor_si256(load32(from + i), wide_key));
    store32(to + size - 32, last);
}

__attribute__((target("avx512f"))) void mask_avx512(std::byte* to, const std::byte* from, std::size_t size,
                                                    mask_key key) {
    // Stores that lie in one cache line each: the first and the last 64 octets overlap those of the loops, and are
    // loaded before and stored after them.
    const std::size_t begin = 64 - reinterpret_cast<std::uintptr_t>(to) % 64;
    const __m512i loop_key = _mm512_set1_epi32(static_cast<int>(rotated(key, begin)));
    const __m512i end_key = _mm512_set1_epi32(static_cast<int>(rotated(key, size)));
    const __m512i first = _mm512_xor_si512(_mm512_loadu_si512(from), _mm512_set1_epi32(static_cast<int>(key)));
    const __m512i last = _mm512_xor_si512(_mm512_loadu_si512(from + size - 64), end_key);
    const std::byte* const end = from + size;
    const std::byte* source = from + begin;
    std::byte* target = to + begin;
    for (; end - source > 256; source += 256, target += 256) {
        const __m512i a = _mm512_loadu_si512(source);
        const __m512i b = _mm512_loadu_si512(source + 64);
        const __m512i c = _mm512_loadu_si512(source + 128);
        const __m512i d = _mm512_loadu_si512(source + 192);
        _mm512_store_si512(target, _mm512_xor_si512(a, loop_key));
        _mm512_store_si512(target + 64, _mm512_xor_si512(b, loop_key));
        _mm512_store_si512(target + 128, _mm512_xor_si512(c, loop_key));
        _mm512_store_si512(target + 192, _mm512_xor_si512(d, loop_key));
    }
    for (; end - source > 64; source += 64, target += 64) {
        _mm512_store_si512(target, _mm512_xor_si512(_mm512_loadu_si512(source), loop_key));
    }
    _mm512_storeu_si512(to, first);
    _mm512_storeu_si512(to + size - 64, last);
}

#endif

/// Finds the best way for this processor at the first use, and takes it. Several threads may do so at once: all find
/// the same.
void mask_with_best(std::byte* to, const std::byte* from, std::size_t size, mask_key key) {
    mask_function best = mask_portable;
    for (const mask_variant& variant : mask_variants()) {
        if (variant.is_supported) best = variant.function;
    }
    mask_large.store(best, std::memory_order_relaxed);
    best(to, from, size, key);
}

}  // namespace

constinit std::atomic<mask_function> mask_large{mask_with_best};

void copy_large(std::byte* to, const std::byte* from, std::size_t size) noexcept {
    if (to == from) return;
    // The processor's own block copy, which std::memcpy takes for large sizes, is the fastest there is, for it doesn't
    // read what it overwrites; but some processors do it ten times slower to a target that lies 1 to 31 octets behind
    // its source, modulo a page.
    const std::uintptr_t distance = reinterpret_cast<std::uintptr_t>(to) - reinterpret_cast<std::uintptr_t>(from);
    if (distance % 4096 >= 64 || distance % 4096 == 0) {
        std::memcpy(to, from, size);
    } else {
        mask_large.load(std::memory_order_relaxed)(to, from, size, 0);
    }
}

std::span<const mask_variant> mask_variants() noexcept {
    static const auto variants = std::to_array<mask_variant>({
        {"portable", mask_portable, true},
#if defined(__x86_64__)
        {"avx2", mask_avx2, __builtin_cpu_supports("avx2") != 0},
        {"avx512", mask_avx512, __builtin_cpu_supports("avx512f") != 0},
#endif
    });
    return variants;
}

}  // namespace mint::ws::detail
