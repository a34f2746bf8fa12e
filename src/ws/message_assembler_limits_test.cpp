#include "support/frame_script.hpp"

#include <mint/ws/message_assembler.hpp>

#include <gtest/gtest.h>

namespace mint::ws {
namespace {

using testing::octets;
using testing::wire;

/// The rule that was broken, and where.
using broken_rule = std::pair<std::optional<errc>, std::uint64_t>;

broken_rule broken(const std::string& input, const websocket_limits& limits, delivery how = delivery::whole_messages) {
    message_assembler assembler{{.limits = limits, .delivery = how}};
    frame_decoder decoder{role::client, ~std::uint64_t{0}};
    std::vector<frame> frames;
    byte_view rest = as_bytes(input);
    while (const auto chunk = decoder.next(rest).value()) {
        if (const auto taken = assembler.take(*chunk, frames); !taken)
            return {taken.error().code, taken.error().offset};
    }
    return {std::nullopt, 0};
}

constexpr broken_rule nothing{std::nullopt, 0};

TEST(message_assembler_limits, message_of_exactly_the_limit_passes) {
    const websocket_limits limits{.max_message_size = 10};
    EXPECT_EQ(broken(wire(0x82, "0123456789"), limits), nothing);
    EXPECT_EQ(broken(wire(0x02, "01234") + wire(0x00, "56789") + wire(0x80, "") + wire(0x82, "0123456789"), limits),
              nothing);
}

TEST(message_assembler_limits, message_over_the_limit_fails_at_a_header) {
    const websocket_limits limits{.max_message_size = 10};
    EXPECT_EQ(broken(wire(0x82, "") + octets({0x82, 11}), limits), broken_rule(errc::message_too_big, 2));
    EXPECT_EQ(broken(wire(0x02, "01234") + octets({0x00, 6}), limits), broken_rule(errc::message_too_big, 7));
}

TEST(message_assembler_limits, sizes_announced_can_not_overflow) {
    const websocket_limits limits{.max_message_size = ~std::uint64_t{0}};
    const std::string largest = octets({0x02, 127, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF});
    EXPECT_EQ(broken(largest + "x", limits), nothing);
}

TEST(message_assembler_limits, message_size_does_not_count_for_pieces) {
    EXPECT_EQ(broken(wire(0x82, "0123456789"), {.max_message_size = 1}, delivery::pieces), nothing);
}

TEST(message_assembler_limits, fragments_are_counted_and_empty_ones_too) {
    const websocket_limits limits{.max_fragment_count = 3};
    const std::string three = wire(0x02, "") + wire(0x00, "") + wire(0x80, "");
    const std::string four = wire(0x02, "") + wire(0x00, "") + wire(0x89, "") + wire(0x00, "") + wire(0x80, "");
    for (const auto how : {delivery::whole_messages, delivery::pieces}) {
        EXPECT_EQ(broken(three + three, limits, how), nothing);
        EXPECT_EQ(broken(three + four, limits, how), broken_rule(errc::too_many_fragments, 6 + 8));
    }
}

TEST(message_assembler_limits, memory_follows_what_was_received_not_what_was_announced) {
    message_assembler assembler{{.limits = {.max_message_size = 1 << 30}}};
    frame_decoder decoder{role::client, 1 << 30};
    std::vector<frame> frames;
    const std::string input = octets({0x82, 127, 0, 0, 0, 0, 0x3F, 0, 0, 0}) + std::string(1000, 'x');
    byte_view rest = as_bytes(input);
    while (const auto chunk = decoder.next(rest).value()) ASSERT_TRUE(assembler.take(*chunk, frames).has_value());
    EXPECT_LT(assembler.memory_size(), 3000U);
    EXPECT_LE(assembler.payload_space(decoder.header(), decoder.payload_left()).size(), 4096U + 64);
    EXPECT_LT(assembler.memory_size(), 8000U);
}

TEST(message_assembler_limits, memory_for_one_frame_ends_where_the_frame_ends) {
    message_assembler assembler;
    frame_decoder decoder;
    std::vector<frame> frames;
    const std::string input = wire(0x82, std::string(100'000, 'x'));
    byte_view front = as_bytes(input).first(90'000);
    ASSERT_TRUE(assembler.take(decoder.next(front).value().value(), frames).has_value());
    const byte_span space = assembler.payload_space(decoder.header(), decoder.payload_left());
    EXPECT_EQ(space.size(), 100'000 + 10 - 90'000U);
    EXPECT_LT(assembler.memory_size(), 101'000U);
}

}  // namespace
}  // namespace mint::ws
