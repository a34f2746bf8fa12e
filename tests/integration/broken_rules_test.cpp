#include "conversation.hpp"
#include "servers.hpp"

#include <string>

#include <gtest/gtest.h>

namespace mint::test {
namespace {

struct broken_rule {
    const char* name;
    const char* octets;  ///< what the server sends, in hexadecimal
    errc code;
    int close_code;  ///< what our Close must say
};

/// A server that breaks a rule of RFC 6455 behind a good message.
class broken_rules : public testing::TestWithParam<broken_rule> {};

INSTANTIATE_TEST_SUITE_P(
    rules, broken_rules,
    testing::Values(broken_rule{"masked",
                                "818161626364"
                                "00",
                                errc::masked_server_frame, 1002},
                    broken_rule{"rsv1", "c10161", errc::reserved_bit_set, 1002},
                    broken_rule{"opcode_3", "830161", errc::reserved_opcode, 1002},
                    broken_rule{"opcode_b", "8b00", errc::reserved_opcode, 1002},
                    broken_rule{"length_not_minimal", "817e000161", errc::length_not_minimal, 1002},
                    broken_rule{"length_top_bit", "827f8000000000000000", errc::length_top_bit_set, 1002},
                    broken_rule{"frame_too_big", "827f0000000100000000", errc::frame_too_big, 1009},
                    broken_rule{"ping_fragmented", "0900", errc::control_frame_fragmented, 1002},
                    broken_rule{"ping_too_big", "897e007e", errc::control_frame_too_big, 1002},
                    broken_rule{"continuation_alone", "800161", errc::unexpected_continuation, 1002},
                    broken_rule{"message_in_message", "010161810162", errc::expected_continuation, 1002},
                    broken_rule{"bad_utf8", "8102c328", errc::invalid_utf8, 1007},
                    broken_rule{"surrogate", "8103eda080", errc::invalid_utf8, 1007},
                    broken_rule{"close_of_one_octet", "880103", errc::close_payload_too_short, 1002},
                    broken_rule{"close_code_1005", "880203ed", errc::close_code_not_allowed, 1002},
                    broken_rule{"close_code_1006", "880203ee", errc::close_code_not_allowed, 1002},
                    broken_rule{"close_code_999", "880203e7", errc::close_code_not_allowed, 1002},
                    broken_rule{"close_reason", "880403e8c328", errc::close_reason_not_utf8, 1007}),
    [](const auto& parameter) { return std::string{parameter.param.name}; });

TEST_P(broken_rules, end_the_conversation_behind_the_good_frames) {
    const auto rule = GetParam();
    auto c = conversation::open(node_server().port());
    c.send_text(std::string{"!raw 8104676f6f64"} + rule.octets);
    EXPECT_EQ(c.expect_text(), "good");
    const auto end = c.next();
    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().code, rule.code) << to_string(end.error());
    EXPECT_EQ(end.error().close_code(), rule.close_code);
    EXPECT_GE(end.error().offset, 6U);
    EXPECT_TRUE(c.socket().codec().has_failed());
}

TEST_P(broken_rules, are_answered_with_the_close_code_they_name) {
    const auto rule = GetParam();
    auto c = conversation::open(node_server().port());
    c.send_text(std::string{"!raw "} + rule.octets);
    const auto end = c.next();
    ASSERT_FALSE(end);
    buffer out;
    ASSERT_TRUE(c.socket().send(c.connection(), ws::close{ws::close_code{end.error().close_code()}, ""}, out));
    EXPECT_TRUE(c.connection().flush(long_enough));
    EXPECT_TRUE(c.socket().codec().is_close_sent());
}

TEST(server_faults, what_follows_a_close_is_dropped_and_counted) {
    auto c = conversation::open(node_server().port());
    c.send_text(
        "!raw-fin 880203e8"
        "8104676f6f64"
        "ffff");
    EXPECT_EQ(c.expect<ws::owned_close>().code, ws::close_code::normal);
    EXPECT_EQ(c.expect_end().code, errc::connection_closed);
    EXPECT_EQ(c.socket().codec().discarded_size(), 8U);
}

TEST(server_faults, bad_text_is_found_before_its_frame_is_complete) {
    auto c = conversation::open(node_server().port());
    c.send_text(
        "!raw 817e03e8"
        "61ff");  // 1000 octets announced, two sent, the second one bad
    const auto end = c.next();
    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().code, errc::invalid_utf8);
    EXPECT_EQ(end.error().offset, 5U);
}

TEST(server_faults, an_end_inside_of_a_frame_says_so) {
    auto c = conversation::open(node_server().port());
    c.send_text(
        "!raw-fin 810a"
        "6162");
    const auto end = c.next();
    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().code, errc::closed_without_close_frame);
    EXPECT_FALSE(end.error().detail.empty());
}

TEST(server_faults, a_message_over_its_limit_is_refused_before_it_is_held) {
    auto c = conversation::open(node_server().port(), {.create = {.limits = {.max_message_size = 1000}}});
    c.send_text("!send 1000");
    EXPECT_EQ(c.expect<ws::owned_binary>().payload.size(), 1000U);
    c.send_text("!send 1001");
    const auto end = c.next();
    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().code, errc::message_too_big);
    EXPECT_EQ(end.error().close_code(), 1009);
}

TEST(server_faults, a_flood_of_empty_fragments_is_cut_off) {
    auto c = conversation::open(node_server().port(), {.create = {.limits = {.max_fragment_count = 100}}});
    c.send_text("!fragments 101 0");
    const auto end = c.expect_end();
    EXPECT_EQ(end.code, errc::too_many_fragments);
}

}  // namespace
}  // namespace mint::test
