#include "support/fail_at_each_call.hpp"
#include "support/scripted_peer.hpp"

#include <mint/net/transport.hpp>
#include <mint/net/wait.hpp>

#include <array>
#include <cerrno>
#include <sys/socket.h>
#include <sys/time.h>
#include <utility>

#include <gtest/gtest.h>

namespace mint::net {
namespace {

using mint::testing::calls;
using mint::testing::count_calls;
using std::chrono::milliseconds;
using namespace std::chrono_literals;

static_assert(sizeof(transport) == 16, "thousands of idle connections keep one each");

class transport_with_peer : public ::testing::Test {
  protected:
    transport_with_peer() : transport_(make(peer_.port())) { peer_.accept(); }

    static transport make(std::uint16_t port) {
        auto socket = net::socket::start_connect(*parse_address("127.0.0.1", port)).value();
        wait(socket.descriptor(), {.write = true}, deadline{5s}).value();
        socket.finish_connect().value();
        return transport{std::move(socket)};
    }

    mint::testing::scripted_peer peer_;
    transport transport_;
    std::array<std::byte, 64> space_{};
};

TEST_F(transport_with_peer, waits_with_one_system_call_while_the_timeout_is_the_same) {
    peer_.send("0123456789");
    EXPECT_EQ(transport_.read_within(byte_span{space_}.first(1), 5s).size, 1U);
    EXPECT_EQ(count_calls(calls::recv | calls::setsockopt | calls::poll,
                          [&] { EXPECT_EQ(transport_.read_within(byte_span{space_}.first(2), 5s).size, 2U); }),
              1U);
    EXPECT_EQ(count_calls(calls::setsockopt,
                          [&] { EXPECT_EQ(transport_.read_within(byte_span{space_}.first(2), 6s).size, 2U); }),
              1U);
}

TEST_F(transport_with_peer, does_not_wait_without_a_timeout) {
    EXPECT_EQ(count_calls(calls::recv | calls::setsockopt | calls::poll,
                          [&] { EXPECT_EQ(transport_.read_within(space_, 0ms).status, io_status::would_block); }),
              1U);
}

TEST_F(transport_with_peer, waits_for_ever_where_told_so_even_after_a_timeout) {
    EXPECT_EQ(transport_.read_within(space_, 5ms).status, io_status::would_block);
    peer_.send("x");
    EXPECT_EQ(transport_.read_within(space_, milliseconds::max()).size, 1U);
    timeval limit{};
    socklen_t size = sizeof limit;
    ASSERT_EQ(::getsockopt(transport_.descriptor(), SOL_SOCKET, SO_RCVTIMEO, &limit, &size), 0);
    EXPECT_EQ(limit.tv_sec, 0);
    EXPECT_EQ(limit.tv_usec, 0);
}

TEST_F(transport_with_peer, takes_timeouts_that_the_system_has_no_number_for) {
    peer_.send("x");
    EXPECT_EQ(transport_.read_within(space_, milliseconds::max() - 1ms).size, 1U);
}

TEST_F(transport_with_peer, reports_a_signal_as_an_early_return) {
    mint::testing::fail_at_each_call({.which = calls::recv, .error = EINTR}, [&] {
        transport own = make(peer_.port());
        peer_.accept();
        peer_.send("x");
        io_result result;
        do result = own.read_within(space_, 5s);
        while (result.status == io_status::would_block);
        EXPECT_EQ(result.size, 1U);
    });
}

TEST_F(transport_with_peer, reports_a_failing_option) {
    std::size_t failure_count = 0;
    mint::testing::fail_at_each_call({.which = calls::setsockopt, .error = ENOBUFS}, [&] {
        auto socket = net::socket::start_connect(*parse_address("127.0.0.1", peer_.port())).value();
        wait(socket.descriptor(), {.write = true}, deadline{5s}).value();
        transport own{std::move(socket)};
        peer_.accept();
        peer_.send("x");
        const io_result result = own.read_within(space_, 5s);
        if (result.status == io_status::failed) {
            ++failure_count;
            EXPECT_EQ(result.system, ENOBUFS);
        }
    });
    EXPECT_EQ(failure_count, 1U);
}

TEST_F(transport_with_peer, is_closed_once_closed) {
    EXPECT_FALSE(transport_.is_tls());
    transport_.close();
    EXPECT_FALSE(transport_.is_open());
    EXPECT_EQ(transport_.descriptor(), -1);
    EXPECT_EQ(peer_.receive_all(), "");
}

}  // namespace
}  // namespace mint::net
