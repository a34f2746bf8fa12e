#include "ws/zlib_deflate.hpp"

#include "support/deflate_messages.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <zlib.h>

#include <gtest/gtest.h>

namespace mint::ws::detail {
namespace {

using mint::testing::all_messages;
using mint::testing::compressed;
using mint::testing::noise_of;

/// An inflater of our own that looks back no further than so far.
bool looks_back_at_most(std::string_view octets, std::uint8_t bits) {
    // zlib checks distances against what is left of its window only: octets one at a time leave it no more than that.
    z_stream z{};
    EXPECT_EQ(inflateInit2(&z, -int{bits}), Z_OK);
    std::array<Bytef, 1> room{};
    std::string input{octets};
    z.next_in = reinterpret_cast<Bytef*>(input.data());
    z.avail_in = static_cast<uInt>(input.size());
    int result = Z_OK;
    while (result == Z_OK) {
        z.next_out = room.data();
        z.avail_out = 1;
        result = inflate(&z, Z_SYNC_FLUSH);
    }
    inflateEnd(&z);
    return result == Z_BUF_ERROR;
}

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
