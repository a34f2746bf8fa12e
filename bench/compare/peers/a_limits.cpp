// The limits of the in-memory rows A1, A2 and A3: the least that has to be done, with nothing around it.
#include "compare/in_memory.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <simdjson.h>

#if defined(__AVX2__)
#include <immintrin.h>
#endif

namespace {

/// Copies and masks; in 32-byte steps if the compiler was told that there is AVX2. A call, as for a codec that takes
/// payloads of any size: inlined, the compiler would make a program for each size of it.
[[gnu::noinline]] void mask_copy(unsigned char* to, const unsigned char* from, std::size_t size, std::uint32_t key) {
    std::size_t i = 0;
#if defined(__AVX2__)
    const __m256i wide_key = _mm256_set1_epi32(static_cast<int>(key));
    const auto load = [&](std::size_t at) {
        return _mm256_xor_si256(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + at)), wide_key);
    };
    const auto store = [&](std::size_t at, __m256i masked) {
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + at), masked);
    };
    for (; i + 128 <= size; i += 128) {
        const __m256i a = load(i);
        const __m256i b = load(i + 32);
        const __m256i c = load(i + 64);
        const __m256i d = load(i + 96);
        store(i, a);
        store(i + 32, b);
        store(i + 64, c);
        store(i + 96, d);
    }
    for (; i + 32 <= size; i += 32) store(i, load(i));
#endif
    for (; i + 8 <= size; i += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, from + i, 8);
        word ^= std::uint64_t{key} << 32U | key;
        std::memcpy(to + i, &word, 8);
    }
    for (; i < size; ++i) to[i] = static_cast<unsigned char>(from[i] ^ (key >> (8 * (i % 4))));
}

/// The table look-ups with AVX2 where there is AVX2, whatever else the processor has.
const simdjson::implementation& utf8_checker() {
    const simdjson::implementation* by_avx2 = simdjson::get_available_implementations()["haswell"];
    const bool is_usable = by_avx2 != nullptr && by_avx2->supported_by_runtime_system();
    return is_usable ? *by_avx2 : *simdjson::get_active_implementation();
}

/// Header, key, and one pass that copies and masks into the same memory each time.
void encode(std::size_t size) {
    const compare::placed_copy payload{compare::binary_payload(size)};
    const auto* from = reinterpret_cast<const unsigned char*>(payload.view().data());
    std::vector<unsigned char> output(size + 64);
    compare::noise keys;
    compare::keep(&keys);  // its state is in memory, where a codec has its own
    // A function of its own, as an encoder is: it reads where things are.
    const compare::rate r = compare::measure([&]() __attribute__((noinline)) {
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
                const std::uint64_t length = __builtin_bswap64(size);
                std::memcpy(to, &length, 8);
                to += 8;
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
void decode(std::string_view row, const std::string& name, const std::string& payload, unsigned char first_octet) {
    compare::wire wire{payload, first_octet};
    const bool is_text = row == "A3";
    const simdjson::implementation& utf8 = utf8_checker();
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
                if (is_text && !utf8.validate_utf8(reinterpret_cast<const char*>(first), size)) std::abort();
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
    compare::for_each_decode_case(decode);
}
