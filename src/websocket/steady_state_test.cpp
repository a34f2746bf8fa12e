// What a WebSocket costs once it is there: no allocation a message, and next to no memory while it is idle.
#include "support/connected_pair.hpp"
#include "support/count_allocations.hpp"
#include "support/fail_at_each_call.hpp"
#include "support/frame_script.hpp"

#include <mint/websocket/websocket.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

namespace mint {
namespace {

using mint::testing::allocation_counter;
using mint::testing::calls;
using mint::testing::connected_pair;
using mint::testing::patience;

/// Sends a text and takes the echo that waits already.
void ping_pong(connected_pair& pair, buffer& out, std::vector<ws::frame>& frames) {
    ASSERT_TRUE(pair.ws->send(pair.conn, ws::text{"sixteen octets.."}, out));
    const bool is_active = pair.conn.mode() == http::mode::active;
    const auto list = is_active ? websocket::stream(pair.conn, {.id = pair.conn.id()}, pair.scratch)
                                : websocket::recv(pair.conn, 18, patience, pair.scratch);
    ASSERT_TRUE(list);
    ASSERT_TRUE(pair.ws->decode(std::get<responses::data>(list->front()).bytes, frames));
    ASSERT_FALSE(frames.empty());
}

TEST(steady_state, allocates_nothing_for_a_message) {
    for (const auto& options : {http::connect_options{}, connected_pair::passive()}) {
        connected_pair pair{options};
        pair.upgrade();
        buffer out;
        std::vector<ws::frame> frames;
        const std::string echo = mint::testing::wire(0x81, "sixteen octets..");
        for (int i = 0; i < 3; ++i) {
            pair.peer.send(echo);
            pair.wait_readable();
            ping_pong(pair, out, frames);
        }
        for (int i = 0; i < 100; ++i) {
            pair.peer.send(echo);
            pair.wait_readable();
            const allocation_counter counter;
            ping_pong(pair, out, frames);
            EXPECT_EQ(counter.count(), 0U);
        }
    }
}

TEST(steady_state, makes_two_system_calls_for_a_message) {
    for (const auto& options : {http::connect_options{}, connected_pair::passive()}) {
        connected_pair pair{options};
        pair.upgrade();
        buffer out;
        std::vector<ws::frame> frames;
        const std::string echo = mint::testing::wire(0x81, "sixteen octets..");
        const auto every = calls::send | calls::recv | calls::poll | calls::setsockopt | calls::fcntl | calls::epoll;
        for (int i = 0; i < 3; ++i) {
            pair.peer.send(echo);
            pair.wait_readable();
            EXPECT_EQ(mint::testing::count_calls(every, [&] { ping_pong(pair, out, frames); }), 2U);
        }
    }
}

TEST(steady_state, holds_under_96_octets_of_heap_while_idle) {
    connected_pair pair{connected_pair::passive()};
    pair.upgrade();
    http::connection& conn = pair.conn;
    const allocation_counter counter;
    {
        const http::connection gone = std::move(conn);
        const websocket ws = std::move(*pair.ws);
    }
    EXPECT_GT(counter.held_size(), -96);
    EXPECT_LT(counter.held_size(), 0);
}

TEST(steady_state, gives_the_queue_back_once_it_ran_empty) {
    connected_pair pair;
    pair.upgrade();
    const allocation_counter counter;
    const std::size_t size = 16U << 20U;
    {
        const std::string block(size, 'x');
        ASSERT_TRUE(pair.conn.stream_request_body(pair.ref, as_bytes(block)));
    }
    EXPECT_GT(counter.held_size(), 8 << 20);
    std::size_t received_size = 0;
    while (received_size < size) {
        received_size += pair.peer.receive(std::min<std::size_t>(size - received_size, 1U << 20U)).size();
        ASSERT_TRUE(pair.conn.stream({pair.conn.id(), false, true}, pair.scratch));
    }
    EXPECT_LE(counter.held_size(), 0);
}

}  // namespace
}  // namespace mint
