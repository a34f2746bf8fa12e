#include "conversation.hpp"
#include "http2_peers.hpp"
#include "support/certificates.hpp"

#include <string>

#include <gtest/gtest.h>

namespace mint::test {
namespace {

/// One WebSocket against each server.
class http2_echo : public ::testing::TestWithParam<http2_peer_and_tls> {
  protected:
    [[nodiscard]] static http2_peer peer_() { return std::get<0>(GetParam()); }
    [[nodiscard]] static conversation open(http::mode mode, const conversation_options& more = {}) {
        conversation_options options = more;
        options.is_secure = std::get<1>(GetParam());
        options.mode = mode;
        options.connect.protocols = {http::protocol::http2};
        options.connect.tls.ca_file = testing::certificates::shared().ca.certificate_file;
        return conversation::open(http2_server_of(peer_(), options.is_secure).port(), options);
    }
};

INSTANTIATE_TEST_SUITE_P(servers, http2_echo,
                         ::testing::Combine(::testing::ValuesIn(every_http2_peer), in_cleartext_and_over_tls()),
                         name_of_http2);

/// Octets without a period that a lost or swapped frame could hide behind.
std::string pattern(std::size_t size) {
    std::string result(size, '\0');
    std::uint32_t state = 0x2545F491U;
    for (auto& c : result) {
        state = state * 1664525U + 1013904223U;
        c = static_cast<char>('a' + (state >> 24U) % 26);
    }
    return result;
}

TEST_P(http2_echo, messages_of_each_length_class_come_back) {
    for (const auto mode : {http::mode::active, http::mode::passive}) {
        auto c = open(mode);
        EXPECT_EQ(c.connection().protocol(), http::protocol::http2);
        for (const std::size_t size : {0U, 1U, 125U, 126U, 127U, 16'384U, 65'535U, 65'536U, 1U << 20U}) {
            const auto payload = pattern(size);
            c.send_text(payload);
            ASSERT_EQ(c.expect_text(), payload) << size;
        }
    }
}

TEST_P(http2_echo, sixteen_mebibytes_come_back) {
    auto c = open(http::mode::active);
    const auto payload = pattern(16U << 20U);
    c.send(ws::binary{as_bytes(payload)});
    const auto echo = c.expect<ws::owned_binary>().payload;
    EXPECT_TRUE(as_text(echo) == payload);
}

TEST_P(http2_echo, fragments_with_pings_between_are_one_message) {
    auto c = open(http::mode::passive);
    c.send(ws::text{"first, ", false});
    c.send(ws::ping{as_bytes("one")});
    c.send(ws::text{"second", true});
    std::string pongs;
    std::optional<std::string> text;
    while (!text || pongs.empty()) {  // which of them comes first is the server's to choose
        const auto frame = c.next();
        ASSERT_TRUE(frame) << to_string(frame.error());
        if (const auto* pong = std::get_if<ws::owned_pong>(&*frame)) pongs += as_text(pong->payload);
        if (const auto* message = std::get_if<ws::owned_text>(&*frame)) text = message->payload;
    }
    EXPECT_EQ(*text, "first, second");
    EXPECT_EQ(pongs, "one");
}

TEST_P(http2_echo, fragments_and_pings_of_the_server_arrive) {
    if (peer_() == http2_peer::hypercorn) return;  // whose application sends neither
    auto c = open(http::mode::active);
    for (const auto& [count, size] : {std::pair{3, 5}, std::pair{2, 70'000}, std::pair{500, 0}}) {
        c.send_text("!fragments " + std::to_string(count) + " " + std::to_string(size));
        for (int i = 1; i < count; ++i) {
            ASSERT_EQ(as_text(c.expect<ws::owned_ping>().payload), "between " + std::to_string(i));
        }
        EXPECT_EQ(c.expect_text().size(), static_cast<std::size_t>(count * size));
    }
    c.send_text("!ping hello");
    EXPECT_EQ(as_text(c.expect<ws::owned_ping>().payload), "hello");
    c.send(ws::pong{as_bytes("hello")});
    EXPECT_EQ(c.expect_text(), "pong hello");
}

TEST_P(http2_echo, a_thousand_messages_in_flight_keep_their_order) {
    auto c = open(http::mode::active);
    for (int i = 0; i < 1000; ++i) c.send_text(std::to_string(i));
    for (int i = 0; i < 1000; ++i) ASSERT_EQ(c.expect_text(), std::to_string(i));
}

TEST_P(http2_echo, the_subprotocol_is_the_servers_choice) {
    if (peer_() == http2_peer::hypercorn) {  // which chooses none here
        EXPECT_EQ(open(http::mode::passive, {.upgrade = {.subprotocols = {"other", "chat"}}}).socket().subprotocol(),
                  "");
        return;
    }
    auto c = open(http::mode::passive, {.upgrade = {.subprotocols = {"other", "chat"}}});
    EXPECT_EQ(c.socket().subprotocol(), "chat");
    c.send_text("hello");
    EXPECT_EQ(c.expect_text(), "hello");
}

TEST_P(http2_echo, a_close_of_ours_is_answered_and_the_connection_lives) {
    auto c = open(http::mode::passive);
    const auto theirs = c.socket().close(c.connection(), {ws::close_code{4000}, "done"}, long_enough, c.scratch());
    ASSERT_TRUE(theirs) << to_string(theirs.error());
    EXPECT_EQ(theirs->code, ws::close_code{4000});
    if (peer_() == http2_peer::hypercorn) return;  // which ends the connection over an END_STREAM behind a Close
    EXPECT_TRUE(c.connection().is_open_for_requests());
    EXPECT_EQ(c.connection().open_request_count(), 0U);
}

TEST_P(http2_echo, a_close_of_the_servers_has_its_code_and_reason) {
    auto c = open(http::mode::active);
    c.send_text("!close 4001 bye");
    const auto farewell = c.expect<ws::owned_close>();
    EXPECT_EQ(farewell.code, ws::close_code{4001});
    EXPECT_EQ(farewell.reason, "bye");
}

}  // namespace
}  // namespace mint::test
