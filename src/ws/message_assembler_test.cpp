#include "support/every_split.hpp"
#include "support/frame_script.hpp"

#include <mint/ws/message_assembler.hpp>

#include <gtest/gtest.h>

namespace mint::ws {
namespace {

using testing::bytes_of;
using testing::decoded;
using testing::for_each_split;
using testing::masked_wire;
using testing::octets;
using testing::wire;

static_assert(std::is_nothrow_move_constructible_v<message_assembler>);
static_assert(std::is_nothrow_move_assignable_v<message_assembler>);

const std::string euro = "\xE2\x82\xAC";

/// What an assembler makes of the parts, each a batch of its own.
decoded assemble(message_assembler& assembler, role receiver, std::span<const byte_view> parts) {
    decoded result;
    frame_decoder decoder{receiver, ~std::uint64_t{0}};
    for (byte_view part : parts) {
        std::vector<frame> frames;
        assembler.begin_batch();
        while (!result.rule) {
            const auto chunk = decoder.next(part);
            if (!chunk.value()) break;
            if (const auto taken = assembler.take(**chunk, frames); !taken) {
                result.rule = taken.error().code;
                result.offset = taken.error().offset;
            }
        }
        testing::append_frames(result, frames);
        if (result.rule) break;
        assembler.end_batch(decoder.payload_left());
    }
    return result;
}

void expect_messages(const std::string& input, const decoded& expected, const assembler_options& options = {},
                     role receiver = role::client) {
    for_each_split(input, [&](std::span<const byte_view> parts) {
        message_assembler assembler{options};
        EXPECT_EQ(assemble(assembler, receiver, parts), expected);
    });
}

/// In pieces the split shows; joined up to each `fin`, it must not.
decoded joined(const decoded& pieces) {
    decoded result{{}, pieces.rule, pieces.offset};
    bool is_open = false;
    for (const owned_frame& piece : pieces.frames) {
        if (const auto* t = std::get_if<owned_text>(&piece)) {
            if (!is_open) result.frames.emplace_back(owned_text{});
            auto& whole = std::get<owned_text>(result.frames.back());
            whole.payload += t->payload;
            is_open = !t->fin;
            EXPECT_TRUE(t->fin || !t->payload.empty()) << "an empty piece says nothing";
        } else if (const auto* b = std::get_if<owned_binary>(&piece)) {
            if (!is_open) result.frames.emplace_back(owned_binary{});
            auto& whole = std::get<owned_binary>(result.frames.back());
            whole.payload.insert(whole.payload.end(), b->payload.begin(), b->payload.end());
            is_open = !b->fin;
        } else {
            result.frames.push_back(piece);
        }
    }
    return result;
}

owned_ping ping_of(std::string_view text) { return {bytes_of(text).payload}; }

TEST(message_assembler, gives_messages_whole_however_they_are_fragmented) {
    const std::string input = wire(0x01, "Hel") + wire(0x00, "") + wire(0x80, "lo") + wire(0x02, "") + wire(0x80, "") +
                              wire(0x82, "x") + wire(0x02, "ab") + wire(0x00, "cd") + wire(0x80, "ef");
    expect_messages(input, {{owned_text{"Hello"}, bytes_of(""), bytes_of("x"), bytes_of("abcdef")}});
}

TEST(message_assembler, unmasks_what_clients_send) {
    const std::string input = masked_wire(0x01, "Hel") + masked_wire(0x89, "ping") + masked_wire(0x80, "lo, world") +
                              masked_wire(0x82, "") + masked_wire(0x82, "binary") + masked_wire(0x88, "\x03\xE8why");
    expect_messages(input,
                    {{ping_of("ping"), owned_text{"Hello, world"}, bytes_of(""), bytes_of("binary"),
                      owned_close{close_code::normal, "why"}}},
                    {}, role::server);
}

TEST(message_assembler, control_frames_between_fragments_leave_the_message_alone) {
    const std::string input = wire(0x01, "one") + wire(0x89, "p1") + wire(0x00, "two") +
                              wire(0x8A, std::string(125, 'q')) + wire(0x89, "") + wire(0x80, "three");
    expect_messages(input, {{ping_of("p1"), owned_pong{bytes_of(std::string(125, 'q')).payload}, ping_of(""),
                             owned_text{"onetwothree"}}});
}

TEST(message_assembler, whole_message_in_one_chunk_views_it) {
    const std::string input = wire(0x81, "view me");
    message_assembler assembler;
    frame_decoder decoder;
    byte_view rest = as_bytes(input);
    std::vector<frame> frames;
    ASSERT_TRUE(assembler.take(decoder.next(rest).value().value(), frames).has_value());
    EXPECT_EQ(std::get<text>(frames.at(0)).payload.data(), input.data() + 2);
    EXPECT_EQ(assembler.memory_size(), 0U);
}

TEST(message_assembler, empty_text_and_empty_fragments_are_a_message) {
    expect_messages(wire(0x81, "") + wire(0x01, "") + wire(0x80, ""), {{owned_text{""}, owned_text{""}}});
}

TEST(message_assembler, pieces_are_the_message_in_order) {
    const std::string input = wire(0x01, "Hel") + wire(0x89, "p") + wire(0x00, "") + wire(0x80, "lo") + wire(0x82, "") +
                              wire(0x02, "ab") + wire(0x80, "");
    const decoded expected{{owned_text{"Hello"}, bytes_of(""), bytes_of("ab")}};
    for_each_split(input, [&](std::span<const byte_view> parts) {
        message_assembler assembler{{.delivery = delivery::pieces}};
        decoded pieces = assemble(assembler, role::client, parts);
        ASSERT_EQ(std::erase(pieces.frames, owned_frame{ping_of("p")}), 1U);
        EXPECT_EQ(joined(pieces), expected);
    });
}

TEST(message_assembler, pieces_of_clients_are_unmasked) {
    const std::string input = masked_wire(0x02, "fragmented and") + masked_wire(0x80, " masked");
    for_each_split(input, [&](std::span<const byte_view> parts) {
        message_assembler assembler{{.delivery = delivery::pieces}};
        EXPECT_EQ(joined(assemble(assembler, role::server, parts)), (decoded{{bytes_of("fragmented and masked")}}));
    });
}

TEST(message_assembler, pieces_of_any_message_take_no_memory) {
    message_assembler assembler{{.limits = {.max_message_size = 10}, .delivery = delivery::pieces}};
    frame_decoder decoder{role::client, ~std::uint64_t{0}};
    const std::string head = octets({0x82, 127, 0x10, 0, 0, 0, 0, 0, 0, 0});
    const std::string payload(100'000, 'x');
    std::vector<frame> frames;
    for (int i = 0; i < 10; ++i) {
        byte_view part = as_bytes(i == 0 ? head : payload);
        frames.clear();
        assembler.begin_batch();
        ASSERT_TRUE(assembler.take(decoder.next(part).value().value(), frames).has_value());
        if (i > 0) {
            EXPECT_EQ(std::get<binary>(frames.at(0)).payload.data(), as_bytes(payload).data());
            EXPECT_FALSE(std::get<binary>(frames.at(0)).fin);
        }
        EXPECT_EQ(assembler.memory_size(), 0U);
    }
}

TEST(message_assembler, finds_bad_utf8_at_its_octet_over_fragments_and_reads) {
    expect_messages(wire(0x81, "ok") + wire(0x81, "ab\xFFyz"), {{owned_text{"ok"}}, errc::invalid_utf8, 8});
    expect_messages(wire(0x01, "a\xE2\x82") + wire(0x89, "") + wire(0x00, "\x28zz"),
                    {{ping_of("")}, errc::invalid_utf8, 9});
    expect_messages(wire(0x01, "\xED") + wire(0x80, "\xA0\x80"), {{}, errc::invalid_utf8, 5});
    expect_messages(wire(0x01, "\xF4") + wire(0x00, "") + wire(0x80, "\x90\x80\x80"), {{}, errc::invalid_utf8, 7});
    expect_messages(wire(0x81, std::string(200, 'a') + "\xC0\x80"), {{}, errc::invalid_utf8, 204});
}

TEST(message_assembler, finds_bad_utf8_before_the_frame_ends) {
    message_assembler assembler;
    frame_decoder decoder;
    const std::string front = octets({0x01, 100}) + "abc\xFF";
    byte_view rest = as_bytes(front);
    std::vector<frame> frames;
    const auto taken = assembler.take(decoder.next(rest).value().value(), frames);
    ASSERT_FALSE(taken.has_value());
    EXPECT_EQ(taken.error().code, errc::invalid_utf8);
    EXPECT_EQ(taken.error().offset, 5U);
}

TEST(message_assembler, text_may_not_end_inside_a_character) {
    expect_messages(wire(0x81, "a\xE2\x82"), {{}, errc::invalid_utf8, 5});
    expect_messages(wire(0x01, "a\xE2\x82") + wire(0x80, ""), {{}, errc::invalid_utf8, 7});
    expect_messages(wire(0x01, "a\xE2\x82") + wire(0x80, "\xAC"), {{owned_text{"a" + euro}}});
}

TEST(message_assembler, masked_text_is_checked_unmasked) {
    expect_messages(masked_wire(0x81, euro + euro), {{owned_text{euro + euro}}}, {}, role::server);
    expect_messages(masked_wire(0x81, "ab\xFF"), {{}, errc::invalid_utf8, 8}, {}, role::server);
}

TEST(message_assembler, pieces_of_text_are_checked_over_all_of_it) {
    const std::string input = wire(0x01, "\xE2") + wire(0x80, "\x82\x28");
    for_each_split(input, [&](std::span<const byte_view> parts) {
        message_assembler assembler{{.delivery = delivery::pieces}};
        const decoded result = assemble(assembler, role::client, parts);
        EXPECT_EQ(result.rule, errc::invalid_utf8);
        EXPECT_EQ(result.offset, 6U);
    });
}

TEST(message_assembler, binary_may_hold_anything) {
    expect_messages(wire(0x02, "\xFF\xFE") + wire(0x80, "\xC0"), {{bytes_of("\xFF\xFE\xC0")}});
}

TEST(message_assembler, trusted_peers_go_unchecked) {
    expect_messages(wire(0x81, "\xFF"), {{owned_text{"\xFF"}}}, {.validate_utf8 = false});
    expect_messages(wire(0x88, "\x03\xE8\xFF"), {{owned_close{close_code::normal, "\xFF"}}}, {.validate_utf8 = false});
}

TEST(message_assembler, close_may_be_empty_or_have_a_code_and_a_reason) {
    expect_messages(wire(0x88, ""), {{owned_close{}}});
    expect_messages(wire(0x88, "\x03\xE8"), {{owned_close{close_code::normal, ""}}});
    expect_messages(wire(0x88, octets({0x0B, 0xB8}) + "gr\xC3\xBC\xC3\x9F"
                                                      "e"),
                    {{owned_close{close_code{3000},
                                  "gr\xC3\xBC\xC3\x9F"
                                  "e"}}});
}

TEST(message_assembler, rejects_a_close_of_one_octet) {
    expect_messages(wire(0x81, "a") + wire(0x88, "x"), {{owned_text{"a"}}, errc::close_payload_too_short, 3});
}

TEST(message_assembler, rejects_close_codes_that_may_not_be_on_the_wire) {
    for (const int code : {0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65'535}) {
        expect_messages(wire(0x81, "a") + wire(0x88, octets({code >> 8, code & 0xFF}) + "why\xFF"),
                        {{owned_text{"a"}}, errc::close_code_not_allowed, 3});
    }
}

TEST(message_assembler, rejects_close_reasons_that_are_not_utf8_at_their_octet) {
    expect_messages(wire(0x88,
                         "\x03\xE8"
                         "ab\xFFzz"),
                    {{}, errc::close_reason_not_utf8, 6});
    expect_messages(wire(0x88,
                         "\x03\xE8"
                         "ab\xC3"),
                    {{}, errc::close_reason_not_utf8, 7});
    expect_messages(masked_wire(0x88,
                                "\x03\xE8"
                                "ab\xFFzz"),
                    {{}, errc::close_reason_not_utf8, 10}, {}, role::server);
}

TEST(message_assembler, copy_goes_on_by_itself) {
    const std::string input = wire(0x01, "one ") + wire(0x80, "two");
    const std::string other = wire(0x80, "2");
    message_assembler original;
    frame_decoder decoder;
    std::vector<frame> frames;
    byte_view first = as_bytes(input).first(6);
    ASSERT_TRUE(original.take(decoder.next(first).value().value(), frames).has_value());
    message_assembler copy = original;
    frame_decoder copied_decoder = decoder;
    byte_view rest = as_bytes(input).subspan(6);
    ASSERT_TRUE(original.take(decoder.next(rest).value().value(), frames).has_value());
    byte_view other_rest = as_bytes(other);
    ASSERT_TRUE(copy.take(copied_decoder.next(other_rest).value().value(), frames).has_value());
    EXPECT_EQ(std::get<text>(frames.at(0)).payload, "one two");
    EXPECT_EQ(std::get<text>(frames.at(1)).payload, "one 2");
}

}  // namespace
}  // namespace mint::ws
