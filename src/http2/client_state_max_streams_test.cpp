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

// The end of the connection.

}  // namespace
}  // namespace mint::http2
