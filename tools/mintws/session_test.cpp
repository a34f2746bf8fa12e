#include "session.hpp"

#include <mint/base/bytes.hpp>

#include <chrono>

#include <gtest/gtest.h>

namespace mintws {
namespace {

using namespace std::chrono_literals;
namespace ws = mint::ws;

constexpr session::time_point start{1000s};

struct session_test : testing::Test {
    session make(session_options options = {}) { return session{std::move(options), start}; }

    // The only action there is, taken away; fails unless it is an `Action`.
    template <class Action>
    Action only() {
        EXPECT_EQ(out.size(), 1U);
        auto action = out.empty() ? Action{} : std::get<Action>(out.front());
        out.clear();
        return action;
    }

    session::action_list out;
};

TEST_F(session_test, closes_at_the_end_of_input_and_succeeds_with_the_peers_close) {
    auto s = make();
    EXPECT_TRUE(s.wants_input());
    s.on_end_of_input(start, out);
    EXPECT_EQ(only<actions::send_close>().code, ws::close_code::normal);
    EXPECT_FALSE(s.wants_input());
    s.on_frame(ws::close{ws::close_code::normal, "bye"}, start + 1s, out);
    EXPECT_TRUE(out.empty());
    EXPECT_FALSE(s.is_done());
    s.on_connection_end();
    EXPECT_TRUE(s.is_done());
    EXPECT_EQ(s.status(), exit_status::success);
    EXPECT_EQ(s.close_code(), ws::close_code::normal);
    EXPECT_EQ(s.close_reason(), "bye");
}

TEST_F(session_test, prints_messages_that_come_after_its_close) {
    auto s = make();
    s.on_end_of_input(start, out);
    out.clear();
    s.on_frame(ws::text{"late"}, start, out);
    EXPECT_EQ(only<actions::print>().message, ws::frame{ws::text{"late"}});
}

TEST_F(session_test, waits_before_it_closes) {
    auto s = make({.wait = 2s});
    s.on_end_of_input(start, out);
    EXPECT_TRUE(out.empty());
    EXPECT_EQ(s.deadline(), start + 2s);
    s.on_time(start + 1999ms, out);
    EXPECT_TRUE(out.empty());
    s.on_time(start + 2s, out);
    only<actions::send_close>();
}

TEST_F(session_test, stays_open_after_the_end_of_input_where_told) {
    auto s = make({.closes_at_end_of_input = false});
    s.on_end_of_input(start, out);
    EXPECT_TRUE(out.empty());
    EXPECT_FALSE(s.wants_input());
    EXPECT_FALSE(s.deadline());
}

TEST_F(session_test, closes_after_so_many_messages_and_prints_no_more) {
    auto s = make({.message_count = 2});
    s.on_frame(ws::text{"1"}, start, out);
    only<actions::print>();
    s.on_frame(ws::binary{}, start, out);
    ASSERT_EQ(out.size(), 2U);
    EXPECT_TRUE(std::holds_alternative<actions::print>(out[0]));
    EXPECT_TRUE(std::holds_alternative<actions::send_close>(out[1]));
    out.clear();
    s.on_frame(ws::text{"3"}, start, out);
    EXPECT_TRUE(out.empty());
}

TEST_F(session_test, waits_for_so_many_messages_behind_the_end_of_input) {
    auto s = make({.message_count = 1});
    s.on_end_of_input(start, out);
    EXPECT_TRUE(out.empty());
    s.on_frame(ws::text{"1"}, start, out);
    ASSERT_EQ(out.size(), 2U);
    EXPECT_TRUE(std::holds_alternative<actions::send_close>(out[1]));
    out.clear();
    auto hurried = make({.wait = 1s, .message_count = 1});
    hurried.on_end_of_input(start, out);
    EXPECT_EQ(hurried.deadline(), start + 1s) << "as long as it was told to";
}

TEST_F(session_test, answers_pings_until_it_closed) {
    auto s = make();
    s.on_frame(ws::ping{mint::as_bytes("x")}, start, out);
    EXPECT_EQ(mint::as_text(only<actions::send_pong>().payload), "x");
    s.on_end_of_input(start, out);
    out.clear();
    s.on_frame(ws::ping{}, start, out);
    EXPECT_TRUE(out.empty());
}

TEST_F(session_test, echoes_the_peers_close) {
    auto s = make();
    s.on_frame(ws::close{ws::close_code::going_away, ""}, start, out);
    EXPECT_EQ(only<actions::send_close>().code, ws::close_code::going_away);
    s.on_connection_end();
    EXPECT_EQ(s.status(), exit_status::success);
}

TEST_F(session_test, fails_where_the_peer_closes_with_an_error) {
    auto s = make();
    s.on_frame(ws::close{ws::close_code::internal_error, ""}, start, out);
    s.on_connection_end();
    EXPECT_EQ(s.status(), exit_status::abnormal);
    EXPECT_EQ(s.close_code(), ws::close_code::internal_error);
}

TEST_F(session_test, takes_its_own_close_code_back_as_success) {
    auto s = make({.close_code = ws::close_code{4000}});
    s.on_end_of_input(start, out);
    s.on_frame(ws::close{ws::close_code{4000}, ""}, start, out);
    EXPECT_EQ(s.status(), exit_status::success);
}

TEST_F(session_test, gives_up_on_a_peer_that_never_closes) {
    auto s = make({.close_timeout = 3s});
    s.on_end_of_input(start, out);
    EXPECT_EQ(s.deadline(), start + 3s);
    s.on_time(start + 3s, out);
    EXPECT_TRUE(s.is_done());
    EXPECT_EQ(s.status(), exit_status::timed_out);
    EXPECT_EQ(s.close_code(), ws::close_code::abnormal_closure);
}

TEST_F(session_test, puts_up_with_a_peer_that_leaves_the_connection_open_after_the_closes) {
    auto s = make();
    s.on_frame(ws::close{ws::close_code::normal, ""}, start, out);
    ASSERT_TRUE(s.deadline());
    s.on_time(*s.deadline(), out);
    EXPECT_TRUE(s.is_done());
    EXPECT_EQ(s.status(), exit_status::success);
}

TEST_F(session_test, fails_where_the_connection_ends_without_a_close) {
    auto open = make();
    open.on_connection_end();
    EXPECT_EQ(open.status(), exit_status::abnormal);
    auto closing = make();
    closing.on_end_of_input(start, out);
    closing.on_connection_end();
    EXPECT_EQ(closing.status(), exit_status::abnormal);
    EXPECT_EQ(closing.close_code(), ws::close_code::abnormal_closure);
}

TEST_F(session_test, sends_the_code_that_a_protocol_error_names) {
    auto s = make();
    s.on_protocol_error(mint::errc::invalid_utf8, start, out);
    EXPECT_EQ(only<actions::send_close>().code, ws::close_code::invalid_payload);
    s.on_connection_end();
    EXPECT_EQ(s.status(), exit_status::protocol_error);
}

TEST_F(session_test, keeps_the_status_of_bad_input_through_a_good_close) {
    auto s = make();
    s.on_bad_input(start, out);
    only<actions::send_close>();
    s.on_frame(ws::close{ws::close_code::normal, ""}, start, out);
    s.on_connection_end();
    EXPECT_EQ(s.status(), exit_status::usage);
}

TEST_F(session_test, closes_where_nobody_reads_its_output) {
    auto s = make();
    s.on_output_closed(start, out);
    only<actions::send_close>();
    s.on_frame(ws::text{"x"}, start, out);
    EXPECT_TRUE(out.empty());
}

TEST_F(session_test, closes_at_the_first_interrupt_and_ends_at_the_second) {
    auto s = make();
    s.on_interrupt(start, out);
    only<actions::send_close>();
    EXPECT_FALSE(s.is_done());
    s.on_interrupt(start, out);
    EXPECT_TRUE(s.is_done());
    EXPECT_EQ(s.status(), exit_status::interrupted);
}

TEST_F(session_test, pings_at_its_interval_while_pongs_come) {
    auto s = make({.ping_interval = 5s, .ping_timeout = 8s});
    for (int i = 1; i <= 3; ++i) {
        EXPECT_EQ(s.deadline(), start + i * 5s);
        s.on_time(start + i * 5s, out);
        only<actions::send_ping>();
        s.on_frame(ws::pong{}, start + i * 5s + 1s, out);
    }
    EXPECT_FALSE(s.is_done());
}

TEST_F(session_test, takes_any_sign_of_life_for_a_pong_while_it_lasts) {
    auto s = make({.ping_interval = 5s, .ping_timeout = 8s});
    s.on_time(start + 5s, out);
    EXPECT_TRUE(s.awaits_pong());
    for (int i = 6; i <= 20; ++i) {
        s.on_sign_of_life(start + i * 1s);
        s.on_time(start + i * 1s, out);
    }
    s.on_time(start + 27s, out);
    EXPECT_FALSE(s.is_done());
    s.on_time(start + 28s, out);
    EXPECT_TRUE(s.is_done()) << "silent for the timeout";
    EXPECT_EQ(s.status(), exit_status::timed_out);
}

TEST_F(session_test, keeps_the_status_of_failed_output_through_a_good_close) {
    auto s = make();
    s.on_output_failed(start, out);
    EXPECT_EQ(only<actions::send_close>().code, ws::close_code::normal);
    s.on_frame(ws::close{ws::close_code::normal, ""}, start, out);
    s.on_connection_end();
    EXPECT_EQ(s.status(), exit_status::unwritten);
}

TEST_F(session_test, ends_where_no_pong_comes) {
    auto s = make({.ping_interval = 5s, .ping_timeout = 8s});
    s.on_time(start + 5s, out);
    s.on_time(start + 10s, out);
    EXPECT_EQ(s.deadline(), start + 13s);
    s.on_time(start + 13s, out);
    EXPECT_TRUE(s.is_done());
    EXPECT_EQ(s.status(), exit_status::timed_out);
}

}  // namespace
}  // namespace mintws
