#include "conversation.hpp"
#include "servers.hpp"

#include <array>
#include <chrono>
#include <map>
#include <string>
#include <sys/epoll.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace mint::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

conversation open(http::mode mode) { return conversation::open(node_server().port(), {.mode = mode}); }

TEST(modes, one_epoll_loop_drives_many_websockets) {
    constexpr std::size_t count = 20;
    std::vector<conversation> conversations;
    for (std::size_t i = 0; i < count; ++i) conversations.push_back(open(http::mode::active));
    const int loop = ::epoll_create1(EPOLL_CLOEXEC);
    ASSERT_GE(loop, 0);
    for (std::size_t i = 0; i < count; ++i) {
        epoll_event interest{.events = EPOLLIN, .data = {.u64 = i}};
        ASSERT_EQ(::epoll_ctl(loop, EPOLL_CTL_ADD, conversations[i].connection().socket(), &interest), 0);
        conversations[i].send_text("number " + std::to_string(i));
    }
    http::read_buffer scratch;  // one for all of them
    std::map<std::size_t, std::string> received;
    std::vector<ws::frame> frames;
    while (received.size() < count) {
        std::array<epoll_event, 8> events{};
        const int ready = ::epoll_wait(loop, events.data(), static_cast<int>(events.size()), 20'000);
        ASSERT_GT(ready, 0);
        for (int e = 0; e < ready; ++e) {
            const auto i = events[static_cast<std::size_t>(e)].data.u64;
            auto& c = conversations[i];
            const auto responses = websocket::stream(c.connection(), {c.connection().id()}, scratch);
            ASSERT_TRUE(responses);
            for (const auto& r : *responses) {
                ASSERT_TRUE(c.socket().decode(std::get<responses::data>(r).bytes, frames));
                for (const auto& f : frames) received[i] = std::get<ws::text>(f).payload;
            }
        }
    }
    ::close(loop);
    for (std::size_t i = 0; i < count; ++i) EXPECT_EQ(received[i], "number " + std::to_string(i));
}

TEST(modes, stream_never_blocks) {
    auto c = open(http::mode::active);
    const auto responses = websocket::stream(c.connection(), {c.connection().id()}, c.scratch());
    ASSERT_TRUE(responses);
    EXPECT_TRUE(responses->empty());
}

TEST(modes, another_connections_message_is_unknown) {
    auto first = open(http::mode::active);
    auto second = open(http::mode::active);
    const http::socket_message message{second.connection().id()};
    EXPECT_FALSE(first.connection().owns(message));
    const auto responses = websocket::stream(first.connection(), message, first.scratch());
    ASSERT_FALSE(responses);
    EXPECT_EQ(responses.error().reason.code, errc::unknown_message);
    EXPECT_TRUE(first.connection().is_open());
    first.send_text("undisturbed");
    EXPECT_EQ(first.expect_text(), "undisturbed");
}

TEST(modes, a_message_for_a_closed_connection_is_not_taken_by_its_successor) {
    auto first = open(http::mode::active);
    const http::socket_message message{first.connection().id()};
    first.connection().close();
    auto second = open(http::mode::active);  // most likely on the same descriptor
    const auto responses = websocket::stream(second.connection(), message, second.scratch());
    ASSERT_FALSE(responses);
    EXPECT_EQ(responses.error().reason.code, errc::unknown_message);
}

TEST(modes, recv_in_active_mode_and_stream_in_passive_mode_are_misuse) {
    auto active = open(http::mode::active);
    const auto received = websocket::recv(active.connection(), 0, milliseconds{0}, active.scratch());
    ASSERT_FALSE(received);
    EXPECT_EQ(received.error().reason.code, errc::wrong_mode);
    auto passive = open(http::mode::passive);
    const auto streamed = websocket::stream(passive.connection(), {passive.connection().id()}, passive.scratch());
    ASSERT_FALSE(streamed);
    EXPECT_EQ(streamed.error().reason.code, errc::wrong_mode);
    EXPECT_TRUE(active.connection().is_open() && passive.connection().is_open());
}

TEST(modes, a_recv_timeout_leaves_the_websocket_open) {
    auto c = open(http::mode::passive);
    for (int i = 0; i < 3; ++i) {
        const auto start = steady_clock::now();
        const auto received = c.next(milliseconds{20});
        ASSERT_FALSE(received);
        EXPECT_EQ(received.error().code, errc::timeout);
        EXPECT_EQ(received.error().condition(), condition::timed_out);
        EXPECT_GE(steady_clock::now() - start, milliseconds{20});
        EXPECT_TRUE(c.connection().is_open(http::direction::read));
        EXPECT_TRUE(c.connection().is_open(http::direction::write));
        c.send_text("still here");
        EXPECT_EQ(c.expect_text(), "still here");
    }
}

TEST(modes, recv_of_a_byte_count_takes_that_many) {
    auto c = open(http::mode::passive);
    c.send_text("0123456789");  // comes back as 2 octets of header and 10 of payload
    std::string octets;
    for (const std::size_t size : {1U, 4U, 7U}) {
        const auto received = websocket::recv(c.connection(), size, long_enough, c.scratch());
        ASSERT_TRUE(received) << to_string(received.error().reason);
        std::size_t received_size = 0;
        for (const auto& r : *received) {
            octets += as_text(std::get<responses::data>(r).bytes);
            received_size += std::get<responses::data>(r).bytes.size();
        }
        EXPECT_EQ(received_size, size);
    }
    EXPECT_EQ(octets,
              "\x81\x0A"
              "0123456789");
}

TEST(modes, recv_of_more_than_the_scratch_holds_is_misuse) {
    auto c = open(http::mode::passive);
    const auto received = websocket::recv(c.connection(), c.scratch().size() + 1, milliseconds{0}, c.scratch());
    ASSERT_FALSE(received);
    EXPECT_EQ(received.error().reason.code, errc::invalid_argument);
}

TEST(modes, a_timeout_in_the_middle_of_a_byte_count_loses_nothing) {
    auto c = open(http::mode::passive);
    c.send_text("0123456789");
    const auto late = websocket::recv(c.connection(), 1000, milliseconds{100}, c.scratch());
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().reason.code, errc::timeout);
    std::string octets;
    for (const auto& r : late.error().responses) octets += as_text(std::get<responses::data>(r).bytes);
    while (octets.size() < 12) {
        const auto received = websocket::recv(c.connection(), 0, long_enough, c.scratch());
        ASSERT_TRUE(received);
        for (const auto& r : *received) octets += as_text(std::get<responses::data>(r).bytes);
    }
    EXPECT_EQ(octets,
              "\x81\x0A"
              "0123456789");
}

TEST(modes, the_mode_of_a_live_websocket_can_change_any_number_of_times) {
    auto c = open(http::mode::passive);
    for (int i = 0; i < 4; ++i) {
        const auto mode = i % 2 == 0 ? http::mode::active : http::mode::passive;
        c.send_text("sent before the switch");
        ASSERT_TRUE(c.connection().set_mode(mode));
        EXPECT_EQ(c.connection().mode(), mode);
        EXPECT_EQ(c.expect_text(), "sent before the switch");
        c.send_text("sent behind it");
        EXPECT_EQ(c.expect_text(), "sent behind it");
    }
}

TEST(modes, create_switches_the_mode_where_it_is_asked_to) {
    auto c =
        conversation::open(node_server().port(), {.mode = http::mode::passive, .create = {.mode = http::mode::active}});
    EXPECT_EQ(c.connection().mode(), http::mode::active);
    c.send_text("hello");
    EXPECT_EQ(c.expect_text(), "hello");
}

TEST(modes, set_mode_of_a_closed_connection_fails) {
    auto c = open(http::mode::passive);
    c.connection().close();
    const auto set = c.connection().set_mode(http::mode::active);
    ASSERT_FALSE(set);
    EXPECT_EQ(set.error().code, errc::connection_closed);
}

TEST(modes, a_connection_can_be_moved_while_it_lives) {
    auto c = open(http::mode::passive);
    auto moved = std::move(c);
    moved.send_text("from its new place");
    EXPECT_EQ(moved.expect_text(), "from its new place");
}

}  // namespace
}  // namespace mint::test
