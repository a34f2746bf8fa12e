// A server may close a connection that is kept alive while the next request is on its way (RFC 9112 §9.5).
#include "support/connected_pair.hpp"
#include "support/http2_pair.hpp"

#include <mint/base/retry.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace mint::http {
namespace {

using mint::testing::connected_pair;
using mint::testing::http2_pair;
using mint::testing::patience;
namespace h2 = mint::testing::h2;

constexpr std::string_view served = "HTTP/1.1 204 x\r\n\r\n";

/// A connection that served one request.
void serve_once(connected_pair& pair) {
    ASSERT_TRUE(pair.conn.request("GET", "/"));
    ASSERT_FALSE(pair.peer.receive_until("\r\n\r\n").empty());
    pair.peer.send(served);
    pair.receive_until([](const auto& t) { return t.done_count == 1; });
}

void expect_lost(const error& reason) {
    EXPECT_EQ(reason, errc::connection_closed) << to_string(reason);
    EXPECT_EQ(reason.detail, "nothing of an answer came");
    EXPECT_EQ(reason.offset, served.size());
    EXPECT_EQ(retry_of(reason), retry::now);
}

/// The errors that requests got, with their reasons.
std::vector<error> errors_in(response_list list) {
    std::vector<error> errors;
    for (const response& r : list) {
        if (const auto* const failed = std::get_if<responses::error>(&r)) errors.push_back(failed->reason);
    }
    return errors;
}

TEST(connection_kept_alive, that_the_server_closed_is_closed_and_no_broken_rule) {
    for (const auto& options : {connect_options{}, connected_pair::passive()}) {
        connected_pair pair{options};
        serve_once(pair);
        pair.peer.finish();
        ASSERT_TRUE(pair.conn.request("GET", "/"));
        expect_lost(pair.receive_until_error());
        EXPECT_EQ(pair.received.errors, std::vector{errc::connection_closed});
        EXPECT_FALSE(pair.conn.is_open());
    }
}

TEST(connection_kept_alive, that_the_server_closed_after_the_request_is_closed) {
    for (const bool resets : {false, true}) {
        connected_pair pair{connected_pair::passive()};
        serve_once(pair);
        ASSERT_TRUE(pair.conn.request("GET", "/"));
        ASSERT_FALSE(pair.peer.receive_until("\r\n\r\n").empty());
        if (resets) {
            pair.peer.reset();
        } else {
            pair.peer.finish();
        }
        expect_lost(pair.receive_until_error());
        EXPECT_EQ(pair.received.errors, std::vector{errc::connection_closed});
    }
}

TEST(connection_kept_alive, each_request_that_waits_learns_that_nothing_came) {
    connected_pair pair{connected_pair::passive()};
    serve_once(pair);
    ASSERT_TRUE(pair.conn.request("GET", "/2"));
    ASSERT_TRUE(pair.conn.request("GET", "/3"));
    pair.peer.finish();
    const auto list = pair.conn.recv(0, patience, pair.scratch);
    ASSERT_FALSE(list);
    expect_lost(list.error().reason);
    const auto errors = errors_in(list.error().responses);
    ASSERT_EQ(errors.size(), 2U);
    for (const error& reason : errors) expect_lost(reason);
}

TEST(connection_kept_alive, that_was_reset_refuses_a_request_that_may_be_sent_again) {
    connected_pair pair{connected_pair::passive()};
    serve_once(pair);
    pair.peer.reset();
    pair.wait_readable();
    const auto refused = pair.conn.request("GET", "/");
    ASSERT_FALSE(refused);
    expect_lost(refused.error());
    expect_lost(pair.receive_until_error());
}

TEST(connection_kept_alive, gives_what_came_before_a_send_met_the_reset) {
    connected_pair pair{connected_pair::passive()};
    ASSERT_TRUE(pair.conn.request("GET", "/1"));
    ASSERT_FALSE(pair.peer.receive_until("\r\n\r\n").empty());
    pair.peer.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi");
    pair.wait_readable();
    pair.peer.reset();
    // Whether this one meets the reset or goes out, the first one's answer counts.
    static_cast<void>(pair.conn.request("GET", "/2"));
    EXPECT_EQ(pair.receive_until_error(), errc::connection_closed);
    EXPECT_EQ(pair.received.data, "hi");
    EXPECT_EQ(pair.received.done_count, 1U);
}

TEST(connection_kept_alive, that_ends_inside_an_answer_is_cut_short) {
    for (const char* const begun : {"H", "HTTP/1.1 103 x\r\n\r\n"}) {
        connected_pair pair{connected_pair::passive()};
        serve_once(pair);
        ASSERT_TRUE(pair.conn.request("GET", "/"));
        pair.peer.send(begun);
        pair.peer.finish();
        const error reason = pair.receive_until_error();
        EXPECT_EQ(reason, errc::headers_cut_short) << begun;
        EXPECT_EQ(retry_of(reason), retry::backoff);
    }
}

TEST(connection_kept_alive, is_another_matter_than_a_first_request_that_gets_nothing) {
    connected_pair pair{connected_pair::passive()};
    ASSERT_TRUE(pair.conn.request("GET", "/"));
    pair.peer.finish();
    const error reason = pair.receive_until_error();
    EXPECT_EQ(reason, errc::headers_cut_short) << "the port may speak another protocol";
    EXPECT_EQ(retry_of(reason), retry::backoff);
}

TEST(connection_kept_alive, with_nothing_awaited_needs_no_retry_at_once) {
    connected_pair pair{connected_pair::passive()};
    serve_once(pair);
    pair.peer.finish();
    const error reason = pair.receive_until_error();
    EXPECT_EQ(reason, errc::connection_closed);
    EXPECT_EQ(retry_of(reason), retry::backoff);
}

TEST(connection_kept_alive, that_the_server_closed_fails_an_upgrade_that_may_be_tried_again) {
    connected_pair pair{connected_pair::passive()};
    serve_once(pair);
    pair.peer.finish();
    const auto ref = websocket::upgrade(ws_scheme::ws, pair.conn, "/");
    ASSERT_TRUE(ref);
    const auto answer = websocket::recv_upgrade(pair.conn, *ref, patience, pair.scratch);
    ASSERT_FALSE(answer);
    expect_lost(answer.error());
}

/// Over HTTP/2: serves once, then lets the server end while a second request is unanswered, and returns its error.
error second_error_over_http2(const std::function<void(http2_pair&)>& end) {
    http2_pair pair{connected_pair::passive()};
    pair.open();
    static_cast<void>(pair.conn.request("GET", "/1").value());
    EXPECT_TRUE(pair.frame_that_starts("HEADERS #1").starts_with("HEADERS"));
    pair.peer.send(h2::headers(1, {{":status", "204"}}, h2::end_headers | h2::end_stream));
    static_cast<void>(pair.conn.recv(0, patience, pair.scratch).value());
    static_cast<void>(pair.conn.request("GET", "/2").value());
    EXPECT_TRUE(pair.frame_that_starts("HEADERS #3").starts_with("HEADERS"));
    end(pair);
    while (true) {
        const auto list = pair.conn.recv(0, patience, pair.scratch);
        const auto errors = errors_in(list ? *list : list.error().responses);
        if (!errors.empty()) return errors.front();
        if (!list) return list.error().reason;
    }
}

TEST(connection_kept_alive, over_http2_that_ends_fails_a_request_that_may_be_sent_again) {
    for (const bool resets : {false, true}) {
        const error reason = second_error_over_http2([&](http2_pair& pair) {
            if (resets) {
                pair.peer.reset();
            } else {
                pair.peer.finish();
            }
        });
        EXPECT_EQ(reason, errc::connection_closed);
        EXPECT_EQ(reason.detail, "nothing of an answer came");
        EXPECT_EQ(retry_of(reason), retry::now);
    }
}

TEST(connection_kept_alive, over_http2_that_goes_away_fails_a_request_that_it_did_not_process) {
    const error reason = second_error_over_http2([](http2_pair& pair) {
        pair.peer.send(h2::goaway(1, 0));
        pair.peer.finish();
    });
    EXPECT_EQ(reason, errc::request_not_processed);
    EXPECT_EQ(retry_of(reason), retry::now);
}

TEST(connection_kept_alive, over_http2_that_ends_inside_an_answer_is_no_such_race) {
    for (const std::string& begun : {h2::headers(3, {{":status", "200"}}, 0), std::string{"\0\0", 2}}) {
        const error reason = second_error_over_http2([&](http2_pair& pair) {
            pair.peer.send(begun);
            pair.peer.finish();
        });
        EXPECT_EQ(retry_of(reason), retry::backoff) << to_string(reason);
    }
}

}  // namespace
}  // namespace mint::http
