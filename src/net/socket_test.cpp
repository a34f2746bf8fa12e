#include "support/fail_at_each_call.hpp"
#include "support/scripted_peer.hpp"

#include <mint/net/socket.hpp>
#include <mint/net/wait.hpp>

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <sys/socket.h>
#include <type_traits>
#include <utility>

#include <gtest/gtest.h>

namespace mint::net {
namespace {

using mint::testing::scripted_peer;
using namespace std::chrono_literals;

static_assert(std::is_nothrow_move_constructible_v<socket> && std::is_nothrow_move_assignable_v<socket>);
static_assert(!std::is_copy_constructible_v<socket>);

std::expected<socket, error> connected(std::uint16_t port) {
    auto result = socket::start_connect(*parse_address("127.0.0.1", port));
    if (!result) return result;
    if (auto ready = wait(result->descriptor(), {.write = true}, deadline{5s}); !ready) {
        return std::unexpected(ready.error());
    }
    if (auto finished = result->finish_connect(); !finished) return std::unexpected(finished.error());
    return result;
}

class socket_with_peer : public ::testing::Test {
  protected:
    socket_with_peer() : socket_(connected(peer_.port()).value()) { peer_.accept(); }

    void wait_readable() { EXPECT_TRUE(wait(socket_.descriptor(), {.read = true}, deadline{5s})); }

    scripted_peer peer_;
    socket socket_;
    std::array<std::byte, 4096> space_{};
};

TEST_F(socket_with_peer, moves_octets_both_ways) {
    const io_result sent = socket_.write_some(as_bytes("to the peer"));
    EXPECT_EQ(sent.status, io_status::ok);
    EXPECT_EQ(sent.size, 11U);
    EXPECT_EQ(peer_.receive(11), "to the peer");

    peer_.send("back");
    wait_readable();
    const io_result received = socket_.read_some(space_);
    EXPECT_EQ(received.status, io_status::ok);
    EXPECT_EQ(as_text(byte_view{space_}.first(received.size)), "back");
}

TEST_F(socket_with_peer, does_not_wait_to_read) { EXPECT_EQ(socket_.read_some(space_).status, io_status::would_block); }

TEST_F(socket_with_peer, does_not_wait_to_write) {
    const std::string much(16U << 20U, 'x');
    io_result last;
    while (last.status == io_status::ok) last = socket_.write_some(as_bytes(much));
    EXPECT_EQ(last.status, io_status::would_block);
}

TEST_F(socket_with_peer, waits_to_read_as_long_as_it_was_told) {
    ASSERT_TRUE(socket_.set_read_timeout(30ms));
    const auto start = deadline::clock::now();
    EXPECT_EQ(socket_.read_waiting(space_).status, io_status::would_block);
    EXPECT_GE(deadline::clock::now() - start, 30ms);
}

TEST_F(socket_with_peer, reads_the_end_after_what_came_before) {
    peer_.send("last");
    peer_.finish();
    wait_readable();
    EXPECT_EQ(socket_.read_waiting(space_).size, 4U);
    EXPECT_EQ(socket_.read_waiting(space_).status, io_status::end);
}

TEST_F(socket_with_peer, reports_a_reset) {
    peer_.reset();
    wait_readable();
    const io_result received = socket_.read_some(space_);
    EXPECT_EQ(received.status, io_status::failed);
    EXPECT_EQ(received.system, ECONNRESET);
}

TEST_F(socket_with_peer, raises_no_signal_when_the_peer_is_gone) {
    peer_.close();
    io_result last;
    while (last.status != io_status::failed) last = socket_.write_some(as_bytes("x"));
    EXPECT_TRUE(last.system == EPIPE || last.system == ECONNRESET);
}

TEST_F(socket_with_peer, ends_its_own_direction_alone) {
    socket_.shutdown_write();
    EXPECT_EQ(peer_.receive_all(), "");
    peer_.send("still heard");
    wait_readable();
    EXPECT_EQ(socket_.read_some(space_).size, 11U);
}

TEST_F(socket_with_peer, sends_small_octets_at_once_and_is_not_inherited) {
    int no_delay = 0;
    socklen_t size = sizeof no_delay;
    ASSERT_EQ(::getsockopt(socket_.descriptor(), IPPROTO_TCP, TCP_NODELAY, &no_delay, &size), 0);
    EXPECT_NE(no_delay, 0);
    EXPECT_NE(::fcntl(socket_.descriptor(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST_F(socket_with_peer, is_closed_after_a_move) {
    socket other = std::move(socket_);
    EXPECT_TRUE(other.is_open());
    EXPECT_FALSE(socket_.is_open());  // NOLINT(bugprone-use-after-move): that it may be asked is the rule
    socket_ = std::move(other);
    EXPECT_TRUE(socket_.is_open());
}

TEST_F(socket_with_peer, closes_what_it_had_when_it_is_assigned_to) {
    socket_ = socket{};
    EXPECT_EQ(peer_.receive_all(), "");
}

TEST(socket, is_refused_where_nobody_listens) {
    scripted_peer peer;
    peer.stop_listening();
    const auto result = connected(peer.port());
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error(), errc::connection_refused);
    EXPECT_EQ(result.error().system, ECONNREFUSED);
    EXPECT_EQ(result.error().detail, "connect");
}

TEST(socket, gives_each_errno_its_errc) {
    const std::pair<int, errc> cases[] = {
        {ECONNREFUSED, errc::connection_refused},
        {ECONNRESET, errc::connection_reset},
        {EPIPE, errc::connection_reset},
        {ECONNABORTED, errc::connection_reset},
        {ENETUNREACH, errc::host_unreachable},
        {EHOSTUNREACH, errc::host_unreachable},
        {ETIMEDOUT, errc::host_unreachable},
        {EMFILE, errc::system_error},
        {ENOMEM, errc::system_error},
    };
    for (const auto& [system, code] : cases) {
        const error e = error_of(system, "call");
        EXPECT_EQ(e, code);
        EXPECT_EQ(e.system, system);
        EXPECT_EQ(e.detail, "call");
    }
}

TEST(socket, connects_or_says_why_whichever_call_fails) {
    using mint::testing::calls;
    scripted_peer peer;
    const auto making = calls::socket | calls::connect | calls::getsockopt | calls::setsockopt | calls::fcntl;
    std::size_t failure_count = 0;
    const std::size_t call_count = mint::testing::fail_at_each_call({.which = making, .error = ENOBUFS}, [&] {
        const auto result = connected(peer.port());
        if (!result) {
            ++failure_count;
            EXPECT_EQ(result.error(), errc::system_error);
            EXPECT_EQ(result.error().system, ENOBUFS);
        } else {
            peer.accept();
        }
    });
    EXPECT_GE(call_count, 5U);
    EXPECT_EQ(failure_count, call_count);
}

TEST(socket, connects_though_a_signal_interrupts) {
    scripted_peer peer;
    mint::testing::fail_at_each_call({.which = mint::testing::calls::poll, .error = EINTR}, [&] {
        EXPECT_TRUE(connected(peer.port()));
        peer.accept();
    });
}

TEST_F(socket_with_peer, goes_on_after_signals_and_with_single_octets) {
    using mint::testing::calls;
    for (const int error : {EINTR, 0}) {
        mint::testing::fail_at_each_call({.which = calls::send | calls::recv, .error = error}, [&] {
            scripted_peer* const peer = &peer_;
            auto own = connected(peer->port());
            ASSERT_TRUE(own);
            peer->accept();
            for (byte_view left = as_bytes("hello"); !left.empty();) {
                const io_result sent = own->write_some(left);
                ASSERT_EQ(sent.status, io_status::ok);
                left = left.subspan(sent.size);
            }
            EXPECT_EQ(peer->receive(5), "hello");
            peer->send("world");
            std::string received;
            while (received.size() < 5) {
                const io_result part = own->read_some(space_);
                ASSERT_EQ(part.status, io_status::ok);
                received += as_text(byte_view{space_}.first(part.size));
            }
            EXPECT_EQ(received, "world");
        });
    }
}

}  // namespace
}  // namespace mint::net
