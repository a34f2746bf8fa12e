#include "support/frame_script.hpp"

#include <mint/ws/codec.hpp>

#include <algorithm>
#include <cstring>

#include <gtest/gtest.h>

namespace mint::ws {
namespace {

using testing::decode_all;
using testing::decoded;
using testing::masked_wire;
using testing::octets;
using testing::wire;

/// Receives `input` through `receive_space` where there is one, `read_size` octets at most at a time.
decoded receive_all(codec& c, std::string_view input, std::size_t read_size, std::size_t& direct_size) {
    decoded result;
    std::vector<frame> frames;
    while (!input.empty() && !result.rule) {
        const byte_span space = c.receive_space();
        std::expected<void, error> outcome;
        std::size_t size = std::min(read_size, input.size());
        if (space.empty()) {
            outcome = c.decode(as_bytes(input.substr(0, size)), frames);
        } else {
            size = std::min(size, space.size());
            std::memcpy(space.data(), input.data(), size);
            direct_size += size;
            outcome = c.decode_received(size, frames);
        }
        testing::append_frames(result, frames);
        if (!outcome) {
            result.rule = outcome.error().code;
            result.offset = outcome.error().offset;
        }
        input.remove_prefix(size);
    }
    return result;
}

TEST(codec_memory, large_messages_read_directly_arrive_the_same) {
    std::string large;
    for (int i = 0; i < 40'000; ++i) large += static_cast<char>('a' + i % 23);
    for (const auto receiver : {role::client, role::server}) {
        const bool masked = receiver == role::server;
        const std::string input = wire(0x81, large, masked) + wire(0x01, large, masked) + wire(0x89, "p", masked) +
                                  wire(0x80, large, masked) + wire(0x81, "small", masked);
        codec whole{{.role = receiver}};
        const decoded expected = decode_all(whole, input);
        ASSERT_EQ(expected.frames.size(), 4U);
        for (const std::size_t read_size : {100U, 1460U, 4096U, 16'384U, 1'000'000U}) {
            codec c{{.role = receiver}};
            std::size_t direct_size = 0;
            EXPECT_EQ(receive_all(c, input, read_size, direct_size), expected) << read_size;
            EXPECT_EQ(direct_size > large.size(), read_size < 20'000) << read_size;
        }
    }
}

TEST(codec_memory, bad_text_read_directly_fails_at_its_octet) {
    std::string payload(40'000, 'a');
    payload[30'000] = '\xFF';
    codec c;
    std::size_t direct_size = 0;
    EXPECT_EQ(receive_all(c, wire(0x81, payload), 1460, direct_size), (decoded{{}, errc::invalid_utf8, 30'004}));
}

TEST(codec_memory, receive_space_keeps_frames_and_ends_with_the_frame) {
    codec c;
    std::vector<frame> frames;
    const std::string input = wire(0x01, "one ") + wire(0x80, "two") + octets({0x82, 126, 0x20, 0}) + "abc";
    ASSERT_TRUE(c.decode(as_bytes(input), frames).has_value());
    const byte_span space = c.receive_space();
    ASSERT_FALSE(space.empty());
    EXPECT_LE(space.size(), 0x2000U - 3);
    std::ranges::fill(space, std::byte{'x'});
    EXPECT_EQ(std::get<text>(frames.at(0)).payload, "one two");
    ASSERT_TRUE(c.decode_received(0, frames).has_value());
    EXPECT_TRUE(frames.empty());
    EXPECT_EQ(c.receive_space().size(), space.size());
}

TEST(codec_memory, receive_space_is_empty_between_messages_and_for_the_end_of_a_frame) {
    codec c;
    EXPECT_TRUE(c.receive_space().empty());
    ASSERT_EQ(decode_all(c, octets({0x82, 126, 0x20, 0}) + std::string(0x2000 - 10, 'x')), decoded{});
    EXPECT_TRUE(c.receive_space().empty());
    codec pieces{{.delivery = delivery::pieces}};
    ASSERT_EQ(decode_all(pieces, octets({0x82, 126, 0x20, 0})), decoded{});
    EXPECT_TRUE(pieces.receive_space().empty());
}

TEST(codec_memory, idle_codec_holds_no_heap) {
    for (const auto receiver : {role::client, role::server}) {
        const bool masked = receiver == role::server;
        codec c{{.role = receiver}};
        EXPECT_EQ(c.memory_size(), 0U);
        const std::string input = wire(0x82, std::string(5000, 'x'), masked);
        ASSERT_EQ(decode_all(c, input.substr(0, 3000)), decoded{});
        EXPECT_GT(c.memory_size(), 0U);
        EXPECT_EQ(decode_all(c, input.substr(3000)).frames.size(), 1U);
        EXPECT_GT(c.memory_size(), 0U) << "the frame views it";
        ASSERT_EQ(decode_all(c, ""), decoded{});
        ASSERT_EQ(decode_all(c, ""), decoded{});
        EXPECT_EQ(c.memory_size(), 0U);
    }
}

TEST(codec_memory, partly_received_control_frame_survives_release) {
    codec c;
    ASSERT_EQ(decode_all(c, wire(0x02, "data") + octets({0x89, 4}) + "pi"), decoded{});
    c.release_memory();
    EXPECT_EQ(decode_all(c, "ng" + wire(0x80, "")).frames.size(), 2U);
    c.release_memory();
    EXPECT_EQ(c.memory_size(), 0U);
}

TEST(codec_memory, memory_stays_in_proportion_to_what_was_received) {
    codec c{{.limits = {.max_frame_size = 1ULL << 40U, .max_message_size = 1ULL << 40U}}};
    ASSERT_EQ(decode_all(c, octets({0x82, 127, 0, 0, 0, 0xFF, 0, 0, 0, 0})), decoded{});
    std::size_t received_size = 0;
    for (int i = 0; i < 2000; ++i) {
        ASSERT_EQ(decode_all(c, std::string(100, 'x')), decoded{});
        received_size += 100;
        EXPECT_LE(c.receive_space().size(), received_size + 4096);
        EXPECT_LE(c.memory_size(), 2 * received_size + 6000);
    }
}

TEST(codec_memory, fragment_flood_is_cut_off_by_count) {
    codec c{{.limits = {.max_fragment_count = 100}}};
    std::string flood = wire(0x02, "");
    for (int i = 0; i < 1000; ++i) flood += wire(0x00, "");
    EXPECT_EQ(decode_all(c, flood), (decoded{{}, errc::too_many_fragments, 200}));
}

}  // namespace
}  // namespace mint::ws
