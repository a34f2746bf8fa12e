#include "support/count_allocations.hpp"

#include <mint/ws/codec.hpp>

#include <new>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mint::ws {
namespace {

using mint::testing::failing_allocation;

/// Decodes with the allocation `index` failing; false where there are fewer.
template <class Decode>
bool runs_out_of_memory(std::size_t index, Decode decode) {
    const failing_allocation failing{index};
    try {
        decode();
    } catch (const std::bad_alloc&) {
        return true;
    }
    return false;
}

TEST(codec_out_of_memory, half_a_message_lost_is_never_taken_for_a_message) {
    const std::string start = std::string{"\x82\x0A"} + "01234";
    std::size_t index = 0;
    for (;; ++index) {
        codec c;
        std::vector<frame> out;
        out.reserve(8);
        if (!runs_out_of_memory(index, [&] { EXPECT_TRUE(c.decode(as_bytes(start), out)); })) break;
        EXPECT_TRUE(c.has_failed());
        const auto next = c.decode(as_bytes("56789"), out);
        ASSERT_FALSE(next);
        EXPECT_EQ(next.error(), errc::failed_already);
        EXPECT_TRUE(out.empty());
    }
    EXPECT_GT(index, 0U);
}

TEST(codec_out_of_memory, no_frame_comes_twice) {
    std::string input;
    for (int i = 0; i < 9; ++i) input += std::string{"\x81\x01"} + "a";
    std::size_t index = 0;
    for (;; ++index) {
        codec c;
        std::vector<frame> out;
        if (!runs_out_of_memory(index, [&] { EXPECT_TRUE(c.decode(as_bytes(input), out)); })) break;
        EXPECT_FALSE(c.decode(as_bytes(input), out));
        EXPECT_TRUE(out.empty());
    }
    EXPECT_GT(index, 1U);
}

}  // namespace
}  // namespace mint::ws
