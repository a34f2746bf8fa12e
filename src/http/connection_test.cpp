#include "support/connected_pair.hpp"

#include <mint/http/connection.hpp>

#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace mint::http {
namespace {

using mint::testing::connected_pair;
using mint::testing::patience;
using namespace std::chrono_literals;

static_assert(sizeof(connection) <= 128, "thousands of idle connections keep one each");
static_assert(std::is_nothrow_move_constructible_v<connection> && std::is_nothrow_move_assignable_v<connection>);
static_assert(!std::is_copy_constructible_v<connection>);

constexpr std::string_view empty_answer = "HTTP/1.1 204 No Content\r\n\r\n";

TEST(connection, sends_a_request_and_receives_its_response) {
    connected_pair pair;
    const auto ref = pair.conn.request("GET", "/path", {{"x-trace", "1"}});
    ASSERT_TRUE(ref);
    EXPECT_EQ(pair.conn.open_request_count(), 1U);
    const std::string request = pair.peer.receive_until("\r\n\r\n");
    EXPECT_EQ(request.find("GET /path HTTP/1.1\r\n"), 0U);
    EXPECT_NE(request.find("x-trace: 1\r\n"), std::string::npos);

    pair.peer.send("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello");
    pair.receive_until([](const auto& t) { return t.done_count == 1; });
    EXPECT_EQ(pair.received.status_codes, std::vector{200});
    EXPECT_EQ(pair.received.data, "hello");
    EXPECT_EQ(pair.conn.open_request_count(), 0U);
    EXPECT_TRUE(pair.conn.is_open_for_requests());
}

TEST(connection, pipelines_and_stays_open) {
    connected_pair pair{connected_pair::passive()};
    std::vector<request_ref> refs;
    for (int i = 0; i < 3; ++i) refs.push_back(pair.conn.request("GET", "/").value());
    EXPECT_EQ(pair.conn.open_request_count(), 3U);
    pair.peer.send(std::string{empty_answer} + std::string{empty_answer} + std::string{empty_answer});
    std::vector<request_ref> answered;
    while (answered.size() < 3) {
        const auto list = pair.conn.recv(0, patience, pair.scratch);
        ASSERT_TRUE(list);
        for (const response& r : *list) {
            if (std::holds_alternative<responses::done>(r)) answered.push_back(ref_of(r));
        }
    }
    EXPECT_EQ(answered, refs);
    EXPECT_TRUE(pair.conn.request("GET", "/"));
}

TEST(connection, streams_a_request_body) {
    connected_pair pair;
    const auto ref = pair.conn.request("POST", "/", {}, streamed_body{.content_length = 6});
    ASSERT_TRUE(ref);
    EXPECT_EQ(pair.conn.request_body_window(*ref), std::numeric_limits<std::size_t>::max());
    EXPECT_TRUE(pair.conn.stream_request_body(*ref, as_bytes("abc")));
    EXPECT_EQ(pair.conn.stream_request_body(*ref, eof{}).error(), errc::content_length_mismatch);
    EXPECT_TRUE(pair.conn.stream_request_body(*ref, as_bytes("def")));
    EXPECT_TRUE(pair.conn.stream_request_body(*ref, eof{}));
    EXPECT_EQ(pair.conn.stream_request_body(*ref, as_bytes("g")).error(), errc::request_body_not_streaming);
    EXPECT_EQ(pair.conn.request_body_window(*ref).error(), errc::unknown_request);
    EXPECT_TRUE(pair.peer.receive_until("abcdef").ends_with("\r\n\r\nabcdef"));
    EXPECT_EQ(pair.conn.stream_request_body(request_ref{7}, as_bytes("x")).error(), errc::unknown_request);
}

TEST(connection, takes_a_message_that_says_too_much) {
    connected_pair pair;
    ASSERT_TRUE(pair.conn.request("GET", "/"));
    for (const bool is_readable : {false, true}) {
        for (const bool is_writable : {false, true}) {
            const auto list = pair.conn.stream({pair.conn.id(), is_readable, is_writable}, pair.scratch);
            ASSERT_TRUE(list);
            EXPECT_TRUE(list->empty());
        }
    }
}

TEST(connection, refuses_the_message_of_another) {
    connected_pair pair;
    const connected_pair other;
    EXPECT_FALSE(pair.conn.owns({other.conn.id()}));
    const auto list = pair.conn.stream({other.conn.id()}, pair.scratch);
    ASSERT_FALSE(list);
    EXPECT_EQ(list.error().reason, errc::unknown_message);
    EXPECT_TRUE(pair.conn.is_open());
}

TEST(connection, receives_in_the_mode_that_it_has) {
    connected_pair pair;
    ASSERT_TRUE(pair.conn.request("GET", "/"));
    EXPECT_EQ(pair.conn.recv(0, 0ms, pair.scratch).error().reason, errc::wrong_mode);
    ASSERT_TRUE(pair.conn.set_mode(mode::passive));
    EXPECT_EQ(pair.conn.mode(), mode::passive);
    const auto refused = pair.conn.stream({pair.conn.id()}, pair.scratch);
    EXPECT_EQ(refused.error(), errc::wrong_mode);
    EXPECT_EQ(retry_of(refused.error()), retry::never);
    EXPECT_NE(refused.error().reason.detail.find("recv"), std::string::npos) << "what to call instead";
    pair.peer.send(empty_answer);
    EXPECT_TRUE(pair.conn.recv(0, patience, pair.scratch));
}

TEST(connection, refuses_everything_once_closed) {
    connected_pair pair;
    const auto ref = pair.conn.request("POST", "/", {}, streamed_body{});
    ASSERT_TRUE(ref);
    pair.conn.close();
    pair.conn.close();
    EXPECT_FALSE(pair.conn.is_open());
    EXPECT_FALSE(pair.conn.is_open_for_requests());
    EXPECT_FALSE(pair.conn.wants_read());
    EXPECT_FALSE(pair.conn.wants_write());
    EXPECT_EQ(pair.conn.socket(), -1);
    EXPECT_EQ(pair.conn.open_request_count(), 0U);
    EXPECT_EQ(pair.conn.request("GET", "/").error(), errc::connection_closed);
    EXPECT_EQ(pair.conn.stream_request_body(*ref, as_bytes("x")).error(), errc::connection_closed);
    EXPECT_EQ(pair.conn.stream_request_body(*ref, eof{}).error(), errc::connection_closed);
    EXPECT_EQ(pair.conn.stream({pair.conn.id()}, pair.scratch).error().reason, errc::connection_closed);
    EXPECT_EQ(pair.conn.flush(0ms).error(), errc::connection_closed);
    EXPECT_EQ(pair.conn.set_mode(mode::passive).error(), errc::connection_closed);
    EXPECT_EQ(pair.conn.cancel_request(*ref).error(), errc::unknown_request);
    EXPECT_EQ(pair.conn.request_body_window(*ref).error(), errc::unknown_request);
}

TEST(connection, refuses_to_receive_once_closed_in_passive_mode) {
    connected_pair pair{connected_pair::passive()};
    pair.conn.close();
    EXPECT_EQ(pair.conn.recv(0, patience, pair.scratch).error().reason, errc::connection_closed);
}

TEST(connection, lives_on_where_it_is_moved_to) {
    connected_pair pair{connected_pair::passive()};
    const connection_id id = pair.conn.id();
    const connection& left = pair.conn;
    connection moved = std::move(pair.conn);
    EXPECT_FALSE(left.is_open()) << "that it may be asked is the rule";
    EXPECT_EQ(moved.id(), id);
    ASSERT_TRUE(moved.request("GET", "/"));
    pair.peer.send(empty_answer);
    EXPECT_TRUE(moved.recv(0, patience, pair.scratch));
    pair.conn = std::move(moved);
    EXPECT_TRUE(pair.conn.is_open());
}

TEST(connection, closes_when_a_request_is_cancelled) {
    connected_pair pair;
    const auto answered = pair.conn.request("GET", "/");
    ASSERT_TRUE(answered);
    pair.peer.send(empty_answer);
    pair.receive_until([](const auto& t) { return t.done_count == 1; });
    const auto open = pair.conn.request("GET", "/");
    ASSERT_TRUE(open);
    EXPECT_EQ(pair.conn.cancel_request(*answered).error(), errc::unknown_request);
    EXPECT_EQ(pair.conn.cancel_request(request_ref{1}).error(), errc::unknown_request);
    EXPECT_TRUE(pair.conn.is_open());
    EXPECT_TRUE(pair.conn.cancel_request(*open));
    EXPECT_FALSE(pair.conn.is_open());
}

TEST(connection, closes_after_the_response_that_is_said_to_be_the_last) {
    connected_pair pair;
    ASSERT_TRUE(pair.conn.request("GET", "/"));
    pair.peer.send("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok");
    pair.receive_until([](const auto& t) { return t.done_count == 1; });
    EXPECT_EQ(pair.received.data, "ok");
    EXPECT_FALSE(pair.conn.is_open());
    EXPECT_EQ(pair.conn.socket(), -1);
}

TEST(connection, ends_a_body_that_runs_until_the_end) {
    connected_pair pair;
    ASSERT_TRUE(pair.conn.request("GET", "/"));
    ASSERT_FALSE(pair.peer.receive_until("\r\n\r\n").empty());
    pair.peer.send("HTTP/1.1 200 OK\r\n\r\nuntil the end");
    pair.peer.close();
    pair.receive_until([](const auto& t) { return t.done_count == 1; });
    EXPECT_EQ(pair.received.data, "until the end");
    EXPECT_FALSE(pair.conn.is_open());
}

TEST(connection, reports_what_came_before_a_broken_rule) {
    connected_pair pair;
    ASSERT_TRUE(pair.conn.request("GET", "/"));
    ASSERT_TRUE(pair.conn.request("GET", "/"));
    pair.peer.send(std::string{empty_answer} + "HTTP/1.1 abc\r\n\r\n");
    EXPECT_EQ(pair.receive_until_error(), errc::invalid_status_line);
    EXPECT_EQ(pair.received.status_codes, std::vector{204});
    EXPECT_EQ(pair.received.errors, std::vector{errc::invalid_status_line});
    EXPECT_FALSE(pair.conn.is_open());
}

TEST(connection, refuses_octets_that_answer_no_request) {
    connected_pair pair;
    pair.peer.send(empty_answer);
    EXPECT_EQ(pair.receive_until_error(), errc::unexpected_data);
    EXPECT_FALSE(pair.conn.is_open());
}

TEST(connection, notices_the_end_of_an_idle_connection) {
    connected_pair pair;
    pair.peer.close();
    EXPECT_EQ(pair.receive_until_error(), errc::connection_closed);
    EXPECT_FALSE(pair.conn.is_open());
}

TEST(connection, notices_an_end_at_every_place_of_a_response) {
    const std::string answer = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";
    for (std::size_t size = 0; size < answer.size(); ++size) {
        for (const bool is_reset : {false, true}) {
            connected_pair pair{connected_pair::passive()};
            ASSERT_TRUE(pair.conn.request("GET", "/"));
            ASSERT_FALSE(pair.peer.receive_until("\r\n\r\n").empty());
            pair.peer.send(std::string_view{answer}.substr(0, size));
            is_reset ? pair.peer.reset() : pair.peer.close();
            const error reason = pair.receive_until_error();
            const errc expected = is_reset                      ? errc::connection_reset
                                  : size < answer.find("hello") ? errc::headers_cut_short
                                                                : errc::body_cut_short;
            EXPECT_EQ(reason, expected) << size << ' ' << to_string(reason);
            EXPECT_FALSE(pair.conn.is_open());
            EXPECT_EQ(pair.received.done_count, 0U);
        }
    }
}

TEST(connection, takes_an_answer_though_the_request_could_not_be_sent_whole) {
    connected_pair pair{{.mode = mode::active, .max_queued_size = 1}, 4096};
    const auto ref = pair.conn.request("POST", "/", {}, streamed_body{.content_length = 64U << 20U});
    ASSERT_TRUE(ref);
    ASSERT_TRUE(pair.conn.stream_request_body(*ref, as_bytes(std::string(32U << 20U, 'x'))));
    EXPECT_TRUE(pair.conn.wants_write());
    pair.peer.send("HTTP/1.1 413 Content Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    pair.peer.close();  // with octets unread: a reset
    pair.wait_readable();
    auto list = pair.conn.stream({pair.conn.id(), true, true}, pair.scratch);
    pair.received.add(list ? *list : list.error().responses);
    EXPECT_EQ(pair.received.status_codes, std::vector{413});
    EXPECT_FALSE(pair.conn.is_open());
}

TEST(connection, holds_no_queue_once_everything_is_sent) {
    connected_pair pair;
    ASSERT_TRUE(pair.conn.request("GET", "/"));
    EXPECT_EQ(pair.conn.queued_size(), 0U);
    EXPECT_FALSE(pair.conn.wants_write());
    EXPECT_TRUE(pair.conn.flush(0ms));
}

}  // namespace
}  // namespace mint::http
