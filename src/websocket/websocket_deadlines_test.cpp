#include "support/connected_pair.hpp"
#include "support/flood.hpp"
#include "support/frame_script.hpp"
#include "support/http2_pair.hpp"

#include <mint/websocket/opening.hpp>
#include <mint/websocket/websocket.hpp>

#include <chrono>
#include <string>

#include <gtest/gtest.h>

namespace mint {
namespace {

namespace h2 = mint::testing::h2;
using mint::testing::connected_pair;
using mint::testing::flood;
using mint::testing::h2::enabled;
using mint::testing::http2_pair;
using mint::testing::in_passive_mode;
using mint::testing::patience;
using mint::testing::scripted_peer;
using mint::testing::wire;
using namespace std::chrono_literals;

const std::string ignored_frame = h2::frame(h2::type{0x77}, 0, 0, "");

TEST(websocket_deadlines, an_answer_is_not_waited_for_longer_because_something_else_comes) {
    http2_pair pair{in_passive_mode};
    const auto ref = websocket::upgrade(ws_scheme::ws, pair.conn, "/").value();
    pair.peer.send(enabled);
    const flood noise{pair.peer, ignored_frame};
    const auto answer = websocket::recv_upgrade(pair.conn, ref, 100ms, pair.scratch);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error(), errc::timeout);
    EXPECT_FALSE(noise.has_given_up());
}

TEST(websocket_deadlines, an_answer_that_came_in_time_is_given_whatever_the_clock_says) {
    http2_pair pair{in_passive_mode};
    const auto ref = websocket::upgrade(ws_scheme::ws, pair.conn, "/").value();
    pair.peer.send(enabled + h2::settings_ack());
    pair.receive_until([&] { return pair.conn.extended_connect() == http2::extended_connect::enabled; });
    pair.peer.send(h2::headers(1, {{":status", "200"}}));
    net::wait(pair.conn.socket(), {.read = true}, net::deadline{patience}).value();
    const auto answer = websocket::recv_upgrade(pair.conn, ref, 0ms, pair.scratch);
    ASSERT_TRUE(answer) << to_string(answer.error());
    EXPECT_EQ(answer->status_code, 200);
}

TEST(websocket_deadlines, a_close_is_not_waited_for_longer_because_messages_come) {
    http2_pair pair{in_passive_mode};
    pair.open();
    auto ws = pair.create(pair.open_websocket(1));
    const flood messages{pair.peer, h2::data(1, wire(0x82, "hello"))};
    EXPECT_EQ(ws.close(pair.conn, {}, 100ms, pair.scratch).error(), errc::timeout);
    EXPECT_FALSE(messages.has_given_up());
}

TEST(websocket_deadlines, nor_over_http1) {
    connected_pair pair{in_passive_mode};
    pair.upgrade();
    const flood messages{pair.peer, wire(0x82, "hello")};
    EXPECT_EQ(pair.ws->close(pair.conn, {}, 100ms, pair.scratch).error(), errc::timeout);
    EXPECT_FALSE(messages.has_given_up());
}

TEST(websocket_deadlines, nor_behind_the_close) {
    connected_pair pair{in_passive_mode};
    pair.upgrade();
    pair.peer.send(wire(0x88, "\x03\xE8"));
    const flood octets{pair.peer, "and so on"};
    const auto theirs = pair.ws->close(pair.conn, {}, 100ms, pair.scratch);
    ASSERT_TRUE(theirs) << to_string(theirs.error());
    EXPECT_EQ(theirs->code, ws::close_code{1000});
    EXPECT_FALSE(octets.has_given_up());
}

TEST(websocket_deadlines, a_step_of_opening_ends_while_something_else_comes) {
    scripted_peer peer;
    open_options options;
    options.connect.protocols = {http::protocol::http2};
    options.connect.timeout = 1s;
    const url target = parse_url("ws://127.0.0.1:" + std::to_string(peer.port()) + "/").value();
    auto now = opening::time_point{} + 1000h;
    auto attempt = opening::start(target, options, now).value();
    while (true) {
        ASSERT_TRUE(attempt.step(now));
        if (attempt.describe().find("upgrade") != std::string::npos) break;
        net::wait_any(attempt.wants(), net::deadline{patience}).value();
    }
    peer.accept();
    peer.send(enabled);
    const flood noise{peer, ignored_frame};
    for (int step = 0; step < 20; ++step) {
        net::wait_any(attempt.wants(), net::deadline{patience}).value();
        ASSERT_TRUE(attempt.step(now));
        ASSERT_FALSE(noise.has_given_up());
        EXPECT_LE(attempt.deadline(), now + 1s);
    }
    now += 1s;
    EXPECT_EQ(attempt.step(now).error(), errc::connect_timeout);
    EXPECT_FALSE(noise.has_given_up());
}

}  // namespace
}  // namespace mint
