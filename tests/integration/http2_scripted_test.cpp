#include "http2_peers.hpp"
#include "multiplexed.hpp"
#include "support/certificates.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mint::test {
namespace {

/// What node's server does when it is told to, in cleartext and over TLS.
class http2_scripted : public ::testing::TestWithParam<bool> {
  protected:
    [[nodiscard]] static bool is_secure() { return GetParam(); }
    [[nodiscard]] static std::uint16_t port() { return http2_server_of(http2_peer::node, is_secure()).port(); }

    static open_options options_for(std::vector<http::protocol> protocols) {
        open_options options;
        options.connect.protocols = std::move(protocols);
        options.connect.tls.ca_file = mint::testing::certificates::shared().ca.certificate_file;
        return options;
    }

    static std::string url_of(std::uint16_t port, const std::string& target = "/") {
        return (is_secure() ? "wss://127.0.0.1:" : "ws://127.0.0.1:") + std::to_string(port) + target;
    }
};

INSTANTIATE_TEST_SUITE_P(servers, http2_scripted, in_cleartext_and_over_tls(),
                         [](const auto& p) { return p.param ? "tls" : "cleartext"; });

TEST_P(http2_scripted, a_stream_that_ends_without_a_close_frame_says_so) {
    multiplexed all{port(), is_secure()};
    const auto ended = all.ask();
    const auto live = all.ask();
    all.create(ended);
    all.create(live);
    all.send_text(ended, "!fin");
    all.receive_until([&] { return all.at(ended).is_over(); });
    EXPECT_TRUE(all.at(ended).is_done);
    EXPECT_EQ(all.at(ended).ws->codec().end_of_input().error(), errc::closed_without_close_frame);
    all.send_text(live, "still there");
    EXPECT_EQ(all.next_text(live), "still there");
}

TEST_P(http2_scripted, a_reset_of_one_stream_is_its_own) {
    multiplexed all{port(), is_secure()};
    const auto reset = all.ask();
    const auto live = all.ask();
    all.create(reset);
    all.create(live);
    all.send_text(reset, "!reset");
    all.receive_until([&] { return all.at(reset).is_over(); });
    ASSERT_TRUE(all.at(reset).failure);
    EXPECT_EQ(*all.at(reset).failure, errc::stream_reset);
    EXPECT_EQ(all.at(reset).failure->detail, "INTERNAL_ERROR");
    all.send_text(live, "still there");
    EXPECT_EQ(all.next_text(live), "still there");
}

TEST_P(http2_scripted, a_connection_that_is_reset_ends_everyone) {
    multiplexed all{port(), is_secure()};
    const auto a = all.ask();
    const auto b = all.ask();
    all.create(a);
    all.create(b);
    all.send_text(a, "!destroy");
    EXPECT_THROW(all.receive_until([] { return false; }), std::runtime_error);
    EXPECT_TRUE(all.at(a).failure);
    EXPECT_TRUE(all.at(b).failure);
    EXPECT_FALSE(all.connection().is_open());
}

TEST_P(http2_scripted, a_401_is_answered_on_the_same_connection) {
    multiplexed all{port(), is_secure()};
    const auto refused = all.ask("/401");
    all.receive_until([&] { return all.at(refused).is_over(); });
    EXPECT_EQ(all.at(refused).status_code, 401);
    EXPECT_EQ(all.at(refused).body, "who are you?\n");
    EXPECT_EQ(all.at(refused).fields.find("www-authenticate"), "Basic realm=\"mint\"");
    const auto again = all.ask("/401", {}, {{"authorization", "Basic bWludDpzZWNyZXQ="}});
    all.create(again);
    all.send_text(again, "let in");
    EXPECT_EQ(all.next_text(again), "let in");
}

TEST_P(http2_scripted, the_server_sees_a_handshake_as_rfc_8441_has_it) {
    multiplexed all{port(), is_secure()};
    const auto ref = all.ask("/chat?x=1", {.subprotocols = {"chat"}}, {{"Origin", "http://me"}});
    EXPECT_EQ(all.create(ref).subprotocol(), "chat");
    all.send_text(ref, "!headers");
    const std::string seen = all.next_text(ref);
    const std::string scheme = is_secure() ? "https" : "http";
    for (const std::string& part :
         {std::string{R"(":method":"CONNECT")"}, std::string{R"(":protocol":"websocket")"},
          R"(":scheme":")" + scheme + '"', std::string{R"(":path":"/chat?x=1")"},
          std::string{R"("sec-websocket-version":"13")"}, std::string{R"("sec-websocket-protocol":"chat")"},
          std::string{R"("origin":"http://me")"}}) {
        EXPECT_NE(seen.find(part), std::string::npos) << part << " in " << seen;
    }
    for (const char* const part : {"sec-websocket-key", "\"upgrade\"", "\"connection\"", "\"host\""}) {
        EXPECT_EQ(seen.find(part), std::string::npos) << part << " in " << seen;
    }
}

TEST_P(http2_scripted, fragments_of_the_server_are_one_message) {
    multiplexed all{port(), is_secure()};
    const auto ref = all.ask();
    all.create(ref);
    for (const auto& [count, size] : {std::pair{3, 5}, std::pair{2, 70'000}, std::pair{500, 0}}) {
        all.send_text(ref, "!fragments " + std::to_string(count) + " " + std::to_string(size));
        auto& inbox = all.at(ref).inbox;
        const auto is_text = [](const ws::owned_frame& f) { return std::holds_alternative<ws::owned_text>(f); };
        all.receive_until([&] { return std::ranges::any_of(inbox, is_text); });
        EXPECT_EQ(std::get<ws::owned_text>(inbox.back()).payload.size(), static_cast<std::size_t>(count * size));
        EXPECT_EQ(inbox.size(), static_cast<std::size_t>(count)) << "a ping between each two";
        inbox.clear();
    }
}

TEST_P(http2_scripted, a_broken_frame_is_one_websockets_error) {
    multiplexed all{port(), is_secure()};
    const auto broken = all.ask();
    const auto live = all.ask();
    all.create(broken);
    all.create(live);
    all.send_text(broken, "!raw 8102c328");
    all.receive_until([&] { return all.at(broken).failure.has_value(); });
    EXPECT_EQ(*all.at(broken).failure, errc::invalid_utf8);
    all.send(broken, ws::close{ws::close_code::invalid_payload});
    ASSERT_TRUE(all.connection().cancel_request(broken));
    all.send_text(live, "still there");
    EXPECT_EQ(all.next_text(live), "still there");
}

TEST_P(http2_scripted, ordinary_requests_have_bodies_trailers_and_interim_responses) {
    multiplexed all{port(), is_secure()};
    const std::string body(1U << 20U, 'b');
    const auto echo = all.connection().request("POST", "/echo", {}, whole_body{as_bytes(body)}).value();
    const auto trailers = all.get("/trailers");
    const auto hints = all.get("/early-hints");
    const auto head = all.connection().request("HEAD", "/hello").value();
    for (const auto ref : {echo, trailers, hints, head}) {
        all.receive_until([&] { return all.at(ref).is_over(); });
        EXPECT_FALSE(all.at(ref).failure);
        EXPECT_EQ(all.at(ref).status_code, 200);
    }
    EXPECT_TRUE(all.at(echo).body == body);
    EXPECT_EQ(all.at(trailers).body, "content");
    EXPECT_EQ(all.at(trailers).fields.find("x-sum"), "11") << "the second section";
    EXPECT_EQ(all.at(head).body, "");
}

TEST_P(http2_scripted, a_push_is_refused_unless_it_was_allowed) {
    multiplexed refusing{port(), is_secure()};
    const auto plain = refusing.get("/push");
    refusing.receive_until([&] { return refusing.at(plain).is_over(); });
    EXPECT_EQ(refusing.at(plain).body, "no push\n");

    multiplexed allowing{port(), is_secure(), {.http2 = {.accepts_push = true}}};
    const auto ref = allowing.get("/push");
    std::optional<request_ref> promised;
    std::string target;
    allowing.receive_until([&] {
        for (const response& r : allowing.last()) {
            if (const auto* promise = std::get_if<responses::push_promise>(&r)) {
                promised = promise->promised;
                target = promise->target;
            }
        }
        return allowing.at(ref).is_over() && promised && allowing.at(*promised).is_over();
    });
    EXPECT_EQ(allowing.at(ref).body, "pushed one\n");
    EXPECT_EQ(target, "/pushed");
    EXPECT_EQ(allowing.at(*promised).body, "pushed\n");
}

TEST_P(http2_scripted, a_ping_comes_back) {
    multiplexed all{port(), is_secure()};
    const auto ref = all.connection().ping().value();
    bool has_pong = false;
    all.receive_until([&] {
        for (const response& r : all.last()) {
            const auto* const pong = std::get_if<responses::pong>(&r);
            has_pong = has_pong || (pong != nullptr && pong->ref == ref);
        }
        return has_pong;
    });
}

TEST_P(http2_scripted, a_server_without_websockets_over_http2_is_told_apart) {
    auto server = start_http2_server(is_secure(), {"--no-connect"});
    const auto refused = open_websocket(url_of(server.port()), options_for({http::protocol::http2}));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), errc::extended_connect_disabled);
    EXPECT_EQ(refused.error().detail, "127.0.0.1:" + std::to_string(server.port()));
    if (!is_secure()) return;
    auto options = options_for({http::protocol::http2, http::protocol::http1});
    options.connect.mode = http::mode::passive;
    auto opened = open_websocket(url_of(server.port()), options);
    ASSERT_TRUE(opened) << to_string(opened.error());
    EXPECT_EQ(opened->connection.protocol(), http::protocol::http1);
    http::read_buffer scratch;
    EXPECT_TRUE(opened->socket.close(opened->connection, {ws::close_code::normal}, long_enough, scratch));
}

TEST_P(http2_scripted, an_answer_that_never_comes_ends_with_the_callers_time) {
    auto options = options_for({http::protocol::http2});
    options.connect.timeout = std::chrono::milliseconds{200};
    const auto refused = open_websocket(url_of(port(), "/silent"), options);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), errc::connect_timeout);
}

}  // namespace
}  // namespace mint::test
