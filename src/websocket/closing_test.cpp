#include "support/connected_pair.hpp"
#include "support/frame_script.hpp"
#include "support/http2_pair.hpp"

#include <mint/websocket/closing.hpp>

#include <chrono>
#include <string>

#include <gtest/gtest.h>

namespace mint {
namespace {

namespace h2 = mint::testing::h2;
using mint::testing::close_frame;
using mint::testing::http2_pair;
using mint::testing::wire;
using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

const std::string normal{
    "\x03\xE8"
    "bye"};

TEST(closing, ends_our_direction_and_waits_for_the_peers) {
    http2_pair pair;
    pair.open();
    const auto ref = pair.open_websocket(1);
    auto ws = pair.create(ref);
    buffer out;
    ASSERT_TRUE(ws.send(pair.conn, ws::close{ws::close_code::normal}, out));
    pair.peer.send(h2::data(1, wire(close_frame, normal)));
    pair.receive_until([&] { return !pair.received[ref].data.empty(); });
    const auto now = clock::now();
    closing end{ref, now, 2s};
    EXPECT_FALSE(end.step(pair.conn, {}, now).value());
    EXPECT_EQ(end.deadline(), now + 2s);
    EXPECT_TRUE(pair.frame_that_starts("DATA").starts_with("DATA #1"));
    EXPECT_EQ(pair.next_frame(), "DATA #1 end\n");
    pair.peer.send(h2::data(1, "", h2::end_stream) + h2::rst_stream(1, 0));
    pair.receive_until([&] { return pair.received[ref].done_count == 1; });
    EXPECT_TRUE(end.step(pair.conn, {}, now).value());
    EXPECT_FALSE(end.was_cancelled());
    EXPECT_EQ(end.deadline(), closing::time_point::max());
    EXPECT_TRUE(pair.conn.is_open());
    EXPECT_TRUE(pair.received[ref].errors.empty());
}

TEST(closing, resets_a_stream_that_the_peer_does_not_end) {
    http2_pair pair;
    pair.open();
    const auto ref = pair.open_websocket(1);
    const auto now = clock::now();
    closing end{ref, now, 100ms};
    EXPECT_FALSE(end.step(pair.conn, {}, now + 99ms).value());
    EXPECT_TRUE(end.step(pair.conn, {}, now + 100ms).value());
    EXPECT_TRUE(end.was_cancelled());
    EXPECT_EQ(pair.frame_that_starts("RST_STREAM"), "RST_STREAM #1 CANCEL\n");
    EXPECT_TRUE(pair.conn.is_open());
    EXPECT_TRUE(end.step(pair.conn, {}, now + 200ms).value()) << "and not twice";
}

TEST(closing, a_close_can_still_be_answered_behind_the_peers_end) {
    http2_pair pair;
    pair.open();
    const auto ref = pair.open_websocket(1);
    auto ws = pair.create(ref);
    pair.peer.send(h2::data(1, wire(close_frame, normal), h2::end_stream));
    pair.receive_until([&] { return pair.received[ref].done_count == 1; });
    buffer out;
    ASSERT_TRUE(ws.send(pair.conn, ws::close{ws::close_code::normal}, out));
    EXPECT_TRUE(pair.frame_that_starts("DATA").starts_with("DATA #1"));
    closing end{ref, clock::now()};
    EXPECT_TRUE(end.step(pair.conn, {}, clock::now()).value()) << "both directions are ended";
}

TEST(closing, on_http1_the_server_closes_first) {
    mint::testing::connected_pair pair;
    pair.upgrade();
    const auto now = clock::now();
    closing end{pair.ref, now, 1s};
    EXPECT_FALSE(end.step(pair.conn, {}, now).value());
    EXPECT_TRUE(pair.conn.is_open(http::direction::write)) << "nothing is ended before the server did";
    pair.peer.finish();
    pair.wait_readable();
    const auto list = pair.conn.stream({.id = pair.conn.id()}, pair.scratch);
    ASSERT_TRUE(list);
    EXPECT_TRUE(end.step(pair.conn, *list, now).value());
    EXPECT_FALSE(pair.conn.is_open());
}

TEST(closing, on_http1_a_server_that_does_not_is_closed_on) {
    mint::testing::connected_pair pair;
    pair.upgrade();
    const auto now = clock::now();
    closing end{pair.ref, now, 1s};
    EXPECT_TRUE(end.step(pair.conn, {}, now + 1s).value());
    EXPECT_TRUE(end.was_cancelled());
    EXPECT_FALSE(pair.conn.is_open());
}

TEST(closing, is_over_at_its_deadline_though_nothing_can_be_sent_any_more) {
    http2_pair pair;
    pair.open();
    const auto ref = pair.open_websocket(1);
    const auto now = clock::now();
    closing end{ref, now, 100ms};
    pair.peer.reset();
    while (pair.conn.is_open(http::direction::write)) static_cast<void>(pair.conn.ping());
    ASSERT_TRUE(pair.conn.is_open(ref)) << "nobody has read that it is over";
    EXPECT_FALSE(end.step(pair.conn, {}, now));
    EXPECT_FALSE(end.step(pair.conn, {}, now + 100ms)) << "the reset can't be sent either";
    EXPECT_TRUE(end.is_over());
    EXPECT_TRUE(end.step(pair.conn, {}, now + 100ms).value());
    EXPECT_EQ(end.deadline(), closing::time_point::max());
}

TEST(closing, a_grace_time_below_nothing_is_none) {
    http2_pair pair;
    pair.open();
    const auto ref = pair.open_websocket(1);
    const auto now = clock::now();
    closing end{ref, now, std::chrono::milliseconds::min()};
    EXPECT_EQ(end.deadline(), now);
    EXPECT_TRUE(end.step(pair.conn, {}, now).value());
    EXPECT_TRUE(end.was_cancelled());
}

}  // namespace
}  // namespace mint
