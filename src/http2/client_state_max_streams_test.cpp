#include "support/http2_talk.hpp"

#include <mint/http2/client_machine.hpp>

#include <string>

#include <gtest/gtest.h>

namespace mint::http2 {
namespace {

using namespace testing;

// MAX_CONCURRENT_STREAMS.

TEST(http2_max_streams, requests_over_it_wait_for_a_place) {
    http2_talk talk;
    talk.open(h2::settings({{h2::max_concurrent_streams, 2}}));
    for (const char* target : {"/1", "/2", "/3", "/4"}) (void)talk.get(target);
    std::string lines = talk.sent();
    EXPECT_NE(lines.find("/2"), std::string::npos);
    EXPECT_EQ(lines.find("/3"), std::string::npos);
    EXPECT_EQ(talk.machine.open_request_count(), 4u);
    EXPECT_EQ(talk.answer(h2::headers(3, {{":status", "200"}}, h2::end_stream)),
              "#2 status 200 \n#2 headers\n#2 done\n");
    lines = talk.sent();
    EXPECT_NE(lines.find("HEADERS #5 end | :method: GET | :scheme: https | :path: /3"), std::string::npos) << lines;
    EXPECT_EQ(talk.answer(h2::settings({{h2::max_concurrent_streams, 3}})), "");
    EXPECT_NE(talk.sent().find("/4"), std::string::npos);
}

TEST(http2_max_streams, counts_a_stream_until_both_sides_ended_it) {
    http2_talk talk;
    talk.open(h2::settings({{h2::max_concurrent_streams, 1}, {h2::enable_connect_protocol, 1}}));
    const request_ref ref = talk.open_websocket(1);
    talk.get("/2");
    EXPECT_EQ(talk.answer(h2::data(1, "", h2::end_stream)), "#1 done\n");
    EXPECT_EQ(talk.sent(), "");
    ASSERT_TRUE(talk.machine.stream_request_body(ref, eof{}));
    EXPECT_EQ(talk.sent(), "DATA #1 end\nPING settled?\n");
    EXPECT_EQ(talk.answer(h2::ping("settled?", h2::ack)), "");
    EXPECT_TRUE(talk.sent().starts_with("HEADERS #3 end"));
}

// In node and lighttpd RST_STREAM waits behind their END_STREAM, and while it does the stream counts, whatever came
// from here.
TEST(http2_max_streams, asks_whether_the_server_has_closed_a_stream_too_before_its_place_is_taken) {
    http2_talk talk;
    talk.open(h2::settings({{h2::max_concurrent_streams, 2}, {h2::enable_connect_protocol, 1}}));
    const request_ref a = talk.open_websocket(1);
    const request_ref b = talk.open_websocket(3);
    for (int i = 0; i < 2; ++i) (void)talk.get();
    ASSERT_TRUE(talk.machine.stream_request_body(a, eof{}));
    EXPECT_EQ(talk.answer(h2::data(1, "", h2::end_stream)), "#1 done\n");
    EXPECT_EQ(talk.sent(), "DATA #1 end\nPING settled?\n");
    ASSERT_TRUE(talk.machine.stream_request_body(b, eof{}));
    EXPECT_EQ(talk.answer(h2::data(3, "", h2::end_stream)), "#2 done\n");
    EXPECT_EQ(talk.sent(), "DATA #3 end\n") << "one PING at a time";
    EXPECT_EQ(talk.answer(h2::rst_stream(1, 0) + h2::ping("settled?", h2::ack)), "");
    const std::string lines = talk.sent();
    EXPECT_TRUE(lines.starts_with("PING settled?\nHEADERS #5 end")) << "for the other one: " << lines;
    EXPECT_EQ(talk.answer(h2::ping("settled?", h2::ack)), "");
    EXPECT_TRUE(talk.sent().starts_with("HEADERS #7 end"));
}

TEST(http2_max_streams, asks_nobody_while_there_is_room_or_nobody_waits) {
    http2_talk talk;
    talk.open(h2::settings({{h2::max_concurrent_streams, 3}, {h2::enable_connect_protocol, 1}}));
    const request_ref a = talk.open_websocket(1);
    ASSERT_TRUE(talk.machine.stream_request_body(a, eof{}));
    EXPECT_EQ(talk.answer(h2::data(1, "", h2::end_stream)), "#1 done\n");
    EXPECT_EQ(talk.sent(), "DATA #1 end\n");
    (void)talk.get();
    EXPECT_TRUE(talk.sent().starts_with("HEADERS #3 end")) << "there is room without that place";
}

TEST(http2_max_streams, an_error_can_be_had_instead) {
    http2_talk talk{{.authority = "h", .connection = {.max_waiting_request_count = 0}}};
    talk.open(h2::settings({{h2::max_concurrent_streams, 1}}));
    EXPECT_TRUE(talk.machine.is_open_for_requests());
    talk.get();
    EXPECT_FALSE(talk.machine.is_open_for_requests());
    const auto refused = talk.machine.request({.method = "GET", .target = "/", .fields = no_fields}, no_body{});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), errc::too_many_streams);
    EXPECT_EQ(talk.machine.open_request_count(), 1u);
    EXPECT_EQ(talk.answer(h2::headers(1, {{":status", "200"}}, h2::end_stream)),
              "#1 status 200 \n#1 headers\n#1 done\n");
    EXPECT_EQ(talk.get(), request_ref{2});
}

TEST(http2_max_streams, so_many_may_wait_and_no_more) {
    http2_talk talk{{.authority = "h", .connection = {.max_waiting_request_count = 2}}};
    talk.open(h2::settings({{h2::max_concurrent_streams, 0}}));
    talk.get();
    talk.get();
    EXPECT_EQ(talk.machine.request({.method = "GET", .target = "/", .fields = no_fields}, no_body{}).error(),
              errc::too_many_streams);
}

TEST(http2_max_streams, before_the_settings_so_many_are_assumed) {
    http2_talk talk{{.authority = "h", .connection = {.max_waiting_request_count = 1, .assumed_max_streams = 2}}};
    (void)talk.sent();
    for (const char* target : {"/1", "/2", "/3"}) (void)talk.get(target);
    EXPECT_EQ(talk.machine.request({.method = "GET", .target = "/", .fields = no_fields}, no_body{}).error(),
              errc::too_many_streams);
    std::string lines = talk.sent();
    EXPECT_NE(lines.find("/2"), std::string::npos);
    EXPECT_EQ(lines.find("/3"), std::string::npos);
    EXPECT_EQ(talk.answer(h2::settings()), "");  // no limit
    EXPECT_NE(talk.sent().find("/3"), std::string::npos);
}

// Requests may go out before the server says how many it takes.

/// The answers of a server that takes two streams, and refuses the others.
std::string takes_two(std::uint32_t count) {
    std::string frames = h2::settings({{h2::max_concurrent_streams, 2}});
    for (std::uint32_t i = 2; i < count; ++i) frames += h2::rst_stream(2 * i + 1, 7);
    return frames;
}

TEST(http2_max_streams, what_was_refused_for_a_limit_that_was_not_known_is_sent_again) {
    http2_talk talk;
    for (const char* target : {"/1", "/2", "/3", "/4"}) (void)talk.get(target);
    (void)talk.sent();
    EXPECT_EQ(talk.answer(takes_two(4)), "");
    EXPECT_EQ(talk.machine.open_request_count(), 4u);
    EXPECT_EQ(talk.sent().find("HEADERS"), std::string::npos) << "both places are taken";
    EXPECT_EQ(talk.answer(h2::headers(3, {{":status", "200"}}, h2::end_headers | h2::end_stream)),
              "#2 status 200 \n#2 headers\n#2 done\n");
    EXPECT_NE(talk.sent().find("HEADERS #9 end | :method: GET | :scheme: https | :path: /3"), std::string::npos);
    EXPECT_EQ(talk.answer(h2::headers(9, {{":status", "204"}}, h2::end_headers | h2::end_stream)),
              "#3 status 204 \n#3 headers\n#3 done\n");
    EXPECT_NE(talk.sent().find("HEADERS #11 end | :method: GET | :scheme: https | :path: /4"), std::string::npos);
}

TEST(http2_max_streams, what_is_sent_again_has_its_content_and_trailers) {
    http2_talk talk;
    (void)talk.get();
    (void)talk.get();
    const request_ref whole = talk.put(whole_body{as_bytes(std::string_view{"whole"})});
    const request_ref streamed = talk.put();
    ASSERT_TRUE(talk.stream(streamed, "str"));
    ASSERT_TRUE(talk.stream(streamed, "eam"));
    (void)talk.sent();
    ASSERT_TRUE(talk.machine.stream_request_body(streamed, eof{headers{{"x-sum", "1"}}}));
    (void)talk.sent();
    EXPECT_EQ(talk.machine.queued_size(), 0u);
    EXPECT_EQ(talk.answer(takes_two(4)), "");
    EXPECT_EQ(talk.machine.queued_size(whole), 5u);
    EXPECT_EQ(talk.machine.queued_size(streamed), 6u);
    (void)talk.answer(h2::headers(1, {{":status", "204"}}, h2::end_headers | h2::end_stream) +
                      h2::headers(3, {{":status", "204"}}, h2::end_headers | h2::end_stream));
    const std::string lines = talk.sent();
    EXPECT_NE(lines.find("DATA #9 end whole\n"), std::string::npos) << lines;
    EXPECT_NE(lines.find("DATA #11 stream\n"), std::string::npos) << lines;
    EXPECT_NE(lines.find("HEADERS #11 end | x-sum: 1\n"), std::string::npos) << lines;
    EXPECT_EQ(talk.machine.queued_size(), 0u);
}

TEST(http2_max_streams, a_request_is_sent_again_once_and_not_after_an_answer_began) {
    http2_talk talk;
    for (int i = 0; i < 2; ++i) (void)talk.get();
    (void)talk.sent();
    EXPECT_EQ(talk.answer(h2::settings({{h2::max_concurrent_streams, 1}}) + h2::headers(1, {{":status", "103"}}) +
                          h2::rst_stream(1, 7) + h2::rst_stream(3, 7)),
              "#1 interim 103\n#1 error request_not_processed\n");
    EXPECT_NE(talk.sent().find("HEADERS #5 "), std::string::npos);
    EXPECT_EQ(talk.answer(h2::rst_stream(5, 7)), "#2 error request_not_processed\n");
    EXPECT_EQ(talk.machine.open_request_count(), 0u);
}

TEST(http2_max_streams, a_request_that_waits_to_be_sent_again_can_be_cancelled) {
    http2_talk talk;
    for (int i = 0; i < 3; ++i) (void)talk.get();
    (void)talk.sent();
    EXPECT_EQ(talk.answer(takes_two(3)), "");
    ASSERT_TRUE(talk.machine.cancel_request(request_ref{3}));
    EXPECT_EQ(talk.machine.open_request_count(), 2u);
    EXPECT_FALSE(talk.machine.is_open(request_ref{3}));
    (void)talk.answer(h2::headers(1, {{":status", "204"}}, h2::end_headers | h2::end_stream));
    EXPECT_EQ(talk.sent().find("HEADERS"), std::string::npos);
}

TEST(http2_max_streams, after_a_goaway_what_was_refused_is_not_sent_again) {
    http2_talk talk;
    for (int i = 0; i < 3; ++i) (void)talk.get();
    (void)talk.sent();
    EXPECT_EQ(talk.answer(takes_two(3) + h2::goaway(3, 0)), "#3 error request_not_processed\n");
    EXPECT_EQ(talk.machine.open_request_count(), 2u);
}

}  // namespace
}  // namespace mint::http2
