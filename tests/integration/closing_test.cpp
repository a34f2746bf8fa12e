#include "conversation.hpp"
#include "peers_and_modes.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mint::test {
namespace {

/// Against each server in each mode.
class closing : public testing::TestWithParam<peer_and_mode> {
  protected:
    [[nodiscard]] static conversation open() {
        return conversation::open(server_of(std::get<0>(GetParam())).port(), {.mode = std::get<1>(GetParam())});
    }
};

INSTANTIATE_TEST_SUITE_P(servers, closing,
                         testing::Combine(testing::Values(peer::npm_ws, peer::python_websockets, peer::python_aiohttp),
                                          both_modes()),
                         name_of_both);

constexpr ws::close_code private_code{4321};

TEST_P(closing, our_code_is_echoed_and_the_server_ends_the_connection) {
    for (const auto code : {ws::close_code::normal, ws::close_code::going_away, ws::close_code{3000}, private_code}) {
        auto c = open();
        c.send(ws::close{code, "that's all"});
        EXPECT_TRUE(c.socket().codec().is_close_sent());
        // aiohttp answers every Close with 1000; the two others echo the code.
        const bool is_echoed = std::get<0>(GetParam()) != peer::python_aiohttp;
        EXPECT_EQ(c.expect<ws::owned_close>().code, is_echoed ? code : ws::close_code::normal);
        EXPECT_TRUE(c.socket().codec().is_close_received());
        EXPECT_EQ(c.expect_end().code, errc::connection_closed);  // in good order: no error of its own
        EXPECT_FALSE(c.connection().is_open(http::direction::read));
    }
}

TEST_P(closing, a_close_without_a_code_is_told_from_1000) {
    auto c = open();
    c.send(ws::close{});
    const auto answer = c.expect<ws::owned_close>();
    if (std::get<0>(GetParam()) != peer::python_aiohttp) {
        EXPECT_EQ(answer.code, std::nullopt);
    }
    EXPECT_EQ(c.expect_end().code, errc::connection_closed);
}

TEST_P(closing, the_servers_code_and_reason_arrive) {
    auto c = open();
    c.send_text("!close 4001 gone for good");
    const auto close = c.expect<ws::owned_close>();
    EXPECT_EQ(close.code, ws::close_code{4001});
    EXPECT_EQ(close.reason, "gone for good");
    EXPECT_TRUE(c.connection().is_open(http::direction::write));  // our answer may still go out
    c.send(ws::close{close.code, ""});
    EXPECT_EQ(c.expect_end().code, errc::connection_closed);
}

TEST_P(closing, nothing_may_be_sent_behind_our_close) {
    auto c = open();
    c.send(ws::close{ws::close_code::normal, ""});
    buffer out;
    const auto sent = c.socket().send(c.connection(), ws::text{"late"}, out);
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().code, errc::data_after_close);
    EXPECT_TRUE(out.empty());
}

TEST_P(closing, an_end_without_close_frame_is_1006) {
    auto c = open();
    c.send_text("first");
    EXPECT_EQ(c.expect_text(), "first");
    c.send_text("!fin");
    const auto end = c.expect_end();
    EXPECT_EQ(end.code, errc::closed_without_close_frame);
    EXPECT_EQ(end.condition(), condition::closed);
    EXPECT_FALSE(c.connection().is_open(http::direction::read));
}

TEST_P(closing, a_reset_is_told_from_an_end) {
    auto c = open();
    c.send_text("!reset");
    EXPECT_EQ(c.expect_end().code, errc::connection_reset);
    EXPECT_FALSE(c.connection().is_open());
    EXPECT_EQ(c.connection().socket(), -1);
}

TEST_P(closing, a_send_after_the_end_fails_without_a_signal) {
    auto c = open();
    c.send_text("!reset");
    EXPECT_EQ(c.expect_end().code, errc::connection_reset);
    buffer out;
    const auto sent = c.socket().send(c.connection(), ws::text{"anyone?"}, out);
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().code, errc::connection_closed);
}

TEST_P(closing, what_came_before_the_end_is_delivered_first) {
    auto c = open();
    for (int i = 0; i < 200; ++i) c.send_text("message " + std::to_string(i));
    c.send_text("!fin");
    for (int i = 0; i < 200; ++i) ASSERT_EQ(c.expect_text(), "message " + std::to_string(i));
    EXPECT_EQ(c.expect_end().code, errc::closed_without_close_frame);
}

TEST_P(closing, our_half_can_end_while_answers_still_come) {
    auto c = open();
    for (int i = 0; i < 50; ++i) c.send_text(std::to_string(i));
    ASSERT_TRUE(websocket::stream_request_body(c.connection(), c.socket().ref(), eof{}));
    EXPECT_TRUE(c.connection().is_open(http::direction::read));
    if (std::get<0>(GetParam()) == peer::npm_ws) {  // the others drop what they read last when they see the end
        for (int i = 0; i < 50; ++i) ASSERT_EQ(c.expect_text(), std::to_string(i));
    }
    EXPECT_THAT(c.expect_end().code, testing::AnyOf(errc::closed_without_close_frame, errc::connection_closed));
}

TEST_P(closing, close_drops_the_connection_at_once) {
    auto c = open();
    c.connection().close();
    c.connection().close();
    EXPECT_FALSE(c.connection().is_open());
    EXPECT_EQ(c.connection().socket(), -1);
    EXPECT_EQ(c.expect_end().code, errc::connection_closed);
}

/// Only servers that answer what came before the Close; python-websockets sends nothing more once it has read one.
class closing_in_order : public closing {};

INSTANTIATE_TEST_SUITE_P(servers, closing_in_order,
                         testing::Combine(testing::Values(peer::npm_ws, peer::python_aiohttp), both_modes()),
                         name_of_both);

TEST_P(closing_in_order, messages_before_our_close_are_still_answered) {
    auto c = open();
    c.send_text("before");
    c.send(ws::close{ws::close_code::normal, ""});
    EXPECT_EQ(c.expect_text(), "before");
    EXPECT_EQ(c.expect<ws::owned_close>().code, ws::close_code::normal);
}

}  // namespace
}  // namespace mint::test
