#include "net/socket_address.hpp"

#include <mint/net/address.hpp>

#include <string>
#include <string_view>
#include <sys/socket.h>

#include <gtest/gtest.h>

namespace mint::net {
namespace {

TEST(address, reads_literals) {
    struct {
        std::string_view literal;
        std::string_view text;
    } const cases[] = {
        {"127.0.0.1", "127.0.0.1:80"},
        {"255.255.255.255", "255.255.255.255:80"},
        {"::1", "[::1]:80"},
        {"[::1]", "[::1]:80"},
        {"[2001:DB8::ff]", "[2001:db8::ff]:80"},
        {"::ffff:1.2.3.4", "[::ffff:1.2.3.4]:80"},
        {"fe80::1%7", "[fe80::1%7]:80"},
        {"[fe80::1%lo]", "[fe80::1%1]:80"},
    };
    for (const auto& c : cases) {
        const auto a = parse_address(c.literal, 80);
        ASSERT_TRUE(a) << c.literal;
        EXPECT_EQ(to_string(*a), c.text);
    }
}

TEST(address, reads_a_zone_as_a_url_writes_it) {
    struct {
        std::string_view literal;
        std::uint32_t scope;
    } const cases[] = {
        {"[fe80::1%25lo]", 1},                             // RFC 6874 §2
        {"[fe80::1%257]", 7},                              // in brackets, so a URL
        {"fe80::1%25lo", 1},                               // from a URL, its brackets gone
        {"fe80::1%257", 257},                              // no URL: interface 257
        {"fe80::1%25", 25},                                // an escape without a zone behind it is none
        {"[fe80::1%25]", 25},  {"[fe80::1%25%6c%6F]", 1},  // escapes, as in a URL
    };
    for (const auto& c : cases) {
        const auto a = parse_address(c.literal, 80);
        ASSERT_TRUE(a) << c.literal;
        EXPECT_EQ(a->scope, c.scope) << c.literal;
    }
    EXPECT_FALSE(parse_address("[fe80::1%25there-is-no-such-interface]", 80));
}

TEST(address, refuses_what_is_no_literal) {
    for (const std::string_view text :
         {"", "localhost", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.4 ", "0x7f.1", ":", ":::", "[::1",
          "::1]", "[]", "[127.0.0.1]", "fe80::1%", "fe80::1%there-is-no-such-interface", "fe80::1%4294967296"}) {
        EXPECT_FALSE(parse_address(text, 80)) << text;
    }
}

TEST(address, does_not_read_up_to_a_nul_only) {
    EXPECT_FALSE(parse_address(std::string_view{"127.0.0.1\0x", 11}, 80));
    EXPECT_FALSE(parse_address(std::string_view{"::1\0", 4}, 80));
}

TEST(address, survives_the_way_to_the_system_and_back) {
    for (const std::string_view literal : {"192.0.2.1", "2001:db8::7", "fe80::1%3"}) {
        const address a = *parse_address(literal, 65535);
        EXPECT_EQ(detail::from_socket_address(detail::to_socket_address(a).data()), a);
    }
}

TEST(address, of_another_family_is_none) {
    sockaddr local{};
    local.sa_family = AF_UNIX;
    EXPECT_FALSE(detail::from_socket_address(&local));
}

}  // namespace
}  // namespace mint::net
