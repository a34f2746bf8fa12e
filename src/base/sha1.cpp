#include "base/sha1.hpp"

#include "base/endian.hpp"

#include <bit>
#include <cstdint>
#include <cstring>

namespace mint::detail {
namespace {

constexpr std::size_t block_size = 64;
constexpr std::size_t length_size = 8;

using state = std::array<std::uint32_t, 5>;

/// One block of 64 bytes: FIPS 180-4 §6.1.2.
void take_block(state& hash, const std::byte* block) noexcept {
    std::array<std::uint32_t, 80> words{};
    for (std::size_t t = 0; t < 16; ++t) words[t] = load_big_endian<std::uint32_t>(block + 4 * t);
    for (std::size_t t = 16; t < words.size(); ++t) {
        words[t] = std::rotl(words[t - 3] ^ words[t - 8] ^ words[t - 14] ^ words[t - 16], 1);
    }
    auto [a, b, c, d, e] = hash;
    for (std::size_t t = 0; t < words.size(); ++t) {
        std::uint32_t mixed = 0;
        if (t < 20) {
            mixed = ((b & c) | (~b & d)) + 0x5a827999U;
        } else if (t < 40) {
            mixed = (b ^ c ^ d) + 0x6ed9eba1U;
        } else if (t < 60) {
            mixed = ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdcU;
        } else {
            mixed = (b ^ c ^ d) + 0xca62c1d6U;
        }
        const std::uint32_t next = std::rotl(a, 5) + mixed + e + words[t];
        e = d;
        d = c;
        c = std::rotl(b, 30);
        b = a;
        a = next;
    }
    hash = {hash[0] + a, hash[1] + b, hash[2] + c, hash[3] + d, hash[4] + e};
}

}  // namespace

std::array<std::byte, 20> sha1(byte_view bytes) noexcept {
    state hash = {0x67452301U, 0xefcdab89U, 0x98badcfeU, 0x10325476U, 0xc3d2e1f0U};
    byte_view rest = bytes;
    for (; rest.size() >= block_size; rest = rest.subspan(block_size)) take_block(hash, rest.data());

    // The end: a bit that is set, zeros, and the length in bits. They need one block or two.
    std::array<std::byte, 2 * block_size> end{};
    if (!rest.empty()) std::memcpy(end.data(), rest.data(), rest.size());
    end[rest.size()] = std::byte{0x80};
    const std::size_t end_size = rest.size() + 1 + length_size <= block_size ? block_size : end.size();
    store_big_endian(end.data() + end_size - length_size, std::uint64_t{bytes.size()} * 8);
    for (std::size_t at = 0; at < end_size; at += block_size) take_block(hash, end.data() + at);

    std::array<std::byte, 20> digest{};
    for (std::size_t i = 0; i < hash.size(); ++i) store_big_endian(digest.data() + 4 * i, hash[i]);
    return digest;
}

}  // namespace mint::detail
