#include "support/every_split.hpp"
#include "support/frame_script.hpp"

#include <mint/ws/frame_decoder.hpp>

#include <type_traits>

#include <gtest/gtest.h>

namespace mint::ws {
namespace {

using testing::for_each_split;
using testing::masked_wire;
using testing::octets;
using testing::wire;

static_assert(std::is_trivially_copyable_v<frame_decoder>);

struct raw_frame {
    opcode code;
    bool fin;
    std::string payload;
    friend bool operator==(const raw_frame&, const raw_frame&) = default;
};

struct outcome {
    std::vector<raw_frame> frames = {};  // whole ones
    std::optional<errc> rule = std::nullopt;
    std::uint64_t offset = 0;
    friend bool operator==(const outcome&, const outcome&) = default;
};

outcome decode(frame_decoder decoder, std::span<const byte_view> parts) {
    outcome result;
    std::string payload;
    for (byte_view part : parts) {
        const byte_view whole_part = part;
        while (true) {
            const auto chunk = decoder.next(part);
            if (!chunk) {
                result.rule = chunk.error().code;
                result.offset = chunk.error().offset;
                byte_view more = whole_part;
                EXPECT_EQ(decoder.next(more).error().code, *result.rule) << "stays failed";
                EXPECT_EQ(decoder.next(more).error().offset, result.offset);
                return result;
            }
            if (!*chunk) break;
            const frame_chunk& c = **chunk;
            EXPECT_EQ(c.position, payload.size());
            if (!c.payload.empty()) {
                EXPECT_GE(c.payload.data(), whole_part.data()) << "views its input";
                EXPECT_LE(c.payload.data() + c.payload.size(), whole_part.data() + whole_part.size());
            }
            payload += as_text(c.payload);
            if (!c.is_last()) continue;
            result.frames.push_back({c.header.code, c.header.fin, std::exchange(payload, {})});
        }
        EXPECT_TRUE(part.empty());
    }
    return result;
}

void expect(const std::string& input, const outcome& expected, const frame_decoder& decoder = frame_decoder{}) {
    for_each_split(as_bytes(input),
                   [&](std::span<const byte_view> parts) { EXPECT_EQ(decode(decoder, parts), expected); });
}

TEST(frame_decoder, gives_frames_of_any_split) {
    expect(
        wire(0x81, "hello") + wire(0x89, "") + wire(0x02, "a") + wire(0x8A, "pong") + wire(0x00, "") + wire(0x80, "b"),
        {{{opcode::text, true, "hello"},
          {opcode::ping, true, ""},
          {opcode::binary, false, "a"},
          {opcode::pong, true, "pong"},
          {opcode::continuation, false, ""},
          {opcode::continuation, true, "b"}}});
}

TEST(frame_decoder, gives_frames_of_every_length_form) {
    const std::string middle(300, 'm');
    const std::string large(70'000, 'l');
    expect(wire(0x82, middle) + wire(0x82, "s"), {{{opcode::binary, true, middle}, {opcode::binary, true, "s"}}});
    const std::string input = wire(0x82, large);
    const byte_view whole = as_bytes(input);
    for (const std::size_t cut : {1U, 2U, 9U, 10U, 11U, 40'000U}) {
        EXPECT_EQ(decode(frame_decoder{}, std::array{whole.first(cut), whole.subspan(cut)}),
                  (outcome{{{opcode::binary, true, large}}}));
    }
}

TEST(frame_decoder, leaves_payloads_of_clients_masked) {
    const std::string input = masked_wire(0x82, "abcdef");
    frame_decoder decoder{role::server};
    byte_view rest = as_bytes(input);
    const auto chunk = decoder.next(rest);
    ASSERT_TRUE(chunk.has_value() && chunk->has_value());
    EXPECT_EQ(as_text((*chunk)->payload), input.substr(6));
    EXPECT_TRUE((*chunk)->header.masked);
}

TEST(frame_decoder, tells_where_frames_and_payloads_stand) {
    const std::string input = wire(0x82, "abc") + wire(0x82, "defg");
    frame_decoder decoder;
    byte_view front = as_bytes(input).first(9);
    ASSERT_TRUE(decoder.next(front).value().has_value());
    const auto second = decoder.next(front).value().value();
    EXPECT_EQ(second.frame_offset, 5U);
    EXPECT_EQ(second.payload_offset(), 7U);
    EXPECT_EQ(decoder.payload_left(), 2U);
    byte_view rest = as_bytes(input).subspan(9);
    const auto third = decoder.next(rest).value().value();
    EXPECT_FALSE(third.is_first);
    EXPECT_TRUE(third.is_last());
    EXPECT_EQ(third.payload_offset(), 9U);
    EXPECT_EQ(decoder.received_size(), input.size());
    EXPECT_TRUE(decoder.is_between_messages());
}

TEST(frame_decoder, announces_a_frame_as_soon_as_its_header_is_there) {
    const std::string head = octets({0x82, 5});
    frame_decoder decoder;
    byte_view rest = as_bytes(head);
    const auto chunk = decoder.next(rest).value().value();
    EXPECT_TRUE(chunk.is_first);
    EXPECT_FALSE(chunk.is_last());
    EXPECT_EQ(decoder.payload_left(), 5U);
    EXPECT_FALSE(decoder.next(rest).value().has_value());
}

TEST(frame_decoder, copy_is_a_fork) {
    const std::string input = wire(0x82, "abcd");
    frame_decoder original;
    byte_view front = as_bytes(input).first(4);
    ASSERT_TRUE(original.next(front).value().has_value());
    frame_decoder copy = original;
    byte_view rest = as_bytes(input).subspan(4);
    ASSERT_TRUE(copy.next(rest).value().has_value());
    EXPECT_EQ(copy.payload_left(), 0U);
    EXPECT_EQ(original.payload_left(), 2U);
    EXPECT_NE(copy, original);
}

TEST(frame_decoder, rejects_masked_frame_from_server) {
    expect(wire(0x81, "ok") + masked_wire(0x81, "no"), {{{opcode::text, true, "ok"}}, errc::masked_server_frame, 4});
}

TEST(frame_decoder, rejects_unmasked_frame_from_client) {
    expect(masked_wire(0x81, "") + wire(0x81, "no"), {{{opcode::text, true, ""}}, errc::unmasked_client_frame, 6},
           frame_decoder{role::server});
}

TEST(frame_decoder, rejects_reserved_bits_without_an_extension) {
    for (const int rsv : {0x10, 0x20, 0x40}) {
        expect(wire(0x8A, "x") + wire(0x81 | rsv, "no"), {{{opcode::pong, true, "x"}}, errc::reserved_bit_set, 3});
    }
}

TEST(frame_decoder, takes_allowed_reserved_bits_in_the_first_frame_of_a_message_only) {
    const frame_decoder decoder{role::client, 1000, rsv1};
    expect(wire(0x41, "a") + wire(0x80, "b"), {{{opcode::text, false, "a"}, {opcode::continuation, true, "b"}}},
           decoder);
    expect(wire(0x41, "a") + wire(0xC0, "b"), {{{opcode::text, false, "a"}}, errc::reserved_bit_set, 3}, decoder);
    expect(wire(0xC9, ""), {{}, errc::reserved_bit_set, 0}, decoder);
}

TEST(frame_decoder, an_error_says_that_http_may_have_come_in_place_of_a_frame) {
    const std::string pong = wire(0x8A, "x");
    const std::string texts[] = {"HTTP/1.1 400 Bad Request\r\n\r\n", pong + "HTTP/1.1 400", "<html>"};
    for (const role receiver : {role::client, role::server}) {
        for (const std::string& text : texts) {
            if (receiver == role::server && text.starts_with(pong)) continue;
            for_each_split(text, [&](std::span<const byte_view> parts) {
                frame_decoder decoder{receiver, 1000};
                std::string detail;
                for (byte_view part : parts) {
                    auto chunk = decoder.next(part);
                    while (chunk && *chunk) chunk = decoder.next(part);
                    if (!chunk) detail = chunk.error().detail;
                }
                EXPECT_NE(detail.find("HTTP"), std::string::npos) << text;
                byte_view more = parts.back();
                EXPECT_EQ(to_string(decoder.next(more).error()).find('\n'), std::string::npos);
            });
        }
    }
    frame_decoder decoder{role::server, 1000};
    byte_view get = as_bytes("GET / HTTP/1.1\r\n");
    EXPECT_NE(decoder.next(get).error().detail.find("HTTP"), std::string::npos);
    frame_decoder other{role::client, 1000};
    byte_view reserved = as_bytes("\xC1");
    EXPECT_EQ(other.next(reserved).error().detail, "");
}

TEST(frame_decoder, rejects_reserved_opcodes) {
    for (const int code : {0x3, 0x7, 0xB, 0xF}) expect(wire(0x80 | code, "no"), {{}, errc::reserved_opcode, 0});
}

TEST(frame_decoder, rejects_fragmented_and_oversized_control_frames) {
    for (const int code : {0x8, 0x9, 0xA}) {
        expect(wire(code, "no"), {{}, errc::control_frame_fragmented, 0});
        expect(wire(0x80 | code, std::string(126, 'x')), {{}, errc::control_frame_too_big, 0});
    }
}

TEST(frame_decoder, rejects_lengths_that_are_not_minimal) {
    expect(wire(0x82, "") + octets({0x82, 126, 0, 125}), {{{opcode::binary, true, ""}}, errc::length_not_minimal, 2});
    expect(octets({0x82, 127, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF}), {{}, errc::length_not_minimal, 0});
}

TEST(frame_decoder, rejects_lengths_with_their_top_bit_set) {
    expect(octets({0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 1}), {{}, errc::length_top_bit_set, 0});
}

TEST(frame_decoder, rejects_a_continuation_without_a_message) {
    expect(wire(0x80, "no"), {{}, errc::unexpected_continuation, 0});
    expect(wire(0x00, "no"), {{}, errc::unexpected_continuation, 0});
    expect(wire(0x82, "") + wire(0x89, "") + wire(0x80, ""),
           {{{opcode::binary, true, ""}, {opcode::ping, true, ""}}, errc::unexpected_continuation, 4});
}

TEST(frame_decoder, rejects_a_new_message_inside_an_unfinished_one) {
    for (const int first : {0x81, 0x01, 0x82, 0x02}) {
        expect(wire(0x02, "a") + wire(0x8A, "") + wire(first, "no"),
               {{{opcode::binary, false, "a"}, {opcode::pong, true, ""}}, errc::expected_continuation, 5});
    }
}

TEST(frame_decoder, reports_what_the_first_octet_breaks_before_what_follows) {
    expect(octets({0xC0, 0xFF, 0xFF}), {{}, errc::reserved_bit_set, 0});
    expect(octets({0x80, 0xFF, 0xFF}), {{}, errc::unexpected_continuation, 0});
    expect(octets({0x0B, 0xFF, 0xFF}), {{}, errc::reserved_opcode, 0});
}

TEST(frame_decoder, goes_on_failing_with_the_same_error_whatever_comes) {
    frame_decoder decoder;
    const std::string bad = octets({0x83});
    byte_view rest = as_bytes(bad);
    ASSERT_FALSE(decoder.next(rest).has_value());
    const std::string good = wire(0x81, "good");
    for (int i = 0; i < 3; ++i) {
        byte_view more = as_bytes(good);
        EXPECT_EQ(decoder.next(more).error().code, errc::reserved_opcode);
    }
}

}  // namespace
}  // namespace mint::ws
