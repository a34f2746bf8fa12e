#include "conversation.hpp"
#include "http_exchange.hpp"
#include "servers.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mint::test {
namespace {

using testing::HasSubstr;
using namespace std::string_view_literals;

constexpr const char* credentials = "Basic bWludDpzZWNyZXQ=";

/// Sends an upgrade and waits for the whole answer.
struct attempt {
    request_ref ref{};
    http_answer answer;
    std::expected<websocket, error> ws = std::unexpected(error{errc::not_a_websocket});
};

attempt try_upgrade(http_exchange& http, std::string_view target, const headers& fields = {},
                    const upgrade_options& options = {}) {
    attempt result;
    const auto ref = websocket::upgrade(ws_scheme::ws, http.connection(), target, fields, options);
    if (!ref) conversation::fail("upgrade", ref.error());
    result.ref = *ref;
    const auto& head = http.wait(*ref, true);
    if (!head.fields) conversation::fail("upgrade", head.failure.value_or(error{errc::headers_cut_short}));
    result.ws = websocket::create(http.connection(), *ref, head.code, *head.fields);
    result.answer = result.ws ? head : http.wait(*ref);
    return result;
}

TEST(upgrade, a_refusal_has_status_fields_and_body) {
    auto http = http_exchange::open(node_server().port());
    const auto refused = try_upgrade(http, "/403");
    ASSERT_FALSE(refused.ws);
    EXPECT_EQ(refused.ws.error().code, errc::upgrade_refused);
    ASSERT_NE(refused.ws.error().refusal, nullptr);
    EXPECT_EQ(refused.ws.error().refusal->status_code, 403);
    EXPECT_EQ(refused.ws.error().refusal->fields.find("content-length"), "6");
    EXPECT_EQ(refused.answer.body, "nope!\n");
    EXPECT_TRUE(refused.answer.is_done);
}

TEST(upgrade, a_refused_connection_that_the_server_ends_is_not_open_for_requests) {
    auto http = http_exchange::open(node_server().port());
    EXPECT_FALSE(try_upgrade(http, "/403").ws);
    EXPECT_FALSE(http.connection().is_open_for_requests());
}

TEST(upgrade, a_401_is_answered_with_credentials_on_the_same_connection) {
    auto http = http_exchange::open(node_server().port());
    const auto refused = try_upgrade(http, "/401");
    ASSERT_FALSE(refused.ws);
    EXPECT_EQ(refused.ws.error().refusal->status_code, 401);
    EXPECT_EQ(refused.ws.error().refusal->fields.find("WWW-Authenticate"), "Basic realm=\"mint\"");
    EXPECT_EQ(refused.answer.body, "who are you?\n");
    ASSERT_TRUE(http.connection().is_open_for_requests());
    EXPECT_TRUE(try_upgrade(http, "/401", headers{{"authorization", "Basic bWludDpzZWNyZXQ="}}).ws);
}

TEST(upgrade, a_401_of_aiohttp_is_answered_on_the_same_connection) {
    auto http = http_exchange::open(server_of(peer::python_aiohttp).port());
    const auto refused = try_upgrade(http, "/401");
    ASSERT_FALSE(refused.ws);
    EXPECT_EQ(refused.answer.body, "who are you?\n");
    headers fields;
    ASSERT_TRUE(fields.append("authorization", credentials));
    EXPECT_TRUE(try_upgrade(http, "/401", fields).ws);
}

TEST(upgrade, a_refusal_of_python_websockets_has_its_body) {
    auto http = http_exchange::open(server_of(peer::python_websockets).port());
    const auto refused = try_upgrade(http, "/403");
    ASSERT_FALSE(refused.ws);
    EXPECT_EQ(refused.ws.error().refusal->status_code, 403);
    EXPECT_EQ(refused.answer.body, "nope!\n");
    EXPECT_FALSE(http.connection().is_open_for_requests());
}

TEST(upgrade, a_chunked_refusal_leaves_the_connection_usable) {
    auto http = http_exchange::open(node_server().port());
    const auto refused = try_upgrade(http, "/403-chunked");
    ASSERT_FALSE(refused.ws);
    EXPECT_EQ(refused.answer.body, "nope!\n");
    EXPECT_EQ(http.get("/hello").body, "hello\n");
    EXPECT_TRUE(try_upgrade(http, "/").ws);
}

TEST(upgrade, a_redirect_is_reported_and_not_followed) {
    auto http = http_exchange::open(node_server().port());
    const auto refused = try_upgrade(http, "/302");
    ASSERT_FALSE(refused.ws);
    EXPECT_EQ(refused.ws.error().refusal->status_code, 302);
    EXPECT_EQ(refused.ws.error().refusal->fields.find("location"), "/elsewhere");
}

TEST(upgrade, a_503_has_its_retry_after) {
    auto http = http_exchange::open(node_server().port());
    const auto refused = try_upgrade(http, "/503");
    ASSERT_FALSE(refused.ws);
    EXPECT_EQ(refused.ws.error().refusal->fields.find("retry-after"), "7");
    EXPECT_EQ(refused.answer.body, "later\n");
}

TEST(upgrade, a_200_is_no_websocket) {
    auto http = http_exchange::open(node_server().port());
    const auto refused = try_upgrade(http, "/200");
    ASSERT_FALSE(refused.ws);
    EXPECT_EQ(refused.ws.error().code, errc::upgrade_refused);
    EXPECT_EQ(refused.answer.body, "just a page\n");
}

TEST(upgrade, an_end_without_an_answer_fails_the_request) {
    auto http = http_exchange::open(node_server().port());
    const auto ref = websocket::upgrade(ws_scheme::ws, http.connection(), "/end");
    ASSERT_TRUE(ref);
    const auto& answer = http.wait(*ref);
    ASSERT_TRUE(answer.failure);
    EXPECT_THAT(answer.failure->code, testing::AnyOf(errc::headers_cut_short, errc::connection_closed));
}

TEST(upgrade, a_wrong_accept_closes_the_connection) {
    auto http = http_exchange::open(node_server().port());
    const auto ref = websocket::upgrade(ws_scheme::ws, http.connection(), "/wrong-accept");
    ASSERT_TRUE(ref);
    const auto& answer = http.wait(*ref, true);
    const auto ws = websocket::create(http.connection(), *ref, answer.code, *answer.fields);
    ASSERT_FALSE(ws);
    EXPECT_EQ(ws.error().code, errc::accept_mismatch);
    EXPECT_FALSE(http.connection().is_open());
}

TEST(upgrade, an_interim_response_comes_before_the_101) {
    auto http = http_exchange::open(node_server().port());
    const auto upgraded = try_upgrade(http, "/interim");
    ASSERT_TRUE(upgraded.ws);
    EXPECT_EQ(upgraded.answer.interim_codes, std::vector{103});
    EXPECT_EQ(upgraded.answer.interim_fields.at(0).find("link"), "</a>");
    EXPECT_EQ(upgraded.answer.code, 101);
}

TEST(upgrade, a_frame_in_the_segment_of_the_101_is_kept) {
    for (const auto mode : {http::mode::passive, http::mode::active}) {
        auto c = conversation::open(node_server().port(), {.mode = mode, .target = "/greeting"});
        EXPECT_EQ(c.expect_text(), "welcome");
        c.send_text("thanks");
        EXPECT_EQ(c.expect_text(), "thanks");
    }
}

TEST(upgrade, the_answer_can_be_waited_for_in_one_call) {
    auto conn = http::connect(scheme::http, "localhost", node_server().port(), {.mode = http::mode::passive});
    ASSERT_TRUE(conn) << to_string(conn.error());
    http::read_buffer scratch;
    const auto ref = websocket::upgrade(ws_scheme::ws, *conn, "/greeting");
    ASSERT_TRUE(ref);
    const auto answer = websocket::recv_upgrade(*conn, *ref, long_enough, scratch);
    ASSERT_TRUE(answer) << to_string(answer.error());
    EXPECT_EQ(answer->status_code, 101);
    auto ws = websocket::create(*conn, *ref, answer->status_code, answer->fields);
    ASSERT_TRUE(ws);
    std::vector<ws::frame> frames;
    while (frames.empty()) {
        const auto received = websocket::recv(*conn, 0, long_enough, scratch);
        ASSERT_TRUE(received) << to_string(received.error().reason);
        for (const response& r : *received) {
            if (const auto* data = std::get_if<responses::data>(&r)) {
                ASSERT_TRUE(ws->decode(data->bytes, frames));
            }
        }
    }
    ASSERT_EQ(frames.size(), 1U);
    EXPECT_EQ(std::get<ws::text>(frames.front()).payload, "welcome");
}

TEST(upgrade, an_answer_that_does_not_come_is_a_timeout_that_changes_nothing) {
    auto conn = http::connect(scheme::http, "127.0.0.1", node_server().port(), {.mode = http::mode::passive});
    ASSERT_TRUE(conn);
    http::read_buffer scratch;
    const auto ref = websocket::upgrade(ws_scheme::ws, *conn, "/silent");
    ASSERT_TRUE(ref);
    const auto answer = websocket::recv_upgrade(*conn, *ref, std::chrono::milliseconds{20}, scratch);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, errc::timeout);
    EXPECT_TRUE(conn->is_open());
    EXPECT_EQ(conn->open_request_count(), 1U);
}

TEST(upgrade, a_second_upgrade_while_one_waits_is_refused) {
    auto http = http_exchange::open(node_server().port());
    ASSERT_TRUE(websocket::upgrade(ws_scheme::ws, http.connection(), "/silent"));
    const auto second = websocket::upgrade(ws_scheme::ws, http.connection(), "/");
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, errc::upgrade_in_progress);
    const auto request = http.connection().request("GET", "/hello");
    ASSERT_FALSE(request);
    EXPECT_EQ(request.error().code, errc::upgrade_in_progress);
}

TEST(upgrade, a_websocket_takes_no_more_http_requests) {
    auto c = conversation::open(node_server().port());
    const auto request = c.connection().request("GET", "/hello");
    ASSERT_FALSE(request);
    EXPECT_EQ(request.error().code, errc::already_upgraded);
    EXPECT_EQ(c.connection().open_request_count(), 0U);
    c.send_text("undisturbed");
    EXPECT_EQ(c.expect_text(), "undisturbed");
}

TEST(upgrade, create_works_once_for_each_upgrade) {
    auto http = http_exchange::open(node_server().port());
    const auto upgraded = try_upgrade(http, "/");
    ASSERT_TRUE(upgraded.ws);
    const auto again = websocket::create(http.connection(), upgraded.ref, 101, *upgraded.answer.fields);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, errc::not_a_websocket);
}

TEST(upgrade, create_refuses_the_ref_of_an_ordinary_request) {
    auto http = http_exchange::open(node_server().port());
    const auto ref = http.request("GET", "/hello");
    const auto& answer = http.wait(ref);
    const auto ws = websocket::create(http.connection(), ref, answer.code, *answer.fields);
    ASSERT_FALSE(ws);
    EXPECT_EQ(ws.error().code, errc::not_a_websocket);
}

TEST(upgrade, the_scheme_must_fit_the_connection) {
    auto http = http_exchange::open(node_server().port());
    const auto ref = websocket::upgrade(ws_scheme::wss, http.connection(), "/");
    ASSERT_FALSE(ref);
    EXPECT_EQ(ref.error().code, errc::scheme_mismatch);
    EXPECT_EQ(http.get("/hello").body, "hello\n");
}

TEST(upgrade, the_first_subprotocol_that_the_server_knows_is_chosen) {
    for (const auto p : {peer::npm_ws, peer::python_websockets, peer::python_aiohttp}) {
        auto c = conversation::open(server_of(p).port(), {.upgrade = {.subprotocols = {"unknown", "chat"}}});
        EXPECT_EQ(c.socket().subprotocol(), "chat") << name_of(p);
    }
}

TEST(upgrade, a_server_may_choose_no_subprotocol) {
    auto c = conversation::open(node_server().port(), {.upgrade = {.subprotocols = {"unknown"}}});
    EXPECT_EQ(c.socket().subprotocol(), "");
}

TEST(upgrade, a_subprotocol_can_be_required) {
    auto http = http_exchange::open(node_server().port());
    const auto ref = websocket::upgrade(ws_scheme::ws, http.connection(), "/", {}, {.subprotocols = {"unknown"}});
    ASSERT_TRUE(ref);
    const auto& answer = http.wait(*ref, true);
    const auto ws =
        websocket::create(http.connection(), *ref, answer.code, *answer.fields, {.require_subprotocol = true});
    ASSERT_FALSE(ws);
    EXPECT_EQ(ws.error().code, errc::subprotocol_missing);
    EXPECT_EQ(ws.error().condition(), condition::handshake_failed);
}

TEST(upgrade, the_fields_reach_the_server_as_they_were_given) {
    auto c =
        conversation::open(node_server().port(), {.target = "/some/path?q=%20",
                                                  .fields = headers{{"Origin", "http://example.com"}, {"X-Two", "b"}},
                                                  .connect = {.hostname = "example.com"}});
    c.send_text("!headers");
    const auto seen = c.expect_text();
    EXPECT_THAT(seen, HasSubstr(R"("url":"/some/path?q=%20")"));
    EXPECT_THAT(seen, HasSubstr(R"("Origin","http://example.com","X-Two","b")"));
    EXPECT_THAT(seen, HasSubstr(R"("host","example.com:)" + std::to_string(node_server().port()) + "\""));
    EXPECT_THAT(seen, HasSubstr(R"("upgrade","websocket")"));
    EXPECT_THAT(seen, HasSubstr(R"("sec-websocket-version","13")"));
}

TEST(upgrade, the_host_field_can_be_the_callers_own) {
    auto c = conversation::open(node_server().port(), {.fields = headers{{"host", "elsewhere.example"}}});
    c.send_text("!headers");
    const auto seen = c.expect_text();
    EXPECT_THAT(seen, HasSubstr(R"("host","elsewhere.example")"));
    EXPECT_THAT(seen, testing::Not(HasSubstr("127.0.0.1")));
}

TEST(upgrade, a_target_that_could_split_the_request_is_never_sent) {
    auto http = http_exchange::open(node_server().port());
    for (const std::string_view target :
         {""sv, "no-slash"sv, "/a b"sv, "/a\r\nx: y"sv, "/a\nb"sv, "/\xC3\xBC"sv, "/x#fragment"sv, "/a\0b"sv}) {
        const auto ref = websocket::upgrade(ws_scheme::ws, http.connection(), target);
        ASSERT_FALSE(ref) << target;
        EXPECT_EQ(ref.error().code, errc::invalid_request_target) << target;
    }
    EXPECT_EQ(http.get("/hello").body, "hello\n");
}

TEST(upgrade, a_subprotocol_that_could_split_a_field_is_never_sent) {
    auto http = http_exchange::open(node_server().port());
    for (const std::string name : {"", "a b", "a,b", "a\r\nx: y", "\xC3\xBC"}) {
        const auto ref = websocket::upgrade(ws_scheme::ws, http.connection(), "/", {}, {.subprotocols = {name}});
        ASSERT_FALSE(ref) << name;
        EXPECT_EQ(ref.error().code, errc::invalid_subprotocol) << name;
    }
}

TEST(upgrade, a_field_that_the_handshake_writes_is_refused) {
    auto http = http_exchange::open(node_server().port());
    const auto ref = websocket::upgrade(ws_scheme::ws, http.connection(), "/",
                                        headers{{"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}});
    ASSERT_FALSE(ref);
    EXPECT_EQ(ref.error().code, errc::reserved_field);
}

}  // namespace
}  // namespace mint::test
