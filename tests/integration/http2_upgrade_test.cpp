#include "http2_peers.hpp"
#include "multiplexed.hpp"
#include "support/certificates.hpp"

#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mint::test {
namespace {

/// How WebSockets come to be on one connection, and don't.
class http2_upgrade : public ::testing::TestWithParam<http2_peer_and_tls> {
  protected:
    [[nodiscard]] static http2_peer server() { return std::get<0>(GetParam()); }
    [[nodiscard]] static bool is_secure() { return std::get<1>(GetParam()); }

    [[nodiscard]] static std::string url_of(const std::string& target) {
        return (is_secure() ? "wss://127.0.0.1:" : "ws://127.0.0.1:") +
               std::to_string(http2_server_of(server(), is_secure()).port()) + target;
    }

    [[nodiscard]] static open_options options() {
        open_options result;
        result.connect.protocols = {http::protocol::http2};
        result.connect.tls.ca_file = mint::testing::certificates::shared().ca.certificate_file;
        result.connect.mode = http::mode::passive;
        return result;
    }
};

INSTANTIATE_TEST_SUITE_P(servers, http2_upgrade,
                         ::testing::Combine(::testing::ValuesIn(sound_http2_peers), in_cleartext_and_over_tls()),
                         name_of_http2);

TEST_P(http2_upgrade, what_was_asked_for_before_the_servers_settings_goes_out_with_them) {
    multiplexed all{server(), is_secure()};
    EXPECT_EQ(all.connection().extended_connect(), http2::extended_connect::unknown);
    const std::vector refs{all.ask(), all.ask()};
    EXPECT_EQ(all.connection().extended_connect(), http2::extended_connect::unknown);
    for (const auto ref : refs) all.create(ref);
    EXPECT_EQ(all.connection().extended_connect(), http2::extended_connect::enabled);
    for (const auto ref : refs) EXPECT_EQ(all.echo(ref, "hello"), "hello");
}

TEST_P(http2_upgrade, upgrades_interleaved_at_will_each_have_their_own_subprotocol) {
    multiplexed all{server(), is_secure()};
    const auto chat = all.ask("/", {.subprotocols = {"other", "chat"}});
    const auto none = all.ask();
    const auto superchat = all.ask("/", {.subprotocols = {"chat", "superchat"}});
    EXPECT_EQ(all.create(superchat).subprotocol(), "superchat");
    const auto later = all.ask("/", {.subprotocols = {"chat"}});
    EXPECT_EQ(all.create(none).subprotocol(), "");
    EXPECT_EQ(all.create(later).subprotocol(), "chat");
    EXPECT_EQ(all.create(chat).subprotocol(), "chat");
    for (const auto ref : {chat, none, superchat, later}) EXPECT_EQ(all.echo(ref, "hello"), "hello");
}

TEST_P(http2_upgrade, an_upgrade_that_nobody_answers_keeps_nobody_waiting_and_may_be_given_up) {
    multiplexed all{server(), is_secure()};
    const auto silent = all.ask("/silent");
    const auto live = all.ask();
    all.create(live);
    EXPECT_EQ(all.echo(live, "hello"), "hello");
    EXPECT_FALSE(all.at(silent).has_fields);
    ASSERT_TRUE(all.connection().cancel_request(silent));
    const auto next = all.ask();
    all.create(next);
    EXPECT_EQ(all.echo(next, "new"), "new");
    EXPECT_EQ(all.echo(live, "still there"), "still there");
}

TEST_P(http2_upgrade, a_refusal_carries_status_fields_and_content) {
    const auto refused = open_websocket(url_of("/401"), options());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), errc::upgrade_refused) << to_string(refused.error());
    ASSERT_TRUE(refused.error().refusal);
    EXPECT_EQ(refused.error().refusal->status_code, 401);
    EXPECT_EQ(refused.error().refusal->fields.find("www-authenticate"), "Basic realm=\"mint\"");
    EXPECT_EQ(refused.error().refusal->content, "who are you?\n");
}

TEST_P(http2_upgrade, credentials_in_the_url_are_let_in) {
    auto url = url_of("/401");
    url.insert(url.find("//") + 2, "mint:secret@");
    auto opened = open_websocket(url, options());
    ASSERT_TRUE(opened) << to_string(opened.error());
    http::read_buffer scratch;
    EXPECT_TRUE(opened->socket.close(opened->connection, {ws::close_code::normal}, long_enough, scratch));
}

TEST_P(http2_upgrade, a_redirect_is_followed) {
    auto following = options();
    following.redirects.max_count = 1;
    auto opened = open_websocket(url_of("/302"), following);
    ASSERT_TRUE(opened) << to_string(opened.error());
    EXPECT_EQ(opened->target.target, "/elsewhere");
    EXPECT_EQ(opened->connection.protocol(), http::protocol::http2);
    EXPECT_EQ(open_websocket(url_of("/302"), options()).error(), errc::upgrade_refused);
}

/// Servers that speak no HTTP/2 at all.
TEST(http2_upgrade_elsewhere, a_tls_server_of_http1_is_told_by_alpn) {
    // One says so by an alert, the other chooses nothing.
    for (const auto server : {peer::npm_ws, peer::python_websockets}) {
        const auto url = "wss://127.0.0.1:" + std::to_string(tls_server_of(server).port());
        open_options options;
        options.connect.tls.ca_file = mint::testing::certificates::shared().ca.certificate_file;
        options.connect.protocols = {http::protocol::http2};
        const auto failed = open_websocket(url, options);
        ASSERT_FALSE(failed);
        EXPECT_EQ(failed.error(), errc::alpn_mismatch) << to_string(failed.error());
        options.connect.protocols = {http::protocol::http2, http::protocol::http1};
        const auto opened = open_websocket(url, options);
        ASSERT_TRUE(opened) << to_string(opened.error());
        EXPECT_EQ(opened->connection.protocol(), http::protocol::http1);
    }
}

TEST(http2_upgrade_elsewhere, a_cleartext_server_without_http2_is_told_by_its_first_octets) {
    open_options options;
    options.connect.protocols = {http::protocol::http2};
    const auto failed = open_websocket("ws://127.0.0.1:" + std::to_string(node_server().port()), options);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error(), errc::not_http2) << to_string(failed.error());
}

}  // namespace
}  // namespace mint::test
