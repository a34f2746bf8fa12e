#include "ws/fixed_block_inflater.hpp"

#include "support/deflate_messages.hpp"
#include "ws/zlib_deflate.hpp"

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace mint::ws::detail {
namespace {

using mint::testing::compressed;
using mint::testing::decompressed;
using mint::testing::json_of;
using namespace std::string_literals;

const std::string nothing = "(for a library)";

std::string inflated(fixed_block_inflater& inflater, std::string_view payload) {
    const auto made = inflater.inflate(as_bytes(payload));
    return made ? std::string{as_text(*made)} : nothing;
}

std::string inflated(std::string_view payload) {
    fixed_block_inflater inflater{15};
    return inflated(inflater, payload);
}

TEST(fixed_block_inflater, inflates_the_examples_of_the_rfc) {
    fixed_block_inflater inflater{15};
    EXPECT_EQ(inflated(inflater, "\xf2\x48\xcd\xc9\xc9\x07\x00"s), "Hello");
    EXPECT_EQ(inflated(inflater, "\xf2\x00\x11\x00\x00"s), "Hello") << "from the window";
    EXPECT_EQ(inflated(inflater, "\x00"s), "");
    EXPECT_TRUE(fixed_block_inflater::suits(as_bytes("\xf2\x00\x11\x00\x00"s)));
    EXPECT_TRUE(fixed_block_inflater::suits(as_bytes("\x00"s)));
}

TEST(fixed_block_inflater, leaves_all_else_to_a_library_and_its_window_as_it_was) {
    fixed_block_inflater inflater{15};
    EXPECT_EQ(inflated(inflater, "\xf2\x48\xcd\xc9\xc9\x07\x00"s), "Hello");
    for (const std::string& payload : {
             ""s,
             "\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"s,          // stored
             "\xf3\x48\xcd\xc9\xc9\x07\x00\x00"s,                      // BFINAL
             "\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"s,  // two blocks with an empty one between
             "\xff\xff\xff"s,                                          // no block
             "\xf2\x48\xcd\xc9\xc9\x07"s,                              // no end
             "\xf2\x48\xcd\xc9\xc9\x07\x00\x00"s,                      // octets behind it
             "\xf2\x48\xcd"s,
             "\xf2"s,
         }) {
        EXPECT_EQ(inflated(inflater, payload), nothing) << ::testing::PrintToString(payload);
        EXPECT_EQ(inflated(inflater, "\xf2\x00\x11\x00\x00"s), "Hello");
    }
    EXPECT_EQ(inflated("\xf2\x00\x11\x00\x00"s), nothing) << "nothing to go back to";
}

/// Compressed with fixed codes alone, in every window.
TEST(fixed_block_inflater, inflates_what_zlib_makes_with_fixed_codes) {
    for (const int window_bits : {9, 10, 12, 15}) {
        const auto bits = static_cast<std::uint8_t>(window_bits);
        const auto c = make_zlib_compressor({.window_bits = bits, .level = 6, .strategy = deflate_strategy::fixed});
        fixed_block_inflater inflater{bits};
        std::size_t done_count = 0;
        constexpr unsigned count = 2000;
        for (unsigned i = 0; i < count; ++i) {
            const std::string message = json_of(1 + i * 7 % 900, i % 37) + std::string(i % 11, static_cast<char>(i));
            const std::string octets = compressed(*c, message);
            const std::string got = inflated(inflater, octets);
            if (got == message) {
                ++done_count;
                continue;
            }
            ASSERT_EQ(got, nothing);
            ASSERT_FALSE(fixed_block_inflater::suits(as_bytes(octets))) << message.size();
            std::array<std::byte, 32 * 1024> window;
            std::string known{as_text(byte_view{window}.first(inflater.copy_window(window)))};
            inflater.set_window(as_bytes(known += message));
        }
        EXPECT_GT(done_count, count * 9 / 10);
    }
}

TEST(fixed_block_inflater, leaves_what_gets_large) {
    const auto c = make_zlib_compressor({.level = 6, .strategy = deflate_strategy::fixed});
    fixed_block_inflater inflater{15};
    const std::string large(60'000, 'x');
    EXPECT_EQ(inflated(inflater, compressed(*c, large)), nothing);
    c->reset();
    const std::string fits(8000, 'x');
    for (int i = 0; i < 20; ++i) ASSERT_EQ(inflated(inflater, compressed(*c, fits)), fits) << i;
}

/// Whatever it inflates zlib inflates likewise: bits turned over in messages of a conversation, and octets at random.
TEST(fixed_block_inflater, never_differs_from_zlib) {
    std::mt19937 random{1};  // NOLINT(cert-msc51-cpp): the same each time
    const auto c = make_zlib_compressor({.level = 6});
    const auto library = make_zlib_decompressor(15);
    fixed_block_inflater inflater{15};
    unsigned done_count = 0;
    for (unsigned i = 0; i < 3000; ++i) {
        const std::string message = json_of(20 + i % 200, i % 50);
        const std::string octets = compressed(*c, message);
        for (int change = 0; change < 10; ++change) {
            std::string changed = octets;
            if (change < 8) {
                for (int bit = 0; bit <= change % 3; ++bit) {
                    const std::size_t at = random() % (8 * changed.size());
                    changed[at / 8] = static_cast<char>(changed[at / 8] ^ 1 << at % 8);
                }
            } else {
                for (char& octet : changed) octet = static_cast<char>(random());
                changed[0] = static_cast<char>((changed[0] & ~7) | 2);
            }
            fixed_block_inflater fork = inflater;
            const std::string got = inflated(fork, changed);
            if (got == nothing) continue;
            ++done_count;
            const auto judge = library->clone();
            ASSERT_EQ(decompressed(*judge, changed), got);
        }
        ASSERT_EQ(decompressed(*library, octets), message);
        std::array<std::byte, 32 * 1024> window;
        if (inflated(inflater, octets) == nothing) {
            inflater.set_window(byte_view{window}.first(library->copy_window(window)));
        }
    }
    EXPECT_GT(done_count, 3000U);
}

TEST(fixed_block_inflater, forgets_and_gives_back) {
    fixed_block_inflater inflater{15};
    EXPECT_EQ(inflater.memory_size(), 0U);
    EXPECT_EQ(inflated(inflater, "\xf2\x48\xcd\xc9\xc9\x07\x00"s), "Hello");
    inflater.reset();
    EXPECT_EQ(inflated(inflater, "\xf2\x00\x11\x00\x00"s), nothing);
    EXPECT_GT(inflater.memory_size(), 32U * 1024);
    inflater.release();
    EXPECT_EQ(inflater.memory_size(), 0U);
    fixed_block_inflater small{8};
    EXPECT_EQ(inflated(small, "\xf2\x48\xcd\xc9\xc9\x07\x00"s), "Hello");
    EXPECT_LT(small.memory_size(), 5U * 1024);
}

}  // namespace
}  // namespace mint::ws::detail
