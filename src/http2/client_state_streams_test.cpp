#include "support/http2_talk.hpp"

#include <mint/http2/client_machine.hpp>

#include <string>

#include <gtest/gtest.h>

namespace mint::http2 {
namespace {

using mint::testing::h2::answer_of_1;
using mint::testing::h2::enabled;
using mint::testing::h2::head_of_1;

using namespace testing;

constexpr std::uint32_t no_error = 0;
constexpr std::uint32_t protocol_error = 1;
constexpr std::uint32_t internal_error = 2;
constexpr std::uint32_t refused_stream = 7;
constexpr std::uint32_t cancel = 8;
constexpr std::uint32_t enhance_your_calm = 11;

// RST_STREAM at each point of a stream's life.

TEST(http2_rst_stream, before_the_response_is_an_error_that_names_the_code) {
    http2_talk talk;
    talk.get();
    std::vector<response> out;
    ASSERT_TRUE(talk.machine.receive(as_bytes(h2::settings() + h2::rst_stream(1, internal_error)), out));
    ASSERT_EQ(out.size(), 1u);
    const error& reason = std::get<responses::error>(out.front()).reason;
    EXPECT_EQ(reason, errc::stream_reset);
    EXPECT_EQ(reason.detail, "INTERNAL_ERROR");
    EXPECT_TRUE(reason.connection_survives());
}

TEST(http2_rst_stream, amid_the_content_is_an_error_behind_it) {
    EXPECT_EQ(talk_http2(http2_gets(2), h2::settings() + head_of_1 + h2::data(1, "ab") + h2::rst_stream(1, cancel) +
                                            h2::headers(3, {{":status", "204"}}, h2::end_stream)),
              answer_of_1 + "#1 data ab\n#1 error stream_reset\n#2 status 204 \n#2 headers\n#2 done\n");
}

TEST(http2_rst_stream, with_no_error_amid_the_content_is_no_good_end) {
    EXPECT_EQ(talk_http2(http2_gets(1), h2::settings() + head_of_1 + h2::data(1, "ab") + h2::rst_stream(1, no_error)),
              answer_of_1 + "#1 data ab\n#1 error stream_reset\n");
}

TEST(http2_rst_stream, behind_the_end_of_a_response_is_no_error) {
    for (const std::uint32_t code : {no_error, cancel, protocol_error}) {
        EXPECT_EQ(talk_http2(http2_gets(1),
                             h2::settings() + head_of_1 + h2::data(1, "x", h2::end_stream) + h2::rst_stream(1, code)),
                  answer_of_1 + "#1 data x\n#1 done\n");
    }
}

TEST(http2_rst_stream, behind_the_end_of_a_tunnel_is_no_error_and_ends_our_direction) {
    for (const std::uint32_t code : {no_error, cancel}) {
        http2_talk talk;
        talk.open();
        const request_ref ref = talk.open_websocket(1);
        EXPECT_EQ(talk.answer(h2::data(1, "close", h2::end_stream) + h2::rst_stream(1, code)),
                  "#1 data close\n#1 done\n");
        EXPECT_FALSE(talk.machine.is_streaming(ref));
        EXPECT_EQ(talk.stream(ref, "x").error(), errc::request_body_not_streaming);
    }
}

TEST(http2_rst_stream, stops_a_body_whose_response_is_complete) {
    http2_talk talk;
    talk.open(h2::settings({{h2::initial_window_size, 0}}));
    const request_ref ref = talk.put();
    ASSERT_TRUE(talk.stream(ref, "abc"));
    EXPECT_EQ(talk.answer(h2::headers(1, {{":status", "413"}}, h2::end_stream)),
              "#1 status 413 \n#1 headers\n#1 done\n");
    EXPECT_TRUE(talk.machine.is_streaming(ref));
    EXPECT_EQ(talk.answer(h2::rst_stream(1, no_error)), "");
    EXPECT_FALSE(talk.machine.is_streaming(ref));
    (void)talk.sent();
    EXPECT_EQ(talk.machine.queued_size(), 0u);
}

TEST(http2_rst_stream, of_a_tunnel_is_an_error) {
    EXPECT_EQ(talk_http2(ask_websocket, enabled + head_of_1 + h2::data(1, "x") + h2::rst_stream(1, cancel)),
              answer_of_1 + "#1 data x\n#1 error stream_reset\n");
}

TEST(http2_rst_stream, with_refused_stream_is_safe_to_retry) {
    EXPECT_EQ(talk_http2(http2_gets(1), h2::settings() + h2::rst_stream(1, refused_stream)),
              "#1 error request_not_processed\n");
    EXPECT_EQ(talk_http2(ask_websocket, enabled + h2::rst_stream(1, refused_stream)),
              "#1 error request_not_processed\n");
}

TEST(http2_rst_stream, of_a_stream_that_is_over_is_ignored) {
    const std::string done = h2::settings() + h2::headers(1, {{":status", "204"}}, h2::end_stream);
    EXPECT_EQ(
        talk_http2(http2_gets(1), done + h2::rst_stream(1, cancel) + h2::rst_stream(1, cancel) + h2::ping("12345678")),
        "#1 status 204 \n#1 headers\n#1 done\n");
}

TEST(http2_rst_stream, of_no_stream_or_an_idle_one_fails_the_connection) {
    EXPECT_EQ(talk_http2(http2_gets(1), h2::settings() + h2::rst_stream(0, cancel)),
              "#1 error invalid_frame @9\nfails invalid_frame @9\n");
    EXPECT_EQ(talk_http2(http2_gets(1), h2::settings() + h2::rst_stream(3, cancel)),
              "#1 error invalid_frame @9\nfails invalid_frame @9\n");
}

// Our own.

TEST(http2_cancel_request, sends_one_rst_stream_and_gives_no_response_any_more) {
    http2_talk talk;
    talk.open();
    const request_ref ref = talk.get();
    (void)talk.sent();
    ASSERT_TRUE(talk.machine.cancel_request(ref));
    ASSERT_TRUE(talk.machine.cancel_request(ref));
    EXPECT_EQ(talk.machine.open_request_count(), 0u);
    // What was under way is dropped, but decoded: the second head refers to the table that the first one filled.
    EXPECT_EQ(talk.answer(h2::frame(h2::type::headers, h2::end_headers, 1,
                                    h2::section({{":status", "200"}}) + std::string{"\x40\x01"
                                                                                    "a\x01"
                                                                                    "b"}) +
                          h2::data(1, "late") + h2::data(1, "", h2::end_stream) + h2::rst_stream(1, cancel)),
              "");
    EXPECT_EQ(talk.sent(), "RST_STREAM #1 CANCEL\n");
    talk.get();
    EXPECT_EQ(talk.answer(h2::frame(h2::type::headers, h2::end_headers | h2::end_stream, 3,
                                    h2::section({{":status", "200"}}) + "\xBE")),
              "#2 status 200 \n#2 headers a: b\n#2 done\n");
}

TEST(http2_cancel_request, credits_the_connection_for_content_of_the_dead_stream) {
    for (const credit mode : {credit::automatic, credit::manual}) {
        http2_talk talk{{.authority = "h", .connection = {.connection_window_size = 65'535, .credit = mode}}};
        talk.open();
        ASSERT_TRUE(talk.machine.cancel_request(talk.get()));
        (void)talk.sent();
        EXPECT_EQ(talk.answer(h2::data(1, std::string(16'384, 'x')) + h2::data(1, std::string(16'384, 'x'))), "");
        EXPECT_EQ(talk.sent(), "WINDOW_UPDATE #0 32768\n");
        EXPECT_EQ(talk.machine.receive_window(), 65'535u);
    }
}

TEST(http2_cancel_request, frees_a_place_for_a_request_that_waits) {
    http2_talk talk;
    talk.open(h2::settings({{h2::max_concurrent_streams, 1}}));
    const request_ref ref = talk.get("/1");
    talk.get("/2");
    (void)talk.sent();
    ASSERT_TRUE(talk.machine.cancel_request(ref));
    const std::string lines = talk.sent();
    EXPECT_TRUE(lines.starts_with("RST_STREAM #1 CANCEL\nHEADERS #3 end | :method: GET")) << lines;
}

// WINDOW_UPDATE at each point of a stream's life.

TEST(http2_window_update, of_a_stream_that_is_over_is_ignored_and_nothing_behind_it_is_lost) {
    http2_talk talk;
    talk.open();
    const request_ref first = talk.open_websocket(1);
    (void)talk.open_websocket(3);
    ASSERT_TRUE(talk.machine.stream_request_body(first, eof{}));
    EXPECT_EQ(talk.answer(h2::data(1, "", h2::end_stream)), "#1 done\n");
    EXPECT_EQ(talk.answer(h2::window_update(1, 100) + h2::data(3, "here")), "#2 data here\n");
    ASSERT_TRUE(talk.machine.cancel_request(request_ref{2}));
    EXPECT_EQ(talk.answer(h2::window_update(3, 100) + h2::window_update(0, 100)), "");
}

TEST(http2_window_update, of_an_idle_stream_fails_the_connection) {
    EXPECT_EQ(talk_http2(http2_gets(1), h2::settings() + h2::window_update(3, 1)),
              "#1 error invalid_frame @9\nfails invalid_frame @9\n");
}

TEST(http2_window_update, of_nothing_fails_the_connection) {
    EXPECT_EQ(talk_http2(http2_gets(1), h2::settings() + h2::window_update(0, 0)),
              "#1 error invalid_frame @9\nfails invalid_frame @9\n");
    EXPECT_EQ(talk_http2(http2_gets(1), h2::settings() + h2::window_update(1, 0)),
              "#1 error invalid_frame @9\nfails invalid_frame @9\n");
}

TEST(http2_window_update, past_the_maximum_ends_the_stream_or_the_connection) {
    EXPECT_EQ(talk_http2(http2_gets(2), h2::settings() + h2::window_update(1, 0x7FFF'FFFF) + h2::data(1, "late") +
                                            h2::headers(3, {{":status", "204"}}, h2::end_stream)),
              "#1 error stream_window_exceeded\n#2 status 204 \n#2 headers\n#2 done\n");
    EXPECT_EQ(talk_http2(http2_gets(1), h2::settings() + h2::window_update(0, 0x7FFF'FFFF)),
              "#1 error flow_control_error @9\nfails flow_control_error @9\n");
    // RFC 9113 §6.9.2: a new initial window does the same to the connection.
    EXPECT_EQ(talk_http2(http2_gets(1), h2::settings() + h2::window_update(1, 0x7FFF'0000) +
                                            h2::settings({{h2::initial_window_size, 0x7FFF'FFFF}})),
              "#1 error flow_control_error @22\nfails flow_control_error @22\n");
}

// GOAWAY at each point of a stream's life.

TEST(http2_goaway, streams_that_it_covers_live_on_both_ways) {
    http2_talk talk;
    talk.open();
    const request_ref ref = talk.open_websocket(1);
    EXPECT_EQ(talk.answer(h2::goaway(1, no_error)), "");
    EXPECT_FALSE(talk.machine.wants_close());
    EXPECT_FALSE(talk.machine.is_open_for_requests());
    ASSERT_TRUE(talk.stream(ref, "still"));
    EXPECT_EQ(talk.sent(), "DATA #1 still\n");
    EXPECT_EQ(talk.answer(h2::data(1, "here") + h2::ping("12345678")), "#1 data here\n");
    EXPECT_EQ(talk.sent(), "PING ack 12345678\n");
    ASSERT_TRUE(talk.machine.stream_request_body(ref, eof{}));
    EXPECT_EQ(talk.answer(h2::data(1, "", h2::end_stream)), "#1 done\n");
    EXPECT_TRUE(talk.machine.wants_close());
}

TEST(http2_goaway, streams_above_it_are_safe_to_retry) {
    EXPECT_EQ(
        talk_http2(http2_gets(3),
                   h2::settings() + h2::goaway(1, no_error) + head_of_1 + h2::data(1, "x", h2::end_stream)),
        "#2 error request_not_processed\n#3 error request_not_processed\n" + answer_of_1 + "#1 data x\n#1 done\n");
}

TEST(http2_goaway, requests_that_waited_are_safe_to_retry) {
    http2_talk talk;
    talk.open(h2::settings({{h2::max_concurrent_streams, 1}, {h2::enable_connect_protocol, 1}}));
    talk.get();
    talk.get();
    talk.websocket();
    EXPECT_EQ(talk.answer(h2::goaway(0x7FFF'FFFF, no_error)),
              "#2 error request_not_processed\n#3 error request_not_processed\n");
    EXPECT_EQ(talk.machine.open_request_count(), 1u);
    EXPECT_EQ(talk.answer(h2::goaway(0, no_error)), "#1 error request_not_processed\n");
    EXPECT_TRUE(talk.machine.wants_close());
}

TEST(http2_goaway, answers_a_connect_that_was_just_sent) {
    EXPECT_EQ(talk_http2(ask_websocket, enabled + h2::goaway(0, no_error)), "#1 error request_not_processed\n");
}

TEST(http2_goaway, no_request_is_taken_behind_it) {
    http2_talk talk;
    talk.open();
    EXPECT_EQ(talk.answer(h2::goaway(0, enhance_your_calm, "slow down")), "");
    const auto refused = talk.machine.request({.method = "GET", .target = "/", .fields = no_fields}, no_body{});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), errc::going_away);
    EXPECT_TRUE(talk.machine.wants_close());
}

TEST(http2_goaway, with_an_error_lets_the_covered_streams_end_with_the_connection) {
    http2_talk talk;
    talk.open();
    talk.get();
    EXPECT_EQ(talk.answer(h2::goaway(1, enhance_your_calm)), "");
    std::vector<response> out;
    const auto ended = talk.machine.receive_eof(out);
    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error(), errc::connection_closed);
    EXPECT_EQ(ended.error().detail, "GOAWAY ENHANCE_YOUR_CALM");
    ASSERT_EQ(out.size(), 1u);
    EXPECT_EQ(std::get<responses::error>(out.front()).reason.detail, "GOAWAY ENHANCE_YOUR_CALM");
}

TEST(http2_goaway, may_not_cover_more_than_the_one_before) {
    EXPECT_EQ(talk_http2(http2_gets(2), h2::settings() + h2::goaway(1, no_error) + h2::goaway(3, no_error)),
              "#2 error request_not_processed\n#1 error invalid_frame @26\nfails invalid_frame @26\n");
}

TEST(http2_close, sends_goaway_and_carries_on_what_was_taken) {
    http2_talk talk;
    talk.open();
    talk.get();
    (void)talk.sent();
    talk.machine.close();
    EXPECT_EQ(talk.sent(), "GOAWAY 0 NO_ERROR\n");
    talk.machine.close();
    EXPECT_EQ(talk.sent(), "");
    EXPECT_FALSE(talk.machine.wants_close());
    EXPECT_FALSE(talk.machine.is_open_for_requests());
    EXPECT_EQ(talk.machine.request({.method = "GET", .target = "/", .fields = no_fields}, no_body{}).error(),
              errc::going_away);
    EXPECT_EQ(talk.answer(h2::headers(1, {{":status", "200"}}, h2::end_stream)), answer_of_1 + "#1 done\n");
    EXPECT_TRUE(talk.machine.wants_close());
}

TEST(http2_close, waits_for_requests_that_wait) {
    http2_talk talk;
    (void)talk.sent();
    talk.websocket();
    talk.machine.close();
    EXPECT_EQ(talk.sent(), "");
    EXPECT_EQ(talk.answer(enabled), "");
    const std::string lines = talk.sent();
    EXPECT_TRUE(lines.starts_with("SETTINGS ack\nHEADERS #1")) << lines;
    EXPECT_TRUE(lines.ends_with("\nGOAWAY 0 NO_ERROR\n")) << lines;
    EXPECT_EQ(talk.answer(head_of_1), answer_of_1);
}

TEST(http2_receive_eof, answers_everything_that_is_unanswered) {
    http2_talk talk;
    talk.open(h2::settings({{h2::max_concurrent_streams, 1}, {h2::enable_connect_protocol, 1}}));
    (void)talk.open_websocket(1);
    talk.get();
    EXPECT_EQ(talk.end(), "#1 error connection_closed\n#2 error request_not_processed\nfails connection_closed\n");
    EXPECT_TRUE(talk.machine.wants_close());
    EXPECT_EQ(talk.machine.open_request_count(), 0u);
    EXPECT_EQ(talk.end(), "fails connection_closed\n");
    EXPECT_EQ(talk.answer("x"), "fails connection_closed\n");
    EXPECT_EQ(talk.machine.ping().error(), errc::connection_closed);
}

TEST(http2_receive_eof, before_the_settings_says_so) {
    http2_talk talk;
    std::vector<response> out;
    EXPECT_EQ(talk.machine.receive_eof(out).error().detail, "before the server's SETTINGS");
}

TEST(http2_goaway, a_second_one_gives_back_more) {
    EXPECT_EQ(talk_http2(http2_gets(3), h2::settings() + h2::goaway(5, 0) + h2::goaway(5, 0) + h2::goaway(1, 0)),
              "#2 error request_not_processed\n#3 error request_not_processed\n");
}

TEST(http2_whole_body, that_a_complete_refusal_makes_useless_does_not_hold_its_stream) {
    for (const bool is_refused : {true, false}) {
        http2_talk talk;
        talk.open(h2::settings({{h2::initial_window_size, 3}}));
        const request_ref ref = talk.put(whole_body{as_bytes("0123456789")});
        (void)talk.sent();
        const char* const status = is_refused ? "413" : "200";
        EXPECT_EQ(talk.answer(h2::headers(1, {{":status", status}}, h2::end_headers | h2::end_stream)),
                  std::string{"#1 status "} + status + " \n#1 headers\n#1 done\n");
        EXPECT_EQ(talk.sent(), is_refused ? "RST_STREAM #1 CANCEL\n" : "");
        EXPECT_EQ(talk.machine.is_open(ref), !is_refused) << "what a success hasn't read yet may be wanted";
        EXPECT_EQ(talk.machine.queued_size(ref), is_refused ? 0u : 7u);
        talk.machine.close();
        EXPECT_EQ(talk.machine.wants_close(), is_refused);
        ASSERT_TRUE(talk.machine.cancel_request(ref));
        EXPECT_TRUE(talk.machine.wants_close());
    }
}

TEST(http2_streamed_body, is_the_callers_to_end_behind_a_refusal) {
    http2_talk talk;
    talk.open();
    const request_ref ref = talk.put();
    (void)talk.sent();
    (void)talk.answer(h2::headers(1, {{":status", "413"}}, h2::end_headers | h2::end_stream));
    EXPECT_TRUE(talk.machine.is_streaming(ref));
    ASSERT_TRUE(talk.machine.stream_request_body(ref, eof{}));
    EXPECT_EQ(talk.sent(), "DATA #1 end\n");
    EXPECT_FALSE(talk.machine.is_open(ref));
}

TEST(http2_rst_stream, with_refused_stream_behind_an_answer_is_not_safe_to_retry) {
    EXPECT_EQ(talk_http2(http2_gets(1), h2::settings() + h2::headers(1, {{":status", "200"}}) + h2::rst_stream(1, 7)),
              "#1 status 200 \n#1 headers\n#1 error stream_reset\n");
}

TEST(http2_rst_stream, may_ask_for_http1) {
    EXPECT_EQ(talk_http2(http2_gets(1), h2::settings() + h2::rst_stream(1, 0xd)), "#1 error http1_required\n");
}

TEST(http2_receive_eof, amid_a_frame_that_broke_a_rule_tells_the_rule) {
    http2_talk talk;
    talk.open();
    talk.get();
    (void)talk.sent();
    // Judged at its header, told at its end, which doesn't come.
    EXPECT_EQ(talk.answer(h2::frame_header(100, 0x3, 0, 1)), "");
    EXPECT_TRUE(talk.end().starts_with("#1 error invalid_frame_size")) << talk.failure.has_value();
    EXPECT_TRUE(talk.sent().ends_with("GOAWAY 0 FRAME_SIZE_ERROR\n"));
}

TEST(http2_request, that_waits_starts_whatever_flushed_what_was_before_it) {
    http2_talk talk;
    talk.open(h2::settings({{h2::max_concurrent_streams, 1}, {h2::initial_window_size, 0x7FFF'FFFF}}) +
              h2::window_update(0, 0x7000'0000));
    const request_ref first = talk.put();
    const std::string block(200'000, 'x');
    ASSERT_TRUE(talk.stream(first, block));
    ASSERT_TRUE(talk.machine.stream_request_body(first, eof{}));
    talk.get("/next");
    EXPECT_EQ(talk.answer(h2::headers(1, {{":status", "204"}}, h2::end_headers | h2::end_stream)),
              "#1 status 204 \n#1 headers\n#1 done\n");
    std::string frames;
    for (int i = 0; i < 1000 && talk.machine.wants_write(); ++i) {
        buffer out;
        talk.machine.send(out, 10'000);
        frames += talk.frames.read(out.view());
        ASSERT_TRUE(talk.machine.put_settings({}));  // which flushes by itself
    }
    (void)talk.answer(h2::ping("settled?", h2::ack));
    frames += talk.sent();
    EXPECT_NE(frames.find("HEADERS #3"), std::string::npos) << frames.substr(0, 2000);
}

}  // namespace
}  // namespace mint::http2
