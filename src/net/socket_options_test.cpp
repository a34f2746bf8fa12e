#include "net/socket_address.hpp"
#include "support/fail_at_each_call.hpp"
#include "support/scripted_peer.hpp"

#include <mint/net/socket.hpp>
#include <mint/net/wait.hpp>

#include <cerrno>
#include <chrono>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <utility>

#include <gtest/gtest.h>

namespace mint::net {
namespace {

using mint::testing::calls;
using mint::testing::scripted_peer;
using namespace std::chrono_literals;

std::expected<socket, error> connected(std::uint16_t port, const socket_options& options) {
    auto result = socket::start_connect(*parse_address("127.0.0.1", port), options);
    if (!result) return result;
    if (auto ready = wait(result->descriptor(), {.write = true}, deadline{5s}); !ready) {
        return std::unexpected(ready.error());
    }
    if (auto finished = result->finish_connect(); !finished) return std::unexpected(finished.error());
    return result;
}

int option_of(const socket& s, int level, int name) {
    int value = -1;
    socklen_t size = sizeof value;
    EXPECT_EQ(::getsockopt(s.descriptor(), level, name, &value, &size), 0);
    return value;
}

address own_address(const socket& s) {
    sockaddr_storage ours{};
    socklen_t size = sizeof ours;
    EXPECT_EQ(::getsockname(s.descriptor(), reinterpret_cast<sockaddr*>(&ours), &size), 0);
    return detail::from_socket_address(reinterpret_cast<const sockaddr*>(&ours)).value();
}

TEST(socket_options, leave_the_system_alone_by_default) {
    scripted_peer peer;
    const auto own = connected(peer.port(), {});
    ASSERT_TRUE(own);
    EXPECT_EQ(option_of(*own, SOL_SOCKET, SO_KEEPALIVE), 0);
}

TEST(socket_options, keepalive_probes_as_often_as_told) {
    scripted_peer peer;
    const auto own = connected(peer.port(), {.keepalive = tcp_keepalive{.idle = 7s, .interval = 3s, .probe_count = 2}});
    ASSERT_TRUE(own);
    EXPECT_NE(option_of(*own, SOL_SOCKET, SO_KEEPALIVE), 0);
    EXPECT_EQ(option_of(*own, IPPROTO_TCP, TCP_KEEPIDLE), 7);
    EXPECT_EQ(option_of(*own, IPPROTO_TCP, TCP_KEEPINTVL), 3);
    EXPECT_EQ(option_of(*own, IPPROTO_TCP, TCP_KEEPCNT), 2);
}

TEST(socket_options, buffers_have_the_size_asked_for) {
    scripted_peer peer;
    const auto own = connected(peer.port(), {.receive_buffer_size = 16384, .send_buffer_size = 20480});
    ASSERT_TRUE(own);
    // Linux doubles them, for its bookkeeping (socket(7)).
    EXPECT_EQ(option_of(*own, SOL_SOCKET, SO_RCVBUF), 2 * 16384);
    EXPECT_EQ(option_of(*own, SOL_SOCKET, SO_SNDBUF), 2 * 20480);
}

TEST(socket_options, what_is_out_of_range_is_the_callers_mistake) {
    const socket_options cases[] = {
        {.keepalive = tcp_keepalive{.idle = 0s}},
        {.keepalive = tcp_keepalive{.idle = 32768s}},
        {.keepalive = tcp_keepalive{.interval = -1s}},
        {.keepalive = tcp_keepalive{.interval = std::chrono::seconds::max()}},
        {.keepalive = tcp_keepalive{.probe_count = 0}},
        {.keepalive = tcp_keepalive{.probe_count = 128}},
        {.receive_buffer_size = -1},
        {.send_buffer_size = -1},
    };
    for (const auto& options : cases) {
        const auto refused = socket::start_connect(*parse_address("127.0.0.1", 1), options);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error(), errc::invalid_argument);
        EXPECT_FALSE(refused.error().detail.empty());
        EXPECT_EQ(socket::adopt(0, options).error(), errc::invalid_argument);
    }
}

TEST(socket_options, local_address_is_where_the_connection_comes_from) {
    scripted_peer peer;
    const auto own = connected(peer.port(), {.local_address = parse_address("127.0.0.2", 0)});
    ASSERT_TRUE(own);
    const address ours = own_address(*own);
    EXPECT_NE(ours.port, 0);
    EXPECT_EQ(ours, parse_address("127.0.0.2", ours.port));
}

TEST(socket_options, local_port_can_be_chosen_and_used_for_several_peers) {
    scripted_peer first_peer;
    scripted_peer second_peer;
    const auto any = connected(first_peer.port(), {.local_address = parse_address("127.0.0.3", 0)});
    ASSERT_TRUE(any);
    const socket_options chosen{.local_address = own_address(*any)};
    auto first =
        connected(second_peer.port(), {.local_address = parse_address("127.0.0.4", chosen.local_address->port)});
    ASSERT_TRUE(first);
    const socket_options again{.local_address = own_address(*first)};
    auto second = connected(first_peer.port(), again);
    ASSERT_TRUE(second) << to_string(second.error());
    EXPECT_EQ(own_address(*second), own_address(*first));
}

TEST(socket_options, local_address_of_the_other_version_connects_to_nothing) {
    for (const auto& [to, from] : {std::pair{"127.0.0.1", "::1"}, std::pair{"::1", "127.0.0.1"}}) {
        const auto refused = socket::start_connect(*parse_address(to, 1), {.local_address = parse_address(from, 0)});
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error(), errc::invalid_argument);
    }
}

TEST(socket_options, local_address_of_another_host_is_refused_by_the_system) {
    const auto refused =
        socket::start_connect(*parse_address("127.0.0.1", 1), {.local_address = parse_address("192.0.2.1", 0)});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().system, EADDRNOTAVAIL);
    EXPECT_EQ(refused.error().detail, "bind");
}

TEST(socket_options, are_all_set_or_the_reason_is_given) {
    scripted_peer peer;
    const socket_options all{.keepalive = tcp_keepalive{},
                             .receive_buffer_size = 16384,
                             .send_buffer_size = 16384,
                             .local_address = parse_address("127.0.0.1", 0)};
    std::size_t failure_count = 0;
    const std::size_t call_count =
        mint::testing::fail_at_each_call({.which = calls::setsockopt | calls::bind, .error = ENOBUFS}, [&] {
            const auto result = connected(peer.port(), all);
            if (!result) {
                ++failure_count;
                EXPECT_EQ(result.error().system, ENOBUFS);
            } else {
                peer.accept();
            }
        });
    EXPECT_GE(call_count, 9U);
    EXPECT_EQ(failure_count, call_count);
}

}  // namespace
}  // namespace mint::net
