#include "conversation.hpp"
#include "http_exchange.hpp"
#include "servers.hpp"
#include "support/certificates.hpp"
#include "support/scripted_peer.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mint::test {
namespace {

using mint::testing::certificates;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* user = "user";
constexpr const char* password = "open sesame";

/// A way through a real proxy.
struct way {
    std::string kind;
    bool has_login;
};

std::string name_of(const way& w) { return w.kind + (w.has_login ? "_with_login" : ""); }

http::proxy proxy_of(const way& w) {
    auto& server = w.has_login ? proxy_server(w.kind, user, "secret") : proxy_server(w.kind);
    http::proxy via{.kind = w.kind == "microsocks" ? http::proxy_kind::socks5 : http::proxy_kind::http,
                    .host = "127.0.0.1",
                    .port = server.port()};
    if (w.has_login) via.credentials = credentials{user, "secret"};
    return via;
}

http::connect_options through(const http::proxy& via) {
    return {.proxy = via, .tls = {.ca_file = certificates::shared().ca.certificate_file}};
}

class through_proxy : public ::testing::TestWithParam<way> {};

INSTANTIATE_TEST_SUITE_P(real, through_proxy,
                         ::testing::Values(way{"tinyproxy", false}, way{"tinyproxy", true}, way{"squid", false},
                                           way{"squid", true}, way{"apache", false}, way{"apache", true},
                                           way{"microsocks", false}, way{"microsocks", true}),
                         [](const auto& parameter) { return name_of(parameter.param); });

TEST_P(through_proxy, ws_and_wss_get_through) {
    for (const bool is_secure : {false, true}) {
        const auto& server = is_secure ? tls_server_of(peer::npm_ws) : server_of(peer::npm_ws);
        auto talk = conversation::open(server.port(), {.is_secure = is_secure,
                                                       .host = "localhost",
                                                       .mode = http::mode::passive,
                                                       .connect = through(proxy_of(GetParam()))});
        const std::string payload(1U << 20U, 'p');
        talk.send_text("first");
        EXPECT_EQ(talk.expect_text(), "first");
        talk.send_text(payload);
        EXPECT_EQ(talk.expect_text(), payload);
        talk.send_text("!headers");
        EXPECT_THAT(talk.expect_text(), Not(HasSubstr("roxy"))) << "what is the proxy's stays with it";
        talk.send(ws::close{ws::close_code::normal, {}});
        EXPECT_EQ(talk.expect<ws::owned_close>().code, ws::close_code::normal);
    }
}

TEST_P(through_proxy, a_wrong_login_is_refused) {
    if (!GetParam().has_login) {
        // Without a login to check, any will do, or is asked for by nobody.
        http::proxy via = proxy_of(GetParam());
        via.credentials = credentials{"anyone", "anything"};
        EXPECT_TRUE(http::connect(scheme::http, "localhost", server_of(peer::npm_ws).port(), through(via)));
        return;
    }
    for (const bool gives_one : {true, false}) {
        http::proxy via = proxy_of(GetParam());
        via.credentials.reset();
        if (gives_one) via.credentials = credentials{user, password};
        const auto conn = http::connect(scheme::https, "localhost", tls_server_of(peer::npm_ws).port(), through(via));
        ASSERT_FALSE(conn);
        if (GetParam().kind == "microsocks") {
            EXPECT_EQ(conn.error(), errc::socks_refused) << to_string(conn.error());
            continue;
        }
        ASSERT_EQ(conn.error(), errc::proxy_refused) << to_string(conn.error());
        EXPECT_EQ(conn.error().condition(), condition::proxy_failed);
        const refused_response& answer = *conn.error().refusal;
        const bool is_unknown =
            answer.status_code == 407 || (GetParam().kind == "tinyproxy" && answer.status_code == 401);
        EXPECT_TRUE(is_unknown) << answer.status_code;
        if (answer.status_code == 407) {
            const auto challenges = parse_challenges(answer.fields, "proxy-authenticate");
            ASSERT_TRUE(challenges);
            ASSERT_FALSE(challenges->empty());
            EXPECT_TRUE(challenges->front().is("basic"));
        }
        EXPECT_FALSE(answer.content.empty());
    }
}

TEST_P(through_proxy, a_target_where_nobody_listens_is_the_proxys_refusal) {
    mint::testing::scripted_peer gone;
    gone.stop_listening();
    const auto conn = http::connect(scheme::http, "127.0.0.1", gone.port(), through(proxy_of(GetParam())));
    ASSERT_FALSE(conn);
    if (GetParam().kind == "microsocks") {
        EXPECT_EQ(conn.error(), errc::socks_refused);
        EXPECT_THAT(conn.error().detail, HasSubstr("refused"));
    } else {
        ASSERT_EQ(conn.error(), errc::proxy_refused) << to_string(conn.error());
        EXPECT_GE(conn.error().refusal->status_code, 500);
    }
}

TEST_P(through_proxy, the_targets_certificate_is_checked_for_the_targets_name) {
    const test_server server = start_tls_server(certificates::shared().wrong_name.certificate_file,
                                                certificates::shared().wrong_name.key_file);
    const auto conn = http::connect(scheme::https, "localhost", server.port(), through(proxy_of(GetParam())));
    ASSERT_FALSE(conn);
    EXPECT_EQ(conn.error(), errc::certificate_name_mismatch);
    EXPECT_THAT(conn.error().detail, HasSubstr("localhost"));
}

TEST(forwarding_proxy, takes_ordinary_requests) {
    for (const auto& [kind, has_login] : {way{"tinyproxy", true}, way{"squid", true}, way{"apache", true}}) {
        auto options = through(proxy_of({kind, has_login}));
        options.forwards_requests = true;
        const auto get = [&](std::string_view target) {
            auto conn = http::connect(scheme::http, "localhost", server_of(peer::npm_ws).port(), options);
            return http_exchange::on(std::move(conn).value()).get(target).body;
        };
        EXPECT_EQ(get("/hello"), "hello\n") << kind;
        const std::string seen = get("/headers");
        EXPECT_THAT(seen, HasSubstr("\"/headers\"")) << kind;
        EXPECT_THAT(seen, Not(HasSubstr("dXNlcjpzZWNyZXQ="))) << "its login isn't the target's to know";
    }
}

TEST(forwarding_proxy, takes_no_websocket) {
    auto options = through(proxy_of({"tinyproxy", false}));
    options.forwards_requests = true;
    auto conn = http::connect(scheme::http, "localhost", server_of(peer::npm_ws).port(), options);
    ASSERT_TRUE(conn);
    EXPECT_EQ(websocket::upgrade(ws_scheme::ws, *conn, "/").error(), errc::forwarding_connection);
}

/// node's http server with CONNECT, over TLS.
test_server& https_proxy() {
    static test_server server{{"node", std::string{MINT_TEST_SERVERS} + "/https_proxy.js",
                               certificates::shared().good.certificate_file, certificates::shared().good.key_file}};
    return server;
}

http::proxy secure_proxy() {
    return {.kind = http::proxy_kind::https,
            .host = "localhost",
            .port = https_proxy().port(),
            .credentials = credentials{user, "secret"},
            .tls = {.ca_pem = certificates::shared().ca.certificate}};
}

TEST(https_proxy, carries_ws_and_wss) {
    for (const bool is_secure : {false, true}) {
        const auto& server = is_secure ? tls_server_of(peer::npm_ws) : server_of(peer::npm_ws);
        auto talk = conversation::open(server.port(), {.is_secure = is_secure,
                                                       .host = "localhost",
                                                       .mode = http::mode::active,
                                                       .connect = through(secure_proxy())});
        EXPECT_EQ(talk.connection().is_secure(), is_secure) << "the target's TLS counts, not the proxy's";
        EXPECT_EQ(talk.connection().tls().has_value(), is_secure);
        for (const std::size_t size : {1U, 20'000U, 1U << 20U, 16U << 20U}) {
            const std::string payload(size, 'q');
            talk.send_text(payload);
            EXPECT_EQ(talk.expect_text(), payload) << size;
        }
    }
}

TEST(https_proxy, is_verified_by_options_of_its_own) {
    http::proxy via = secure_proxy();
    via.tls = {};
    const auto unknown = http::connect(scheme::https, "localhost", tls_server_of(peer::npm_ws).port(), through(via));
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error(), errc::certificate_not_trusted);
    EXPECT_THAT(unknown.error().detail, HasSubstr("the proxy"));

    auto options = through(secure_proxy());
    options.tls = {};
    const auto target = http::connect(scheme::https, "localhost", tls_server_of(peer::npm_ws).port(), options);
    ASSERT_FALSE(target);
    EXPECT_EQ(target.error(), errc::certificate_not_trusted);
    EXPECT_THAT(target.error().detail, Not(HasSubstr("the proxy")));
}

TEST(https_proxy, refuses_a_wrong_login) {
    http::proxy via = secure_proxy();
    via.credentials->password = "wrong";
    const auto conn = http::connect(scheme::http, "localhost", server_of(peer::npm_ws).port(), through(via));
    ASSERT_FALSE(conn);
    ASSERT_EQ(conn.error(), errc::proxy_refused);
    EXPECT_EQ(conn.error().refusal->status_code, 407);
    EXPECT_EQ(conn.error().refusal->content, "who are you?\n");
}

}  // namespace
}  // namespace mint::test
