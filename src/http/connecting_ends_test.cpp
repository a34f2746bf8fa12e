#include "support/certificates.hpp"
#include "support/scripted_peer.hpp"

#include <mint/http/connect.hpp>
#include <mint/http/connecting.hpp>
#include <mint/net/wait.hpp>

#include <array>
#include <chrono>
#include <cstring>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace mint::http {
namespace {

using mint::testing::certificates;
using mint::testing::scripted_peer;
using namespace std::chrono_literals;
using time_point = connecting::time_point;

/// A Unix domain socket that listens.
class unix_listener {
  public:
    unix_listener() : path(certificates::shared().directory + "/listener"), number_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
        sockaddr_un where{};
        where.sun_family = AF_UNIX;
        std::memcpy(where.sun_path, path.c_str(), path.size() + 1);
        EXPECT_EQ(::bind(number_, reinterpret_cast<const sockaddr*>(&where), sizeof where), 0);
        EXPECT_EQ(::listen(number_, 1), 0);
    }
    unix_listener(const unix_listener&) = delete;
    unix_listener& operator=(const unix_listener&) = delete;
    ~unix_listener() {
        ::close(number_);
        ::unlink(path.c_str());
    }

    /// What the next connection sends first.
    [[nodiscard]] std::string first_bytes() const {
        const int connection = ::accept(number_, nullptr, nullptr);
        std::array<char, 4096> space{};
        const ssize_t size = ::recv(connection, space.data(), space.size(), 0);
        ::close(connection);
        return {space.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
    }

    std::string path;

  private:
    int number_;
};

TEST(unix_path, needs_no_port) {
    const unix_listener listener;
    auto conn = connect(scheme::http, "localhost", 0, {.timeout = 10s, .unix_path = listener.path});
    ASSERT_TRUE(conn) << to_string(conn.error());
    ASSERT_TRUE(conn->request("GET", "/"));
    const std::string head = listener.first_bytes();
    EXPECT_NE(head.find(": localhost\r\n"), std::string::npos) << head << "a port of 0 is nobody's";
}

TEST(unix_path, needs_no_port_for_tls) {
    const unix_listener listener;
    auto attempt =
        connecting::start(scheme::https, "localhost", 0, {.unix_path = listener.path}, connecting::clock::now());
    ASSERT_TRUE(attempt) << to_string(attempt.error());
    EXPECT_FALSE(connecting::start(scheme::https, "localhost", 0, {}, connecting::clock::now()));
}

TEST(connecting_at_the_ends_of_the_clock, has_its_deadline) {
    for (const time_point now : {time_point::min(), time_point{}, time_point::max() - 1h, time_point::max()}) {
        for (const auto timeout : {0ms, 5ms, std::chrono::milliseconds{30'000}, std::chrono::milliseconds::max()}) {
            scripted_peer peer;
            const proxy through{.kind = proxy_kind::socks5, .host = "127.0.0.1", .port = peer.port()};
            auto attempt =
                connecting::start(scheme::http, "h", 80, {.timeout = timeout, .proxy = through}, now).value();
            const auto stepped = attempt.step(now);
            if (timeout == 0ms || now == time_point::max()) {
                ASSERT_FALSE(stepped);
                EXPECT_EQ(stepped.error(), errc::connect_timeout);
                continue;
            }
            ASSERT_TRUE(stepped) << to_string(stepped.error());
            EXPECT_GE(attempt.deadline(), now);
            const auto late = attempt.step(time_point::max());
            ASSERT_FALSE(late);
            EXPECT_EQ(late.error(), errc::connect_timeout);
        }
    }
}

}  // namespace
}  // namespace mint::http
