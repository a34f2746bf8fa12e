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

/// One that fixed codes suit, and ones that they don't.
enum class kind : std::uint8_t { tick, small, large };
using enum kind;

/// How many libraries were made of each while such messages came.
std::string made_for(const std::vector<kind>& kinds) {
    small_count = large_count = 0;
    const auto d = make_mixed_decompressor(15, make_small, make_large);
    const auto c = make_zlib_compressor({.level = 6});
    unsigned number = 0;
    for (const kind k : kinds) {
        ++number;
        const std::string message = k == tick    ? json_of(60, number)
                                    : k == small ? mint::testing::noise_of(100, number)
                                                 : mint::testing::noise_of(1000, number);
        EXPECT_EQ(decompressed(*d, compressed(*c, message)), message);
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
              "1 small, 2 large");
    EXPECT_EQ(made_for({tick, tick, large, large, large, large}), "1 small, 1 large");
}

TEST(mixed_decompressor, needs_no_library_for_a_feed_of_ticks_and_comes_back_to_none) {
    const std::vector<kind> ticks(500, tick);
    EXPECT_EQ(made_for(ticks), "0 small, 0 large");
    EXPECT_EQ(made_for(behind_each_other({tick, small}, 31, tick)), "1 small, 0 large");
    auto again = behind_each_other({tick, small}, 31, tick);
    again.push_back(small);
    EXPECT_EQ(made_for(again), "1 small, 0 large") << "still there";
    again = behind_each_other({tick, small}, 40, tick);
    again.push_back(small);
    EXPECT_EQ(made_for(again), "2 small, 0 large") << "it was given up";
}

TEST(mixed_decompressor, behind_a_reset_judges_each_message_as_a_first_one_and_keeps_all_states) {
    const auto fresh = [](const std::string& message) {
        return compressed(*make_zlib_compressor({.level = 6}), message);
    };
    for (const auto& [before, after] : {std::pair{mint::testing::noise_of(1000), mint::testing::noise_of(100)},
                                        std::pair{mint::testing::noise_of(100), mint::testing::noise_of(1000)}}) {
        small_count = large_count = 0;
        const auto d = make_mixed_decompressor(15, make_small, make_large);
        for (int i = 0; i < 10; ++i) {
            for (const std::string& message : {before, after, json_of(60)}) {
                ASSERT_EQ(decompressed(*d, fresh(message)), message);
                d->reset();
                const auto copy = d->clone();
                ASSERT_EQ(decompressed(*copy, fresh(after)), after);
            }
        }
        // One of each for what is reset; each copy made the one that its message is for.
        EXPECT_EQ(small_count, after.size() == 100 ? 31 : 1);
        EXPECT_EQ(large_count, after.size() == 100 ? 1 : 31);
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
