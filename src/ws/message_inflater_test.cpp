#include "ws/message_inflater.hpp"

#include "support/deflate_messages.hpp"
#include "ws/zlib_deflate.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include <gtest/gtest.h>

namespace mint::ws::detail {
namespace {

using mint::testing::compressed;
using mint::testing::decompressed;
using mint::testing::json_of;
using namespace std::string_literals;

const std::string nothing = "(for a library)";

std::string inflated(message_inflater& inflater, std::string_view payload) {
    const auto made = inflater.inflate(as_bytes(payload));
    return made ? std::string{as_text(*made)} : nothing;
}

std::string inflated(std::string_view payload) {
    message_inflater inflater{15};
    return inflated(inflater, payload);
}

TEST(message_inflater, inflates_the_examples_of_the_rfc) {
    message_inflater inflater{15};
    EXPECT_EQ(inflated(inflater, "\xf2\x48\xcd\xc9\xc9\x07\x00"s), "Hello");
    EXPECT_EQ(inflated(inflater, "\xf2\x00\x11\x00\x00"s), "Hello") << "from the window";
    EXPECT_EQ(inflated(inflater, "\x00"s), "");
    EXPECT_EQ(inflated(inflater, "\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"s), "Hello") << "stored";
    EXPECT_EQ(inflated(inflater, "\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"s), "Hello") << "two blocks";
}

TEST(message_inflater, leaves_all_else_to_a_library_and_its_window_as_it_was) {
    message_inflater inflater{15};
    EXPECT_EQ(inflated(inflater, "\xf2\x48\xcd\xc9\xc9\x07\x00"s), "Hello");
    for (const std::string& payload : {
             ""s,
             "\xf3\x48\xcd\xc9\xc9\x07\x00\x00"s,          // BFINAL
             "\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f"s,  // stored, and no end
             "\x00\x05\x00\xfa\xff\x48"s,                  // stored, and cut
             "\x00\x05\x00\xfa"s,
             "\x00\x05\x00\xfa\xfe\x48\x65\x6c\x6c\x6f\x00"s,
             std::string(message_inflater::max_payload_size + 1, '\x00'),
             "\xff\xff\xff"s,                      // no block
             "\xf2\x48\xcd\xc9\xc9\x07"s,          // no end
             "\xf2\x48\xcd\xc9\xc9\x07\x00\x00"s,  // octets behind it
             "\xf2\x48\xcd"s,
             "\xf2"s,
         }) {
        EXPECT_EQ(inflated(inflater, payload), nothing) << ::testing::PrintToString(payload);
        EXPECT_EQ(inflated(inflater, "\xf2\x00\x11\x00\x00"s), "Hello");
    }
    EXPECT_EQ(inflated("\xf2\x00\x11\x00\x00"s), nothing) << "nothing to go back to";
}

/// A feed of messages of many sizes, in every window, whatever the codes.
TEST(message_inflater, inflates_what_zlib_makes) {
    for (const int window_bits : {9, 10, 12, 15}) {
        for (const deflate_strategy strategy :
             {deflate_strategy::fixed, deflate_strategy::standard, deflate_strategy::huffman_only}) {
            const auto bits = static_cast<std::uint8_t>(window_bits);
            const auto c = make_zlib_compressor({.window_bits = bits, .level = 6, .strategy = strategy});
            message_inflater inflater{bits};
            std::size_t done_count = 0;
            constexpr unsigned count = 1000;
            for (unsigned i = 0; i < count; ++i) {
                const std::string message =
                    i % 9 == 8 ? mint::testing::noise_of(i % 500, i)
                               : json_of(1 + i * 7 % 1900, i % 37) + std::string(i % 11, static_cast<char>(i));
                const std::string got = inflated(inflater, compressed(*c, message));
                if (got == message) {
                    ++done_count;
                    continue;
                }
                ASSERT_EQ(got, nothing);
                std::array<std::byte, 32 * 1024> window;
                std::string known{as_text(byte_view{window}.first(inflater.copy_window(window)))};
                inflater.set_window(as_bytes(known += message));
            }
            EXPECT_GT(done_count, count * 98 / 100);
        }
    }
}

TEST(message_inflater, leaves_codes_of_more_than_twelve_bits) {
    // Lucas's numbers of each octet: the longest codes that there can be.
    std::string message = "ab";
    for (auto [count, next, letter] = std::tuple{3U, 4U, 'c'}; letter <= 'n'; ++letter) {
        message.append(count, letter);
        count = std::exchange(next, count + next);
    }
    std::mt19937 random{1};  // the same each time
    std::ranges::shuffle(message, random);
    const auto c = make_zlib_compressor({.level = 6, .strategy = deflate_strategy::huffman_only});
    for (const std::size_t size : {std::size_t{50}, std::size_t{200}, message.size()}) {
        const std::string octets = compressed(*c, message.substr(0, size));
        const std::string got = inflated(octets);
        if (got == nothing) {
            EXPECT_EQ(decompressed(*make_zlib_decompressor(15), octets), message.substr(0, size));
        } else {
            EXPECT_EQ(got, message.substr(0, size));
        }
        EXPECT_EQ(got == nothing, size == message.size()) << size << ", compressed " << octets.size();
    }
}

TEST(message_inflater, leaves_what_gets_large) {
    const auto c = make_zlib_compressor({.level = 6, .strategy = deflate_strategy::fixed});
    message_inflater inflater{15};
    const std::string large(60'000, 'x');
    EXPECT_EQ(inflated(inflater, compressed(*c, large)), nothing);
    c->reset();
    const std::string fits(8000, 'x');
    for (int i = 0; i < 20; ++i) ASSERT_EQ(inflated(inflater, compressed(*c, fits)), fits) << i;
}

TEST(message_inflater, leaves_a_stored_block_that_the_room_ends_in) {
    // A match may end behind the last place where one may begin.
    for (std::size_t before = 15'900; before < 16'500; ++before) {
        const auto c = make_zlib_compressor({.level = 9});
        message_inflater inflater{15};
        const std::string content(before, 'x');
        const std::string noise = mint::testing::noise_of(700, before);
        const std::string octets = compressed(*c, content + noise);
        std::string window(32 * 1024, 'w');
        inflater.set_window(as_bytes(window));
        const std::string got = inflated(inflater, octets);
        ASSERT_TRUE(got == nothing || got == content + noise) << before;
        std::string stored = compressed(*make_zlib_compressor({.level = 9}), content);
        stored.push_back('\0');  // the header of an empty block has its length now
        stored.resize(stored.size() - 1);
        stored += std::string("\0\0\xff\xff\0", 5) + std::string("\xbc\x02\x43\xfd", 4) + noise + '\0';
        inflater.set_window(as_bytes(window));
        const std::string two = inflated(inflater, stored);
        ASSERT_TRUE(two == nothing || two == content + noise) << before;
    }
}

/// Whatever it inflates zlib inflates likewise: bits turned over in messages of a conversation, and octets at random.
TEST(message_inflater, never_differs_from_zlib) {
    std::mt19937 random{1};  // the same each time
    for (const int level : {1, 6}) {
        const auto c = make_zlib_compressor({.level = level});
        const auto library = make_zlib_decompressor(15);
        message_inflater inflater{15};
        unsigned done_count = 0;
        for (unsigned i = 0; i < 1500; ++i) {
            const std::string message = json_of(20 + i * 13 % (i % 2 == 0 ? 200 : 1500), i % 50);
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
                    changed[0] = static_cast<char>((changed[0] & ~7) | (change == 8 ? 2 : 4));
                }
                message_inflater fork = inflater;
                const std::string got = inflated(fork, changed);
                if (got == nothing) continue;
                ++done_count;
                const auto judge = library->clone();
                ASSERT_EQ(decompressed(*judge, changed), got);
            }
            ASSERT_EQ(decompressed(*library, octets), message);
            ASSERT_EQ(inflated(inflater, octets), message);
        }
        EXPECT_GT(done_count, 1000U);
    }
}

TEST(message_inflater, forgets_and_gives_back) {
    message_inflater inflater{15};
    EXPECT_EQ(inflater.memory_size(), 0U);
    EXPECT_EQ(inflated(inflater, "\xf2\x48\xcd\xc9\xc9\x07\x00"s), "Hello");
    inflater.reset();
    EXPECT_EQ(inflated(inflater, "\xf2\x00\x11\x00\x00"s), nothing);
    EXPECT_GT(inflater.memory_size(), 32U * 1024);
    inflater.release();
    EXPECT_EQ(inflater.memory_size(), 0U);
    message_inflater small{8};
    EXPECT_EQ(inflated(small, "\xf2\x48\xcd\xc9\xc9\x07\x00"s), "Hello");
    EXPECT_LT(small.memory_size(), 5U * 1024);
}

}  // namespace
}  // namespace mint::ws::detail
