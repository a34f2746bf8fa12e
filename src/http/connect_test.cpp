#include "support/connected_pair.hpp"
#include "support/fail_at_each_call.hpp"
#include "support/scripted_peer.hpp"

#include <mint/http/connect.hpp>
#include <mint/net/socket.hpp>

#include <cerrno>
#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mint::http {
namespace {

using mint::testing::calls;
using mint::testing::scripted_peer;
using namespace std::chrono_literals;

/// The host field that the peer sees.
std::string host_seen(scripted_peer& peer, connection& conn) {
    peer.accept();
    EXPECT_TRUE(conn.request("GET", "/"));
    const std::string request = peer.receive_until("\r\n\r\n");
    const std::size_t start = request.find("host: ") + 6;
    return request.substr(start, request.find('\r', start) - start);
}

TEST(connect, reaches_a_host_by_name_and_by_address) {
    for (const char* host : {"127.0.0.1", "localhost"}) {
        scripted_peer peer;
        auto conn = connect(scheme::http, host, peer.port());
        ASSERT_TRUE(conn) << host << ": " << to_string(conn.error());
        EXPECT_TRUE(conn->is_open());
        EXPECT_EQ(host_seen(peer, *conn), std::string{host} + ":" + std::to_string(peer.port()));
    }
}

TEST(connect, reaches_ipv6_with_or_without_brackets) {
    for (const char* host : {"::1", "[::1]"}) {
        scripted_peer peer{scripted_peer::family::ipv6};
        auto conn = connect(scheme::http, host, peer.port());
        ASSERT_TRUE(conn) << to_string(conn.error());
        EXPECT_EQ(host_seen(peer, *conn), "[::1]:" + std::to_string(peer.port()));
    }
}

TEST(connect, writes_the_host_name_that_it_was_told) {
    scripted_peer peer;
    auto conn = connect(scheme::http, "127.0.0.1", peer.port(), {.hostname = "example.org"});
    ASSERT_TRUE(conn);
    EXPECT_EQ(host_seen(peer, *conn), "example.org:" + std::to_string(peer.port()));
}

TEST(connect, refuses_options_out_of_range) {
    struct {
        const char* what;
        connect_options options;
    } const cases[] = {
        {"protocols", {.protocols = {}}},
        {"timeout", {.timeout = -1ms}},
        {"user_agent", {.user_agent = "a\r\nx: y"}},
    };
    for (const auto& c : cases) {
        const auto conn = connect(scheme::http, "127.0.0.1", 1, c.options);
        ASSERT_FALSE(conn) << c.what;
        EXPECT_EQ(conn.error(), errc::invalid_argument);
        EXPECT_EQ(conn.error().detail.find(c.what), 0U) << conn.error().detail;
    }
    const auto no_port = connect(scheme::http, "127.0.0.1", 0);
    ASSERT_FALSE(no_port);
    EXPECT_EQ(no_port.error(), errc::invalid_argument);
}

TEST(connect, says_that_the_peer_speaks_no_tls) {
    scripted_peer peer;
    const auto silent = connect(scheme::https, "127.0.0.1", peer.port(), {.timeout = 50ms});
    ASSERT_FALSE(silent);
    EXPECT_EQ(silent.error(), errc::connect_timeout);
    EXPECT_EQ(silent.error().detail, "TLS with 127.0.0.1");

    net::socket own = net::socket::start_connect(*net::parse_address("127.0.0.1", peer.port())).value();
    ASSERT_TRUE(net::wait(own.descriptor(), {.write = true}, net::deadline{5s}));
    ASSERT_TRUE(own.finish_connect());
    peer.accept();  // the first one's
    peer.accept();
    peer.send("HTTP/1.1 400 Bad Request\r\n\r\n");
    const auto cleartext = connect_over(std::move(own), scheme::https, "127.0.0.1", peer.port());
    ASSERT_FALSE(cleartext);
    EXPECT_EQ(cleartext.error(), errc::tls_protocol_error) << to_string(cleartext.error());
}

TEST(connect, refuses_hosts_that_no_host_field_may_carry) {
    for (const char* host : {"", "a b", "a\r\nx: y", "a/b", "user@host", "[::1", "::1]", "host:80"}) {
        const auto conn = connect(scheme::http, host, 80);
        ASSERT_FALSE(conn) << host;
        EXPECT_EQ(conn.error(), errc::invalid_host) << host;
    }
    // What ends in a number is a dotted quad or no host: none of these is looked up, or asked of a proxy.
    for (const char* host : {"127.0.0.1.", "127.1", "0x7f000001", "2130706433", "1.2.3.4.5", "host.0x1"}) {
        for (const scheme s : {scheme::http, scheme::https}) {
            EXPECT_EQ(connect(s, host, 80).error(), errc::invalid_host) << host;
            EXPECT_EQ(connect(s, "127.0.0.1", 80, {.hostname = host}).error(), errc::invalid_host) << host;
            for (const proxy_kind kind : {proxy_kind::http, proxy_kind::https, proxy_kind::socks5}) {
                const proxy through{.kind = kind, .host = host, .port = 80};
                EXPECT_EQ(connect(s, "127.0.0.1", 80, {.proxy = through}).error(), errc::invalid_host) << host;
            }
        }
        EXPECT_EQ(parse_proxy("http://" + std::string{host} + ":80").error(), errc::invalid_url) << host;
    }
    const auto conn = connect(scheme::http, "127.0.0.1", 80, {.hostname = "a\r\nx: y"});
    ASSERT_FALSE(conn);
    EXPECT_EQ(conn.error(), errc::invalid_host);
}

TEST(connect, reports_a_port_where_nobody_listens) {
    scripted_peer peer;
    peer.stop_listening();
    for (const char* host : {"127.0.0.1", "localhost"}) {
        const auto conn = connect(scheme::http, host, peer.port());
        ASSERT_FALSE(conn);
        EXPECT_EQ(conn.error(), errc::connection_refused) << to_string(conn.error());
    }
}

TEST(connect, reports_a_name_that_nobody_has) {
    const auto conn = connect(scheme::http, "no-such-host.invalid", 80);
    ASSERT_FALSE(conn);
    EXPECT_EQ(conn.error(), errc::name_not_found);
}

TEST(connect, gives_up_when_the_time_is_over) {
    // A listener whose queue is full answers nobody.
    scripted_peer peer{scripted_peer::family::ipv4, 0};
    std::vector<net::socket> filling;
    for (int i = 0; i < 4; ++i) {
        filling.push_back(net::socket::start_connect(*net::parse_address("127.0.0.1", peer.port())).value());
    }
    const auto start = std::chrono::steady_clock::now();
    const auto conn = connect(scheme::http, "127.0.0.1", peer.port(), {.timeout = 50ms});
    ASSERT_FALSE(conn);
    EXPECT_EQ(conn.error(), errc::connect_timeout) << to_string(conn.error());
    EXPECT_GE(std::chrono::steady_clock::now() - start, 50ms);
}

TEST(connect, names_each_connection_for_itself) {
    scripted_peer peer;
    auto first = connect(scheme::http, "127.0.0.1", peer.port());
    const connection_id first_id = first->id();
    const auto first_ref = first->request("GET", "/");
    first->close();
    auto second = connect(scheme::http, "127.0.0.1", peer.port());
    EXPECT_NE(second->id(), first_id);
    const auto second_ref = second->request("GET", "/");
    ASSERT_TRUE(first_ref && second_ref);
    EXPECT_NE(*first_ref, *second_ref);
}

TEST(connect, fails_cleanly_whichever_call_fails) {
    const auto any =
        calls::socket | calls::connect | calls::poll | calls::getsockopt | calls::setsockopt | calls::fcntl;
    for (const int system : {EMFILE, ENETUNREACH, ECONNREFUSED, ETIMEDOUT}) {
        scripted_peer peer;  // the connections that break off halfway stay in its queue
        std::size_t failure_count = 0;
        const std::size_t call_count = mint::testing::fail_at_each_call({.which = any, .error = system}, [&] {
            const auto conn = connect(scheme::http, "127.0.0.1", peer.port());
            if (conn) {
                peer.accept();
                return;
            }
            ++failure_count;
            EXPECT_TRUE(conn.error().system == system || conn.error() == errc::connect_timeout);
        });
        EXPECT_EQ(failure_count, call_count);
        EXPECT_GE(call_count, 7U);
    }
}

TEST(connect, tries_the_next_address_when_one_fails) {
    scripted_peer peer;
    std::size_t success_count = 0;
    mint::testing::fail_at_each_call({.which = calls::connect, .error = EHOSTUNREACH}, [&] {
        // `localhost` has several addresses, or the system says else; then it's refused and reported as such.
        const auto conn = connect(scheme::http, "localhost", peer.port());
        if (conn) {
            ++success_count;
        } else {
            EXPECT_EQ(conn.error(), errc::host_unreachable);
        }
    });
    EXPECT_GE(success_count, 1U);
}

}  // namespace
}  // namespace mint::http
