#include "ws/mixed_decompressor.hpp"

#include "support/deflate_messages.hpp"
#include "ws/zlib_deflate.hpp"

#include <array>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace mint::ws::detail {
namespace {

using mint::testing::compressed;
using mint::testing::decompressed;
using mint::testing::json_of;

int small_count = 0;
int large_count = 0;

std::unique_ptr<decompressor> make_small() {
    ++small_count;
    return make_zlib_decompressor(15);
}

std::unique_ptr<decompressor> make_large() {
    ++large_count;
    return make_zlib_decompressor(15);
}

/// How many were made of each while messages of these sizes came.
std::string made_for(std::initializer_list<std::size_t> sizes) {
    small_count = large_count = 0;
    const auto d = make_mixed_decompressor(make_small, make_large);
    const auto c = make_zlib_compressor({.level = 6});
    unsigned number = 0;
    for (const std::size_t size : sizes) {
        const std::string message = size < 100 ? json_of(size, number++) : mint::testing::noise_of(size, number++);
        EXPECT_EQ(decompressed(*d, compressed(*c, message)), message);
        const auto copy = d->clone();
        EXPECT_GT(copy->memory_size(), 0U);
    }
    return std::to_string(small_count) + " small, " + std::to_string(large_count) + " large";
}

TEST(mixed_decompressor, begins_with_what_suits_the_first_message) {
    EXPECT_EQ(made_for({50}), "1 small, 0 large");
    EXPECT_EQ(made_for({1000}), "0 small, 1 large");
}

TEST(mixed_decompressor, changes_after_four_messages_in_a_row_and_the_window_goes_along) {
    EXPECT_EQ(made_for({50, 1000, 1000, 1000, 50, 1000}), "1 small, 0 large");
    EXPECT_EQ(made_for({50, 1000, 1000, 1000, 1000, 1000, 50, 50, 50, 1000}), "1 small, 1 large");
    EXPECT_EQ(made_for({1000, 50, 50, 50, 50, 50, 1000, 1000, 1000, 1000, 1000}), "1 small, 2 large");
}

}  // namespace
}  // namespace mint::ws::detail
