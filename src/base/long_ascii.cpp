#include "base/long_ascii.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace mint::detail {
namespace {

[[nodiscard]] bool has_high_bit(const unsigned char* from) noexcept {
    std::uint64_t eight = 0;
    std::memcpy(&eight, from, sizeof eight);
    return (eight & 0x8080808080808080U) != 0;
}

/// From `i` on, eight octets at a time.
[[nodiscard]] std::size_t prefix_from(std::size_t i, const unsigned char* p, std::size_t size) noexcept {
    for (; size - i >= 8; i += 8) {
        if (has_high_bit(p + i)) return i;
    }
    while (i < size && p[i] < 0x80) ++i;
    return i;
}

std::size_t prefix_portable(const unsigned char* p, std::size_t size) { return prefix_from(0, p, size); }

#if defined(__x86_64__)
__attribute__((target("avx2"))) std::size_t prefix_avx2(const unsigned char* p, std::size_t size) {
    std::size_t i = 0;
    for (; size - i >= 128; i += 128) {
        const auto* const from = reinterpret_cast<const __m256i*>(p + i);
        const __m256i front = _mm256_or_si256(_mm256_loadu_si256(from), _mm256_loadu_si256(from + 1));
        const __m256i back = _mm256_or_si256(_mm256_loadu_si256(from + 2), _mm256_loadu_si256(from + 3));
        if (_mm256_movemask_epi8(_mm256_or_si256(front, back)) != 0) return i;
    }
    return prefix_from(i, p, size);
}
#endif

using prefix_function = std::size_t (*)(const unsigned char*, std::size_t);
std::size_t prefix_with_best(const unsigned char* p, std::size_t size);

constinit std::atomic<prefix_function> best_function{prefix_with_best};

/// Chooses for this processor at the first use. Several threads may do so at once: all find the same.
std::size_t prefix_with_best(const unsigned char* p, std::size_t size) {
    prefix_function best = prefix_portable;
    for (const long_ascii_variant& variant : long_ascii_variants()) {
        if (variant.is_supported) best = variant.function;
    }
    best_function.store(best, std::memory_order_relaxed);
    return best(p, size);
}

}  // namespace

std::size_t long_ascii_prefix(const unsigned char* octets, std::size_t size) noexcept {
    return best_function.load(std::memory_order_relaxed)(octets, size);
}

std::span<const long_ascii_variant> long_ascii_variants() noexcept {
    static const auto variants = std::to_array<long_ascii_variant>({
        {"portable", prefix_portable, true},
#if defined(__x86_64__)
        {"avx2", prefix_avx2, __builtin_cpu_supports("avx2") != 0},
#endif
    });
    return variants;
}

}  // namespace mint::detail
