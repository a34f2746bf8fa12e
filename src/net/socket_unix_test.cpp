#include "support/fail_at_each_call.hpp"
#include "support/scripted_peer.hpp"

#include <mint/net/socket.hpp>
#include <mint/net/wait.hpp>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace mint::net {
namespace {

using mint::testing::calls;
using mint::testing::scripted_peer;
using namespace std::chrono_literals;

/// A listening Unix socket, at a path of this process alone or in the abstract namespace.
class unix_listener {
  public:
    explicit unix_listener(bool is_abstract, int backlog = 16)
        : path_((is_abstract ? std::string(1, '\0') : std::string{::testing::TempDir()}) + "mint_unix_" +
                std::to_string(::getpid())) {
        sockaddr_un own{};
        own.sun_family = AF_UNIX;
        std::memcpy(own.sun_path, path_.data(), path_.size());
        if (!is_abstract) ::unlink(path_.c_str());
        const auto size = offsetof(sockaddr_un, sun_path) + path_.size() + (is_abstract ? 0 : 1);
        EXPECT_EQ(::bind(descriptor_, reinterpret_cast<const sockaddr*>(&own), static_cast<socklen_t>(size)), 0);
        EXPECT_EQ(::listen(descriptor_, backlog), 0);
    }
    unix_listener(const unix_listener&) = delete;
    unix_listener& operator=(const unix_listener&) = delete;
    ~unix_listener() {
        ::close(descriptor_);
        if (!path_.starts_with('\0')) ::unlink(path_.c_str());
    }

    [[nodiscard]] const std::string& path() const noexcept { return path_; }

    /// Takes the next connection, reads five octets of it, answers them and ends it.
    [[nodiscard]] std::string answer_five_octets() const {
        const int connection = ::accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC);
        std::array<char, 5> space{};
        EXPECT_EQ(::recv(connection, space.data(), space.size(), MSG_WAITALL), 5);
        EXPECT_EQ(::send(connection, "back", 4, MSG_NOSIGNAL), 4);
        ::close(connection);
        return {space.data(), space.size()};
    }

  private:
    int descriptor_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    std::string path_;
};

std::expected<socket, error> connected(const std::string& path) {
    auto result = socket::start_connect_unix(path);
    if (!result) return result;
    if (auto ready = wait(result->descriptor(), {.write = true}, deadline{5s}); !ready) {
        return std::unexpected(ready.error());
    }
    if (auto finished = result->finish_connect(); !finished) return std::unexpected(finished.error());
    return result;
}

TEST(unix_socket, moves_octets_both_ways) {
    for (const bool is_abstract : {false, true}) {
        const unix_listener server{is_abstract};
        auto own = connected(server.path());
        ASSERT_TRUE(own) << to_string(own.error());
        EXPECT_NE(::fcntl(own->descriptor(), F_GETFD) & FD_CLOEXEC, 0);
        EXPECT_EQ(own->write_some(as_bytes("hello")).size, 5U);
        EXPECT_EQ(server.answer_five_octets(), "hello");
        std::array<std::byte, 16> space{};
        EXPECT_EQ(own->read_waiting(space).size, 4U);
        EXPECT_EQ(own->read_waiting(space).status, io_status::end);
    }
}

TEST(unix_socket, refuses_a_path_that_the_system_would_cut) {
    constexpr std::size_t longest = sizeof(sockaddr_un::sun_path);
    for (const std::string& path : {std::string{}, std::string(longest, 'p'),
                                    std::string(1, '\0') + std::string(longest, 'p'), std::string{"/tmp/a\0b", 8}}) {
        const auto refused = socket::start_connect_unix(path);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error(), errc::invalid_argument);
    }
    // One octet less is a path that isn't there.
    EXPECT_EQ(socket::start_connect_unix(std::string(longest - 1, 'p')).error().system, ENOENT);
    EXPECT_EQ(socket::start_connect_unix(std::string(1, '\0') + std::string(longest - 1, 'p')).error().system,
              ECONNREFUSED);
}

TEST(unix_socket, says_that_a_full_queue_refuses) {
    const unix_listener server{true, 0};
    std::vector<socket> waiting;
    std::expected<socket, error> next = socket::start_connect_unix(server.path());
    while (next && waiting.size() < 16) {
        waiting.push_back(std::move(*next));
        next = socket::start_connect_unix(server.path());
    }
    ASSERT_FALSE(next);
    EXPECT_EQ(next.error(), errc::connection_refused);
    EXPECT_EQ(next.error().system, EAGAIN);
}

TEST(unix_socket, connects_or_says_why_whichever_call_fails) {
    const unix_listener server{true};
    const auto making = calls::socket | calls::connect | calls::getsockopt | calls::setsockopt | calls::fcntl;
    std::size_t failure_count = 0;
    const std::size_t call_count = mint::testing::fail_at_each_call({.which = making, .error = ENOMEM}, [&] {
        const auto result = connected(server.path());
        if (!result) {
            ++failure_count;
            EXPECT_EQ(result.error(), errc::system_error);
            EXPECT_EQ(result.error().system, ENOMEM);
        }
    });
    EXPECT_EQ(call_count, 5U);
    EXPECT_EQ(failure_count, call_count);
}

/// A connected TCP socket that somebody else made, without any flag.
int foreign_socket(std::uint16_t port) {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(descriptor, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
    return descriptor;
}

TEST(adopted_socket, is_set_as_a_connected_one_and_closed_by_us) {
    scripted_peer peer;
    const int descriptor = foreign_socket(peer.port());
    peer.accept();
    ASSERT_EQ(::fcntl(descriptor, F_SETFL, O_NONBLOCK), 0);
    {
        auto own = socket::adopt(descriptor, {.keepalive = tcp_keepalive{}});
        ASSERT_TRUE(own);
        EXPECT_EQ(own->descriptor(), descriptor);
        EXPECT_EQ(::fcntl(descriptor, F_GETFL) & O_NONBLOCK, 0);
        EXPECT_NE(::fcntl(descriptor, F_GETFD) & FD_CLOEXEC, 0);
        for (const auto& [level, name] : {std::pair<int, int>{IPPROTO_TCP, TCP_NODELAY}, {SOL_SOCKET, SO_KEEPALIVE}}) {
            int value = 0;
            socklen_t size = sizeof value;
            EXPECT_EQ(::getsockopt(descriptor, level, name, &value, &size), 0);
            EXPECT_NE(value, 0);
        }
        EXPECT_EQ(own->write_some(as_bytes("x")).size, 1U);
    }
    EXPECT_EQ(peer.receive_all(), "x");
}

TEST(adopted_socket, may_be_one_end_of_a_pair) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
    // Keepalive is TCP's, and nothing is probed here.
    auto first = socket::adopt(ends[0], {.keepalive = tcp_keepalive{}});
    auto second = socket::adopt(ends[1]);
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->write_some(as_bytes("hello")).size, 5U);
    std::array<std::byte, 16> space{};
    EXPECT_EQ(second->read_some(space).size, 5U);
}

TEST(adopted_socket, must_be_a_connected_stream) {
    std::array<int, 2> datagrams{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, datagrams.data()), 0);
    const int unconnected = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int file = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    for (const int descriptor : {-1, file, datagrams[0], unconnected}) {
        const auto refused = socket::adopt(descriptor);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error(), errc::invalid_argument);
        EXPECT_FALSE(refused.error().detail.empty());
    }
    // Still ours: each can be closed once.
    for (const int descriptor : {file, datagrams[0], datagrams[1], unconnected}) EXPECT_EQ(::close(descriptor), 0);
}

TEST(adopted_socket, stays_the_callers_whichever_call_fails) {
    scripted_peer peer;
    const auto setting = calls::getsockopt | calls::setsockopt | calls::fcntl;
    std::size_t failure_count = 0;
    const std::size_t call_count = mint::testing::fail_at_each_call({.which = setting, .error = ENOBUFS}, [&] {
        const int descriptor = foreign_socket(peer.port());
        auto result = socket::adopt(descriptor, {.keepalive = tcp_keepalive{}});
        if (!result) {
            ++failure_count;
            EXPECT_EQ(result.error().system, ENOBUFS);
            EXPECT_EQ(::close(descriptor), 0);
        }
        peer.drop_waiting();
    });
    EXPECT_GE(call_count, 10U);
    EXPECT_EQ(failure_count, call_count);
}

}  // namespace
}  // namespace mint::net
