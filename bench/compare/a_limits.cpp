// The limits of the in-memory rows A1, A2 and A3: the least that has to be done, with nothing around it. Used where the
// comparison harness with limits of its own isn't there.
#include "compare/in_memory.hpp"

#include <mint/base/bytes.hpp>
#include <mint/base/utf8.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace {

void mask_tail(unsigned char* to, const unsigned char* from, std::size_t size, std::uint32_t key) {
    std::size_t i = 0;
    for (; i + 4 <= size; i += 4) {
        std::uint32_t word = 0;
        std::memcpy(&word, from + i, 4);
        word ^= key;
        std::memcpy(to + i, &word, 4);
    }
    for (; i < size; ++i) to[i] = static_cast<unsigned char>(from[i] ^ (key >> (8 * (i % 4))));
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) void mask_avx2(unsigned char* to, const unsigned char* from, std::size_t size,
                                               std::uint32_t key) {
    const __m256i keys = _mm256_set1_epi32(static_cast<int>(key));
    const auto step = [&](std::size_t at) __attribute__((target("avx2"))) {
        const __m256i octets = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + at));
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + at), _mm256_xor_si256(octets, keys));
    };
    std::size_t i = 0;
    for (; i + 128 <= size; i += 128) {
        step(i);
        step(i + 32);
        step(i + 64);
        step(i + 96);
    }
    for (; i + 32 <= size; i += 32) step(i);
    mask_tail(to + i, from + i, size - i, key);
}
#endif

void mask_copy(unsigned char* to, const unsigned char* from, std::size_t size, std::uint32_t key) {
#if defined(__x86_64__)
    static const bool has_avx2 = __builtin_cpu_supports("avx2") != 0;
    if (has_avx2) return mask_avx2(to, from, size, key);
#endif
    mask_tail(to, from, size, key);
}

/// Header, key, and one pass that copies and masks into the same memory each time.
void encode(std::size_t size) {
    const compare::placed_copy payload{compare::binary_payload(size)};
    const auto* from = reinterpret_cast<const unsigned char*>(payload.view().data());
    std::vector<unsigned char> output(size + 64);
    compare::noise keys;
    const compare::rate r = compare::measure([&] {
        const std::size_t count = compare::batch_size(size);
        for (std::size_t i = 0; i < count; ++i) {
            unsigned char* to = output.data();
            *to++ = 0x82;
            if (size < 126) {
                *to++ = static_cast<unsigned char>(0x80U | size);
            } else if (size < 65536) {
                *to++ = 0xfe;
                *to++ = static_cast<unsigned char>(size >> 8U);
                *to++ = static_cast<unsigned char>(size);
            } else {
                *to++ = 0xff;
                for (int shift = 56; shift >= 0; shift -= 8) *to++ = static_cast<unsigned char>(size >> shift);
            }
            const std::uint32_t key = keys();
            std::memcpy(to, &key, 4);
            mask_copy(to + 4, from, size, key);
            compare::keep(output.data());
        }
        return count;
    });
    compare::print("A1", "limit", compare::size_name(size), r, size);
}

/// One header without a mask; 0 while it isn't complete.
std::size_t parse(const unsigned char* octets, std::size_t size, std::uint64_t& payload_size) {
    if (size < 2) return 0;
    if ((octets[0] & 0x70U) != 0 || (octets[1] & 0x80U) != 0) std::abort();
    payload_size = octets[1];
    if (payload_size < 126) return 2;
    const std::size_t header_size = payload_size == 126 ? 4 : 10;
    if (size < header_size) return 0;
    payload_size = 0;
    for (std::size_t i = 2; i < header_size; ++i) payload_size = payload_size << 8U | octets[i];
    return header_size;
}

/// Reads into one buffer, parses in place, and moves what is left of a message to the front when room gets short.
void decode(const char* row, const std::string& name, const std::string& payload, bool is_text) {
    compare::wire wire{payload, static_cast<unsigned char>(is_text ? 0x81 : 0x82)};
    const std::size_t room = payload.size() + compare::wire::read_size + 64;
    const compare::memory_block memory = compare::allocate_pages(room);
    auto* const buffer = reinterpret_cast<unsigned char*>(memory.get());
    const compare::rate r = compare::measure([&] {
        wire.rewind();
        std::size_t begin = 0;
        std::size_t end = 0;
        std::size_t count = 0;
        std::size_t looked_at = 0;
        while (true) {
            std::uint64_t size = 0;
            while (const std::size_t header = parse(buffer + begin, end - begin, size)) {
                if (end - begin < header + size) break;
                const unsigned char* first = buffer + begin + header;
                if (is_text && !mint::is_utf8(mint::byte_view{reinterpret_cast<const std::byte*>(first), size})) {
                    std::abort();
                }
                looked_at += first[0] + first[size - 1];
                begin += header + size;
                ++count;
            }
            if (wire.is_at_end()) break;
            if (begin == end) {
                begin = end = 0;
            } else if (end + compare::wire::read_size > room) {
                std::memmove(buffer, buffer + begin, end - begin);
                end -= begin;
                begin = 0;
            }
            end += wire.read(buffer + end, room - end);
        }
        compare::keep(&looked_at);
        if (count != wire.frame_count()) std::abort();
        return count;
    });
    compare::print(row, "limit", name, r, payload.size());
}

}  // namespace

int main() {
    for (const std::size_t size : compare::binary_sizes) encode(size);
    for (const std::size_t size : compare::binary_sizes) {
        decode("A2", compare::size_name(size), compare::binary_payload(size), false);
    }
    for (const std::size_t size : compare::text_sizes) {
        decode("A3", compare::size_name(size) + " ascii", compare::ascii_payload(size), true);
        decode("A3", compare::size_name(size) + " mixed", compare::mixed_payload(size), true);
    }
}
