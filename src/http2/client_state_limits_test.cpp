#include "support/http2_talk.hpp"

#include <mint/http2/client_machine.hpp>

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace mint::http2 {
namespace {

using mint::testing::h2::head_of_1;
using mint::testing::h2::next_answer;
using mint::testing::h2::next_is_answered;

using namespace testing;

std::string times(std::size_t count, std::string_view what) {
    std::string all;
    for (std::size_t i = 0; i < count; ++i) all += what;
    return all;
}

/// The last line of a transcript.
std::string last_line(const std::string& text) {
    const std::size_t at = text.rfind('\n', text.size() - 2);
    return text.substr(at == std::string::npos ? 0 : at + 1);
}

TEST(http2_limits, a_header_list_is_bounded_decoded_and_ends_its_stream_alone) {
    const client_options options{.authority = "h", .limits = {.max_header_section_size = 200}};
    // :status and two fields: 42 + 3 + …, each with 32 octets more.
    const std::string fits(200 - 42 - 33, 'x');
    EXPECT_EQ(talk_http2(http2_gets(2),
                         h2::settings() + h2::headers(1, {{":status", "200"}, {"a", fits}}) + next_answer, options),
              "#1 status 200 \n#1 headers a: " + fits + "\n" + next_is_answered);
    EXPECT_EQ(
        talk_http2(http2_gets(2),
                   h2::settings() + h2::headers(1, {{":status", "200"}, {"a", fits + "x"}}) + next_answer, options),
        "#1 error header_list_too_big\n" + next_is_answered);
}

TEST(http2_limits, hpack_cannot_make_much_of_little) {
    // A field of 3,000 octets once, and then an octet for each time it is repeated.
    http2_talk talk;
    talk.open();
    (void)talk.get();
    (void)talk.get();
    (void)talk.sent();
    const std::string value(3'000, 'x');
    std::string block = h2::section({{":status", "200"}}) + "\x40\x01" + "a" + "\x7F\xB9\x16" + value;
    block += std::string(12'000, '\xBE');
    std::vector<response> out;
    ASSERT_TRUE(talk.machine.receive(as_bytes(h2::frame(h2::type::headers, h2::end_headers, 1, block)), out));
    ASSERT_EQ(out.size(), 1u);
    EXPECT_EQ(std::get<responses::error>(out.front()).reason, errc::header_list_too_big);
    EXPECT_EQ(std::get<responses::error>(out.front()).reason.detail, "max_header_section_size");
    EXPECT_EQ(talk.sent(), "RST_STREAM #1 CANCEL\n");
    EXPECT_EQ(talk.answer(next_answer), next_is_answered);
}

TEST(http2_limits, fields_are_counted_over_all_sections) {
    const client_options options{.authority = "h", .limits = {.max_field_count = 3}};
    const std::string start =
        h2::settings() + h2::headers(1, {{":status", "200"}, {"a", ""}, {"b", ""}}) + h2::data(1, "x");
    const std::string started = "#1 status 200 \n#1 headers a:  | b: \n#1 data x\n";
    EXPECT_EQ(talk_http2(http2_gets(2), start + h2::headers(1, {{"c", ""}}, h2::end_stream) + next_answer, options),
              started + "#1 headers c: \n#1 done\n" + next_is_answered);
    EXPECT_EQ(talk_http2(http2_gets(2), start + h2::headers(1, {{"c", ""}, {"d", ""}}, h2::end_stream) + next_answer,
                         options),
              started + "#1 error header_list_too_big\n" + next_is_answered);
}

TEST(http2_limits, interim_responses_are_counted) {
    const client_options options{.authority = "h", .limits = {.max_interim_response_count = 2}};
    const std::string interim = h2::headers(1, {{":status", "102"}});
    EXPECT_EQ(talk_http2(http2_gets(2), h2::settings() + times(3, interim) + next_answer, options),
              "#1 interim 102\n#1 interim 102\n#1 error header_list_too_big\n" + next_is_answered);
}

TEST(http2_limits, continuations_are_counted_however_they_are_split) {
    const client_options options{.authority = "h", .connection = {.floods = {.max_continuation_count = 3}}};
    const std::string start = h2::settings() + h2::frame(h2::type::headers, h2::end_stream, 1, "");
    const std::string empty = h2::frame(h2::type::continuation, 0, 1, "");
    const std::string last = h2::frame(h2::type::continuation, h2::end_headers, 1, h2::section({{":status", "200"}}));
    EXPECT_EQ(talk_http2(http2_gets(1), start + times(2, empty) + last, options),
              "#1 status 200 \n#1 headers\n#1 done\n");
    EXPECT_EQ(talk_http2(http2_gets(1), start + times(3, empty) + last, options),
              "#1 error too_many_continuations @45\nfails too_many_continuations @45\n");
}

TEST(http2_limits, a_flood_of_continuations_without_end_fails) {
    http2_talk talk;
    talk.open();
    talk.get();
    const std::string flood =
        h2::frame(h2::type::headers, 0, 1, "") + times(100'000, h2::frame(h2::type::continuation, 0, 1, ""));
    EXPECT_TRUE(last_line(talk.answer(flood)).starts_with("fails too_many_continuations"));
    EXPECT_TRUE(talk.sent().ends_with("GOAWAY 0 ENHANCE_YOUR_CALM\n"));
}

TEST(http2_limits, pings_may_not_pile_up_unanswered) {
    const client_options options{.authority = "h", .connection = {.floods = {.max_unsent_ack_count = 5}}};
    const std::string one = h2::ping("12345678");
    // The server's own SETTINGS are acknowledged as well.
    EXPECT_EQ(talk_http2(http2_gets(1), h2::settings() + times(4, one), options), "");
    EXPECT_EQ(talk_http2(http2_gets(1), h2::settings() + times(5, one), options),
              "#1 error too_many_control_frames @77\nfails too_many_control_frames @77\n");
}

TEST(http2_limits, pings_whose_answers_were_taken_do_not_count) {
    http2_talk talk{{.authority = "h", .connection = {.floods = {.max_unsent_ack_count = 5}}}};
    talk.open();
    for (int i = 0; i < 1000; ++i) {
        EXPECT_EQ(talk.answer(times(4, h2::ping("12345678"))), "");
        (void)talk.sent();
    }
}

TEST(http2_limits, settings_in_a_row_are_counted) {
    http2_talk talk{{.authority = "h", .connection = {.floods = {.max_settings_count = 5}}}};
    talk.open();
    talk.get();
    for (int round = 0; round < 10; ++round) {
        for (int i = 0; i < 4; ++i) {
            EXPECT_EQ(talk.answer(h2::settings({{h2::initial_window_size, 100}})), "");
            (void)talk.sent();
        }
        EXPECT_EQ(talk.answer(h2::headers(1, {{":status", "103"}})), "#1 interim 103\n");
    }
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(talk.answer(h2::settings()), "");
        (void)talk.sent();
    }
    EXPECT_TRUE(last_line(talk.answer(h2::settings())).starts_with("fails too_many_control_frames"));
}

TEST(http2_limits, settings_with_too_many_entries_fail) {
    std::string payload;
    for (int i = 0; i < 200; ++i) payload += h2::number(4, 2) + h2::number(100, 4);
    EXPECT_EQ(talk_http2(http2_gets(1), h2::settings() + h2::frame(h2::type::settings, 0, 0, payload)),
              "#1 error too_many_control_frames @9\nfails too_many_control_frames @9\n");
}

TEST(http2_limits, empty_data_frames_in_a_row_are_counted) {
    const client_options options{.authority = "h", .connection = {.floods = {.max_empty_data_count = 3}}};
    const std::string start = h2::settings() + head_of_1;
    const std::string started = "#1 status 200 \n#1 headers\n";
    const std::string empty = h2::data(1, "");
    EXPECT_EQ(
        talk_http2(http2_gets(1),
                   start + times(3, times(3, empty) + h2::data(1, "x")) + h2::data(1, "", h2::end_stream), options),
        started + "#1 data xxx\n#1 done\n");
    EXPECT_TRUE(last_line(talk_http2(http2_gets(1), start + times(2, empty + h2::padded_data(1, "", 3)), options))
                    .starts_with("fails too_many_empty_frames"));
}

TEST(http2_limits, a_flood_of_what_is_ignored_takes_no_memory) {
    http2_talk talk;
    talk.open();
    talk.get();
    (void)talk.sent();
    const std::string flood =
        times(50'000, h2::frame_header(0, 0x77, 0, 0) + h2::window_update(0, 1) +
                          h2::frame(h2::type::priority, 0, 1, std::string_view{"\0\0\0\0\x10", 5}));
    EXPECT_EQ(talk.answer(flood), "");
    EXPECT_FALSE(talk.machine.wants_write());
}

TEST(http2_limits, refused_promises_may_not_pile_up) {
    const h2::fields promise{{":method", "GET"}, {":scheme", "https"}, {":path", "/"}, {":authority", "h"}};
    const h2::fields forbidden{{":method", "POST"}, {":scheme", "https"}, {":path", "/"}, {":authority", "h"}};
    for (const bool accepts_push : {false, true}) {
        http2_talk talk{
            {.authority = "h", .connection = {.accepts_push = accepts_push, .floods = {.max_unsent_ack_count = 5}}}};
        talk.get();
        (void)talk.answer(h2::settings());
        (void)talk.sent();
        std::uint32_t id = 2;
        const auto promises = [&](int count) {
            std::string octets;
            for (int i = 0; i < count; ++i, id += 2)
                octets += h2::push_promise(1, id, accepts_push ? forbidden : promise);
            return octets;
        };
        for (int round = 0; round < 10; ++round) {
            EXPECT_EQ(talk.answer(promises(5)), "");
            (void)talk.sent();  // which the peer reads
        }
        EXPECT_TRUE(last_line(talk.answer(promises(1000))).starts_with("fails too_many_control_frames"));
        EXPECT_LT(talk.machine.queued_size(), 200u);
        const std::string frames = talk.sent();
        EXPECT_NE(frames.find(" ENHANCE_YOUR_CALM\n"), std::string::npos) << frames;
    }
}

TEST(http2_limits, no_limit_on_answers_is_none) {
    http2_talk talk{{.authority = "h", .connection = {.floods = {.max_unsent_ack_count = client_machine::no_limit}}}};
    EXPECT_EQ(talk.answer(h2::settings() + times(5000, h2::ping("12345678"))), "");
}

TEST(http2_limits, goaways_are_counted) {
    http2_talk talk{{.authority = "h", .connection = {.floods = {.max_goaway_count = 5}}}};
    talk.open();
    talk.get();
    EXPECT_EQ(talk.answer(times(5, h2::goaway(0x7FFF'FFFF, 0))), "");
    EXPECT_EQ(talk.answer(h2::goaway(0x7FFF'FFFF, 0)),
              "#1 error too_many_control_frames @109\nfails too_many_control_frames @109\n");
}

// A server that sends without waiting for its credit, and reads none of it.
TEST(http2_limits, credit_may_not_pile_up_while_nobody_takes_it) {
    for (const credit mode : {credit::automatic, credit::manual}) {
        http2_talk talk{{.authority = "h", .connection = {.initial_window_size = 2, .credit = mode}}};
        talk.open();
        const request_ref ref = talk.open_websocket(1);
        const std::string one = h2::data(1, "x");
        constexpr std::size_t header_size = 9;
        for (int i = 0; i < 100'000 && !talk.failure; ++i) {
            (void)talk.answer(one);
            if (!talk.failure && mode == credit::manual) (void)talk.machine.consumed(ref, 1);
        }
        ASSERT_TRUE(talk.failure);
        EXPECT_EQ(talk.failure->code, errc::too_many_control_frames);
        EXPECT_LT(talk.machine.queued_size(), 2'000 * (header_size + 4));
        EXPECT_TRUE(talk.sent().ends_with("GOAWAY 0 ENHANCE_YOUR_CALM\n"));
    }
}

TEST(http2_limits, credit_for_many_streams_at_once_may_wait) {
    constexpr std::uint32_t count = 2'000;
    http2_talk talk{{.authority = "h", .connection = {.initial_window_size = 3}}};
    talk.open(h2::settings({{h2::enable_connect_protocol, 1}}));
    for (std::uint32_t i = 0; i < count; ++i) (void)talk.open_websocket(2 * i + 1);
    for (std::uint32_t i = 0; i < 3 * count; ++i) (void)talk.answer(h2::data(2 * (i % count) + 1, "x"));
    EXPECT_FALSE(talk.failure);
}

}  // namespace
}  // namespace mint::http2
