#include "support/connected_pair.hpp"
#include "support/frame_script.hpp"

#include <mint/websocket/websocket.hpp>

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mint {
namespace {

using mint::testing::close_frame;
using mint::testing::connected_pair;
using mint::testing::patience;
using mint::testing::text_frame;
using mint::testing::wire;
using namespace std::chrono_literals;

const std::string going_away{
    "\x03\xE9"
    "bye"};

TEST(websocket_close, returns_the_peers_close_and_closes_the_connection) {
    connected_pair pair{connected_pair::passive()};
    pair.upgrade();
    pair.peer.send(wire(text_frame, "late") + wire(close_frame, going_away));
    pair.peer.finish();
    const auto theirs = pair.ws->close(pair.conn, {ws::close_code::normal, "done"}, patience, pair.scratch);
    ASSERT_TRUE(theirs) << to_string(theirs.error());
    EXPECT_EQ(*theirs, (ws::owned_close{ws::close_code::going_away, "bye"}));
    EXPECT_FALSE(pair.conn.is_open());
    const std::string sent = pair.peer.receive_all();
    EXPECT_EQ(sent.size(), 2U + 4U + 6U);
    EXPECT_EQ(static_cast<unsigned char>(sent.at(0)), close_frame);
}

TEST(websocket_close, answers_a_close_that_was_decoded_before) {
    connected_pair pair{connected_pair::passive()};
    pair.upgrade();
    std::vector<ws::frame> frames;
    ASSERT_TRUE(pair.ws->decode(as_bytes(wire(close_frame, going_away)), frames));
    pair.peer.finish();
    const auto theirs = pair.ws->close(pair.conn, {ws::close_code::going_away}, patience, pair.scratch);
    ASSERT_TRUE(theirs) << to_string(theirs.error());
    EXPECT_EQ(*theirs, ws::owned_close{});
    EXPECT_FALSE(pair.conn.is_open());
    EXPECT_EQ(pair.peer.receive_all().size(), 2U + 4U + 2U);
}

TEST(websocket_close, does_not_insist_that_the_peer_ends_the_connection) {
    connected_pair pair{connected_pair::passive()};
    pair.upgrade();
    pair.peer.send(wire(close_frame, going_away));
    EXPECT_TRUE(pair.ws->close(pair.conn, {ws::close_code::normal}, 20ms, pair.scratch));
    EXPECT_FALSE(pair.conn.is_open());
}

TEST(websocket_close, times_out_on_a_silent_peer_and_closes) {
    connected_pair pair{connected_pair::passive()};
    pair.upgrade();
    EXPECT_EQ(pair.ws->close(pair.conn, {ws::close_code::normal}, 20ms, pair.scratch).error(), errc::timeout);
    EXPECT_FALSE(pair.conn.is_open());
}

TEST(websocket_close, names_an_end_without_a_close) {
    connected_pair pair{connected_pair::passive()};
    pair.upgrade();
    pair.peer.finish();
    EXPECT_EQ(pair.ws->close(pair.conn, {ws::close_code::normal}, patience, pair.scratch).error(),
              errc::closed_without_close_frame);
    EXPECT_FALSE(pair.conn.is_open());
}

TEST(websocket_close, does_nothing_with_a_farewell_that_may_not_be_sent) {
    connected_pair pair{connected_pair::passive()};
    pair.upgrade();
    EXPECT_EQ(pair.ws->close(pair.conn, {ws::close_code::abnormal_closure}, patience, pair.scratch).error(),
              errc::invalid_close_code);
    EXPECT_TRUE(pair.conn.is_open());
    EXPECT_FALSE(pair.ws->codec().is_close_sent());
}

TEST(websocket_close, needs_passive_mode) {
    connected_pair pair;
    pair.upgrade();
    EXPECT_EQ(pair.ws->close(pair.conn, {ws::close_code::normal}, patience, pair.scratch).error(), errc::wrong_mode);
    EXPECT_TRUE(pair.conn.is_open());
}

TEST(websocket_close, gets_its_close_out_through_a_full_queue) {
    auto options = connected_pair::passive();
    options.max_queued_size = 10;
    connected_pair pair{options, 4096};
    pair.upgrade();
    buffer out;
    ASSERT_TRUE(pair.ws->send(pair.conn, ws::binary{as_bytes(std::string(16U << 20U, 'x'))}, out));
    ASSERT_TRUE(pair.conn.wants_write());
    pair.peer.send(wire(close_frame, going_away));
    // Nobody takes our octets: the peer's Close is received all the same, and ours can't leave in time.
    EXPECT_EQ(pair.ws->close(pair.conn, {ws::close_code::normal}, 50ms, pair.scratch).error(), errc::timeout);
    EXPECT_FALSE(pair.conn.is_open());
}

TEST(websocket_close, returns_the_close_of_a_peer_that_reset_behind_it) {
    connected_pair pair{connected_pair::passive(), 4096};
    pair.upgrade();
    buffer out;
    ASSERT_TRUE(pair.ws->send(pair.conn, ws::binary{as_bytes(std::string(16U << 20U, 'x'))}, out));
    ASSERT_TRUE(pair.conn.wants_write());
    pair.peer.send(wire(close_frame, going_away));
    pair.peer.reset();
    const auto theirs = pair.ws->close(pair.conn, {ws::close_code::normal}, patience, pair.scratch);
    if (theirs) {
        EXPECT_EQ(theirs->code, ws::close_code::going_away);
    } else {
        EXPECT_EQ(theirs.error(), errc::connection_reset);  // the system had dropped it
    }
    EXPECT_FALSE(pair.conn.is_open());
}

TEST(connection_flush, tells_that_what_was_queued_is_lost) {
    connected_pair pair{{}, 4096};
    pair.upgrade();
    buffer out;
    ASSERT_TRUE(pair.ws->send(pair.conn, ws::binary{as_bytes(std::string(16U << 20U, 'x'))}, out));
    ASSERT_TRUE(websocket::stream_request_body(pair.conn, pair.ref, eof{}));
    ASSERT_TRUE(pair.conn.wants_write());
    pair.peer.send(std::string(100'000, 'x'));
    pair.peer.reset();
    static_cast<void>(pair.conn.stream({.id = pair.conn.id(), .writable = true}, pair.scratch));
    EXPECT_FALSE(pair.conn.flush(0ms));
}

TEST(connection_recv, returns_when_what_was_queued_has_gone_out) {
    connected_pair pair{connected_pair::passive(), 4096};
    pair.upgrade();
    buffer out;
    ASSERT_TRUE(pair.ws->send(pair.conn, ws::binary{as_bytes(std::string(16U << 20U, 'x'))}, out));
    ASSERT_TRUE(pair.conn.wants_write());
    while (pair.conn.queued_size() > 0) {
        static_cast<void>(pair.peer.receive(64U << 10U));
        const auto received = pair.conn.recv(0, 1ms, pair.scratch);
        EXPECT_TRUE(received ? received->empty() : received.error().reason == errc::timeout);
    }
    EXPECT_EQ(pair.conn.recv(0, 1ms, pair.scratch).error().reason, errc::timeout);  // nothing was queued: it waits
}

}  // namespace
}  // namespace mint
