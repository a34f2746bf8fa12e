#include "conversation.hpp"
#include "http_exchange.hpp"
#include "peers_and_modes.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mint::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::string_view_literals;

/// Against node's own HTTP server in each mode.
class http_requests : public testing::TestWithParam<http::mode> {
  protected:
    [[nodiscard]] static http_exchange open() {
        return http_exchange::open(node_server().port(), {.mode = GetParam()});
    }
};

INSTANTIATE_TEST_SUITE_P(modes, http_requests, both_modes(), name_of_mode);

TEST_P(http_requests, a_get_has_status_fields_and_body) {
    auto http = open();
    const auto& answer = http.get("/hello");
    EXPECT_EQ(answer.code, 200);
    EXPECT_EQ(answer.reason, "OK");
    EXPECT_EQ(answer.fields->find("Content-Type"), "text/plain");
    EXPECT_EQ(answer.body, "hello\n");
    EXPECT_TRUE(answer.is_done);
    EXPECT_TRUE(http.connection().is_open_for_requests());
}

TEST_P(http_requests, a_head_has_a_length_and_no_body) {
    auto http = open();
    const auto& answer = http.wait(http.request("HEAD", "/hello"));
    EXPECT_EQ(answer.fields->find("content-length"), "6");
    EXPECT_EQ(answer.data_count, 0U);
    EXPECT_EQ(http.get("/hello").body, "hello\n");
}

TEST_P(http_requests, a_204_and_a_304_have_no_body) {
    auto http = open();
    EXPECT_EQ(http.get("/no-content").code, 204);
    EXPECT_EQ(http.get("/not-modified").code, 304);
    EXPECT_EQ(http.get("/hello").body, "hello\n");
}

TEST_P(http_requests, a_chunked_body_has_its_trailers) {
    auto http = open();
    const auto& answer = http.get("/chunked");
    EXPECT_EQ(answer.body, "onetwothree");
    EXPECT_EQ(answer.trailers.find("x-sum"), "11");
    EXPECT_TRUE(http.connection().is_open_for_requests());
}

TEST_P(http_requests, a_large_body_comes_in_bounded_pieces) {
    auto http = open();
    const auto& answer = http.get("/large");
    EXPECT_EQ(answer.body.size(), 3U << 20U);
    EXPECT_EQ(answer.body.find_first_not_of('l'), std::string::npos);
    EXPECT_GE(answer.data_count, answer.body.size() / http::read_buffer::default_size);
}

TEST_P(http_requests, a_body_until_the_end_ends_the_connection) {
    auto http = open();
    const auto& answer = http.get("/until-close");
    EXPECT_EQ(answer.body, "to the end");
    EXPECT_TRUE(answer.is_done);
    EXPECT_FALSE(http.connection().is_open_for_requests());
}

TEST_P(http_requests, a_body_cut_short_is_an_error_behind_its_data) {
    auto http = open();
    const auto& answer = http.get("/cut-short");
    EXPECT_EQ(answer.body, "half");
    EXPECT_FALSE(answer.is_done);
    ASSERT_TRUE(answer.failure);
    EXPECT_EQ(answer.failure->code, errc::body_cut_short);
}

TEST_P(http_requests, a_bad_status_line_fails_the_connection) {
    auto http = open();
    const auto& answer = http.get("/bad-status");
    ASSERT_TRUE(answer.failure);
    EXPECT_EQ(answer.failure->code, errc::invalid_status_line);
    EXPECT_FALSE(http.connection().is_open_for_requests());
}

TEST_P(http_requests, connection_close_is_the_last_answer) {
    auto http = open();
    EXPECT_EQ(http.get("/last").body, "last\n");
    const auto ref = http.connection().request("GET", "/hello");
    ASSERT_FALSE(ref);
    EXPECT_EQ(ref.error().code, errc::connection_closed);
}

TEST_P(http_requests, early_hints_come_before_the_status) {
    auto http = open();
    const auto& answer = http.get("/early-hints");
    EXPECT_THAT(answer.interim_codes, ElementsAre(103));
    EXPECT_EQ(answer.interim_fields.at(0).find("link"), "</style.css>; rel=preload");
    EXPECT_EQ(answer.code, 200);
    EXPECT_EQ(answer.body, "hinted\n");
}

TEST_P(http_requests, a_whole_body_has_its_length) {
    auto http = open();
    const auto& answer = http.wait(http.request("POST", "/echo", {}, whole_body{as_bytes("all at once")}));
    EXPECT_EQ(answer.body, "all at once");
    EXPECT_EQ(answer.fields->find("x-request-length"), "11");
}

TEST_P(http_requests, a_post_without_body_has_length_zero) {
    auto http = open();
    const auto& answer = http.wait(http.request("POST", "/echo"));
    EXPECT_EQ(answer.fields->find("x-request-length"), "0");
    EXPECT_EQ(answer.body, "");
}

TEST_P(http_requests, a_streamed_body_of_known_length_arrives) {
    auto http = open();
    const auto ref = http.request("PUT", "/echo", {}, streamed_body{10});
    ASSERT_TRUE(http.connection().stream_request_body(ref, as_bytes("01234")));
    ASSERT_TRUE(http.connection().stream_request_body(ref, as_bytes("56789")));
    ASSERT_TRUE(http.connection().stream_request_body(ref, eof{}));
    const auto& answer = http.wait(ref);
    EXPECT_EQ(answer.fields->find("x-request-length"), "10");
    EXPECT_EQ(answer.body, "0123456789");
}

TEST_P(http_requests, more_octets_than_announced_are_refused) {
    auto http = open();
    const auto ref = http.request("PUT", "/echo", {}, streamed_body{4});
    const auto sent = http.connection().stream_request_body(ref, as_bytes("01234"));
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().code, errc::content_length_mismatch);
    const auto ended = http.connection().stream_request_body(ref, eof{});
    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().code, errc::content_length_mismatch);
    ASSERT_TRUE(http.connection().stream_request_body(ref, as_bytes("0123")));
    ASSERT_TRUE(http.connection().stream_request_body(ref, eof{}));
    EXPECT_EQ(http.wait(ref).body, "0123");
}

TEST_P(http_requests, a_chunked_request_has_trailers) {
    auto http = open();
    const auto ref = http.request("POST", "/echo", headers{{"trailer", "x-checksum"}}, streamed_body{});
    for (const auto part : {"one ", "", "two ", "three"})
        ASSERT_TRUE(http.connection().stream_request_body(ref, as_bytes(part)));
    ASSERT_TRUE(http.connection().stream_request_body(ref, eof{headers{{"x-checksum", "abc"}}}));
    const auto& answer = http.wait(ref);
    EXPECT_EQ(answer.fields->find("x-request-encoding"), "chunked");
    EXPECT_EQ(answer.body, "one two three");
    EXPECT_EQ(answer.trailers.find("x-checksum"), "abc");
}

TEST_P(http_requests, pipelined_requests_are_answered_in_order) {
    auto http = open();
    std::vector<request_ref> refs;
    for (int i = 0; i < 20; ++i)
        refs.push_back(i % 2 == 0 ? http.request(i % 4 == 0 ? "HEAD" : "GET", "/hello")
                                  : http.request("GET", "/chunked"));
    EXPECT_EQ(http.connection().open_request_count(), 20U);
    (void)http.wait(refs.back());
    EXPECT_EQ(http.finished(), refs);
    EXPECT_EQ(http.connection().open_request_count(), 0U);
}

TEST_P(http_requests, expect_continue_gets_its_interim_response) {
    auto http = open();
    const auto ref = http.request("POST", "/echo", headers{{"expect", "100-continue"}}, streamed_body{5});
    ASSERT_TRUE(http.connection().stream_request_body(ref, as_bytes("after")));
    ASSERT_TRUE(http.connection().stream_request_body(ref, eof{}));
    const auto& answer = http.wait(ref);
    EXPECT_THAT(answer.interim_codes, ElementsAre(100));
    EXPECT_EQ(answer.body, "after");
}

TEST_P(http_requests, fields_go_out_in_order_and_case) {
    auto http = http_exchange::open(node_server().port(), {.mode = GetParam(), .title_case_fields = true});
    const auto& answer = http.wait(http.request("GET", "/headers", headers{{"x-One", "1"}, {"X-two", "2"}}));
    EXPECT_THAT(answer.body, HasSubstr(R"("x-One","1","X-two","2")"));
    EXPECT_THAT(answer.body, HasSubstr(R"("Host","127.0.0.1:)"));
    EXPECT_THAT(answer.body, HasSubstr(R"("User-Agent","mint/0.1")"));
}

TEST_P(http_requests, an_upgrade_follows_on_the_same_connection) {
    auto http = open();
    EXPECT_EQ(http.get("/hello").body, "hello\n");
    EXPECT_EQ(http.get("/chunked").body, "onetwothree");
    const auto ref = websocket::upgrade(ws_scheme::ws, http.connection(), "/");
    ASSERT_TRUE(ref) << to_string(ref.error());
    const auto& answer = http.wait(*ref, true);
    auto ws = websocket::create(http.connection(), *ref, answer.code, *answer.fields);
    ASSERT_TRUE(ws) << to_string(ws.error());
    buffer out;
    ASSERT_TRUE(ws->send(http.connection(), ws::text{"after HTTP"}, out));
    std::vector<ws::frame> frames;
    while (frames.empty()) {
        const auto responses = receive_some(http.connection(), http.scratch());
        ASSERT_TRUE(responses);
        for (const auto& r : *responses) ASSERT_TRUE(ws->decode(std::get<responses::data>(r).bytes, frames));
    }
    EXPECT_EQ(std::get<ws::text>(frames.front()).payload, "after HTTP");
}

TEST_P(http_requests, an_upgrade_behind_awaited_answers_is_refused) {
    auto http = open();
    const auto first = http.request("GET", "/hello");
    const auto ref = websocket::upgrade(ws_scheme::ws, http.connection(), "/");
    ASSERT_FALSE(ref);
    EXPECT_EQ(ref.error().code, errc::upgrade_in_progress);
    EXPECT_EQ(http.wait(first).body, "hello\n");
    EXPECT_TRUE(websocket::upgrade(ws_scheme::ws, http.connection(), "/"));
}

TEST_P(http_requests, a_cancelled_request_closes_the_connection) {
    auto http = open();
    const auto ref = http.request("GET", "/silent");
    ASSERT_TRUE(http.connection().cancel_request(ref));
    EXPECT_FALSE(http.connection().is_open());
    const auto again = http.connection().cancel_request(ref);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, errc::unknown_request);
}

TEST_P(http_requests, a_field_that_could_split_the_request_is_never_sent) {
    headers fields;
    for (const std::string_view value : {"a\r\nx: y"sv, "a\nb"sv, "a\rb"sv, "a\0b"sv})
        EXPECT_FALSE(fields.append("x-field", value));
    for (const std::string_view name : {"", "a b", "a:b", "a\r\nb", "\xC3\xBC"}) EXPECT_FALSE(fields.append(name, "v"));
    EXPECT_TRUE(fields.empty());
    auto http = open();
    const auto bad_method = http.connection().request("GET /hello HTTP/1.1\r\nx:", "/");
    ASSERT_FALSE(bad_method);
    EXPECT_EQ(bad_method.error().code, errc::invalid_method);
}

TEST_P(http_requests, response_limits_are_the_connections) {
    auto http = http_exchange::open(node_server().port(), {.mode = GetParam(), .limits = {.max_field_count = 2}});
    const auto& answer = http.get("/hello");
    ASSERT_TRUE(answer.failure);
    EXPECT_EQ(answer.failure->code, errc::too_many_fields);
    EXPECT_EQ(answer.failure->condition(), condition::limit_exceeded);
}

TEST(http_connect, a_port_that_nobody_listens_on_refuses) {
    std::uint16_t port = 0;
    {
        test_server short_lived{{"/usr/bin/python3", "-c",
                                 "import socket,sys;s=socket.socket();s.bind(('127.0.0.1',0));s.listen();"
                                 "print('listening',s.getsockname()[1],flush=True);sys.stdin.read()"}};
        port = short_lived.port();
    }
    const auto conn = http::connect(scheme::http, "127.0.0.1", port);
    ASSERT_FALSE(conn);
    EXPECT_EQ(conn.error().code, errc::connection_refused);
    EXPECT_EQ(conn.error().condition(), condition::transport_failed);
}

TEST(http_connect, a_name_is_tried_on_each_of_its_addresses) {
    // localhost is ::1 as well on most machines; the server has IPv4 alone.
    const auto conn = http::connect(scheme::http, "localhost", node_server().port());
    ASSERT_TRUE(conn) << to_string(conn.error());
    EXPECT_TRUE(conn->is_open());
}

TEST(http_connect, a_name_that_nobody_has_is_not_found) {
    const std::string label(64, 'a');  // longer than any label may be, and so no name server is asked
    const auto conn = http::connect(scheme::http, label + ".invalid", 80);
    ASSERT_FALSE(conn);
    EXPECT_EQ(conn.error().code, errc::name_not_found);
}

TEST(http_connect, https_to_a_cleartext_port_is_no_tls) {
    const auto conn = http::connect(scheme::https, "127.0.0.1", node_server().port());
    ASSERT_FALSE(conn);
    EXPECT_EQ(conn.error().code, errc::tls_protocol_error);
}

TEST(http_connect, a_host_that_no_field_may_carry_is_refused) {
    for (const std::string_view host : {"", "a b", "a\r\nb", "[::1", "user@host"}) {
        const auto conn = http::connect(scheme::http, host, 80);
        ASSERT_FALSE(conn) << host;
        EXPECT_EQ(conn.error().code, errc::invalid_host) << host;
    }
}

}  // namespace
}  // namespace mint::test
