#include "preparing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mintws {
namespace {

using mint::scheme;

const surroundings around{.proxies = {.http_proxy = "http://plain:1",
                                      .https_proxy = "http://old:login@secure:2/",
                                      .all_proxy = {},
                                      .no_proxy = "here"},
                          .key_log_file = "/tmp/keys"};

std::optional<mint::http::proxy> proxy_of(const client_options& options, scheme s, std::string_view host = "x") {
    const auto open = prepare(options, around);
    EXPECT_TRUE(open);
    if (!open || !open->environment) return std::nullopt;
    const auto proxy = open->environment->proxy_for(s, host, 443);
    EXPECT_TRUE(proxy);
    return proxy.value_or(std::nullopt);
}

TEST(preparing, makes_authorization_of_a_login) {
    client_options options;
    options.auth = login{"Aladdin", "open sesame"};
    EXPECT_EQ(prepare(options, around)->fields.find("authorization"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    options.auth = login{"a", "\n"};
    EXPECT_FALSE(prepare(options, around));
}

TEST(preparing, takes_what_the_environment_says) {
    EXPECT_EQ(prepare({}, around)->connect.tls.key_log_file, "/tmp/keys");
    EXPECT_EQ(proxy_of({}, scheme::http)->host, "plain");
    EXPECT_EQ(proxy_of({}, scheme::https)->host, "secure");
    EXPECT_FALSE(proxy_of({}, scheme::https, "here"));
}

TEST(preparing, prefers_the_command_lines_proxy) {
    client_options options;
    options.proxy = "socks5://mine:3";
    EXPECT_EQ(proxy_of(options, scheme::http)->host, "mine");
    EXPECT_EQ(proxy_of(options, scheme::https)->kind, mint::http::proxy_kind::socks5);
    EXPECT_FALSE(proxy_of(options, scheme::https, "here"));
    options.no_proxy = "there";
    EXPECT_TRUE(proxy_of(options, scheme::https, "here"));
    EXPECT_FALSE(proxy_of(options, scheme::https, "there"));
    options.proxy = "";
    EXPECT_FALSE(proxy_of(options, scheme::https));
}

TEST(preparing, uses_no_proxy_for_a_unix_socket) {
    client_options options;
    options.open.connect.unix_path = "/run/socket";
    EXPECT_FALSE(prepare(options, around)->environment);
}

TEST(preparing, gives_a_login_to_whichever_proxy) {
    client_options options;
    options.proxy_login = login{"us@er", "p:/\xC3\xA4"};
    const mint::credentials expected{"us@er", "p:/\xC3\xA4"};
    EXPECT_EQ(proxy_of(options, scheme::https)->credentials, expected);
    EXPECT_EQ(proxy_of(options, scheme::https)->host, "secure");
    EXPECT_EQ(proxy_of(options, scheme::http)->credentials, expected);
    options.proxy = "[::1]:8080";
    EXPECT_EQ(proxy_of(options, scheme::http)->credentials, expected);
    EXPECT_EQ(proxy_of(options, scheme::http)->port, 8080);
}

}  // namespace
}  // namespace mintws
