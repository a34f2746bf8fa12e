#include <mint/http/proxy.hpp>

#include <string>

#include <gtest/gtest.h>

namespace mint::http {
namespace {

TEST(parse_proxy, reads_each_scheme_with_its_default_port) {
    const struct {
        const char* text;
        proxy_kind kind;
        std::uint16_t port;
    } cases[] = {
        {"http://p", proxy_kind::http, 80},
        {"https://p", proxy_kind::https, 443},
        {"socks5://p", proxy_kind::socks5, 1080},
        {"socks5h://p", proxy_kind::socks5, 1080},
        {"HTTPS://p", proxy_kind::https, 443},
        {"p", proxy_kind::http, 80},
        {"http://p:3128", proxy_kind::http, 3128},
        {"https://p:3128/", proxy_kind::https, 3128},
        {"socks5://p:9050", proxy_kind::socks5, 9050},
        {"p:3128", proxy_kind::http, 3128},
        {"socks5://p:80", proxy_kind::socks5, 80},
        {"socks5://p:443", proxy_kind::socks5, 443},
        {"https://p:80", proxy_kind::https, 80},
        {"http://p:443", proxy_kind::http, 443},
        {"p/", proxy_kind::http, 80},
        {"socks5://p:/", proxy_kind::socks5, 1080},
    };
    for (const auto& c : cases) {
        const auto parsed = parse_proxy(c.text);
        ASSERT_TRUE(parsed) << c.text;
        EXPECT_EQ(parsed->kind, c.kind) << c.text;
        EXPECT_EQ(parsed->host, "p") << c.text;
        EXPECT_EQ(parsed->port, c.port) << c.text;
        EXPECT_FALSE(parsed->credentials) << c.text;
        EXPECT_TRUE(parsed->fields.empty());
    }
}

TEST(parse_proxy, takes_addresses) {
    EXPECT_EQ(parse_proxy("127.0.0.1:8080")->host, "127.0.0.1");
    const auto v6 = parse_proxy("socks5://u:p@[::1]:8080");
    ASSERT_TRUE(v6);
    EXPECT_EQ(v6->host, "::1");
    EXPECT_EQ(v6->port, 8080);
    EXPECT_EQ(parse_proxy("[::1]")->port, 80);
}

TEST(parse_proxy, credentials_are_decoded_half_by_half) {
    const struct {
        const char* text;
        credentials who;
    } cases[] = {
        {"http://user:password@p", {"user", "password"}},
        {"user:password@p:80", {"user", "password"}},
        {"socks5://a%3Ab:c%40d%2F:e@p", {"a:b", "c@d/:e"}},
        {"http://user@p", {"user", ""}},
        {"http://user:@p", {"user", ""}},
        {"http://:password@p", {"", "password"}},
    };
    for (const auto& c : cases) {
        const auto parsed = parse_proxy(c.text);
        ASSERT_TRUE(parsed) << c.text;
        EXPECT_EQ(parsed->host, "p");
        EXPECT_EQ(parsed->credentials, c.who) << c.text;
    }
    EXPECT_FALSE(parse_proxy("http://@p")->credentials);
}

TEST(parse_proxy, refuses_what_is_no_proxy_and_tells_no_secret) {
    for (const char* text : {"",
                             "http://",
                             "socks4://p",
                             "ftp://p",
                             "://p",
                             "http://p:0",
                             "http://p:65536",
                             "http://p:x",
                             "http://p/x",
                             "http://p?x",
                             "http://p/?x",
                             "http://p#x",
                             "http://a b",
                             "http://[::1",
                             "::1",
                             "http://u:secret@",
                             "p\r\nx",
                             "http://u:sec\nret@p",
                             "http://u:secret/x@p",
                             "http://u:secret%0A@p",
                             "secret://p",
                             "http://http://p"}) {
        const auto parsed = parse_proxy(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_EQ(parsed.error(), errc::invalid_url) << text;
        EXPECT_NE(parsed.error().detail, "") << text;
        EXPECT_EQ(parsed.error().detail.find("secret"), std::string::npos) << text;
    }
}

}  // namespace
}  // namespace mint::http
