#include "echo_handshake.hpp"

#include <mint/base/bytes.hpp>

#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mintws {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// The request of RFC 6455 §1.3, whose Sec-WebSocket-Accept the RFC gives.
std::string upgrade_request(std::string_view more = {}) {
    std::string request =
        "GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";
    request += more;
    return request + "\r\n";
}

echo_handshake::answer answer_to(std::string_view request) {
    echo_handshake h;
    h.receive(mint::as_bytes(request));
    auto answer = h.next();
    EXPECT_TRUE(answer.has_value()) << request;
    return answer.value_or(echo_handshake::answer{});
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

TEST(echo_handshake, accepts_an_upgrade_at_every_split) {
    const auto request = upgrade_request();
    for (std::size_t split = 0; split < request.size(); ++split) {
        echo_handshake h;
        h.receive(mint::as_bytes(std::string_view{request}.substr(0, split)));
        EXPECT_FALSE(h.next()) << split;
        h.receive(mint::as_bytes(std::string_view{request}.substr(split)));
        const auto answer = h.next();
        ASSERT_TRUE(answer) << split;
        EXPECT_TRUE(answer->is_upgrade);
        EXPECT_THAT(answer->octets, StartsWith("HTTP/1.1 101 "));
        EXPECT_THAT(answer->octets, HasSubstr("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
    }
}

TEST(echo_handshake, keeps_the_octets_behind_the_upgrade) {
    echo_handshake h;
    h.receive(mint::as_bytes(upgrade_request() + "frames"));
    ASSERT_TRUE(h.next());
    EXPECT_EQ(mint::as_text(h.rest()), "frames");
}

TEST(echo_handshake, chooses_the_first_subprotocol_offered) {
    EXPECT_THAT(answer_to(upgrade_request("Sec-WebSocket-Protocol: one, two\r\n")).octets,
                HasSubstr("Sec-WebSocket-Protocol: one\r\n"));
}

TEST(echo_handshake, asks_for_version_13) {
    const auto answer = answer_to(replaced(upgrade_request(), "Version: 13", "Version: 8"));
    EXPECT_THAT(answer.octets, StartsWith("HTTP/1.1 426 "));
    EXPECT_THAT(answer.octets, HasSubstr("Sec-WebSocket-Version: 13\r\n"));
    EXPECT_FALSE(answer.is_upgrade);
}

TEST(echo_handshake, refuses_what_is_no_request_or_no_upgrade) {
    const auto good = upgrade_request();
    for (const auto& request : {
             std::string{"nonsense\r\n\r\n"},
             replaced(good, "Host: server.example.com\r\n", ""),
             replaced(good, "Host: server", "Host: other\r\nHost: server"),
             replaced(good, "dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ"),
             replaced(good, "dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZR=="),
             replaced(good, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", ""),
             replaced(good, "Upgrade: websocket\r\n", "Upgrade: websocket\r\nSec-WebSocket-Protocol: a b\r\n"),
         }) {
        const auto answer = answer_to(request);
        EXPECT_THAT(answer.octets, StartsWith("HTTP/1.1 400 ")) << request;
        EXPECT_TRUE(answer.wants_close) << request;
    }
}

TEST(echo_handshake, bounds_the_fields) {
    const auto answer = answer_to(upgrade_request("X-Large: " + std::string(20'000, 'x') + "\r\n"));
    EXPECT_THAT(answer.octets, StartsWith("HTTP/1.1 431 "));
}

TEST(echo_handshake, bounds_the_content) {
    const auto answer = answer_to("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
    EXPECT_THAT(answer.octets, StartsWith("HTTP/1.1 413 "));
}

TEST(echo_handshake, answers_pipelined_requests_on_a_connection_kept_alive) {
    echo_handshake h;
    h.receive(
        mint::as_bytes("GET / HTTP/1.1\r\nHost: a\r\n\r\nHEAD / HTTP/1.1\r\nHost: a\r\n\r\n"
                       "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc" +
                       upgrade_request()));
    const auto get = h.next();
    ASSERT_TRUE(get);
    EXPECT_THAT(get->octets, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_TRUE(get->octets.ends_with("\r\n\r\nmintws echo\n"));
    EXPECT_FALSE(get->wants_close);
    const auto head = h.next();
    ASSERT_TRUE(head);
    EXPECT_TRUE(head->octets.ends_with("\r\n\r\n"));
    const auto post = h.next();
    ASSERT_TRUE(post);
    EXPECT_THAT(post->octets, StartsWith("HTTP/1.1 405 "));
    const auto upgrade = h.next();
    ASSERT_TRUE(upgrade);
    EXPECT_TRUE(upgrade->is_upgrade);
}

TEST(echo_handshake, ends_the_connection_where_the_request_says_so) {
    EXPECT_TRUE(answer_to("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").wants_close);
    EXPECT_TRUE(answer_to("GET / HTTP/1.0\r\n\r\n").wants_close);
}

}  // namespace
}  // namespace mintws
