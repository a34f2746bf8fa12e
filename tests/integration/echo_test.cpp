#include "conversation.hpp"
#include "peers_and_modes.hpp"

#include <string>

#include <gtest/gtest.h>

namespace mint::test {
namespace {

/// Against each server in each mode.
class echo : public testing::TestWithParam<peer_and_mode> {
  protected:
    [[nodiscard]] static conversation open(const create_options& create = {}) {
        return conversation::open(server_of(std::get<0>(GetParam())).port(),
                                  {.mode = std::get<1>(GetParam()), .create = create});
    }
};

INSTANTIATE_TEST_SUITE_P(servers, echo,
                         testing::Combine(testing::Values(peer::npm_ws, peer::python_websockets, peer::python_aiohttp),
                                          both_modes()),
                         name_of_both);

/// Octets without a period that a lost or swapped chunk could hide behind.
std::string pattern(std::size_t size, bool is_text) {
    std::string result(size, '\0');
    std::uint32_t state = 0x2545F491U;
    for (auto& c : result) {
        state = state * 1664525U + 1013904223U;
        c = static_cast<char>(is_text ? 'a' + (state >> 24U) % 26 : state >> 24U);
    }
    return result;
}

std::string as_string(const std::vector<std::byte>& bytes) { return std::string{as_text(bytes)}; }

TEST_P(echo, texts_of_each_length_class_come_back) {
    auto c = open();
    for (const std::size_t size : {0U, 1U, 125U, 126U, 127U, 65'535U, 65'536U, 1U << 20U}) {
        const auto payload = pattern(size, true);
        c.send_text(payload);
        EXPECT_EQ(c.expect_text(), payload) << size;
    }
}

TEST_P(echo, binaries_of_each_length_class_come_back) {
    auto c = open();
    for (const std::size_t size : {0U, 1U, 125U, 126U, 127U, 65'535U, 65'536U, 1U << 20U}) {
        const auto payload = pattern(size, false);
        c.send(ws::binary{as_bytes(payload)});
        EXPECT_EQ(as_string(c.expect<ws::owned_binary>().payload), payload) << size;
    }
}

TEST_P(echo, sixteen_mebibytes_come_back) {
    auto c = open();
    const auto payload = pattern(16U << 20U, false);
    c.send(ws::binary{as_bytes(payload)});
    EXPECT_EQ(as_string(c.expect<ws::owned_binary>().payload), payload);
}

TEST_P(echo, a_message_larger_than_any_limit_comes_in_pieces) {
    auto c = open({.limits = {.max_frame_size = 1U << 30U, .max_message_size = 1}, .delivery = ws::delivery::pieces});
    const auto payload = pattern(3U << 20U, false);
    c.send(ws::binary{as_bytes(payload)});
    std::string received;
    for (;;) {
        const auto piece = c.expect<ws::owned_binary>();
        received += as_string(piece.payload);
        if (piece.fin) break;
    }
    EXPECT_EQ(received, payload);
    EXPECT_LT(c.socket().codec().memory_size(), 1024U);
}

TEST_P(echo, text_outside_of_ascii_comes_back) {
    auto c = open();
    const std::string payload = "Grüße, 世界, мир, \xF0\x9F\x8C\x8D\xF0\x9F\x9A\x80";
    c.send_text(payload);
    EXPECT_EQ(c.expect_text(), payload);
}

TEST_P(echo, fragments_with_pings_between_are_one_message) {
    auto c = open();
    c.send(ws::text{"first, ", false});
    c.send(ws::ping{as_bytes("one")});
    c.send(ws::text{"", false});
    c.send(ws::text{"se\xC3", false} /* cut inside of a character */);
    c.send(ws::ping{as_bytes("two")});
    c.send(
        ws::text{"\xA9"
                 "cond",
                 true});
    EXPECT_EQ(as_string(c.expect<ws::owned_pong>().payload), "one");
    EXPECT_EQ(as_string(c.expect<ws::owned_pong>().payload), "two");
    EXPECT_EQ(c.expect_text(),
              "first, se\xC3\xA9"
              "cond");
}

TEST_P(echo, a_ping_is_answered_with_its_payload) {
    auto c = open();
    for (const std::string& payload : {std::string{}, std::string{"hello"}, std::string(125, 'p')}) {
        c.send(ws::ping{as_bytes(payload)});
        EXPECT_EQ(as_string(c.expect<ws::owned_pong>().payload), payload);
    }
}

TEST_P(echo, a_ping_of_the_server_is_ours_to_answer) {
    auto c = open();
    c.send_text("!ping sign-of-life");
    const auto ping = c.expect<ws::owned_ping>();
    EXPECT_EQ(as_string(ping.payload), "sign-of-life");
    c.send(ws::pong{ping.payload});
    EXPECT_EQ(c.expect_text(), "pong sign-of-life");
}

TEST_P(echo, an_unasked_pong_is_ignored_by_the_server) {
    auto c = open();
    c.send(ws::pong{as_bytes("unasked")});
    c.send_text("still there");
    if (std::get<0>(GetParam()) == peer::python_aiohttp) {  // which tells us of it
        EXPECT_EQ(c.expect_text(), "pong unasked");
    }
    EXPECT_EQ(c.expect_text(), "still there");
}

TEST_P(echo, a_thousand_messages_in_flight_keep_their_order) {
    auto c = open();
    for (int i = 0; i < 1000; ++i) c.send_text(std::to_string(i));
    for (int i = 0; i < 1000; ++i) ASSERT_EQ(c.expect_text(), std::to_string(i));
}

TEST_P(echo, a_copied_websocket_goes_on_by_itself) {
    auto c = open();
    auto fork = c.socket();
    buffer out;
    ASSERT_TRUE(fork.send(c.connection(), ws::text{"from the copy"}, out));
    EXPECT_EQ(c.expect_text(), "from the copy");
    c.send_text("from the original");
    EXPECT_EQ(c.expect_text(), "from the original");
}

/// Only where the server can send fragments.
class fragmenting_echo : public echo {};

INSTANTIATE_TEST_SUITE_P(servers, fragmenting_echo,
                         testing::Combine(testing::Values(peer::npm_ws, peer::python_websockets), both_modes()),
                         name_of_both);

TEST_P(fragmenting_echo, fragments_of_the_server_are_one_message) {
    auto c = open();
    const bool has_pings = std::get<0>(GetParam()) == peer::npm_ws;
    for (const auto& [count, size] :
         {std::pair{3, 5}, std::pair{2, 70'000}, std::pair{500, 0}, std::pair{200, 1'000}}) {
        c.send_text("!fragments " + std::to_string(count) + " " + std::to_string(size));
        for (int i = 1; has_pings && i < count; ++i)
            ASSERT_EQ(as_string(c.expect<ws::owned_ping>().payload), "between " + std::to_string(i));
        EXPECT_EQ(c.expect_text(), std::string(static_cast<std::size_t>(count * size), 'f'));
    }
}

}  // namespace
}  // namespace mint::test
