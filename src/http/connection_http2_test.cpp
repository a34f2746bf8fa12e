#include "support/fail_at_each_call.hpp"
#include "support/http2_pair.hpp"

#include <mint/http/connection.hpp>

#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mint::http {
namespace {

namespace h2 = mint::testing::h2;
using mint::testing::connected_pair;
using mint::testing::http2_pair;
using mint::testing::patience;
using namespace std::chrono_literals;

const connect_options passive{.mode = mode::passive};

TEST(http2_connection, speaks_with_prior_knowledge_where_nothing_else_is_allowed) {
    http2_pair pair;
    EXPECT_EQ(pair.conn.protocol(), protocol::http2);
    EXPECT_TRUE(pair.next_frame().starts_with("PREFACE\nSETTINGS ")) << "at once, for the server waits for it";
    EXPECT_EQ(pair.conn.extended_connect(), http2::extended_connect::unknown);
    EXPECT_EQ(pair.conn.client_settings(), (http2::settings{})) << "until the server acknowledges ours";
    pair.open();
    EXPECT_EQ(pair.conn.extended_connect(), http2::extended_connect::enabled);
    EXPECT_FALSE(pair.conn.client_settings()->enable_push);
    EXPECT_EQ(pair.frame_that_starts("SETTINGS"), "SETTINGS ack\n");
}

TEST(http2_connection, is_http1_in_cleartext_where_both_are_allowed) {
    const connected_pair pair{{.protocols = {protocol::http2, protocol::http1}}};
    EXPECT_EQ(pair.conn.protocol(), protocol::http1);
}

TEST(http2_connection, requests_are_answered_in_any_order) {
    for (const auto& options : {connect_options{}, passive}) {
        http2_pair pair{options};
        pair.open();
        const auto first = pair.conn.request("GET", "/1").value();
        const auto second = pair.conn.request("POST", "/2", {}, whole_body{as_bytes("body")}).value();
        EXPECT_EQ(pair.conn.open_request_count(), 2U);
        EXPECT_TRUE(pair.frame_that_starts("HEADERS #1 end").find(":path: /1") != std::string::npos);
        EXPECT_TRUE(pair.frame_that_starts("HEADERS #3").find(":path: /2") != std::string::npos);
        EXPECT_EQ(pair.next_frame(), "DATA #3 end body\n");
        pair.peer.send(h2::headers(3, {{":status", "201"}}) + h2::data(3, "second", h2::end_stream) +
                       h2::headers(1, {{":status", "200"}}) + h2::data(1, "first", h2::end_stream));
        pair.receive_until([&] { return pair.received[first].done_count == 1; });
        EXPECT_EQ(pair.received[first].status_codes, std::vector{200});
        EXPECT_EQ(pair.received[first].data, "first");
        EXPECT_EQ(pair.received[second].status_codes, std::vector{201});
        EXPECT_EQ(pair.received[second].data, "second");
        EXPECT_EQ(pair.conn.open_request_count(), 0U);
        EXPECT_TRUE(pair.conn.is_open_for_requests());
        EXPECT_FALSE(pair.conn.is_open(first));
    }
}

TEST(http2_connection, what_the_server_gives_no_credit_for_waits_and_keeps_nobody_waiting) {
    http2_pair pair;
    pair.open(h2::settings({{h2::initial_window_size, 4}}));
    const auto stuck = pair.conn.request("POST", "/1", {}, streamed_body{}).value();
    const auto other = pair.conn.request("POST", "/2", {}, streamed_body{}).value();
    EXPECT_EQ(pair.conn.request_body_window(stuck), 4U);
    EXPECT_EQ(pair.conn.send_window(stuck), 4U);
    ASSERT_TRUE(pair.conn.stream_request_body(stuck, as_bytes("too much")));
    ASSERT_TRUE(pair.conn.stream_request_body(other, as_bytes("fits")));
    EXPECT_EQ(pair.frame_that_starts("DATA #1"), "DATA #1 too \n");
    EXPECT_EQ(pair.next_frame(), "DATA #3 fits\n");
    EXPECT_EQ(pair.conn.queued_size(stuck), 4U);
    EXPECT_EQ(pair.conn.queued_size(), 4U);
    EXPECT_EQ(pair.conn.request_body_window(stuck), 0U);
    EXPECT_FALSE(pair.conn.wants_write()) << "it needs the server, not the socket";
    EXPECT_TRUE(pair.conn.flush(0ms)) << "which doesn't wait for the server";
    pair.peer.send(h2::window_update(1, 10));
    pair.receive_until([&] { return pair.conn.queued_size() == 0; });
    EXPECT_EQ(pair.next_frame(), "DATA #1 much\n");
    EXPECT_EQ(pair.conn.request_body_window(stuck), 6U);
}

TEST(http2_connection, a_refused_send_queues_nothing_and_may_be_offered_again) {
    http2_pair pair{{.mode = mode::passive, .max_queued_size = 10}};
    pair.open(h2::settings({{h2::initial_window_size, 0}}));
    const auto ref = pair.conn.request("POST", "/", {}, streamed_body{}).value();
    ASSERT_TRUE(pair.conn.stream_request_body(ref, as_bytes("12345678"))) << "an empty queue takes it";
    EXPECT_EQ(pair.conn.stream_request_body(ref, as_bytes("abc")).error(), errc::send_queue_full);
    EXPECT_EQ(pair.conn.queued_size(ref), 8U);
    pair.peer.send(h2::window_update(1, 8));
    ASSERT_FALSE(pair.receive()) << "recv returns though it has no response";
    ASSERT_TRUE(pair.conn.stream_request_body(ref, as_bytes("abc")));
    EXPECT_EQ(pair.frame_that_starts("DATA"), "DATA #1 12345678\n");
}

TEST(http2_connection, cork_gathers_what_is_sent) {
    http2_pair pair;
    pair.open();
    const auto a = pair.conn.request("POST", "/1", {}, streamed_body{}).value();
    const auto b = pair.conn.request("POST", "/2", {}, streamed_body{}).value();
    pair.conn.cork();
    pair.conn.cork();
    const auto sends = mint::testing::calls::send;
    const auto calls = mint::testing::count_calls(sends, [&] {
        for (int i = 0; i < 50; ++i) {
            ASSERT_TRUE(pair.conn.stream_request_body(a, as_bytes("a")));
            ASSERT_TRUE(pair.conn.stream_request_body(b, as_bytes("b")));
        }
        ASSERT_TRUE(pair.conn.uncork());
    });
    EXPECT_EQ(calls, 0U) << "two are open";
    EXPECT_TRUE(pair.conn.wants_write());
    EXPECT_EQ(mint::testing::count_calls(sends, [&] { ASSERT_TRUE(pair.conn.uncork()); }), 1U);
    while (pair.frames.content_of(3).size() < 50) (void)pair.next_frame();
    EXPECT_EQ(pair.frames.content_of(1), std::string(50, 'a'));
    EXPECT_TRUE(pair.conn.uncork()) << "one too many does nothing";
}

TEST(http2_connection, cork_gathers_on_http1_too) {
    connected_pair pair;
    pair.upgrade();
    pair.conn.cork();
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(pair.conn.stream_request_body(pair.ref, as_bytes("abc")));
    EXPECT_EQ(pair.conn.queued_size(), 9U);
    ASSERT_TRUE(pair.conn.uncork());
    EXPECT_EQ(pair.conn.queued_size(), 0U);
    EXPECT_EQ(pair.peer.receive(9), "abcabcabc");
}

TEST(http2_connection, pings_and_settings_go_both_ways) {
    http2_pair pair;
    pair.open();
    const auto ref = pair.conn.ping(std::as_bytes(std::span{"12345678"}).first<8>()).value();
    EXPECT_EQ(pair.frame_that_starts("PING"), "PING 12345678\n");
    ASSERT_TRUE(pair.conn.put_settings({.initial_window_size = 100'000}));
    EXPECT_EQ(pair.next_frame(), "SETTINGS 4=100000\n");
    pair.peer.send(h2::ping("12345678", h2::ack) + h2::settings_ack() + h2::settings({{h2::max_frame_size, 20'000}}));
    pair.receive_until([&] { return pair.conn.server_settings()->max_frame_size == 20'000; });
    EXPECT_TRUE(pair.received.contains(ref)) << "the pong";
    EXPECT_EQ(pair.conn.client_settings()->initial_window_size, 100'000U);
    ASSERT_TRUE(pair.conn.set_window_size(20'000'000));
    EXPECT_EQ(pair.conn.receive_window(), 20'000'000U);
}

TEST(http2_connection, credit_is_the_callers_where_he_says_so) {
    http2_pair pair{{.http2 = {.initial_window_size = 100, .credit = http2::credit::manual}}};
    pair.open();
    const auto ref = pair.conn.request("GET", "/").value();
    pair.peer.send(h2::headers(1, {{":status", "200"}}) + h2::data(1, std::string(80, 'x')));
    pair.receive_until([&] { return pair.received[ref].data.size() == 80; });
    EXPECT_EQ(pair.conn.receive_window(ref), 20U);
    EXPECT_EQ(pair.conn.consumed(ref, 81).error(), errc::invalid_argument);
    ASSERT_TRUE(pair.conn.consumed(ref, 80));
    EXPECT_EQ(pair.frame_that_starts("WINDOW_UPDATE #1"), "WINDOW_UPDATE #1 80\n");
    EXPECT_EQ(pair.conn.receive_window(ref), 100U);
}

TEST(http2_connection, what_http1_has_not_is_refused_there) {
    const connected_pair made;
    auto& conn = const_cast<connection&>(made.conn);
    EXPECT_EQ(conn.ping().error(), errc::http2_only);
    EXPECT_EQ(conn.put_settings({}).error(), errc::http2_only);
    EXPECT_EQ(conn.go_away().error(), errc::http2_only);
    EXPECT_EQ(conn.set_window_size(100'000).error(), errc::http2_only);
    EXPECT_TRUE(conn.consumed(request_ref{1}, 5));
    EXPECT_EQ(conn.server_settings(), std::nullopt);
    EXPECT_EQ(conn.send_window(), std::nullopt);
    EXPECT_EQ(conn.extended_connect(), http2::extended_connect::disabled);
}

TEST(http2_connection, a_cancelled_request_gets_no_response_and_the_others_do) {
    http2_pair pair;
    pair.open();
    const auto gone = pair.conn.request("GET", "/1").value();
    const auto kept = pair.conn.request("GET", "/2").value();
    ASSERT_TRUE(pair.conn.cancel_request(gone));
    EXPECT_EQ(pair.frame_that_starts("RST_STREAM"), "RST_STREAM #1 CANCEL\n");
    pair.peer.send(h2::headers(1, {{":status", "200"}}, h2::end_headers | h2::end_stream) +
                   h2::headers(3, {{":status", "200"}}, h2::end_headers | h2::end_stream));
    pair.receive_until([&] { return pair.received[kept].done_count == 1; });
    EXPECT_FALSE(pair.received.contains(gone));
    EXPECT_EQ(pair.conn.cancel_request(request_ref{1}).error(), errc::unknown_request);
}

TEST(http2_connection, going_away_ends_it_when_the_last_request_is_over) {
    http2_pair pair;
    pair.open();
    const auto ref = pair.conn.request("GET", "/").value();
    ASSERT_TRUE(pair.conn.go_away());
    EXPECT_TRUE(pair.frame_that_starts("GOAWAY").starts_with("GOAWAY"));
    EXPECT_FALSE(pair.conn.is_open_for_requests());
    EXPECT_EQ(pair.conn.request("GET", "/").error(), errc::going_away);
    pair.peer.send(h2::headers(1, {{":status", "200"}}, h2::end_headers | h2::end_stream));
    pair.receive_until([&] { return pair.received[ref].done_count == 1; });
    EXPECT_FALSE(pair.conn.is_open());
}

TEST(http2_connection, close_says_goodbye) {
    http2_pair pair;
    pair.open();
    pair.conn.close();
    EXPECT_TRUE(pair.frame_that_starts("GOAWAY").find("NO_ERROR") != std::string::npos);
    EXPECT_EQ(pair.next_frame(), "END");
}

TEST(http2_connection, behind_close_nothing_waits) {
    http2_pair pair;
    pair.open(h2::settings({{h2::initial_window_size, 0x7FFF'FFFF}}) + h2::window_update(0, 0x7FFF'0000));
    const auto ref = pair.conn.request("POST", "/", {}, streamed_body{}).value();
    const std::string block(32U << 20U, 'x');
    ASSERT_TRUE(pair.conn.stream_request_body(ref, as_bytes(block)));
    ASSERT_TRUE(pair.conn.wants_write());
    pair.conn.close();
    EXPECT_FALSE(pair.conn.wants_write());
    EXPECT_FALSE(pair.conn.wants_read());
    EXPECT_EQ(pair.conn.queued_size(), 0U);
    EXPECT_EQ(pair.conn.queued_size(ref), 0U);
    EXPECT_FALSE(pair.conn.is_open(ref));
    EXPECT_EQ(pair.conn.stream_request_body(ref, as_bytes("x")).error(), errc::connection_closed);
    EXPECT_EQ(pair.conn.ping().error(), errc::connection_closed);
    EXPECT_TRUE(pair.conn.uncork());
}

TEST(http2_connection, a_servers_goaway_leaves_what_it_covers_and_gives_back_the_rest) {
    http2_pair pair;
    pair.open();
    const auto covered = pair.open_websocket(1);
    const auto above = pair.conn.request("GET", "/").value();
    pair.peer.send(h2::goaway(1, 0));
    pair.receive_until([&] { return !pair.received[above].errors.empty(); });
    EXPECT_EQ(pair.received[above].errors, std::vector{errc::request_not_processed});
    EXPECT_EQ(pair.conn.request("GET", "/").error(), errc::going_away);
    ASSERT_TRUE(pair.conn.stream_request_body(covered, as_bytes("still")));
    EXPECT_EQ(pair.frame_that_starts("DATA"), "DATA #1 still\n");
    pair.peer.send(h2::data(1, "here", h2::end_stream));
    pair.receive_until([&] { return pair.received[covered].done_count == 1; });
    EXPECT_TRUE(pair.conn.is_open()) << "our direction of the stream isn't ended";
    ASSERT_TRUE(pair.conn.stream_request_body(covered, eof{}));
    EXPECT_FALSE(pair.conn.is_open());
}

TEST(http2_connection, the_peers_end_is_an_error_of_each_request_under_way) {
    for (const bool is_reset : {false, true}) {
        http2_pair pair;
        pair.open();
        const auto first = pair.conn.request("GET", "/1").value();
        const auto second = pair.conn.request("GET", "/2").value();
        (void)pair.frame_that_starts("HEADERS #3");
        pair.peer.send(h2::headers(1, {{":status", "200"}}));
        pair.receive_until([&] { return !pair.received[first].status_codes.empty(); });
        is_reset ? pair.peer.reset() : pair.peer.close();
        const error reason = pair.receive_until_error();
        EXPECT_EQ(reason, is_reset ? errc::connection_reset : errc::connection_closed);
        EXPECT_EQ(pair.received[first].errors, std::vector{errc::connection_closed});
        EXPECT_EQ(pair.received[second].errors, std::vector{errc::connection_closed});
        EXPECT_FALSE(pair.conn.is_open());
    }
}

TEST(http2_connection, a_broken_rule_ends_it_with_a_goaway_that_names_it) {
    http2_pair pair;
    pair.open();
    const auto ref = pair.conn.request("GET", "/").value();
    pair.peer.send(h2::headers(1, {{":status", "200"}}) + h2::data(1, "good") + h2::window_update(0, 0));
    EXPECT_EQ(pair.receive_until_error(), errc::invalid_frame);
    EXPECT_EQ(pair.received[ref].data, "good") << "what came before isn't lost";
    EXPECT_EQ(pair.received[ref].errors, std::vector{errc::invalid_frame});
    EXPECT_TRUE(pair.frame_that_starts("GOAWAY").find("PROTOCOL_ERROR") != std::string::npos);
    EXPECT_FALSE(pair.conn.is_open());
}

TEST(http2_connection, gives_the_end_of_a_request_that_a_command_found_without_more_bytes) {
    for (const mode how : {mode::active, mode::passive}) {
        http2_pair pair{{.mode = how}};
        pair.open(h2::settings({{h2::max_concurrent_streams, 1}}));
        const auto first = pair.conn.request("GET", "/").value();
        headers large;
        ASSERT_TRUE(large.append("a", std::string(300, 'x')));
        const auto waiting = pair.conn.request("GET", "/", large).value();
        pair.peer.send(h2::settings({{h2::max_header_list_size, 200}}));
        pair.receive_until([&] { return pair.conn.server_settings()->max_header_list_size.has_value(); });
        ASSERT_TRUE(pair.conn.cancel_request(first));
        EXPECT_TRUE(pair.conn.may_have_more());
        const auto list = how == mode::active ? pair.conn.stream({.id = pair.conn.id()}, pair.scratch)
                                              : pair.conn.recv(0, std::chrono::milliseconds{0}, pair.scratch);
        ASSERT_TRUE(list);
        ASSERT_EQ(list->size(), 1U);
        EXPECT_EQ(ref_of(list->front()), waiting);
        EXPECT_EQ(std::get<responses::error>(list->front()).reason, errc::header_list_too_big);
        EXPECT_FALSE(pair.conn.may_have_more());
        EXPECT_TRUE(pair.conn.is_open());
    }
}

TEST(http2_connection, a_server_of_http1_is_told_apart) {
    http2_pair pair;
    const auto ref = pair.conn.request("GET", "/").value();
    pair.peer.send("HTTP/1.1 400 Bad Request\r\n\r\n");
    EXPECT_EQ(pair.receive_until_error(), errc::not_http2);
    EXPECT_EQ(pair.received[ref].errors.size(), 1U);
}

TEST(http2_connection, reads_while_the_socket_takes_nothing) {
    http2_pair pair{passive};
    pair.open(h2::settings({{h2::initial_window_size, 0x7FFF'FFFF}}) + h2::window_update(0, 0x7FFF'0000));
    const auto ref = pair.conn.request("POST", "/", {}, streamed_body{}).value();
    const std::string block(8U << 20U, 'x');
    ASSERT_TRUE(pair.conn.stream_request_body(ref, as_bytes(block)));
    EXPECT_TRUE(pair.conn.wants_write()) << "more than the socket takes";
    pair.peer.send(h2::headers(1, {{":status", "200"}}) + h2::data(1, "meanwhile"));
    pair.receive_until([&] { return pair.received[ref].data == "meanwhile"; });
    EXPECT_TRUE(pair.conn.wants_write());
    EXPECT_GT(pair.conn.queued_size(), 1U << 20U);
}

TEST(http2_connection, a_request_whose_send_fails_is_none) {
    http2_pair pair;
    pair.open();
    const auto before = pair.conn.request("GET", "/").value();
    pair.peer.reset();
    while (pair.conn.is_open(direction::write)) {
        const auto refused = pair.conn.request("GET", "/", {}, whole_body{as_bytes("x")});
        if (refused) {
            ASSERT_TRUE(pair.conn.cancel_request(*refused));
        }
    }
    EXPECT_EQ(pair.conn.open_request_count(), 1U);
    (void)pair.receive_until_error();
    EXPECT_EQ(pair.received.size(), 1U) << "a response to a request that the caller doesn't know";
    EXPECT_EQ(pair.received[before].errors.size(), 1U);
}

}  // namespace
}  // namespace mint::http
