#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <zlib.h>

#include <gtest/gtest.h>

namespace mint::testing {

/// An inflater of our own that looks back no further than so far.
inline bool looks_back_at_most(std::string_view octets, std::uint8_t bits) {
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

}  // namespace mint::testing
