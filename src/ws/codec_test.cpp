#include "support/every_split.hpp"
#include "support/frame_script.hpp"

#include <mint/ws/codec.hpp>

#include <algorithm>
#include <type_traits>

#include <gtest/gtest.h>

namespace mint::ws {
namespace {

using testing::bytes_of;
using testing::decode_all;
using testing::decode_parts;
using testing::decoded;
using testing::for_each_split;
using testing::masked_wire;
using testing::octets;
using testing::wire;

static_assert(std::is_copy_constructible_v<codec> && std::is_copy_assignable_v<codec>);
static_assert(std::is_nothrow_move_constructible_v<codec> && std::is_nothrow_move_assignable_v<codec>);
static_assert(sizeof(codec) <= 256, "a program may hold very many of them");

TEST(codec, what_one_role_encodes_the_other_decodes_in_any_split) {
    const std::string large(3000, 'L');
    const std::vector<owned_frame> sent = {owned_text{"hello \xE2\x82\xAC"},
                                           bytes_of(""),
                                           owned_ping{bytes_of("p").payload},
                                           bytes_of(large),
                                           owned_pong{},
                                           owned_text{""},
                                           owned_close{close_code::normal, "bye"}};
    for (const auto sender : {role::client, role::server}) {
        codec from{{.role = sender}};
        buffer out;
        for (const owned_frame& f : sent) ASSERT_TRUE(from.encode(view_of(f), out).has_value());
        for_each_split(out.text(), [&](std::span<const byte_view> parts) {
            codec to{{.role = sender == role::client ? role::server : role::client}};
            EXPECT_EQ(decode_parts(to, parts), decoded{sent});
            EXPECT_EQ(to.received_size(), out.size());
        });
    }
}

TEST(codec, fragments_sent_arrive_as_one_message_with_control_frames_between) {
    for (const auto sender : {role::client, role::server}) {
        codec from{{.role = sender}};
        buffer out;
        ASSERT_TRUE(from.encode(text{"one ", false}, out).has_value());
        ASSERT_TRUE(from.encode(ping{as_bytes("now")}, out).has_value());
        ASSERT_TRUE(from.encode(text{"", false}, out).has_value());
        ASSERT_TRUE(from.encode(text{"two"}, out).has_value());
        for_each_split(out.text(), [&](std::span<const byte_view> parts) {
            codec to{{.role = sender == role::client ? role::server : role::client}};
            EXPECT_EQ(decode_parts(to, parts), (decoded{{owned_ping{bytes_of("now").payload}, owned_text{"one two"}}}));
        });
    }
}

TEST(codec, gives_the_good_frames_before_an_error_and_then_repeats_it) {
    const std::string input = wire(0x81, "good") + wire(0x8A, "") + wire(0x83, "bad") + wire(0x81, "late");
    for_each_split(input, [&](std::span<const byte_view> parts) {
        codec c;
        EXPECT_EQ(decode_parts(c, parts), (decoded{{owned_text{"good"}, owned_pong{}}, errc::reserved_opcode, 8}));
        EXPECT_TRUE(c.has_failed());
        EXPECT_EQ(decode_all(c, wire(0x81, "more")), (decoded{{}, errc::reserved_opcode, 8}));
        EXPECT_TRUE(c.receive_space().empty());
        EXPECT_EQ(c.memory_size(), 0U);
    });
}

TEST(codec, reports_bad_text_after_good_text_in_the_same_input) {
    const std::string input = wire(0x81, "fine") + wire(0x81, "ab\xC3(") + wire(0x81, "late");
    for_each_split(input, [&](std::span<const byte_view> parts) {
        codec c;
        EXPECT_EQ(decode_parts(c, parts), (decoded{{owned_text{"fine"}}, errc::invalid_utf8, 11}));
    });
}

TEST(codec, error_names_the_close_code_to_send) {
    const auto code_for = [](const std::string& input, const websocket_limits& limits) {
        codec c{{.limits = limits}};
        std::vector<frame> frames;
        return c.decode(as_bytes(input), frames).error().close_code();
    };
    EXPECT_EQ(code_for(wire(0x83, ""), {}), 1002);
    EXPECT_EQ(code_for(wire(0x81, "\xFF"), {}), 1007);
    EXPECT_EQ(code_for(wire(0x82, "too big"), {.max_message_size = 3}), 1009);
}

TEST(codec, repeats_the_limit_that_was_passed) {
    codec c{{.limits = {.max_message_size = 3}}};
    std::vector<frame> frames;
    const std::string input = wire(0x82, "too big");
    EXPECT_EQ(c.decode(as_bytes(input), frames).error().detail, "max_message_size is 3");
    EXPECT_EQ(c.decode(as_bytes(input), frames).error().detail, "max_message_size is 3");
}

TEST(codec, drops_and_counts_what_comes_after_a_close) {
    const std::string late = wire(0x81, "late") + octets({0xFF, 0xFF});
    for_each_split(wire(0x81, "a") + wire(0x88, "\x03\xE8") + late, [&](std::span<const byte_view> parts) {
        codec c;
        EXPECT_EQ(decode_parts(c, parts), (decoded{{owned_text{"a"}, owned_close{close_code::normal, ""}}}));
        EXPECT_TRUE(c.is_close_received());
        EXPECT_FALSE(c.has_failed());
        EXPECT_EQ(c.discarded_size(), late.size());
        EXPECT_EQ(c.received_size(), 7U);
        EXPECT_TRUE(c.end_of_input().has_value());
    });
}

TEST(codec, unfragmented_message_in_the_input_is_not_copied) {
    const std::string input = wire(0x82, std::string(1000, 'x')) + wire(0x81, "text") + wire(0x89, "ping");
    codec c;
    std::vector<frame> frames;
    ASSERT_TRUE(c.decode(as_bytes(input), frames).has_value());
    ASSERT_EQ(frames.size(), 3U);
    EXPECT_EQ(std::get<binary>(frames[0]).payload.data(), as_bytes(input).data() + 4);
    EXPECT_EQ(std::get<text>(frames[1]).payload.data(), input.data() + 1006);
    EXPECT_EQ(std::get<ping>(frames[2]).payload.data(), as_bytes(input).data() + 1012);
    EXPECT_EQ(c.memory_size(), 0U);
}

TEST(codec, frames_of_one_decode_stay_valid_until_the_next) {
    std::string input;
    for (int i = 0; i < 200; ++i) {
        input += masked_wire(0x02, std::string(static_cast<std::size_t>(i), 'a')) +
                 masked_wire(0x89, "p" + std::to_string(i)) +
                 masked_wire(0x80, std::string(static_cast<std::size_t>(i), 'b')) +
                 masked_wire(0x81, std::to_string(i));
    }
    const byte_view whole = as_bytes(input);
    codec server{{.role = role::server}};
    for (const byte_view part : {whole.first(10'000), whole.subspan(10'000)}) {
        std::vector<frame> frames;
        ASSERT_TRUE(server.decode(part, frames).has_value());
        ASSERT_FALSE(server.receive_space().size() > part.size());
        std::vector<owned_frame> seen;
        for (const frame& f : frames) seen.push_back(to_owned(f));
        codec other{{.role = role::server}};
        const decoded expected = decode_parts(other, std::array{whole});
        const auto begin = part.data() == whole.data()
                               ? expected.frames.begin()
                               : expected.frames.end() - static_cast<std::ptrdiff_t>(seen.size());
        EXPECT_TRUE(std::equal(seen.begin(), seen.end(), begin));
    }
}

TEST(codec, server_leaves_its_input_alone) {
    const std::string input = masked_wire(0x81, "masked") + masked_wire(0x01, "fragment");
    const std::string before = input;
    codec server{{.role = role::server}};
    EXPECT_EQ(decode_all(server, input), (decoded{{owned_text{"masked"}}}));
    EXPECT_EQ(input, before);
}

TEST(codec, copy_is_an_independent_fork) {
    codec original;
    const std::string front = wire(0x01, "one ") + octets({0x80, 3}) + "tw";
    ASSERT_EQ(decode_all(original, front), decoded{});
    buffer out;
    ASSERT_TRUE(original.encode(text{"sent ", false}, out).has_value());

    codec copy = original;
    EXPECT_EQ(decode_all(copy, "i"), (decoded{{owned_text{"one twi"}}}));
    EXPECT_EQ(decode_all(original, "o"), (decoded{{owned_text{"one two"}}}));
    ASSERT_TRUE(copy.encode(text{"end"}, out).has_value());
    EXPECT_TRUE(original.is_message_open());
    EXPECT_FALSE(copy.is_message_open());

    codec assigned;
    assigned = original;
    codec moved = std::move(assigned);
    EXPECT_TRUE(moved.is_message_open());
}

TEST(codec, frames_outlive_a_copy_of_their_codec) {
    codec original;
    const std::string input = wire(0x01, "one ") + wire(0x80, "two") + wire(0x01, "open");
    std::vector<frame> frames;
    ASSERT_TRUE(original.decode(as_bytes(input), frames).has_value());
    { const codec copy = original; }
    EXPECT_EQ(std::get<text>(frames.at(0)).payload, "one two");
}

TEST(codec, end_of_input_without_a_close_says_what_was_cut) {
    const auto detail_after = [](const std::string& input) {
        codec c;
        std::vector<frame> frames;
        EXPECT_TRUE(c.decode(as_bytes(input), frames).has_value());
        const auto end = c.end_of_input();
        EXPECT_EQ(end.error().code, errc::closed_without_close_frame);
        EXPECT_EQ(end.error().offset, input.size());
        return end.error().detail;
    };
    EXPECT_EQ(detail_after(""), "");
    EXPECT_EQ(detail_after(wire(0x81, "a")), "");
    EXPECT_EQ(detail_after(wire(0x81, "abc").substr(0, 1)), "inside a frame");
    EXPECT_EQ(detail_after(wire(0x81, "abc").substr(0, 2)), "inside a message: 0 bytes of it had come");
    EXPECT_EQ(detail_after(wire(0x81, "abc").substr(0, 3)), "inside a message: 1 byte of it had come");
    EXPECT_EQ(detail_after(wire(0x01, "abc")), "inside a message: 3 bytes of it had come");
    EXPECT_EQ(detail_after(wire(0x01, "abc") + wire(0x00, "de")), "inside a message: 5 bytes of it had come");
    EXPECT_EQ(detail_after(wire(0x01, "abc") + wire(0x80, "defg").substr(0, 4)),
              "inside a message: 5 bytes of it had come");
    EXPECT_EQ(detail_after(wire(0x01, "abc") + wire(0x89, "ping").substr(0, 4)),
              "inside a message: 3 bytes of it had come");
    EXPECT_EQ(detail_after(wire(0x01, "abc") + wire(0x80, "de") + wire(0x89, "ping").substr(0, 4)), "inside a frame");
    EXPECT_EQ(detail_after(wire(0x01, "abc") + wire(0x80, "de") + wire(0x81, "fgh").substr(0, 4)),
              "inside a message: 2 bytes of it had come");
}

TEST(codec, end_of_input_after_a_failure_repeats_the_failure) {
    codec c;
    std::vector<frame> frames;
    ASSERT_FALSE(c.decode(as_bytes(octets({0x83})), frames).has_value());
    EXPECT_EQ(c.end_of_input().error().code, errc::reserved_opcode);
}

TEST(codec, pieces_come_as_they_arrive_and_the_last_one_has_fin) {
    codec c{{.delivery = delivery::pieces}};
    EXPECT_EQ(decode_all(c, octets({0x81, 6}) + "ab"), (decoded{{owned_text{"ab", false}}}));
    EXPECT_EQ(decode_all(c, "cdef" + wire(0x02, "x")),
              (decoded{{owned_text{"cdef", true}, owned_binary{bytes_of("x").payload, false}}}));
    EXPECT_EQ(decode_all(c, wire(0x80, "")), (decoded{{owned_binary{{}, true}}}));
    EXPECT_EQ(c.memory_size(), 0U);
}

TEST(codec, frame_limit_counts_for_every_frame) {
    codec c{{.limits = {.max_frame_size = 3}}};
    EXPECT_EQ(decode_all(c, wire(0x81, "abc") + wire(0x81, "abcd")),
              (decoded{{owned_text{"abc"}}, errc::frame_too_big, 5}));
}

TEST(codec, encodes_into_a_buffer_of_its_own) {
    codec server{{.role = role::server}};
    EXPECT_EQ(server.encode(frame{text{"Hello"}})->text(), wire(0x81, "Hello"));
    EXPECT_EQ(server.encode(frame{text{"\xFF"}}).error().code, errc::invalid_text);
}

TEST(codec, encode_leaves_decoded_frames_valid) {
    codec c;
    std::vector<frame> frames;
    ASSERT_EQ(decode_all(c, wire(0x01, "one ")), decoded{});
    const std::string rest = wire(0x80, "two");
    ASSERT_TRUE(c.decode(as_bytes(rest), frames).has_value());
    buffer out;
    ASSERT_TRUE(c.encode(frames.at(0), out).has_value());
    EXPECT_EQ(std::get<text>(frames.at(0)).payload, "one two");
}

}  // namespace
}  // namespace mint::ws
