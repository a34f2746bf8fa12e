#include "support/connected_pair.hpp"
#include "support/fail_at_each_call.hpp"

#include <mint/http/connection.hpp>

#include <chrono>
#include <string>
#include <variant>

#include <gtest/gtest.h>

namespace mint::http {
namespace {

using mint::testing::calls;
using mint::testing::connected_pair;
using mint::testing::patience;
using namespace std::chrono_literals;

class connection_recv : public ::testing::Test {
  protected:
    connection_recv() : pair_(connected_pair::passive()) { pair_.upgrade(); }

    /// The data of one recv.
    std::string recv(std::size_t byte_count, std::chrono::milliseconds timeout = patience) {
        const auto list = pair_.conn.recv(byte_count, timeout, pair_.scratch);
        if (!list) return "error " + std::string{name(list.error().reason.code)};
        std::string data;
        for (const response& r : *list) {
            if (const auto* part = std::get_if<responses::data>(&r)) data += as_text(part->bytes);
        }
        return data;
    }

    connected_pair pair_;
};

TEST_F(connection_recv, returns_what_is_there) {
    pair_.peer.send("abc");
    EXPECT_EQ(recv(0), "abc");
}

TEST_F(connection_recv, costs_one_system_call) {
    pair_.peer.send("abcd");
    EXPECT_EQ(recv(1), "a");
    const auto every = calls::send | calls::recv | calls::poll | calls::setsockopt | calls::getsockopt | calls::fcntl;
    EXPECT_EQ(mint::testing::count_calls(every, [&] { EXPECT_EQ(recv(0), "bcd"); }), 1U);
}

TEST_F(connection_recv, returns_just_as_many_octets_as_asked_for) {
    pair_.peer.send("abcdef");
    EXPECT_EQ(recv(2), "ab");
    EXPECT_EQ(recv(3), "cde");
    EXPECT_EQ(recv(1), "f");
}

TEST_F(connection_recv, keeps_the_time) {
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(recv(0, 30ms), "error timeout");
    EXPECT_GE(std::chrono::steady_clock::now() - start, 30ms);
    EXPECT_EQ(recv(0, 0ms), "error timeout");
    EXPECT_EQ(recv(0, -1ms), "error timeout");
    EXPECT_TRUE(pair_.conn.is_open());
    pair_.peer.send("after");
    EXPECT_EQ(recv(0, no_timeout), "after");
}

TEST_F(connection_recv, loses_nothing_in_a_timeout) {
    pair_.peer.send("abc");
    EXPECT_EQ(recv(5, 5ms), "error timeout");
    EXPECT_EQ(recv(5, 0ms), "error timeout");
    pair_.peer.send("defg");
    EXPECT_EQ(recv(5), "abcde");
    EXPECT_EQ(recv(0), "fg");
}

TEST_F(connection_recv, returns_what_it_kept_where_less_is_asked_for) {
    pair_.peer.send("abcd");
    EXPECT_EQ(recv(8, 5ms), "error timeout");
    EXPECT_EQ(recv(1, 0ms), "a");
    EXPECT_EQ(recv(2, 0ms), "bc");
    EXPECT_EQ(recv(0, 0ms), "d");
    EXPECT_EQ(recv(0, 0ms), "error timeout");
}

TEST_F(connection_recv, gives_what_it_kept_to_stream) {
    pair_.peer.send("abc");
    EXPECT_EQ(recv(8, 5ms), "error timeout");
    ASSERT_TRUE(pair_.conn.set_mode(mode::active));
    const auto list = pair_.conn.stream({pair_.conn.id(), false}, pair_.scratch);
    ASSERT_TRUE(list);
    ASSERT_EQ(list->size(), 1U);
    EXPECT_EQ(as_text(std::get<responses::data>(list->front()).bytes), "abc");
}

TEST_F(connection_recv, gives_what_it_kept_to_a_smaller_buffer) {
    pair_.peer.send(std::string(40'000, 'x'));
    EXPECT_EQ(recv(50'000, 50ms), "error timeout");
    read_buffer small{0};
    ASSERT_TRUE(pair_.conn.set_mode(mode::active));
    std::size_t size = 0;
    for (int i = 0; i < 2; ++i) {
        const auto list = pair_.conn.stream({pair_.conn.id(), false}, small);
        ASSERT_TRUE(list);
        size += std::get<responses::data>(list->front()).bytes.size();
    }
    EXPECT_EQ(size, 40'000U);
}

TEST_F(connection_recv, delivers_what_came_before_the_end) {
    pair_.peer.send("abc");
    EXPECT_EQ(recv(2, patience), "ab");
    pair_.peer.finish();
    const auto list = pair_.conn.recv(5, patience, pair_.scratch);
    ASSERT_TRUE(list);
    pair_.received.add(*list);
    EXPECT_EQ(pair_.received.data, "c");
    EXPECT_EQ(pair_.received.done_count, 1U);
    EXPECT_EQ(recv(0), "error connection_closed");
}

TEST_F(connection_recv, delivers_what_came_before_a_reset) {
    pair_.peer.send("abc");
    EXPECT_EQ(recv(5, 5ms), "error timeout");
    pair_.peer.reset();
    const auto list = pair_.conn.recv(5, patience, pair_.scratch);
    ASSERT_FALSE(list);
    EXPECT_EQ(list.error().reason, errc::connection_reset);
    ASSERT_EQ(list.error().responses.size(), 1U);
    EXPECT_EQ(as_text(std::get<responses::data>(list.error().responses.front()).bytes), "abc");
    EXPECT_FALSE(pair_.conn.is_open());
}

TEST_F(connection_recv, refuses_more_than_the_buffer_holds) {
    EXPECT_EQ(recv(pair_.scratch.size() + 1), "error invalid_argument");
    pair_.peer.send(std::string(pair_.scratch.size(), 'x'));
    EXPECT_EQ(recv(pair_.scratch.size()).size(), pair_.scratch.size());
}

TEST_F(connection_recv, changes_mode_while_the_websocket_lives) {
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(pair_.conn.set_mode(mode::active));
        pair_.peer.send("active");
        pair_.wait_readable();
        const auto list = pair_.conn.stream({pair_.conn.id()}, pair_.scratch);
        ASSERT_TRUE(list);
        EXPECT_EQ(as_text(std::get<responses::data>(list->front()).bytes), "active");
        ASSERT_TRUE(pair_.conn.set_mode(mode::passive));
        pair_.peer.send("passive");
        EXPECT_EQ(recv(0), "passive");
    }
}

TEST(connection_recv_http, returns_though_no_response_is_complete) {
    connected_pair pair{connected_pair::passive()};
    ASSERT_TRUE(pair.conn.request("GET", "/"));
    pair.peer.send("HTTP/1.1 200 OK\r\ncontent-");
    const auto list = pair.conn.recv(0, patience, pair.scratch);
    ASSERT_TRUE(list);
    EXPECT_TRUE(list->empty());
}

TEST(connection_recv_http, counts_octets_of_the_connection) {
    const std::string answer = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";
    connected_pair pair{connected_pair::passive()};
    ASSERT_TRUE(pair.conn.request("GET", "/"));
    pair.peer.send(answer);
    const auto list = pair.conn.recv(answer.size() - 2, patience, pair.scratch);
    ASSERT_TRUE(list);
    pair.received.add(*list);
    EXPECT_EQ(pair.received.data, "hel");
}

}  // namespace
}  // namespace mint::http
