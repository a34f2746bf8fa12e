#include "ws/zlib_deflate.hpp"

#include "support/deflate_messages.hpp"
#include "support/looks_back.hpp"

#include <array>
#include <cstdint>
#include <string>

#include <gtest/gtest.h>

namespace mint::ws::detail {
namespace {

using mint::testing::all_messages;
using mint::testing::compressed;
using mint::testing::looks_back_at_most;
using mint::testing::noise_of;

TEST(zlib_deflate, keeps_to_the_window_that_was_agreed) {
    const auto all = all_messages();
    for (const std::uint8_t bits : std::to_array<std::uint8_t>({8, 9, 10, 12, 14, 15})) {
        for (const int level : {1, 6, 9}) {
            const auto c = make_zlib_compressor({.window_bits = bits, .level = level});
            std::string octets;
            for (const std::string& message : all) {
                octets += compressed(*c, message, false);
            }
            EXPECT_TRUE(looks_back_at_most(octets, bits)) << int{bits};
        }
    }
    const auto wide = make_zlib_compressor({.window_bits = 15});
    const std::string far = noise_of(300) + noise_of(300);
    EXPECT_FALSE(looks_back_at_most(compressed(*wide, far, false), 8)) << "or the check checks nothing";
}

}  // namespace
}  // namespace mint::ws::detail
