#include "support/frame_script.hpp"

#include <mint/ws/frame_encoder.hpp>

#include <set>

#include <gtest/gtest.h>

namespace mint::ws {
namespace {

using testing::fixed_random;
using testing::octets;
using testing::wire;

const std::string euro_sign = "\xE2\x82\xAC";

std::string encoded(frame_encoder& encoder, const frame& f) {
    buffer out;
    const auto outcome = encoder.encode(f, out);
    EXPECT_TRUE(outcome.has_value());
    return std::string{out.text()};
}

void expect_refused(frame_encoder encoder, const frame& f, errc rule) {
    buffer out;
    out.append("before");
    const bool was_open = encoder.is_message_open();
    const auto outcome = encoder.encode(f, out);
    ASSERT_FALSE(outcome.has_value());
    EXPECT_EQ(outcome.error().code, rule);
    EXPECT_EQ(out.text(), "before");
    EXPECT_EQ(encoder.is_message_open(), was_open);
}

TEST(frame_encoder, writes_the_examples_of_rfc_6455_5_7) {
    frame_encoder server{role::server};
    fixed_random random{{0x37, 0xFA, 0x21, 0x3D}};
    frame_encoder client{role::client, &random};
    EXPECT_EQ(encoded(server, text{"Hello"}), octets({0x81, 0x05, 0x48, 0x65, 0x6C, 0x6C, 0x6F}));
    EXPECT_EQ(encoded(client, text{"Hello"}),
              octets({0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58}));
    EXPECT_EQ(encoded(server, text{"Hel", false}), octets({0x01, 0x03, 0x48, 0x65, 0x6C}));
    EXPECT_EQ(encoded(server, text{"lo"}), octets({0x80, 0x02, 0x6C, 0x6F}));
    EXPECT_EQ(encoded(server, ping{as_bytes("Hello")}), octets({0x89, 0x05, 0x48, 0x65, 0x6C, 0x6C, 0x6F}));
    EXPECT_EQ(encoded(client, pong{as_bytes("Hello")}),
              octets({0x8A, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58}));
    const std::string large(65'536, 'x');
    EXPECT_EQ(encoded(server, binary{as_bytes(large).first(256)}),
              octets({0x82, 0x7E, 0x01, 0x00}) + large.substr(0, 256));
    EXPECT_EQ(encoded(server, binary{as_bytes(large)}), octets({0x82, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0}) + large);
}

TEST(frame_encoder, uses_the_shortest_length) {
    frame_encoder server{role::server};
    for (const std::size_t size : {0U, 1U, 125U, 126U, 127U, 65'535U, 65'536U, 65'537U}) {
        const std::string payload(size, 'x');
        EXPECT_EQ(encoded(server, binary{as_bytes(payload)}), wire(0x82, payload)) << size;
    }
}

TEST(frame_encoder, masks_every_kind_of_frame) {
    fixed_random random{{0x37, 0xFA, 0x21, 0x3D}};
    frame_encoder client{role::client, &random};
    EXPECT_EQ(encoded(client, text{""}), wire(0x81, "", true));
    EXPECT_EQ(encoded(client, binary{as_bytes("ab"), false}), wire(0x02, "ab", true));
    EXPECT_EQ(encoded(client, ping{}), wire(0x89, "", true));
    EXPECT_EQ(encoded(client, pong{as_bytes("p")}), wire(0x8A, "p", true));
    EXPECT_EQ(encoded(client, binary{}), wire(0x80, "", true));
    EXPECT_EQ(encoded(client, close{close_code::normal, "bye"}), wire(0x88,
                                                                      "\x03\xE8"
                                                                      "bye",
                                                                      true));
}

TEST(frame_encoder, takes_a_fresh_key_for_each_frame) {
    frame_encoder client;
    std::set<std::string> keys;
    for (int i = 0; i < 200; ++i)
        keys.insert(encoded(client, i % 2 == 0 ? frame{text{"a"}} : frame{ping{}}).substr(2, 4));
    EXPECT_GE(keys.size(), 199U);
}

TEST(frame_encoder, appends_and_leaves_the_callers_payload_alone) {
    frame_encoder client;
    const std::string payload(1000, 'p');
    std::string memory = payload;
    buffer out;
    ASSERT_TRUE(client.encode(binary{as_bytes(memory)}, out).has_value());
    ASSERT_TRUE(client.encode(text{memory}, out).has_value());
    EXPECT_EQ(memory, payload);
    EXPECT_EQ(out.size(), 2 * (1000U + 8));
}

TEST(frame_encoder, close_without_a_code_is_empty) {
    frame_encoder server{role::server};
    EXPECT_EQ(encoded(server, close{}), octets({0x88, 0}));
    EXPECT_TRUE(server.is_close_sent());
}

TEST(frame_encoder, only_the_first_fragment_has_the_opcode) {
    frame_encoder server{role::server};
    EXPECT_EQ(encoded(server, binary{as_bytes("a"), false}), wire(0x02, "a"));
    EXPECT_TRUE(server.is_message_open());
    EXPECT_EQ(encoded(server, ping{as_bytes("p")}), wire(0x89, "p"));
    EXPECT_EQ(encoded(server, binary{as_bytes("b"), false}), wire(0x00, "b"));
    EXPECT_EQ(encoded(server, binary{{}, true}), wire(0x80, ""));
    EXPECT_FALSE(server.is_message_open());
    EXPECT_EQ(encoded(server, text{"t"}), wire(0x81, "t"));
}

TEST(frame_encoder, refuses_the_other_kind_inside_a_message) {
    frame_encoder encoder;
    ASSERT_FALSE(encoded(encoder, text{"a", false}).empty());
    expect_refused(encoder, binary{}, errc::message_type_mismatch);
    frame_encoder other;
    ASSERT_FALSE(encoded(other, binary{{}, false}).empty());
    expect_refused(other, text{"a"}, errc::message_type_mismatch);
    expect_refused(other, text{"a", false}, errc::message_type_mismatch);
}

TEST(frame_encoder, refuses_text_that_is_not_utf8) {
    expect_refused(frame_encoder{}, text{"a\xFF"}, errc::invalid_text);
    expect_refused(frame_encoder{}, text{"a\xE2\x82"}, errc::invalid_text);
    expect_refused(frame_encoder{}, text{"\xC0", false}, errc::invalid_text);
}

TEST(frame_encoder, checks_text_over_all_pieces_of_a_message) {
    frame_encoder encoder;
    ASSERT_FALSE(encoded(encoder, text{euro_sign.substr(0, 1), false}).empty());
    expect_refused(encoder, text{"a", false}, errc::invalid_text);
    expect_refused(encoder, text{euro_sign.substr(1, 1), true}, errc::invalid_text);
    ASSERT_FALSE(encoded(encoder, text{euro_sign.substr(1, 1), false}).empty());
    ASSERT_FALSE(encoded(encoder, text{euro_sign.substr(2), true}).empty());
    EXPECT_FALSE(encoder.is_message_open());
    ASSERT_FALSE(encoded(encoder, text{"next", false}).empty());
}

TEST(frame_encoder, refuses_control_payloads_over_125_octets) {
    const std::string payload(126, 'x');
    expect_refused(frame_encoder{}, ping{as_bytes(payload)}, errc::control_payload_too_big);
    expect_refused(frame_encoder{}, pong{as_bytes(payload)}, errc::control_payload_too_big);
    expect_refused(frame_encoder{}, close{close_code::normal, std::string_view{payload}.substr(2)},
                   errc::control_payload_too_big);
    frame_encoder server{role::server};
    EXPECT_EQ(encoded(server, ping{as_bytes(payload).first(125)}).size(), 127U);
}

TEST(frame_encoder, refuses_closes_that_break_a_rule) {
    expect_refused(frame_encoder{}, close{close_code::abnormal_closure, ""}, errc::invalid_close_code);
    expect_refused(frame_encoder{}, close{close_code::normal, "\xFF"}, errc::invalid_close_reason);
    expect_refused(frame_encoder{}, close{std::nullopt, "why"}, errc::invalid_close_reason);
}

TEST(frame_encoder, refuses_everything_after_a_close) {
    frame_encoder encoder;
    ASSERT_FALSE(encoded(encoder, text{"open", false}).empty());
    ASSERT_FALSE(encoded(encoder, close{}).empty());
    for (const frame& f : {frame{text{""}}, frame{binary{}}, frame{ping{}}, frame{pong{}}, frame{close{}}}) {
        expect_refused(encoder, f, errc::data_after_close);
    }
}

}  // namespace
}  // namespace mint::ws
