#include <mint/base/url.hpp>

#include <string>

#include <gtest/gtest.h>

namespace mint {
namespace {

using namespace std::string_view_literals;

TEST(parse_url, takes_a_url_apart) {
    const auto u = parse_url("wss://user:p%40ss@Example.COM:8443/chat/a%20b?x=1&y=/?");
    ASSERT_TRUE(u);
    EXPECT_TRUE(u->is_websocket);
    EXPECT_TRUE(u->is_secure);
    EXPECT_EQ(u->host, "example.com");
    EXPECT_EQ(u->port, 8443);
    EXPECT_EQ(u->target, "/chat/a%20b?x=1&y=/?");
    EXPECT_EQ(u->userinfo, "user:p@ss");
    EXPECT_EQ(u->http_scheme(), scheme::https);
    EXPECT_EQ(u->websocket_scheme(), ws_scheme::wss);
}

TEST(parse_url, gives_each_scheme_its_default_port) {
    EXPECT_EQ(parse_url("ws://h")->port, 80);
    EXPECT_EQ(parse_url("http://h:")->port, 80);
    EXPECT_EQ(parse_url("WSS://h")->port, 443);
    EXPECT_EQ(parse_url("https://h")->port, 443);
    EXPECT_FALSE(parse_url("https://h")->is_websocket);
}

TEST(parse_url, makes_an_empty_path_a_slash) {
    EXPECT_EQ(parse_url("ws://h")->target, "/");
    EXPECT_EQ(parse_url("ws://h/")->target, "/");
    EXPECT_EQ(parse_url("ws://h?q=1")->target, "/?q=1");
}

TEST(parse_url, keeps_the_zone_of_an_ipv6_address_out_of_its_host) {
    const url u = *parse_url("ws://[FE80::1%25eth0]:9000/x");
    EXPECT_EQ(u.host, "fe80::1");
    EXPECT_EQ(u.zone, "eth0");
    EXPECT_EQ(connect_host(u), "[fe80::1%25eth0]");
    EXPECT_EQ(to_string(u), "ws://[fe80::1%25eth0]:9000/x");
    EXPECT_EQ(host_field(u.host, u.port, u.is_secure), "[fe80::1]:9000");
    EXPECT_EQ(parse_url("ws://[fe80::1%eth0]")->zone, "eth0");
    EXPECT_EQ(parse_url("ws://[fe80::1%257]")->zone, "7");
    EXPECT_EQ(parse_url("ws://[fe80::1%25a%2Fb-%c3%bc]")->zone, "a/b-\xC3\xBC");
    EXPECT_EQ(connect_host(*parse_url("ws://[fe80::1%25a%2Fb-%c3%bc]")), "[fe80::1%25a%2Fb-%C3%BC]");
    EXPECT_EQ(parse_url("ws://[fe80::1]")->zone, "");
    EXPECT_EQ(connect_host(*parse_url("ws://[fe80::1]")), "fe80::1");
    for (const auto* const bad :
         {"ws://[fe80::1%25]", "ws://[fe80::1%]", "ws://[fe80::1%25%00]", "ws://[fe80::1%25a%20b]",
          "ws://[fe80::1%25a b]", "ws://h%25eth0]", "ws://[h%25eth0]"}) {
        EXPECT_FALSE(parse_url(bad)) << bad;
    }
}

/// Some would read it as an address, others as a name, for which other certificates are good.
TEST(parse_url, refuses_a_host_that_ends_in_a_number_and_is_no_dotted_quad) {
    for (const auto host :
         {"127.0.0.1."sv, "127.1"sv, "127.0.1"sv, "0x7f000001"sv, "2130706433"sv, "1.2.3.4.5"sv, "0177.0.0.1"sv,
          "1.2.3.256"sv, "1.2.3.04"sv, "example.1"sv, "example.0x"sv, "example.0xAf"sv, "example.0XaF."sv, "a.09"sv,
          "1"sv, "1."sv, "127.0.0.%31"sv, "127%2E1"sv, "a.%30x1"sv}) {
        const std::string text = "ws://" + std::string{host} + "/";
        const auto parsed = parse_url(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_NE(parsed.error().detail.find("number"), std::string::npos) << parsed.error().detail;
        EXPECT_FALSE(is_host(host)) << host;
        EXPECT_FALSE(resolve_reference(*parse_url("ws://h/"), "//" + std::string{host} + "/x")) << host;
    }
    for (const auto host : {"127.0.0.1"sv, "0.0.0.0"sv, "255.255.255.255"sv, "1.example"sv, "0x1.example"sv, "a1"sv,
                            "0xg"sv, "1.2.3.4a"sv, "4."sv.substr(1), "example.a1."sv, "a..b"sv}) {
        EXPECT_TRUE(host == "." || is_host(host)) << host;
    }
}

TEST(parse_url, takes_ipv6_in_brackets) {
    EXPECT_EQ(parse_url("ws://[::1]:9000/")->host, "::1");
    EXPECT_EQ(parse_url("ws://[::1]:9000/")->port, 9000);
    EXPECT_EQ(parse_url("ws://[::ffff:127.0.0.1]/")->host, "::ffff:127.0.0.1");
}

TEST(parse_url, refuses_what_is_no_websocket_or_http_url) {
    for (const auto bad : {""sv,
                           "h"sv,
                           "ws:/h"sv,
                           "ftp://h/"sv,
                           "ws://"sv,
                           "ws:///x"sv,
                           "ws://h/#f"sv,
                           "ws://h#"sv,
                           "ws://h:0/"sv,
                           "ws://h:65536/"sv,
                           "ws://h:1x/"sv,
                           "ws://h:-1/"sv,
                           "ws://h /"sv,
                           "ws://h/a b"sv,
                           "ws://h/\r\n"sv,
                           "ws://h/\0"sv,
                           "ws://h/\xC3\xBC"sv,
                           "ws://h\xC3\xBC/"sv,
                           "ws://[::1/"sv,
                           "ws://::1/"sv,
                           "ws://[::1]x/"sv,
                           "ws://[1.2.3.4]/"sv,
                           "ws://[:::]/"sv,
                           "ws://a%0/"sv,
                           "ws://a%zz/"sv,
                           "ws://u%0d%0a@h/"sv,
                           "ws://u%00@h/"sv,
                           "ws://u v@h/"sv,
                           "ws://@"sv,
                           "ws://h\n/"sv,
                           "ws://a<b/"sv,
                           "ws://[1:2:3:4:5:6:7:8:9]/"sv,
                           "ws://[1:2:3:4:5:6:7]/"sv,
                           "ws://[12345::]/"sv,
                           "ws://[::1%25]/"sv,
                           "ws://[::1%]/"sv,
                           "ws://[::1%25e%zz]/"sv}) {
        const auto u = parse_url(bad);
        EXPECT_FALSE(u) << bad;
        if (!u) {
            EXPECT_EQ(u.error(), errc::invalid_url);
            EXPECT_FALSE(u.error().detail.empty());
        }
    }
}

TEST(is_same_origin, compares_scheme_host_and_port_only) {
    const auto same = [](std::string_view a, std::string_view b) {
        return is_same_origin(*parse_url(a), *parse_url(b));
    };
    EXPECT_TRUE(same("ws://h/a?b", "ws://user:password@H:80/c"));
    EXPECT_TRUE(same("ws://h", "http://h"));
    EXPECT_TRUE(same("https://[::1]:443", "wss://[::1]"));
    EXPECT_FALSE(same("ws://h", "wss://h"));
    EXPECT_FALSE(same("ws://h:443", "wss://h:443"));
    EXPECT_FALSE(same("ws://h", "ws://h:81"));
    EXPECT_FALSE(same("ws://h", "ws://a.h"));
    EXPECT_FALSE(same("ws://[fe80::1%25a]", "ws://[fe80::1%25b]")) << "two hosts, each on its own link";
}

TEST(url_to_string, gives_back_what_was_parsed_without_userinfo_and_default_port) {
    for (const auto text : {"ws://h/"sv, "wss://h:80/a?b=c"sv, "http://[::1]:8080/"sv, "https://1.2.3.4/?q"sv}) {
        EXPECT_EQ(to_string(*parse_url(text)), text);
    }
    EXPECT_EQ(to_string(*parse_url("WSS://user:password@Example.COM:443")), "wss://example.com/");
}

TEST(is_host, takes_names_and_addresses) {
    for (const auto good : {"localhost"sv, "a-b.example"sv, "127.0.0.1"sv, "::1"sv, "[::1]"sv, "fe80::1%eth0"sv, "::"sv,
                            "1:2:3:4:5:6:7:8"sv, "1::8"sv, "::1.2.3.4"sv}) {
        EXPECT_TRUE(is_host(good)) << good;
    }
    for (const auto bad : {""sv, "a b"sv, "a\r\n"sv, "a/b"sv, "a:80"sv, "[::1"sv, "::1]"sv, "[a]"sv, "a\0"sv, "a@b"sv,
                           "1::2::3"sv, "::1%"sv, "[::1%a b]"sv}) {
        EXPECT_FALSE(is_host(bad)) << bad;
    }
}

TEST(host_field, brackets_ipv6_and_omits_only_the_default_port) {
    EXPECT_EQ(host_field("example.com", 80, false), "example.com");
    EXPECT_EQ(host_field("example.com", 443, false), "example.com:443");
    EXPECT_EQ(host_field("example.com", 443, true), "example.com");
    EXPECT_EQ(host_field("::1", 9000, false), "[::1]:9000");
    EXPECT_EQ(host_field("[::1]", 80, false), "[::1]");
    EXPECT_EQ(host_field("fe80::1%eth0", 80, false), "[fe80::1]");
}

TEST(is_request_target, takes_origin_form_and_asterisk_only) {
    for (const auto good : {"/"sv, "/a?b=c"sv, "*"sv, "/%20"sv, "//x"sv}) EXPECT_TRUE(is_request_target(good)) << good;
    for (const auto bad :
         {""sv, "a"sv, "/a b"sv, "/\r\n"sv, "/#"sv, "/\x7f"sv, "/\xC3\xBC"sv, "http://h/"sv, "/\0"sv, "/\t"sv}) {
        EXPECT_FALSE(is_request_target(bad)) << bad;
    }
}

}  // namespace
}  // namespace mint
