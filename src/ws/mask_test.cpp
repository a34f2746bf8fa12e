#include "ws/mask.hpp"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

namespace mint::ws::detail {
namespace {

constexpr std::array<std::byte, 4> key_octets{std::byte{0x37}, std::byte{0xFA}, std::byte{0x21}, std::byte{0x3D}};
constexpr std::byte untouched{0xA5};

std::vector<std::byte> payload_of(std::size_t size) {
    std::vector<std::byte> payload(size);
    for (std::size_t i = 0; i < size; ++i) payload[i] = static_cast<std::byte>(i * 151 + 7);
    return payload;
}

/// RFC 6455 §5.3, octet by octet.
std::vector<std::byte> masked(const std::vector<std::byte>& payload, std::size_t position = 0) {
    std::vector<std::byte> result(payload);
    for (std::size_t i = 0; i < result.size(); ++i) result[i] ^= key_octets[(position + i) % 4];
    return result;
}

void expect_masks_like_the_rfc(mask_function function, std::size_t size, std::size_t from_shift, std::size_t to_shift) {
    const auto payload = payload_of(size);
    std::vector<std::byte> from(size + from_shift);
    std::ranges::copy(payload, from.begin() + static_cast<std::ptrdiff_t>(from_shift));
    std::vector<std::byte> to(size + to_shift + 64, untouched);
    function(to.data() + to_shift, from.data() + from_shift, size, to_mask_key(key_octets));
    const auto begin = to.begin() + static_cast<std::ptrdiff_t>(to_shift);
    const auto end = begin + static_cast<std::ptrdiff_t>(size);
    ASSERT_TRUE(std::ranges::equal(masked(payload), std::ranges::subrange(begin, end))) << size;
    ASSERT_TRUE(std::all_of(to.begin(), begin, [](std::byte b) { return b == untouched; })) << size;
    ASSERT_TRUE(std::all_of(end, to.end(), [](std::byte b) { return b == untouched; })) << size;
    function(from.data() + from_shift, from.data() + from_shift, size, to_mask_key(key_octets));
    ASSERT_TRUE(std::equal(begin, end, from.begin() + static_cast<std::ptrdiff_t>(from_shift))) << size << " in place";
}

TEST(mask, gives_each_octet_its_key_octet_at_every_size_and_alignment) {
    for (std::size_t size = 0; size <= 300; ++size) {
        for (std::size_t shift = 0; shift < 16; ++shift)
            expect_masks_like_the_rfc(mask_copy, size, shift, (shift * 5) % 16);
    }
}

TEST(mask, every_variant_of_this_processor_gives_the_same) {
    std::size_t tried_count = 0;
    for (const mask_variant& variant : mask_variants()) {
        if (!variant.is_supported) continue;
        SCOPED_TRACE(variant.name);
        ++tried_count;
        for (std::size_t size = min_large_size; size <= 700; ++size) {
            for (std::size_t shift = 0; shift < 4; ++shift)
                expect_masks_like_the_rfc(variant.function, size, shift, 3 - shift);
        }
        expect_masks_like_the_rfc(variant.function, 1'000'003, 1, 2);
    }
    EXPECT_GE(tried_count, 1U);
}

TEST(mask, goes_to_the_front_of_where_it_comes_from) {
    constexpr std::size_t longest_shift = 12;
    for (const mask_variant& variant : mask_variants()) {
        if (!variant.is_supported) continue;
        SCOPED_TRACE(variant.name);
        for (std::size_t size = 0; size <= 700; ++size) {
            const auto payload = payload_of(size);
            for (std::size_t shift = 0; shift <= longest_shift; ++shift) {
                std::vector<std::byte> space(longest_shift);
                space.insert(space.end(), payload.begin(), payload.end());
                std::byte* const to = space.data() + longest_shift - shift;
                const mask_function function = size < min_large_size ? mask_copy : variant.function;
                function(to, space.data() + longest_shift, size, to_mask_key(key_octets));
                ASSERT_TRUE(std::ranges::equal(std::span{to, size}, masked(payload))) << size << " by " << shift;
            }
        }
    }
}

TEST(mask, zero_key_copies_wherever_the_two_lie_in_their_pages) {
    for (const std::size_t size : {0U, 5U, 64U, 65U, 1000U, 20'000U}) {
        const auto payload = payload_of(size);
        for (std::size_t shift = 0; shift < 4096; shift += 13) {
            std::vector<std::byte> target(size + 4096);
            mask_copy(target.data() + shift, payload.data(), size, 0);
            ASSERT_TRUE(std::ranges::equal(std::span{target}.subspan(shift, size), payload)) << size << " at " << shift;
            mask_copy(target.data() + shift, target.data() + shift, size, 0);
            ASSERT_TRUE(std::ranges::equal(std::span{target}.subspan(shift, size), payload)) << "in place";
        }
    }
}

TEST(mask, goes_on_in_the_middle_of_a_payload_with_the_key_rotated) {
    const auto payload = payload_of(100);
    for (std::size_t position = 0; position < 9; ++position) {
        std::vector<std::byte> result(payload.size());
        mask_copy(result.data(), payload.data(), payload.size(), rotated(to_mask_key(key_octets), position));
        EXPECT_EQ(result, masked(payload, position)) << position;
    }
}

}  // namespace
}  // namespace mint::ws::detail
