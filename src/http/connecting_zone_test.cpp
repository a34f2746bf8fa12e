#include "support/scripted_peer.hpp"
#include "support/tls_server.hpp"

#include <mint/http/connect.hpp>
#include <mint/http/connecting.hpp>
#include <mint/http/proxy.hpp>
#include <mint/net/wait.hpp>

#include <chrono>
#include <expected>
#include <poll.h>
#include <string>

#include <gtest/gtest.h>

namespace mint::http {
namespace {

using mint::testing::certificates;
using mint::testing::scripted_peer;
using mint::testing::tls_peer_on_socket;
using mint::testing::tls_server;
using namespace std::chrono_literals;

TEST(zone_of_an_address, is_where_one_connects_to_and_no_part_of_the_host_field) {
    for (const char* host : {"[::1%25lo]", "::1%lo", "[::1%25%6Co]", "[::1%251]"}) {
        scripted_peer peer{scripted_peer::family::ipv6};
        auto conn = connect(scheme::http, host, peer.port(), {.timeout = 10s});
        ASSERT_TRUE(conn) << host << ": " << to_string(conn.error());
        ASSERT_TRUE(conn->request("GET", "/"));
        peer.accept();
        const std::string head = peer.receive_until("\r\n\r\n");
        EXPECT_NE(head.find(": [::1]:" + std::to_string(peer.port()) + "\r\n"), std::string::npos) << head;
        EXPECT_EQ(head.find('%'), std::string::npos) << head;
    }
}

TEST(zone_of_an_address, that_this_system_lacks_is_an_error_that_says_so) {
    const auto conn = connect(scheme::http, "[fe80::1%25there-is-no-such-interface]", 80, {.timeout = 10s});
    ASSERT_FALSE(conn);
    EXPECT_EQ(conn.error(), errc::name_not_found);
    EXPECT_NE(conn.error().detail.find("zone"), std::string::npos) << conn.error().detail;
}

TEST(zone_of_an_address, stays_here_where_a_proxy_connects) {
    for (const proxy_kind kind : {proxy_kind::http, proxy_kind::socks5}) {
        scripted_peer peer;
        const proxy through{.kind = kind, .host = "127.0.0.1", .port = peer.port()};
        auto attempt = connecting::start(scheme::http, "[fe80::1%25there-is-no-such-interface]", 81, {.proxy = through},
                                         connecting::clock::now())
                           .value();
        while (attempt.stage() != connect_stage::proxy) {
            ASSERT_TRUE(attempt.step(connecting::clock::now()));
        }
        peer.accept();
        if (kind == proxy_kind::http) {
            const std::string head = peer.receive_until("\r\n\r\n");
            EXPECT_EQ(head.find("CONNECT [fe80::1]:81 HTTP/1.1\r\n"), 0U) << head;
            EXPECT_EQ(head.find('%'), std::string::npos) << head;
        } else {
            EXPECT_EQ(peer.receive(3).size(), 3U);
            peer.send(std::string{"\x05\x00", 2});
            ASSERT_TRUE(net::wait_any(attempt.wants(), net::deadline{10s}));
            ASSERT_TRUE(attempt.step(connecting::clock::now()));
            const std::string address = "\xFE\x80" + std::string(13, '\0') + "\x01";
            EXPECT_EQ(peer.receive(22), std::string("\x05\x01\x00\x04", 4) + address + std::string("\x00\x51", 2));
        }
    }
}

TEST(zone_of_an_address, of_a_proxy_is_where_one_connects_to) {
    scripted_peer peer{scripted_peer::family::ipv6};
    const auto through = parse_proxy("http://[::1%25lo]:" + std::to_string(peer.port()));
    ASSERT_TRUE(through) << to_string(through.error());
    auto attempt =
        connecting::start(scheme::http, "origin.example", 80, {.proxy = *through}, connecting::clock::now()).value();
    while (attempt.stage() != connect_stage::proxy) {
        const auto stepped = attempt.step(connecting::clock::now());
        ASSERT_TRUE(stepped) << to_string(stepped.error());
        if (attempt.stage() != connect_stage::proxy) {
            ASSERT_TRUE(net::wait_any(attempt.wants(), net::deadline{10s}));
        }
    }
    peer.accept();
    EXPECT_EQ(peer.receive_until("\r\n\r\n").find("CONNECT origin.example:80 "), 0U);
}

TEST(zone_of_an_address, is_no_part_of_the_name_in_a_certificate) {
    for (const char* host : {"[::1%25there-is-no-such-interface]", "::1%lo"}) {
        tls_peer_on_socket peer;
        auto own = net::socket::start_connect(*net::parse_address("127.0.0.1", peer.port())).value();
        ASSERT_TRUE(net::wait(own.descriptor(), {.write = true}, net::deadline{10s}));
        ASSERT_TRUE(own.finish_connect());
        peer.accept();
        peer.add_layer(tls_server{});
        connect_options options;
        options.tls.ca_file = certificates::shared().ca.certificate_file;
        auto attempt = connecting::over(std::move(own), scheme::https, host, 443, options, connecting::clock::now());
        ASSERT_TRUE(attempt) << to_string(attempt.error());
        bool is_made = false;
        while (!is_made) {
            const auto stepped = attempt->step(connecting::clock::now());
            ASSERT_TRUE(stepped) << to_string(stepped.error());
            is_made = stepped->has_value();
            if (!peer.pump() && !is_made) {
                pollfd entry{.fd = peer.descriptor(), .events = POLLIN, .revents = 0};
                ::poll(&entry, 1, 5);
            }
        }
        EXPECT_EQ(peer.top().server_name(), "");
    }
}

}  // namespace
}  // namespace mint::http
