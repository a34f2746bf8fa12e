#include "net/socks5.hpp"

#include "support/every_split.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace mint::net::detail {
namespace {

using mint::testing::for_each_split;
using namespace std::literals;

const std::optional<credentials> nobody;
const std::optional<credentials> somebody{{"user", "secret"}};

const std::string request_for_h_80 = "\x05\x01\x00\x03\x01h\x00\x50"s;
const std::string login = "\x01\x04user\x06secret"s;
const std::string no_login = "\x05\x00"s;
const std::string bound_ipv4 = "\x01\x7F\x00\x00\x01\x04\x38"s;
const std::string granted = "\x05\x00\x00"s + bound_ipv4;

struct talk_result {
    std::string sent;
    std::string left_over;
    bool is_done = false;
    std::optional<error> failure;
};

talk_result talk_once(socks5 machine, const std::vector<byte_view>& chunks) {
    talk_result result;
    buffer out;
    machine.start(out);
    for (const byte_view chunk : chunks) {
        const auto taken = machine.receive(chunk, out);
        if (!taken) {
            result.failure = taken.error();
            const auto again = machine.receive(chunk, out);
            EXPECT_TRUE(!again && again.error().code == result.failure->code &&
                        again.error().offset == result.failure->offset);
            break;
        }
        EXPECT_LE(*taken, chunk.size());
        EXPECT_TRUE(*taken == chunk.size() || machine.is_done());
        result.left_over += as_text(chunk.subspan(*taken));
    }
    result.sent = out.text();
    result.is_done = machine.is_done();
    return result;
}

/// What comes of these answers, which is the same in every split.
talk_result talk(const std::optional<credentials>& who, std::string_view answers, std::string_view host = "h") {
    const auto machine = socks5::create(host, 80, who);
    EXPECT_TRUE(machine);
    const talk_result first = talk_once(*machine, {as_bytes(answers)});
    for_each_split(answers, [&](const std::vector<byte_view>& chunks) {
        const talk_result here = talk_once(*machine, chunks);
        EXPECT_EQ(here.sent, first.sent);
        EXPECT_EQ(here.left_over, first.left_over);
        EXPECT_EQ(here.is_done, first.is_done);
        EXPECT_EQ(here.failure.has_value(), first.failure.has_value());
        if (here.failure && first.failure) {
            EXPECT_EQ(here.failure->code, first.failure->code);
            EXPECT_EQ(here.failure->offset, first.failure->offset);
        }
    });
    return first;
}

/// The request that asks for `host`.
std::string request_for(std::string_view host) {
    const std::string sent = talk(nobody, no_login, host).sent;
    EXPECT_TRUE(sent.starts_with("\x05\x01\x00"s));
    return sent.substr(3);
}

TEST(socks5, connects_without_credentials) {
    const talk_result result = talk(nobody, no_login + granted);
    EXPECT_EQ(result.sent, "\x05\x01\x00"s + request_for_h_80);
    EXPECT_TRUE(result.is_done);
    EXPECT_EQ(result.left_over, "");
}

TEST(socks5, logs_in_where_the_proxy_asks_for_it) {
    const talk_result result = talk(somebody, "\x05\x02\x01\x00"s + granted);
    EXPECT_EQ(result.sent, "\x05\x02\x00\x02"s + login + request_for_h_80);
    EXPECT_TRUE(result.is_done);
}

TEST(socks5, keeps_credentials_to_itself_where_the_proxy_asks_for_none) {
    const talk_result result = talk(somebody, no_login + granted);
    EXPECT_EQ(result.sent, "\x05\x02\x00\x02"s + request_for_h_80);
    EXPECT_TRUE(result.is_done);
}

TEST(socks5, asks_for_nothing_before_the_proxy_answered) {
    auto machine = *socks5::create("h", 80, nobody);
    buffer out;
    machine.start(out);
    EXPECT_EQ(out.text(), "\x05\x01\x00"s);
    EXPECT_EQ(machine.receive(as_bytes("\x05"), out), 1u);
    EXPECT_EQ(out.size(), 3u);
    EXPECT_FALSE(machine.is_done());
}

TEST(socks5, leaves_what_follows_the_answer_to_the_next_layer) {
    const talk_result result = talk(nobody, no_login + granted + "\x16\x03\x03\x00"s);
    EXPECT_TRUE(result.is_done);
    EXPECT_EQ(result.left_over, "\x16\x03\x03\x00"s);
}

TEST(socks5, skips_a_bound_address_of_each_type) {
    const std::string ipv6 = "\x04"s + std::string(16, '\x11') + "\x00\x50"s;
    const std::string empty_name = "\x03\x00\x00\x50"s;
    const std::string short_name = "\x03\x03xyz\x00\x50"s;
    const std::string long_name = "\x03\xFF"s + std::string(255, 'x') + "\x00\x50"s;
    for (const std::string& bound : {bound_ipv4, ipv6, empty_name, short_name, long_name}) {
        const std::string answer = no_login + "\x05\x00\x00"s + bound;
        const talk_result result = talk(nobody, answer + "next");
        EXPECT_TRUE(result.is_done);
        EXPECT_EQ(result.left_over, "next");
        EXPECT_FALSE(talk(nobody, std::string_view{answer}.substr(0, answer.size() - 1)).is_done);
    }
}

TEST(socks5, a_name_goes_to_the_proxy_as_it_is) {
    EXPECT_EQ(request_for("Example.ORG."), "\x05\x01\x00\x03\x0C"s + "Example.ORG." + "\x00\x50"s);
    const std::string longest(255, 'a');
    EXPECT_EQ(request_for(longest), "\x05\x01\x00\x03\xFF"s + longest + "\x00\x50"s);
}

TEST(socks5, an_address_goes_as_an_address) {
    EXPECT_EQ(request_for("127.0.0.1"), "\x05\x01\x00\x01\x7F\x00\x00\x01\x00\x50"s);
    const std::string loopback = "\x05\x01\x00\x04"s + std::string(15, '\0') + "\x01\x00\x50"s;
    EXPECT_EQ(request_for("::1"), loopback);
    EXPECT_EQ(request_for("[::1]"), loopback);
    EXPECT_EQ(request_for("[::1%there-is-no-such-interface]"), loopback) << "a zone means something here only";
}

TEST(socks5, the_port_goes_in_network_order) {
    auto machine = *socks5::create("h", 0x1234, nobody);
    buffer out;
    ASSERT_TRUE(machine.receive(as_bytes(no_login), out));
    EXPECT_TRUE(out.text().ends_with("\x12\x34"));
}

TEST(socks5, refuses_what_no_message_has_room_for) {
    const std::string too_long(256, 'a');
    const std::string longest(255, 'a');
    EXPECT_EQ(socks5::create(too_long, 80, nobody).error(), errc::invalid_argument);
    for (const credentials& who :
         {credentials{"", "p"}, credentials{"u", ""}, credentials{too_long, "p"}, credentials{"u", too_long}}) {
        EXPECT_EQ(socks5::create("h", 80, who).error(), errc::invalid_argument);
    }
    EXPECT_TRUE(socks5::create("h", 80, credentials{longest, longest}));
    EXPECT_TRUE(socks5::create("h", 80, credentials{"u:\n", "\xC3\xA4"})) << "octets of any value";
}

TEST(socks5, refuses_what_is_no_host) {
    for (const std::string_view bad : {""sv, "a b"sv, "a\0b"sv, "[::1"sv, "[h]"sv, "h:80"sv, "user@h"sv, "127.0.0.1."sv,
                                       "127.1"sv, "0x7f000001"sv}) {
        EXPECT_EQ(socks5::create(bad, 80, nobody).error(), errc::invalid_argument) << bad;
    }
}

TEST(socks5, each_refusal_has_its_reason) {
    const std::vector<std::string> reasons = {
        "general failure",       "not allowed by the ruleset", "network unreachable",
        "host unreachable",      "connection refused",         "time to live expired",
        "command not supported", "address type not supported", "reply 9"};
    for (std::size_t i = 0; i < reasons.size(); ++i) {
        const char code = static_cast<char>(i + 1);
        const talk_result result = talk(nobody, no_login + "\x05" + code + "\x00"s + bound_ipv4);
        ASSERT_TRUE(result.failure);
        EXPECT_EQ(*result.failure, errc::socks_refused);
        EXPECT_EQ(result.failure->detail, reasons[i]);
        EXPECT_EQ(result.failure->offset, 3u);
        EXPECT_FALSE(result.is_done);
    }
    EXPECT_EQ(talk(nobody, no_login + "\x05\xFF").failure->detail, "reply 255") << "nothing of the rest is awaited";
}

TEST(socks5, a_proxy_may_accept_no_method) {
    for (const auto& who : {nobody, somebody}) {
        const talk_result result = talk(who, "\x05\xFF");
        ASSERT_TRUE(result.failure);
        EXPECT_EQ(*result.failure, errc::socks_refused);
        EXPECT_EQ(result.failure->detail, "no acceptable authentication method");
    }
}

TEST(socks5, a_refused_login_asks_for_nothing) {
    for (const char* status : {"\x01", "\x05", "\xFF"}) {
        const talk_result result = talk(somebody, "\x05\x02\x01"s + status);
        ASSERT_TRUE(result.failure);
        EXPECT_EQ(*result.failure, errc::socks_refused);
        EXPECT_EQ(result.failure->detail, "username or password not accepted");
        EXPECT_EQ(result.sent, "\x05\x02\x00\x02"s + login);
    }
}

TEST(socks5, what_is_not_its_protocol_is_found_out_at_the_octet) {
    const struct {
        std::optional<credentials> who;
        std::string answers;
        std::uint64_t offset;
    } cases[] = {
        {nobody, "HTTP/1.0 400 Bad Request\r\n\r\n", 0},      // an HTTP proxy
        {nobody, "\x04\x00"s, 0},                             // SOCKS 4
        {nobody, "\x05\x02"s, 1},                             // a login that nobody offered
        {nobody, "\x05\x01"s, 1},                             // GSSAPI
        {somebody, "\x05\x80"s, 1},                           // a private method
        {somebody, "\x05\x02\x05\x00"s, 2},                   // the login's version
        {nobody, no_login + "\x04\x00\x00"s, 2},              // the reply's version
        {nobody, no_login + "\x05\x00\x00\x00"s, 5},          // no address type
        {nobody, no_login + "\x05\x00\x00\x02"s, 5},          // an unassigned one
        {nobody, no_login + "\x05\x00\x00\x05\x00\x00"s, 5},  // another
    };
    for (const auto& c : cases) {
        const talk_result result = talk(c.who, c.answers);
        ASSERT_TRUE(result.failure) << c.answers;
        EXPECT_EQ(*result.failure, errc::invalid_socks_reply);
        EXPECT_NE(result.failure->detail, "");
        EXPECT_EQ(result.failure->offset, c.offset);
    }
    EXPECT_EQ(talk(nobody, "HTTP").sent, "\x05\x01\x00"s) << "nothing more is sent";
}

}  // namespace
}  // namespace mint::net::detail
