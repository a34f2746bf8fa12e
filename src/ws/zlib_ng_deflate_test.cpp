#include "ws/zlib_ng_deflate.hpp"

#include "support/deflate_messages.hpp"
#include "support/looks_back.hpp"
#include "ws/choose_backend.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace mint::ws::detail {
namespace {

using mint::testing::compressed;
using mint::testing::decompressed;
using mint::testing::json_of;
using mint::testing::looks_back_at_most;
using mint::testing::noise_of;

/// Whatever library it is that does it in this build.
TEST(make_compressor, keeps_to_the_window_and_comes_back_whatever_is_asked_for) {
    for (const std::uint8_t bits : std::to_array<std::uint8_t>({8, 9, 11, 15})) {
        for (const std::optional<int> level :
             {std::optional<int>{}, std::optional{1}, std::optional{6}, std::optional{9}}) {
            for (const int memory_level : {1, 8, 9}) {
                for (const auto strategy :
                     {deflate_strategy::standard, deflate_strategy::filtered, deflate_strategy::huffman_only,
                      deflate_strategy::run_length, deflate_strategy::fixed}) {
                    const auto c = make_compressor(
                        {.window_bits = bits, .level = level, .memory_level = memory_level, .strategy = strategy});
                    const auto d = make_decompressor(bits);
                    std::string octets;
                    for (const std::string& message :
                         {json_of(100), json_of(5000), noise_of(700), json_of(100), std::string{}, json_of(5000, 2)}) {
                        const std::string made = compressed(*c, message);
                        EXPECT_EQ(decompressed(*d, made), message);
                        octets.append(made).append("\0\0\xff\xff", 4);
                    }
                    EXPECT_TRUE(looks_back_at_most(octets, bits)) << int{bits};
                    EXPECT_GT(c->memory_size(), 0U);
                    EXPECT_GT(d->memory_size(), 0U);
                }
            }
        }
    }
}

}  // namespace
}  // namespace mint::ws::detail
