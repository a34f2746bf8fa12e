#include "ws/mixed_decompressor.hpp"

#include "support/deflate_messages.hpp"
#include "ws/zlib_deflate.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace mint::ws::detail {
namespace {

using mint::testing::compressed;
using mint::testing::decompressed;
using mint::testing::json_of;

int small_count = 0;
int large_count = 0;

std::unique_ptr<decompressor> make_small(std::uint8_t window_bits) {
    ++small_count;
    return make_zlib_decompressor(window_bits);
}

std::unique_ptr<decompressor> make_large(std::uint8_t window_bits) {
    ++large_count;
    return make_zlib_decompressor(window_bits);
}

/// One that needs no library, a small one that does, for it comes in two frames, and a large one.
enum class kind : std::uint8_t { tick, small, large };
using enum kind;

std::string message_of(kind k, unsigned number) {
    return k == tick    ? json_of(60, number)
           : k == small ? mint::testing::noise_of(100, number)
                        : mint::testing::noise_of(1000, number);
}

std::string read(decompressor& d, kind k, std::string_view octets) {
    if (k != small) return decompressed(d, octets);
    mint::buffer made;
    buffer_output out{made, 1U << 20U};
    const byte_view all = as_bytes(octets);
    const byte_view first = all.first(all.size() / 2);
    d.begin_message(first.size());
    if (!d.decompress(first, false, out)) return "corrupt";
    if (!d.decompress(all.subspan(first.size()), true, out)) return "corrupt";
    return std::string{made.text()};
}

/// How many libraries were made of each while such messages came.
std::string made_for(const std::vector<kind>& kinds) {
    small_count = large_count = 0;
    const auto d = make_mixed_decompressor(15, make_small, make_large);
    const auto c = make_zlib_compressor({.level = 6});
    unsigned number = 0;
    for (const kind k : kinds) {
        const std::string message = message_of(k, ++number);
        EXPECT_EQ(read(*d, k, compressed(*c, message)), message);
        const auto copy = d->clone();
        EXPECT_GT(copy->memory_size(), 0U);
    }
    return std::to_string(small_count) + " small, " + std::to_string(large_count) + " large";
}

std::vector<kind> behind_each_other(std::vector<kind> first, std::size_t count, kind k) {
    first.insert(first.end(), count, k);
    return first;
}

TEST(mixed_decompressor, begins_with_what_suits_the_first_message) {
    EXPECT_EQ(made_for({tick}), "0 small, 0 large");
    EXPECT_EQ(made_for({small}), "1 small, 0 large");
    EXPECT_EQ(made_for({large}), "0 small, 1 large");
}

TEST(mixed_decompressor, changes_after_four_messages_in_a_row_and_the_window_goes_along) {
    EXPECT_EQ(made_for({small, large, large, large, small, large}), "1 small, 0 large");
    EXPECT_EQ(made_for({small, large, large, large, large, large, small, small, small, large}), "1 small, 1 large");
    EXPECT_EQ(made_for({large, small, small, small, small, small, large, large, large, large, large}),
              "1 small, 1 large")
        << "it had been put aside";
    EXPECT_EQ(made_for({tick, tick, large, large, large, large}), "1 small, 1 large");
}

TEST(mixed_decompressor, needs_no_library_for_a_feed_of_ticks_and_gives_one_back_that_lies_idle) {
    EXPECT_EQ(made_for(std::vector<kind>(500, tick)), "0 small, 0 large");
    auto kinds = behind_each_other({tick, small}, 100, tick);
    kinds.push_back(small);
    EXPECT_EQ(made_for(kinds), "1 small, 0 large") << "it lay aside";
    kinds = behind_each_other({tick, small}, 1100, tick);
    kinds.push_back(small);
    EXPECT_EQ(made_for(kinds), "2 small, 0 large") << "it was given up";
}

TEST(mixed_decompressor, takes_no_memory_where_kinds_of_messages_take_turns) {
    const auto d = make_mixed_decompressor(15, make_small, make_large);
    const auto c = make_zlib_compressor({.level = 6});
    std::size_t memory = 0;
    for (unsigned i = 0; i < 400; ++i) {
        const kind k = i % 50 < 20 ? tick : i % 50 < 25 ? small : i % 50 < 30 ? large : i % 2 == 0 ? large : tick;
        const std::string message = message_of(k, i);
        ASSERT_EQ(read(*d, k, compressed(*c, message)), message);
        if (i == 200) memory = d->memory_size();
        ASSERT_TRUE(i < 200 || d->memory_size() == memory) << i;
    }
    for (unsigned i = 0; i < 1100; ++i)
        ASSERT_EQ(read(*d, tick, compressed(*c, message_of(tick, i))), message_of(tick, i));
    EXPECT_LT(d->memory_size(), 50U * 1024) << "the window, and room for a message";
    for (unsigned i = 0; i < 1100; ++i) {
        ASSERT_EQ(read(*d, large, compressed(*c, message_of(large, i))), message_of(large, i));
    }
    EXPECT_LT(d->memory_size(), 44U * 1024) << "the library's, which is zlib's here";
}

TEST(mixed_decompressor, keeps_the_window_while_it_gives_memory_back) {
    // Small frames that get too large for the decoder of small messages: it tries one now and then, and has the window.
    for (unsigned large_count_before = 0; large_count_before < 34; ++large_count_before) {
        const auto d = make_mixed_decompressor(15, make_small, make_large);
        const auto c = make_zlib_compressor({.level = 1});
        for (unsigned i = 0; i < large_count_before; ++i) {
            ASSERT_EQ(read(*d, large, compressed(*c, message_of(large, i))), message_of(large, i));
        }
        for (unsigned i = 0; i < 1100; ++i) {
            std::string message = json_of(40, i);
            message.resize(20'000, 'x');
            ASSERT_TRUE(decompressed(*d, compressed(*c, message)) == message) << large_count_before << ' ' << i;
        }
    }
}

TEST(mixed_decompressor, gives_back_again_in_a_long_run) {
    const auto d = make_mixed_decompressor(15, make_small, make_large);
    const auto c = make_zlib_compressor({.level = 6});
    unsigned number = 0;
    const auto read_many = [&](kind k, unsigned count) {
        for (unsigned i = 0; i < count; ++i) {
            const std::string message = message_of(k, ++number);
            ASSERT_EQ(read(*d, k, compressed(*c, message)), message);
        }
    };
    read_many(large, 1100);
    const std::size_t memory = d->memory_size();
    read_many(small, 20);  // another library's turn
    read_many(large, 20);
    EXPECT_GT(d->memory_size(), memory);
    read_many(large, 2100);
    EXPECT_EQ(d->memory_size(), memory);
}

TEST(mixed_decompressor, behind_a_reset_judges_each_message_as_a_first_one_and_keeps_all_states) {
    const auto read_fresh = [](decompressor& d, kind k, unsigned number) {
        const std::string message = message_of(k, number);
        ASSERT_EQ(read(d, k, compressed(*make_zlib_compressor({.level = 6}), message)), message);
    };
    for (const auto& [before, after] : {std::pair{large, small}, std::pair{small, large}}) {
        small_count = large_count = 0;
        const auto d = make_mixed_decompressor(15, make_small, make_large);
        for (unsigned i = 0; i < 10; ++i) {
            for (const kind k : {before, after, tick}) {
                read_fresh(*d, k, i);
                d->reset();
                read_fresh(*d->clone(), after, i);
            }
        }
        // One of each for what is reset; each copy made the one that its message is for.
        EXPECT_EQ(small_count, after == small ? 31 : 1);
        EXPECT_EQ(large_count, after == small ? 1 : 31);
    }
}

TEST(mixed_decompressor, a_small_frame_needs_no_library_however_it_comes) {
    for (const std::size_t step : {1U, 20U, 1U << 30U}) {
        small_count = large_count = 0;
        const auto d = make_mixed_decompressor(15, make_small, make_large);
        const auto c = make_zlib_compressor({.level = 6});
        for (unsigned i = 0; i < 50; ++i) {
            const std::string message = json_of(30 + i * 20, i);
            ASSERT_EQ(decompressed(*d, compressed(*c, message), step), message);
            if (i % 7 != 0) continue;
            const std::string octets = compressed(*c, message);
            const byte_view first = as_bytes(octets).first(octets.size() / 2);
            mint::buffer made;
            buffer_output out{made, 1U << 20U};
            d->begin_message(octets.size());
            ASSERT_TRUE(d->decompress(first, false, out));
            const auto copy = d->clone();  // in the middle of it
            for (decompressor* const each : {copy.get(), d.get()}) {
                made.clear();
                buffer_output rest{made, 1U << 20U};
                ASSERT_TRUE(each->decompress(as_bytes(octets).subspan(first.size()), true, rest));
                EXPECT_EQ(made.text(), message);
            }
        }
        EXPECT_EQ(small_count + large_count, 0) << step;
    }
}

TEST(mixed_decompressor, judges_by_the_frames_sizes_and_not_by_how_they_came) {
    const auto c = make_zlib_compressor({.level = 6});
    std::vector<std::string> octets;
    octets.reserve(12);
    for (unsigned i = 0; i < 12; ++i) octets.push_back(compressed(*c, json_of(i % 5 == 2 ? 3000 : 60, i)));
    for (const std::size_t step : {std::size_t{1} << 30U, std::size_t{9}}) {
        small_count = large_count = 0;
        const auto d = make_mixed_decompressor(15, make_small, make_large);
        for (unsigned i = 0; i < 12; ++i) {
            ASSERT_EQ(decompressed(*d, octets[i], step), json_of(i % 5 == 2 ? 3000 : 60, i));
        }
        EXPECT_EQ(large_count, 0) << step;
    }
}

}  // namespace
}  // namespace mint::ws::detail
