#include "conversation.hpp"
#include "http_exchange.hpp"
#include "servers.hpp"
#include "support/certificates.hpp"
#include "support/scripted_peer.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mint::test {
namespace {

using mint::testing::certificates;
using mint::testing::scripted_peer;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

TEST(addresses, an_ipv6_literal_is_written_as_each_place_wants_it) {
    scripted_peer peer{scripted_peer::family::ipv6};
    auto conn = http::connect(scheme::http, "::1", peer.port());
    ASSERT_TRUE(conn) << to_string(conn.error());
    ASSERT_TRUE(websocket::upgrade(ws_scheme::ws, *conn, "/"));
    peer.accept();
    EXPECT_THAT(peer.accept_upgrade(), HasSubstr("host: [::1]:" + std::to_string(peer.port()) + "\r\n"));
}

TEST(addresses, a_unix_domain_socket_serves_as_well) {
    const std::string path = certificates::shared().directory + "/server.sock";
    const test_server server = start_unix_server(path);
    auto talk = conversation::open(80, {.host = "localhost", .connect = {.unix_path = path}});
    talk.send_text("over the file system");
    EXPECT_EQ(talk.expect_text(), "over the file system");
    talk.send_text("!headers");
    EXPECT_THAT(talk.expect_text(), HasSubstr("\"localhost\""));

    const auto gone = http::connect(scheme::http, "localhost", 80, {.unix_path = path + ".gone"});
    ASSERT_FALSE(gone);
    EXPECT_EQ(gone.error().system, ENOENT) << to_string(gone.error());
}

TEST(addresses, a_dead_first_address_costs_a_quarter_of_a_second) {
    scripted_peer dead{scripted_peer::family::ipv4, 0};
    std::vector<net::socket> filling;
    const auto deaf = *net::parse_address("127.0.0.1", dead.port());
    for (int i = 0; i < 4; ++i) filling.push_back(net::socket::start_connect(deaf).value());
    const auto alive = *net::parse_address("127.0.0.1", node_server().port());
    const auto start = std::chrono::steady_clock::now();
    auto talk = conversation::open(80, {.host = "localhost", .connect = {.addresses = {deaf, alive}}});
    const auto elapsed = std::chrono::steady_clock::now() - start;
    EXPECT_GE(elapsed, 250ms);
    EXPECT_LT(elapsed, 5s);
    talk.send_text("alive");
    EXPECT_EQ(talk.expect_text(), "alive");
}

TEST(addresses, a_name_reaches_a_server_that_has_only_one_ip_version) {
    auto talk = conversation::open(node_server().port(), {.host = "localhost"});  // on 127.0.0.1 alone
    talk.send_text("hello");
    EXPECT_EQ(talk.expect_text(), "hello");
    const auto v6 = http::connect(scheme::http, "localhost", node_server().port(), {.ip = net::ip_preference::only_v6});
    ASSERT_FALSE(v6);
    EXPECT_EQ(v6.error(), errc::connection_refused) << to_string(v6.error());
}

TEST(addresses, a_socket_of_the_callers_own_carries_wss) {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(tls_server_of(peer::npm_ws).port());
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(::connect(descriptor, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
    auto own = net::socket::adopt(descriptor);
    ASSERT_TRUE(own) << to_string(own.error());
    auto conn = http::connect_over(std::move(*own), scheme::https, "localhost", tls_server_of(peer::npm_ws).port(),
                                   {.tls = {.ca_file = certificates::shared().ca.certificate_file}});
    ASSERT_TRUE(conn) << to_string(conn.error());
    EXPECT_EQ(conn->socket(), descriptor);
    auto talk = conversation::on(std::move(*conn));
    talk.send_text("mine");
    EXPECT_EQ(talk.expect_text(), "mine");
}

TEST(addresses, socket_options_are_set_and_the_local_address_is_bound) {
    http::connect_options options;
    options.socket.keepalive = net::tcp_keepalive{.idle = 77s, .interval = 7s, .probe_count = 3};
    options.socket.local_address = net::parse_address("127.0.0.2", 0);
    auto conn = http::connect(scheme::http, "127.0.0.1", node_server().port(), options);
    ASSERT_TRUE(conn) << to_string(conn.error());
    const auto option = [&](int level, int name) {
        int value = 0;
        socklen_t size = sizeof value;
        EXPECT_EQ(::getsockopt(conn->socket(), level, name, &value, &size), 0);
        return value;
    };
    EXPECT_EQ(option(SOL_SOCKET, SO_KEEPALIVE), 1);
    EXPECT_EQ(option(IPPROTO_TCP, TCP_KEEPIDLE), 77);
    EXPECT_EQ(option(IPPROTO_TCP, TCP_KEEPINTVL), 7);
    EXPECT_EQ(option(IPPROTO_TCP, TCP_KEEPCNT), 3);
    EXPECT_EQ(option(IPPROTO_TCP, TCP_NODELAY), 1);
    sockaddr_in ours{};
    socklen_t size = sizeof ours;
    ASSERT_EQ(::getsockname(conn->socket(), reinterpret_cast<sockaddr*>(&ours), &size), 0);
    EXPECT_EQ(ours.sin_addr.s_addr, ::inet_addr("127.0.0.2"));
}

}  // namespace
}  // namespace mint::test
