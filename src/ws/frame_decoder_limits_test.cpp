#include "support/frame_script.hpp"

#include <mint/ws/frame_decoder.hpp>

#include <gtest/gtest.h>

namespace mint::ws {
namespace {

using testing::octets;
using testing::wire;

TEST(frame_decoder_limits, frame_of_exactly_the_limit_passes) {
    frame_decoder decoder{role::client, 1000};
    const std::string input = wire(0x82, std::string(1000, 'x'));
    byte_view rest = as_bytes(input);
    EXPECT_TRUE(decoder.next(rest).value()->is_last());
}

TEST(frame_decoder_limits, frame_over_the_limit_fails_at_its_header) {
    frame_decoder decoder{role::client, 1000};
    const std::string input = wire(0x82, "") + octets({0x82, 126, 1001 >> 8, 1001 & 0xFF});
    byte_view rest = as_bytes(input);
    ASSERT_TRUE(decoder.next(rest).value().has_value());
    const auto failed = decoder.next(rest);
    ASSERT_FALSE(failed.has_value());
    EXPECT_EQ(failed.error().code, errc::frame_too_big);
    EXPECT_EQ(failed.error().offset, 2U);
    EXPECT_EQ(failed.error().detail, "max_frame_size is 1000");
}

TEST(frame_decoder_limits, largest_length_there_is_passes_where_the_limit_allows_it) {
    frame_decoder decoder{role::client, (std::uint64_t{1} << 63U) - 1};
    const std::string input = octets({0x82, 127, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3});
    byte_view rest = as_bytes(input);
    const auto chunk = decoder.next(rest).value().value();
    EXPECT_EQ(chunk.payload.size(), 3U);
    EXPECT_EQ(decoder.payload_left(), (std::uint64_t{1} << 63U) - 4);
}

TEST(frame_decoder_limits, empty_input_changes_nothing) {
    frame_decoder decoder;
    const frame_decoder before = decoder;
    byte_view nothing;
    EXPECT_FALSE(decoder.next(nothing).value().has_value());
    EXPECT_EQ(decoder, before);
}

}  // namespace
}  // namespace mint::ws
