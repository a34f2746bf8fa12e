#include "net/dialer.hpp"

#include "support/fail_at_each_call.hpp"
#include "support/scripted_peer.hpp"

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace mint::net::detail {
namespace {

using mint::testing::calls;
using mint::testing::scripted_peer;
using namespace std::chrono_literals;

/// Steps a dialer by a clock that only the test moves, until it is over or nothing comes for a while.
class driven {
  public:
    driven(std::string_view host, std::uint16_t port, dial_options options)
        : dialer_(dialer::start(host, port, std::move(options)).value()) {}

    std::expected<std::optional<socket>, error> step() { return dialer_.step(now_); }

    std::expected<socket, error> finish() {
        while (true) {
            auto stepped = step();
            if (!stepped) return std::unexpected(stepped.error());
            if (*stepped) return std::move(**stepped);
            if (!wait_any(wants(), net::deadline{5s})) return std::unexpected(errc::timeout);
        }
    }

    std::vector<interest> wants() {
        std::vector<interest> list;
        dialer_.append_wants(list);
        return list;
    }

    void advance(std::chrono::milliseconds by) { now_ += by; }
    [[nodiscard]] dialer::time_point now() const { return now_; }
    dialer& value() { return dialer_; }

  private:
    dialer::time_point now_ = dialer::time_point{} + 1000h;
    dialer dialer_;
};

/// A listener whose queue is full: whoever connects to it hears nothing.
class deaf_peer {
  public:
    deaf_peer() {
        for (int i = 0; i < 4; ++i) filling_.push_back(socket::start_connect(where()).value());
    }
    [[nodiscard]] address where() const { return *parse_address("127.0.0.1", peer_.port()); }

  private:
    scripted_peer peer_{scripted_peer::family::ipv4, 0};
    std::vector<socket> filling_;
};

address at(const char* literal, const scripted_peer& peer) { return *parse_address(literal, peer.port()); }

TEST(dialer, connects_to_a_literal) {
    scripted_peer peer;
    driven d{"127.0.0.1", peer.port(), {}};
    const auto connected = d.finish();
    ASSERT_TRUE(connected) << to_string(connected.error());
    EXPECT_TRUE(connected->is_open());
    peer.accept();
}

TEST(dialer, takes_the_callers_addresses_and_the_hosts_port) {
    scripted_peer peer;
    driven d{"no-such-host.invalid", peer.port(), {.addresses = {*parse_address("127.0.0.1", 0)}}};
    EXPECT_TRUE(d.finish());
}

TEST(dialer, goes_on_to_the_next_address_when_one_is_refused) {
    scripted_peer gone;
    scripted_peer peer;
    gone.stop_listening();
    driven d{"h", 1, {.addresses = {at("127.0.0.1", gone), at("127.0.0.1", peer)}}};
    const auto connected = d.finish();
    ASSERT_TRUE(connected) << to_string(connected.error());
    peer.accept();
}

TEST(dialer, tries_the_next_address_beside_one_that_says_nothing) {
    const deaf_peer dead;
    scripted_peer peer;
    driven d{"h", 1, {.addresses = {dead.where(), at("127.0.0.1", peer)}}};
    ASSERT_TRUE(d.step());
    EXPECT_EQ(d.wants().size(), 1U) << "the second one waits for its turn";
    EXPECT_EQ(d.value().deadline(d.now()), d.now() + happy_eyeballs::attempt_delay);
    d.advance(happy_eyeballs::attempt_delay - 1ms);
    auto early = d.step();
    ASSERT_TRUE(early);
    EXPECT_FALSE(*early);
    d.advance(1ms);
    const auto connected = d.finish();
    ASSERT_TRUE(connected) << to_string(connected.error());
    peer.accept();
}

TEST(dialer, takes_ipv6_first_and_only_what_is_wanted) {
    scripted_peer v6{scripted_peer::family::ipv6};
    scripted_peer v4;
    const std::vector<address> both = {at("127.0.0.1", v4), at("::1", v6)};
    EXPECT_TRUE(driven("h", 1, {.addresses = both}).finish());
    v6.accept();
    EXPECT_TRUE(driven("h", 1, {.ip = ip_preference::only_v4, .addresses = both}).finish());
    v4.accept();
    const auto none = driven("h", 1, {.ip = ip_preference::only_v6, .addresses = {at("127.0.0.1", v4)}}).finish();
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error(), errc::name_not_found);
}

TEST(dialer, gives_the_last_error_when_nothing_is_left) {
    scripted_peer gone;
    gone.stop_listening();
    const auto refused = driven("127.0.0.1", gone.port(), {}).finish();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), errc::connection_refused) << to_string(refused.error());
    const auto unknown = driven("no-such-host.invalid", 80, {}).finish();
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error(), errc::name_not_found) << to_string(unknown.error());
}

TEST(dialer, says_what_it_tries) {
    const deaf_peer dead;
    driven d{"h", 1, {.addresses = {dead.where()}}};
    EXPECT_TRUE(d.value().is_looking_up());
    ASSERT_TRUE(d.step());
    EXPECT_FALSE(d.value().is_looking_up());
    EXPECT_EQ(d.value().targets(), to_string(dead.where()));
}

/// A listening Unix domain socket; nobody accepts, which the system doesn't mind.
class unix_listener {
  public:
    unix_listener() : path_(std::filesystem::temp_directory_path() / ("mint-dialer-" + std::to_string(::getpid()))) {
        ::unlink(path_.c_str());
        sockaddr_un name{};
        name.sun_family = AF_UNIX;
        path_.copy(name.sun_path, sizeof name.sun_path - 1);
        EXPECT_EQ(::bind(descriptor_, reinterpret_cast<const sockaddr*>(&name), sizeof name), 0);
        EXPECT_EQ(::listen(descriptor_, 8), 0);
    }
    unix_listener(const unix_listener&) = delete;
    unix_listener& operator=(const unix_listener&) = delete;
    ~unix_listener() {
        ::close(descriptor_);
        ::unlink(path_.c_str());
    }
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

  private:
    std::string path_;
    int descriptor_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
};

TEST(dialer, connects_to_a_unix_socket) {
    const unix_listener listener;
    const auto connected = driven("h", 1, {.unix_path = listener.path()}).finish();
    EXPECT_TRUE(connected) << to_string(connected.error());
    const auto gone = driven("h", 1, {.unix_path = listener.path() + "-gone"}).finish();
    ASSERT_FALSE(gone);
    EXPECT_EQ(gone.error().system, ENOENT) << to_string(gone.error());
}

TEST(dialer, leaves_nothing_open_whichever_call_fails) {
    const auto others = calls::socket | calls::poll | calls::getsockopt | calls::setsockopt | calls::fcntl;
    for (const int system : {EMFILE, ENETUNREACH, EINTR}) {
        // An interrupted connect goes on by itself, which can't be shown by one that was never made.
        const auto any = system == EINTR ? others : others | calls::connect;
        scripted_peer peer;
        mint::testing::fail_at_each_call({.which = any, .error = system}, [&] {
            driven d{"h", 1, {.addresses = {at("127.0.0.1", peer), at("::ffff:127.0.0.1", peer)}}};
            const auto connected = d.finish();
            if (!connected) {
                EXPECT_EQ(connected.error(), errc::timeout) << "one of the two must do";
            }
            peer.drop_waiting();
        });
    }
}

}  // namespace
}  // namespace mint::net::detail
