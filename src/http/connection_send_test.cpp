#include "support/connected_pair.hpp"
#include "support/fail_at_each_call.hpp"

#include <mint/http/connection.hpp>

#include <algorithm>
#include <cstdint>
#include <string>

#include <gtest/gtest.h>

namespace mint::http {
namespace {

using mint::testing::calls;
using mint::testing::connected_pair;
using mint::testing::patience;
using namespace std::chrono_literals;

/// Octets of which no two stretches are alike.
std::string pattern(std::size_t size) {
    std::string result(size, '\0');
    std::uint32_t state = 1;
    for (char& c : result) {
        state = state * 1664525U + 1013904223U;
        c = static_cast<char>(state >> 24U);
    }
    return result;
}

/// Reads everything that the connection has to send, which goes on sending as its socket gets room.
std::string drain(connected_pair& pair, std::size_t size) {
    std::string received;
    while (received.size() < size) {
        received += pair.peer.receive(std::min<std::size_t>(size - received.size(), 256U << 10U));
        if (pair.conn.wants_write()) {
            const auto list = pair.conn.stream({pair.conn.id(), false, true}, pair.scratch);
            EXPECT_TRUE(list);
        }
    }
    return received;
}

TEST(connection_send, takes_one_block_of_any_size_and_then_refuses_until_it_is_gone) {
    connected_pair pair;
    pair.upgrade();
    const std::string block = pattern(64U << 20U);
    ASSERT_TRUE(pair.conn.stream_request_body(pair.ref, as_bytes(block)));
    EXPECT_TRUE(pair.conn.wants_write());
    const std::size_t queued_size = pair.conn.queued_size();
    EXPECT_GT(queued_size, 32U << 20U);
    EXPECT_EQ(pair.conn.request_body_window(pair.ref), 0U);

    const auto refused = pair.conn.stream_request_body(pair.ref, as_bytes("more"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), errc::send_queue_full);
    EXPECT_LE(pair.conn.queued_size(), queued_size);

    EXPECT_TRUE(drain(pair, block.size()) == block);
    EXPECT_FALSE(pair.conn.wants_write());
    ASSERT_TRUE(pair.conn.stream_request_body(pair.ref, as_bytes("more")));
    EXPECT_EQ(pair.peer.receive(4), "more");
}

TEST(connection_send, queues_small_blocks_in_order_up_to_the_limit) {
    connected_pair pair{{.max_queued_size = 100'000}};
    pair.upgrade();
    std::string sent;
    std::string block = pattern(10'000);
    while (true) {
        block[0] = static_cast<char>(sent.size() / block.size());
        const auto taken = pair.conn.stream_request_body(pair.ref, as_bytes(block));
        if (!taken) {
            EXPECT_EQ(taken.error(), errc::send_queue_full);
            break;
        }
        sent += block;
        EXPECT_LE(pair.conn.queued_size(), 100'000U);
        const auto window = pair.conn.request_body_window(pair.ref);
        ASSERT_TRUE(window);
        EXPECT_TRUE(!pair.conn.wants_write() || *window == 100'000U - pair.conn.queued_size());
    }
    EXPECT_LT(*pair.conn.request_body_window(pair.ref), block.size());
    EXPECT_TRUE(drain(pair, sent.size()) == sent);
}

TEST(connection_send, refuses_a_request_whole_when_the_queue_is_full) {
    connected_pair pair{{.max_queued_size = 1000}, 4096};
    const auto upload = pair.conn.request("POST", "/", {}, whole_body{as_bytes(std::string(32U << 20U, 'x'))});
    ASSERT_TRUE(upload);
    ASSERT_TRUE(pair.conn.wants_write());
    const std::size_t queued_size = pair.conn.queued_size();
    EXPECT_EQ(pair.conn.request("GET", "/").error(), errc::send_queue_full);
    EXPECT_LE(pair.conn.queued_size(), queued_size);
    EXPECT_EQ(pair.conn.open_request_count(), 1U);
}

TEST(connection_send, writes_one_frame_with_one_system_call) {
    connected_pair pair;
    pair.upgrade();
    const std::string frame(16, 'x');
    EXPECT_EQ(
        mint::testing::count_calls(calls::send | calls::recv | calls::poll,
                                   [&] { EXPECT_TRUE(pair.conn.stream_request_body(pair.ref, as_bytes(frame))); }),
        1U);
}

TEST(connection_send, sends_nothing_for_nothing) {
    connected_pair pair;
    pair.upgrade();
    EXPECT_EQ(mint::testing::count_calls(calls::send,
                                         [&] { EXPECT_TRUE(pair.conn.stream_request_body(pair.ref, byte_view{})); }),
              0U);
}

TEST(connection_send, waits_in_flush_until_all_is_gone) {
    connected_pair pair;
    pair.upgrade();
    const std::string block = pattern(16U << 20U);
    ASSERT_TRUE(pair.conn.stream_request_body(pair.ref, as_bytes(block)));
    const auto out_of_time = pair.conn.flush(10ms);
    ASSERT_FALSE(out_of_time);
    EXPECT_EQ(out_of_time.error(), errc::timeout);
    EXPECT_TRUE(pair.conn.is_open());

    std::string received;
    while (pair.conn.wants_write()) {
        received += pair.peer.receive(std::min<std::size_t>(block.size() - received.size(), 1U << 20U));
        static_cast<void>(pair.conn.flush(0ms));
    }
    EXPECT_TRUE(pair.conn.flush(patience));
    received += pair.peer.receive(block.size() - received.size());
    EXPECT_TRUE(received == block);
}

TEST(connection_send, sends_while_it_waits_to_receive) {
    connected_pair pair{connected_pair::passive()};
    pair.upgrade();
    const std::string block = pattern(16U << 20U);
    ASSERT_TRUE(pair.conn.stream_request_body(pair.ref, as_bytes(block)));
    std::string received;
    while (pair.conn.wants_write()) {
        received += pair.peer.receive(std::min<std::size_t>(block.size() - received.size(), 1U << 20U));
        const auto got = pair.conn.recv(0, 1ms, pair.scratch);
        EXPECT_TRUE(got ? got->empty() && !pair.conn.wants_write() : got.error().reason == errc::timeout);
    }
    received += pair.peer.receive(block.size() - received.size());
    EXPECT_TRUE(received == block);
}

TEST(connection_send, ends_our_direction_after_what_is_queued) {
    connected_pair pair;
    pair.upgrade();
    const std::string block = pattern(16U << 20U);
    ASSERT_TRUE(pair.conn.stream_request_body(pair.ref, as_bytes(block)));
    ASSERT_TRUE(pair.conn.stream_request_body(pair.ref, eof{}));
    EXPECT_FALSE(pair.conn.is_open(direction::write));
    EXPECT_TRUE(pair.conn.wants_write());
    EXPECT_EQ(pair.conn.stream_request_body(pair.ref, as_bytes("x")).error(), errc::request_body_not_streaming);
    EXPECT_TRUE(drain(pair, block.size()) == block);
    EXPECT_EQ(pair.peer.receive_all(), "");

    pair.peer.send("still heard");
    pair.receive_until([](const auto& t) { return t.data == "still heard"; });
    pair.peer.finish();
    pair.receive_until([](const auto& t) { return t.done_count == 1; });
    EXPECT_FALSE(pair.conn.is_open());
    EXPECT_EQ(pair.conn.socket(), -1);
}

TEST(connection_send, still_sends_after_the_peer_ended_its_direction) {
    connected_pair pair;
    pair.upgrade();
    pair.peer.finish();
    pair.receive_until([](const auto& t) { return t.done_count == 1; });
    EXPECT_FALSE(pair.conn.is_open(direction::read));
    EXPECT_TRUE(pair.conn.is_open(direction::write));
    EXPECT_FALSE(pair.conn.wants_read());
    EXPECT_EQ(pair.conn.stream({pair.conn.id()}, pair.scratch).error().reason, errc::connection_closed);
    ASSERT_TRUE(pair.conn.stream_request_body(pair.ref, as_bytes("last words")));
    ASSERT_TRUE(pair.conn.stream_request_body(pair.ref, eof{}));
    EXPECT_FALSE(pair.conn.is_open());
    EXPECT_EQ(pair.peer.receive_all(), "last words");
}

TEST(connection_send, keeps_what_the_peer_sent_before_its_reset) {
    for (const auto& options : {connect_options{}, connected_pair::passive()}) {
        connected_pair pair{options};
        pair.upgrade();
        ASSERT_TRUE(pair.conn.stream_request_body(pair.ref, as_bytes("never read")));
        pair.peer.send("goodbye");
        pair.peer.close();  // with octets unread: a reset
        const auto failed = pair.conn.stream_request_body(pair.ref, as_bytes("x"));
        ASSERT_FALSE(failed);
        EXPECT_EQ(failed.error(), errc::connection_reset);
        EXPECT_FALSE(pair.conn.is_open(direction::write));
        EXPECT_TRUE(pair.conn.is_open(direction::read));
        EXPECT_EQ(pair.conn.stream_request_body(pair.ref, as_bytes("x")).error(), errc::connection_closed);
        EXPECT_EQ(pair.conn.flush(0ms).error(), errc::connection_closed);

        EXPECT_EQ(pair.receive_until_error(), errc::connection_reset);
        EXPECT_EQ(pair.received.data, "goodbye");
        EXPECT_EQ(pair.received.done_count, 0U);
        EXPECT_FALSE(pair.conn.is_open());
    }
}

TEST(connection_send, finds_out_about_a_reset_while_it_sends_what_waits) {
    for (const auto& options : {connect_options{}, connected_pair::passive()}) {
        connected_pair pair{options, 4096};
        pair.upgrade();
        ASSERT_TRUE(pair.conn.stream_request_body(pair.ref, as_bytes(std::string(16U << 20U, 'x'))));
        ASSERT_TRUE(pair.conn.wants_write());
        pair.peer.send("goodbye");
        pair.peer.reset();
        EXPECT_EQ(pair.receive_until_error(), errc::connection_reset);
        EXPECT_EQ(pair.received.data, "goodbye");
        EXPECT_FALSE(pair.conn.is_open());
    }
}

TEST(connection_send, raises_no_signal_when_the_peer_is_gone) {
    connected_pair pair;
    pair.upgrade();
    pair.peer.close();
    std::expected<void, error> sent;
    while (sent) sent = pair.conn.stream_request_body(pair.ref, as_bytes("x"));
    EXPECT_EQ(sent.error(), errc::connection_reset);
    EXPECT_NE(sent.error().system, 0);
}

TEST(connection_send, closes_when_sending_fails_after_the_peer_ended_its_direction) {
    connected_pair pair;
    pair.upgrade();
    pair.peer.finish();
    pair.receive_until([](const auto& t) { return t.done_count == 1; });
    pair.peer.reset();
    std::expected<void, error> sent;
    while (sent) sent = pair.conn.stream_request_body(pair.ref, as_bytes("x"));
    EXPECT_FALSE(pair.conn.is_open());
    EXPECT_EQ(pair.conn.socket(), -1);
}

}  // namespace
}  // namespace mint::http
