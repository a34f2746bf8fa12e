#include "support/http2_talk.hpp"

#include <mint/http2/client_machine.hpp>

#include <string>

#include <gtest/gtest.h>

namespace mint::http2 {
namespace {

using mint::testing::h2::enabled;

using namespace testing;

const std::string accepted = h2::headers(1, {{":status", "200"}});
const std::string connect_1 =
    "HEADERS #1 | :method: CONNECT | :protocol: websocket | :scheme: https | :path: /chat | :authority: h | "
    "user-agent: mint/0.1\n";

TEST(http2_connect, waits_for_the_servers_settings) {
    http2_talk talk;
    (void)talk.sent();
    EXPECT_EQ(talk.machine.extended_connect(), extended_connect::unknown);
    EXPECT_EQ(talk.websocket(), request_ref{1});
    EXPECT_FALSE(talk.machine.wants_write());
    EXPECT_EQ(talk.machine.open_request_count(), 1u);
    EXPECT_EQ(talk.answer(enabled), "");
    EXPECT_EQ(talk.machine.extended_connect(), extended_connect::enabled);
    EXPECT_EQ(talk.sent(), "SETTINGS ack\n" + connect_1);
}

TEST(http2_connect, a_request_that_need_not_wait_goes_first) {
    http2_talk talk;
    (void)talk.sent();
    talk.websocket();
    talk.get();
    EXPECT_TRUE(talk.sent().starts_with("HEADERS #1 end | :method: GET"));
    EXPECT_EQ(talk.answer(enabled), "");
    EXPECT_NE(talk.sent().find("HEADERS #3 | :method: CONNECT"), std::string::npos);
}

TEST(http2_connect, content_streamed_meanwhile_goes_out_behind_it) {
    http2_talk talk;
    (void)talk.sent();
    const request_ref ref = talk.websocket();
    ASSERT_TRUE(talk.stream(ref, "early"));
    EXPECT_EQ(talk.machine.queued_size(ref), 5u);
    EXPECT_EQ(talk.answer(enabled), "");
    EXPECT_EQ(talk.sent(), "SETTINGS ack\n" + connect_1 + "DATA #1 early\n");
    EXPECT_EQ(talk.machine.queued_size(ref), 0u);
}

TEST(http2_connect, a_server_that_does_not_enable_it_answers_the_ref_with_an_error) {
    EXPECT_EQ(talk_http2(ask_websocket, h2::settings()), "#1 error extended_connect_disabled\n");
    EXPECT_EQ(talk_http2(ask_websocket, h2::settings({{h2::enable_connect_protocol, 0}})),
              "#1 error extended_connect_disabled\n");
}

TEST(http2_connect, where_it_is_known_to_be_disabled_it_is_refused_at_once_and_requests_go_on) {
    http2_talk talk;
    talk.open(h2::settings());
    EXPECT_EQ(talk.machine.extended_connect(), extended_connect::disabled);
    const auto refused = talk.machine.connect({.protocol = "websocket", .target = "/", .fields = no_fields});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), errc::extended_connect_disabled);
    EXPECT_TRUE(refused.error().connection_survives());
    EXPECT_EQ(talk.machine.open_request_count(), 0u);
    talk.get();
    EXPECT_EQ(talk.answer(h2::headers(1, {{":status", "200"}}, h2::end_stream)),
              "#1 status 200 \n#1 headers\n#1 done\n");
}

TEST(http2_connect, a_later_settings_frame_may_enable_it) {
    http2_talk talk;
    talk.open(h2::settings());
    EXPECT_EQ(talk.answer(enabled), "");
    EXPECT_EQ(talk.machine.extended_connect(), extended_connect::enabled);
    (void)talk.sent();
    talk.websocket();
    EXPECT_EQ(talk.sent(), connect_1);
}

TEST(http2_connect, any_2xx_makes_a_tunnel) {
    for (const char* status : {"200", "201", "204", "299"}) {
        EXPECT_EQ(talk_http2(ask_websocket, enabled + h2::headers(1, {{":status", status}, {"content-length", "0"}}) +
                                                h2::data(1, "frames") + h2::data(1, "", h2::end_stream)),
                  std::string{"#1 status "} + status + " \n#1 headers content-length: 0\n#1 data frames\n#1 done\n");
    }
}

TEST(http2_connect, an_accepted_one_is_a_tunnel_both_ways) {
    http2_talk talk;
    talk.open();
    const request_ref ref = talk.websocket();
    EXPECT_FALSE(talk.machine.is_tunnel(ref));
    EXPECT_TRUE(talk.machine.is_streaming(ref));
    (void)talk.sent();
    EXPECT_EQ(talk.answer(accepted), "#1 status 200 \n#1 headers\n");
    EXPECT_TRUE(talk.machine.is_tunnel(ref));
    ASSERT_TRUE(talk.stream(ref, "ping"));
    EXPECT_EQ(talk.sent(), "DATA #1 ping\n");
    EXPECT_EQ(talk.answer(h2::data(1, "pong")), "#1 data pong\n");
    EXPECT_EQ(talk.machine.open_request_count(), 1u);
}

TEST(http2_connect, a_tunnel_that_the_server_has_ended_can_still_be_answered) {
    http2_talk talk;
    talk.open();
    const request_ref ref = talk.open_websocket(1);
    EXPECT_EQ(talk.answer(h2::data(1, "close", h2::end_stream)), "#1 data close\n#1 done\n");
    EXPECT_EQ(talk.machine.open_request_count(), 0u);
    EXPECT_TRUE(talk.machine.is_streaming(ref));
    ASSERT_TRUE(talk.stream(ref, "close too"));
    ASSERT_TRUE(talk.machine.stream_request_body(ref, eof{}));
    EXPECT_EQ(talk.sent(), "DATA #1 close too\nDATA #1 end\n");
    EXPECT_FALSE(talk.machine.is_streaming(ref));
    EXPECT_EQ(talk.stream(ref, "x").error(), errc::request_body_not_streaming);
}

TEST(http2_connect, a_tunnel_that_we_have_ended_goes_on_the_other_way) {
    http2_talk talk;
    talk.open();
    const request_ref ref = talk.open_websocket(1);
    ASSERT_TRUE(talk.machine.stream_request_body(ref, eof{}));
    EXPECT_EQ(talk.sent(), "DATA #1 end\n");
    EXPECT_TRUE(talk.machine.is_tunnel(ref));
    EXPECT_EQ(talk.answer(h2::data(1, "more") + h2::data(1, "", h2::end_stream)), "#1 data more\n#1 done\n");
    EXPECT_FALSE(talk.machine.is_tunnel(ref));
}

TEST(http2_connect, a_2xx_that_ends_the_stream_is_opened_and_ended_at_once) {
    EXPECT_EQ(talk_http2(ask_websocket, enabled + h2::headers(1, {{":status", "200"}}, h2::end_stream)),
              "#1 status 200 \n#1 headers\n#1 done\n");
}

TEST(http2_connect, a_refusal_is_an_ordinary_response_and_frees_its_stream) {
    http2_talk talk;
    talk.open();
    const request_ref ref = talk.websocket();
    ASSERT_TRUE(talk.stream(ref, "too early"));
    (void)talk.sent();
    EXPECT_EQ(talk.answer(h2::headers(1, {{":status", "403"}, {"content-length", "2"}})),
              "#1 status 403 \n#1 headers content-length: 2\n");
    EXPECT_FALSE(talk.machine.is_streaming(ref));
    EXPECT_EQ(talk.stream(ref, "x").error(), errc::request_body_not_streaming);
    EXPECT_EQ(talk.answer(h2::data(1, "no", h2::end_stream)), "#1 data no\n#1 done\n");
    EXPECT_EQ(talk.sent(), "RST_STREAM #1 CANCEL\n");
    EXPECT_EQ(talk.answer(h2::rst_stream(1, 0)), "");  // as proxies do
    EXPECT_EQ(talk.machine.open_request_count(), 0u);
}

TEST(http2_connect, content_that_waited_for_a_window_goes_to_nobody_who_refused_it) {
    http2_talk talk;
    talk.open(h2::settings({{h2::enable_connect_protocol, 1}, {h2::initial_window_size, 0}}));
    const request_ref ref = talk.websocket();
    ASSERT_TRUE(talk.stream(ref, "waits"));
    (void)talk.sent();
    EXPECT_EQ(talk.answer(h2::headers(1, {{":status", "403"}})), "#1 status 403 \n#1 headers\n");
    EXPECT_EQ(talk.machine.queued_size(), 0u);
    EXPECT_EQ(talk.answer(h2::window_update(1, 100)), "");
    EXPECT_EQ(talk.sent(), "");
}

TEST(http2_connect, a_refusal_frees_its_stream_though_its_end_waited_for_a_window) {
    http2_talk talk;
    talk.open(h2::settings({{h2::enable_connect_protocol, 1}, {h2::initial_window_size, 0}}));
    const request_ref ref = talk.websocket();
    ASSERT_TRUE(talk.stream(ref, "waits"));
    ASSERT_TRUE(talk.machine.stream_request_body(ref, eof{}));
    (void)talk.sent();
    EXPECT_EQ(talk.answer(h2::headers(1, {{":status", "403"}}, h2::end_headers | h2::end_stream)),
              "#1 status 403 \n#1 headers\n#1 done\n");
    EXPECT_EQ(talk.sent(), "RST_STREAM #1 CANCEL\n");
    EXPECT_FALSE(talk.machine.is_open(ref));
}

TEST(http2_connect, a_tunnel_takes_no_trailers) {
    http2_talk talk;
    talk.open();
    const request_ref ref = talk.open_websocket(1);
    EXPECT_EQ(talk.machine.stream_request_body(ref, eof{headers{{"a", "b"}}}).error(), errc::forbidden_trailer);
    EXPECT_TRUE(talk.machine.is_streaming(ref));
}

TEST(http2_connect, several_are_opened_in_any_order) {
    http2_talk talk;
    talk.open();
    for (int i = 0; i < 3; ++i) (void)talk.websocket();
    EXPECT_EQ(talk.answer(h2::headers(5, {{":status", "200"}}) + h2::headers(1, {{":status", "404"}}, h2::end_stream) +
                          h2::headers(3, {{":status", "200"}}) + h2::data(5, "b") + h2::data(3, "a")),
              "#3 status 200 \n#3 headers\n#1 status 404 \n#1 headers\n#1 done\n#2 status 200 \n#2 headers\n"
              "#3 data b\n#2 data a\n");
    EXPECT_TRUE(talk.machine.is_tunnel(request_ref{2}));
    EXPECT_FALSE(talk.machine.is_tunnel(request_ref{1}));
}

TEST(http2_connect, a_value_that_is_neither_0_nor_1_or_a_step_back_fails_the_connection) {
    EXPECT_EQ(talk_http2(ask_websocket, h2::settings({{h2::enable_connect_protocol, 2}})),
              "#1 error request_not_processed\nfails invalid_settings\n");
    EXPECT_EQ(talk_http2(ask_websocket, enabled + h2::settings({{h2::enable_connect_protocol, 0}})),
              "#1 error invalid_settings @15\nfails invalid_settings @15\n");
}

TEST(http2_connect, one_that_waits_can_be_cancelled_unsent) {
    http2_talk talk;
    (void)talk.sent();
    const request_ref ref = talk.websocket();
    ASSERT_TRUE(talk.machine.cancel_request(ref));
    EXPECT_EQ(talk.machine.open_request_count(), 0u);
    EXPECT_EQ(talk.answer(enabled), "");
    EXPECT_EQ(talk.sent(), "SETTINGS ack\n");
}

TEST(http2_connect, all_settings_of_one_read_say_whether_it_may_go_out) {
    http2_talk talk;
    (void)talk.websocket();
    (void)talk.websocket();
    EXPECT_EQ(talk.answer(h2::settings() + h2::ping("12345678") + enabled.substr(0, 7)),
              "#1 error extended_connect_disabled\n#2 error extended_connect_disabled\n");

    http2_talk later;
    (void)later.websocket();
    (void)later.websocket();
    EXPECT_EQ(later.answer(h2::settings() + h2::settings({{h2::max_concurrent_streams, 10}}) + enabled), "");
    const std::string lines = later.sent();
    EXPECT_NE(lines.find("HEADERS #1 "), std::string::npos) << lines;
    EXPECT_NE(lines.find("HEADERS #3 "), std::string::npos) << lines;
}

TEST(http2_connect, may_be_asked_for_again_once_a_later_frame_allows_it) {
    http2_talk talk;
    (void)talk.websocket();
    EXPECT_EQ(talk.answer(h2::settings()), "#1 error extended_connect_disabled\n");
    EXPECT_EQ(talk.answer(h2::settings({{h2::enable_connect_protocol, 1}})), "");
    (void)talk.sent();
    (void)talk.websocket();
    EXPECT_TRUE(talk.sent().starts_with("HEADERS #1 "));
}

TEST(http2_connect, to_a_server_that_speaks_no_http2_fails_for_that_reason) {
    EXPECT_EQ(talk_http2(ask_websocket, "HTTP/1.1 400 Bad Request\r\n\r\n"), "#1 error not_http2\nfails not_http2\n");
}

TEST(http2_connect, that_never_went_out_says_how_the_connection_ended) {
    http2_talk talk;
    (void)talk.websocket();
    std::vector<response> out;
    ASSERT_FALSE(talk.machine.receive_eof(out));
    ASSERT_EQ(out.size(), 1u);
    const error& reason = std::get<responses::error>(out.front()).reason;
    EXPECT_EQ(reason, errc::request_not_processed);
    EXPECT_NE(reason.detail.find("before the server's SETTINGS"), std::string::npos) << reason.detail;
}

TEST(http2_connect, says_what_went_out) {
    http2_talk talk;
    talk.open();
    std::vector<field> sent;
    const headers fields{{"Host", "other:1"}, {"X-A", "B"}};
    ASSERT_TRUE(talk.machine.connect({.protocol = "websocket", .target = "/chat", .fields = fields}, &sent));
    std::string line = "HEADERS #1";
    for (const field& f : sent) line += " | " + f.name + ": " + f.value;
    EXPECT_EQ(talk.sent(), line + "\n");
    EXPECT_NE(line.find(":authority: other:1"), std::string::npos);
}

}  // namespace
}  // namespace mint::http2
