#include "servers.hpp"
#include "support/certificates.hpp"
#include "support/scripted_peer.hpp"

#include <mint/mint.hpp>

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mint::test {
namespace {

using mint::testing::certificates;
using mint::testing::scripted_peer;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

std::string at(const std::string& scheme, const test_server& server, const std::string& target) {
    return scheme + "localhost:" + std::to_string(server.port()) + target;
}

open_options options() {
    return {.connect = {.mode = http::mode::passive, .tls = {.ca_file = certificates::shared().ca.certificate_file}}};
}

/// What the server saw of the opening handshake.
std::string fields_seen(opened_websocket& opened) {
    buffer out;
    http::read_buffer scratch;
    EXPECT_TRUE(opened.socket.send(opened.connection, ws::text{"!headers"}, out));
    std::vector<ws::frame> frames;
    for (int i = 0; i < 10; ++i) {
        const auto list = opened.connection.recv(0, 10s, scratch);
        if (!list) break;
        for (const auto& r : *list) {
            const auto* data = std::get_if<responses::data>(&r);
            if (data == nullptr) continue;
            EXPECT_TRUE(opened.socket.decode(data->bytes, frames));
            if (!frames.empty()) return std::string{std::get<ws::text>(frames.front()).payload};
        }
    }
    return "";
}

TEST(open_websocket, opens_ws_and_wss_by_url) {
    for (const bool is_secure : {false, true}) {
        const auto& server = is_secure ? tls_server_of(peer::npm_ws) : node_server();
        auto opened =
            open_websocket(at(is_secure ? "wss://mint:secret@" : "ws://mint:secret@", server, "/401?q=1"), options());
        ASSERT_TRUE(opened) << to_string(opened.error());
        EXPECT_THAT(fields_seen(*opened), HasSubstr("Basic bWludDpzZWNyZXQ="));
        http::read_buffer scratch;
        EXPECT_TRUE(opened->socket.close(opened->connection, {ws::close_code::normal}, 5s, scratch));
    }
}

TEST(open_websocket, a_401_is_answered_with_what_its_challenge_wants) {
    const auto refused = open_websocket(at("ws://", node_server(), "/401"), options());
    ASSERT_FALSE(refused);
    ASSERT_EQ(refused.error(), errc::upgrade_refused);
    EXPECT_EQ(refused.error().refusal->content, "who are you?\n");
    const auto challenges = parse_challenges(refused.error().refusal->fields, "www-authenticate");
    ASSERT_TRUE(challenges);
    ASSERT_EQ(challenges->size(), 1U);
    EXPECT_TRUE(challenges->front().is("basic"));
    EXPECT_EQ(challenges->front().find("realm"), "mint");

    open_options again = options();
    ASSERT_TRUE(again.fields.append("authorization", basic_credentials({"mint", "secret"}).value()));
    EXPECT_TRUE(open_websocket(at("ws://", node_server(), "/401"), again));
}

TEST(open_websocket, a_503_says_when_to_come_back) {
    const auto refused = open_websocket(at("ws://", node_server(), "/503"), options());
    ASSERT_FALSE(refused);
    EXPECT_EQ(retry_after(refused.error().refusal->fields, {}), 7s);
    EXPECT_EQ(refused.error().refusal->content, "later\n");
}

TEST(open_websocket, redirects_are_followed_as_the_policy_says) {
    const std::string target = at("http://", node_server(), "/there");
    const std::string start = at("ws://", node_server(), "/redirect?status=307&to=" + target);
    const auto not_followed = open_websocket(start, options());
    ASSERT_FALSE(not_followed);
    EXPECT_EQ(not_followed.error(), errc::upgrade_refused);
    EXPECT_EQ(not_followed.error().refusal->fields.find("location"), target);

    open_options following = options();
    following.redirects.max_count = 3;
    following.fields = headers{{"authorization", "Bearer token"}};
    auto opened = open_websocket(start, following);
    ASSERT_TRUE(opened) << to_string(opened.error());
    EXPECT_EQ(opened->target.target, "/there");
    EXPECT_THAT(fields_seen(*opened), HasSubstr("Bearer token")) << "the same origin";

    const auto endless = open_websocket(at("ws://", node_server(), "/redirect"), following);
    ASSERT_FALSE(endless);
    EXPECT_EQ(endless.error(), errc::too_many_redirects);
}

TEST(open_websocket, redirects_to_another_origin_leave_credentials_behind) {
    open_options following = options();
    following.redirects = {.max_count = 1, .secret_fields = {"x-api-key"}};
    following.fields =
        headers{{"authorization", "Bearer token"}, {"cookie", "a=b"}, {"x-api-key", "k"}, {"x-kept", "1"}};
    auto opened = open_websocket(
        at("ws://", node_server(), "/redirect?to=" + at("https://", tls_server_of(peer::npm_ws), "/there")), following);
    ASSERT_TRUE(opened) << to_string(opened.error());
    EXPECT_TRUE(opened->connection.is_secure()) << "from ws to wss";
    const std::string seen = fields_seen(*opened);
    EXPECT_THAT(seen, HasSubstr("x-kept"));
    for (const char* secret : {"Bearer", "a=b", "x-api-key"}) EXPECT_THAT(seen, Not(HasSubstr(secret)));

    const auto downgraded = open_websocket(
        at("wss://", tls_server_of(peer::npm_ws), "/redirect?to=" + at("http://", node_server(), "/there")), following);
    ASSERT_FALSE(downgraded);
    EXPECT_EQ(downgraded.error(), errc::redirect_to_cleartext);
}

TEST(open_websocket, one_deadline_covers_a_server_that_never_answers) {
    scripted_peer peer;
    open_options impatient = options();
    impatient.connect.timeout = 200ms;
    for (const char* scheme : {"ws://", "wss://"}) {
        const auto start = std::chrono::steady_clock::now();
        const auto opened = open_websocket(scheme + std::string{"127.0.0.1:"} + std::to_string(peer.port()), impatient);
        ASSERT_FALSE(opened);
        EXPECT_EQ(opened.error(), errc::connect_timeout) << to_string(opened.error());
        EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
    }
}

TEST(open_websocket, goes_by_the_environments_proxy) {
    open_options by_proxy = options();
    by_proxy.environment =
        http::proxy_environment{.https_proxy = "http://user:secret@127.0.0.1:" +
                                               std::to_string(proxy_server("tinyproxy", "user", "secret").port())};
    EXPECT_TRUE(open_websocket(at("wss://", tls_server_of(peer::npm_ws), "/"), by_proxy));
    by_proxy.environment->https_proxy = "http://127.0.0.1:1";
    EXPECT_FALSE(open_websocket(at("wss://", tls_server_of(peer::npm_ws), "/"), by_proxy));
    by_proxy.environment->no_proxy = "localhost";
    EXPECT_TRUE(open_websocket(at("wss://", tls_server_of(peer::npm_ws), "/"), by_proxy));
}

}  // namespace
}  // namespace mint::test
