#include <mint/http/proxy_environment.hpp>

#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace mint::http {
namespace {

/// Whether `no_proxy` names the target.
bool is_named(const std::string& no_proxy, std::string_view host, std::uint16_t port = 80) {
    const proxy_environment environment{.http_proxy = "p", .https_proxy = {}, .all_proxy = {}, .no_proxy = no_proxy};
    const auto found = environment.proxy_for(scheme::http, host, port);
    EXPECT_TRUE(found);
    return !found->has_value();
}

/// The host of the proxy for a target, or "-".
std::string host_of(const proxy_environment& environment, scheme s) {
    const auto found = environment.proxy_for(s, "example.org", 80);
    EXPECT_TRUE(found);
    return *found ? (*found)->host : "-";
}

TEST(proxy_environment, each_scheme_has_its_proxy) {
    const proxy_environment both{
        .http_proxy = "http://a", .https_proxy = "https://b", .all_proxy = "c", .no_proxy = {}};
    EXPECT_EQ(host_of(both, scheme::http), "a");
    EXPECT_EQ(host_of(both, scheme::https), "b");
    EXPECT_EQ((*both.proxy_for(scheme::https, "h", 443))->kind, proxy_kind::https);
}

TEST(proxy_environment, an_https_proxy_is_trusted_as_told) {
    proxy_environment environment{.https_proxy = "https://b"};
    environment.tls.ca_file = "/ca.pem";
    EXPECT_EQ((*environment.proxy_for(scheme::https, "h", 443))->tls.ca_file, "/ca.pem");
}

TEST(proxy_environment, all_proxy_stands_in) {
    const proxy_environment one{.http_proxy = "a", .https_proxy = {}, .all_proxy = "socks5://c", .no_proxy = {}};
    EXPECT_EQ(host_of(one, scheme::http), "a");
    EXPECT_EQ(host_of(one, scheme::https), "c");
    EXPECT_EQ(host_of({.http_proxy = {}, .https_proxy = "b", .all_proxy = {}, .no_proxy = {}}, scheme::http), "-");
    EXPECT_EQ(host_of({}, scheme::https), "-");
}

TEST(proxy_environment, an_error_names_the_variable_and_no_secret) {
    const proxy_environment environment{
        .http_proxy = "socks4://h", .https_proxy = {}, .all_proxy = "http://u:secret@h:x", .no_proxy = "direct"};
    const auto http = environment.proxy_for(scheme::http, "h", 80);
    ASSERT_FALSE(http);
    EXPECT_EQ(http.error(), errc::invalid_url);
    EXPECT_TRUE(http.error().detail.starts_with("http_proxy: ")) << http.error().detail;
    const auto https = environment.proxy_for(scheme::https, "h", 443);
    ASSERT_FALSE(https);
    EXPECT_TRUE(https.error().detail.starts_with("all_proxy: ")) << https.error().detail;
    EXPECT_EQ(https.error().detail.find("secret"), std::string::npos);
    EXPECT_TRUE(environment.proxy_for(scheme::http, "direct", 80)) << "a proxy that isn't used needn't be right";
}

TEST(proxy_environment, an_error_says_what_is_understood_and_speaks_of_no_websocket) {
    for (const char* value : {"socks://h:1080", "socks4a://h", "ftp://h", "h:port", "http://", "quic://h:1"}) {
        for (const scheme s : {scheme::http, scheme::https}) {
            const proxy_environment by_all{.all_proxy = value};
            const proxy_environment by_own{.http_proxy = value, .https_proxy = value};
            const auto all = by_all.proxy_for(s, "h", 80);
            const auto own = by_own.proxy_for(s, "h", 80);
            ASSERT_TRUE(!all && !own) << value;
            for (const std::string& text : {to_string(all.error()), to_string(own.error())}) {
                EXPECT_EQ(text.find("ws"), std::string::npos) << text;
                EXPECT_NE(text.find("socks5"), std::string::npos) << text;
            }
            EXPECT_NE(all.error().detail.find("ALL_PROXY"), std::string::npos);
            const char* const variable = s == scheme::https ? "HTTPS_PROXY" : "http_proxy";
            EXPECT_NE(own.error().detail.find(variable), std::string::npos);
        }
    }
}

TEST(no_proxy, an_asterisk_is_every_target) {
    for (const char* host : {"example.org", "127.0.0.1", "::1"}) {
        EXPECT_TRUE(is_named("*", host));
        EXPECT_TRUE(is_named("other, *", host));
    }
    EXPECT_TRUE(is_named("*:80", "example.org"));
    EXPECT_FALSE(is_named("*:81", "example.org"));
    EXPECT_FALSE(is_named("*x", "x"));
}

TEST(no_proxy, a_name_is_that_host_and_each_below_it) {
    for (const char* list : {"example.org", ".example.org", "*.example.org", "EXAMPLE.Org", "example.org."}) {
        EXPECT_TRUE(is_named(list, "example.org")) << list;
        EXPECT_TRUE(is_named(list, "Example.ORG.")) << list;
        EXPECT_TRUE(is_named(list, "a.b.example.org")) << list;
        EXPECT_FALSE(is_named(list, "anexample.org")) << list;
        EXPECT_FALSE(is_named(list, "example.org.evil.net")) << list;
        EXPECT_FALSE(is_named(list, "org")) << list;
    }
    EXPECT_TRUE(is_named("localhost", "localhost"));
    EXPECT_FALSE(is_named("", "localhost"));
}

TEST(no_proxy, elements_stand_between_commas_and_blanks) {
    for (const char* list : {"a,b,c", "a b c", " a , b\tc ", ",,b,,", "b"}) {
        EXPECT_TRUE(is_named(list, "b")) << list;
        EXPECT_FALSE(is_named(list, "d")) << list;
    }
    EXPECT_FALSE(is_named(" , ,", "b"));
}

TEST(no_proxy, an_address_is_that_address) {
    EXPECT_TRUE(is_named("127.0.0.1", "127.0.0.1"));
    EXPECT_FALSE(is_named("127.0.0.1", "127.0.0.2"));
    EXPECT_FALSE(is_named("0.0.1", "127.0.0.1")) << "no suffix";
    EXPECT_FALSE(is_named(".1", "127.0.0.1"));
    EXPECT_FALSE(is_named("127.0.0.1", "x.127.0.0.1"));
    for (const char* host : {"127.0.0.1.", "127.1", "0x7f000001", "2130706433"}) {
        for (const char* list : {"127.0.0.1", "127.0.0.0/8", "127.0.0.1.", "127.1", "0x7f000001", "2130706433"}) {
            EXPECT_FALSE(is_named(list, host)) << list << " " << host << ": no address, and no host at all";
            EXPECT_FALSE(is_named(list, "127.0.0.1") && std::string_view{list} != "127.0.0.1" &&
                         std::string_view{list} != "127.0.0.0/8")
                << list;
        }
    }
    for (const char* list : {"::1", "[::1]", "0:0:0:0:0:0:0:1"}) {
        EXPECT_TRUE(is_named(list, "::1")) << list;
        EXPECT_TRUE(is_named(list, "[::1]")) << list;
        EXPECT_FALSE(is_named(list, "::2")) << list;
    }
    EXPECT_TRUE(is_named("2001:DB8::A", "2001:db8:0::a"));
    EXPECT_TRUE(is_named("fe80::1", "fe80::1%there-is-no-such-interface"));
}

TEST(no_proxy, a_prefix_is_its_addresses) {
    const struct {
        const char* list;
        const char* host;
        bool is_named;
    } cases[] = {
        {"10.0.0.0/8", "10.255.1.2", true},
        {"10.0.0.0/8", "11.0.0.0", false},
        {"10.1.2.3/8", "10.9.9.9", true},
        {"192.168.4.0/22", "192.168.7.255", true},
        {"192.168.4.0/22", "192.168.8.0", false},
        {"192.168.4.128/25", "192.168.4.127", false},
        {"1.2.3.4/32", "1.2.3.4", true},
        {"1.2.3.4/32", "1.2.3.5", false},
        {"0.0.0.0/0", "9.9.9.9", true},
        {"0.0.0.0/0", "::1", false},
        {"::/0", "9.9.9.9", false},
        {"fd00::/8", "fdff::1", true},
        {"fd00::/8", "fe00::1", false},
        {"2001:db8::/33", "2001:db8:7fff::", true},
        {"2001:db8::/33", "2001:db8:8000::", false},
        {"::1/128", "::1", true},
        {"10.0.0.0/8", "10.example.org", false},
        {"0.0.0.0/0", "example.org", false},
    };
    for (const auto& c : cases) EXPECT_EQ(is_named(c.list, c.host), c.is_named) << c.list << " " << c.host;
}

TEST(no_proxy, each_may_have_a_port) {
    for (const auto& [list, host] :
         std::vector<std::pair<const char*, const char*>>{{"example.org:8080", "example.org"},
                                                          {".org:8080", "example.org"},
                                                          {"10.0.0.1:8080", "10.0.0.1"},
                                                          {"10.0.0.0/8:8080", "10.0.0.1"},
                                                          {"[::1]:8080", "::1"},
                                                          {"[fd00::/8]:8080", "fd00::1"},
                                                          {"[fd00::]/8:8080", "fd00::1"}}) {
        EXPECT_TRUE(is_named(list, host, 8080)) << list;
        EXPECT_FALSE(is_named(list, host, 80)) << list;
    }
    EXPECT_TRUE(is_named("example.org", "example.org", 8080)) << "every port without one";
}

TEST(no_proxy, what_breaks_the_grammar_names_nothing) {
    for (const char* list : {".", "*.", "..", ":80", "h:", "h:x", "h:65616", "h:80:80", "[::1", "[::1]x", "[]", "/8",
                             "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0/8", "::1/129", "h/8"}) {
        for (const char* host : {"h", "10.0.0.1", "::1"}) EXPECT_FALSE(is_named(list, host)) << list << " " << host;
    }
}

/// Sets variables, and puts back what was there.
class environment_guard {
  public:
    environment_guard() {
        for (const char* name : names) {
            const char* value = std::getenv(name);
            before_.push_back(value == nullptr ? std::nullopt : std::optional<std::string>{value});
            ::unsetenv(name);
        }
    }
    environment_guard(const environment_guard&) = delete;
    environment_guard& operator=(const environment_guard&) = delete;
    ~environment_guard() {
        for (std::size_t i = 0; i < before_.size(); ++i) {
            if (before_[i]) {
                set(names[i], before_[i]->c_str());
            } else {
                ::unsetenv(names[i]);
            }
        }
    }

    static void set(const char* name, const char* value) { ::setenv(name, value, 1); }

  private:
    static constexpr const char* names[] = {"http_proxy", "https_proxy", "all_proxy", "no_proxy",
                                            "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"};
    std::vector<std::optional<std::string>> before_;
};

TEST(proxy_environment, is_read_from_the_variables_in_lower_case_first) {
    const environment_guard guard;
    EXPECT_EQ(host_of(proxy_environment::read(), scheme::http), "-");
    environment_guard::set("HTTPS_PROXY", "upper");
    environment_guard::set("ALL_PROXY", "all");
    environment_guard::set("NO_PROXY", "x");
    EXPECT_EQ(proxy_environment::read().https_proxy, "upper");
    EXPECT_EQ(proxy_environment::read().all_proxy, "all");
    EXPECT_EQ(proxy_environment::read().no_proxy, "x");
    environment_guard::set("http_proxy", "plain");
    environment_guard::set("https_proxy", "lower");
    environment_guard::set("all_proxy", "");
    environment_guard::set("no_proxy", "y");
    EXPECT_EQ(proxy_environment::read().http_proxy, "plain");
    EXPECT_EQ(proxy_environment::read().https_proxy, "lower");
    EXPECT_EQ(proxy_environment::read().all_proxy, "") << "set, be it to nothing";
    EXPECT_EQ(proxy_environment::read().no_proxy, "y");
}

// CVE-2016-5385: a CGI program has the request's Proxy field there.
TEST(proxy_environment, http_proxy_in_upper_case_is_not_asked) {
    const environment_guard guard;
    environment_guard::set("HTTP_PROXY", "evil");
    EXPECT_EQ(host_of(proxy_environment::read(), scheme::http), "-");
    EXPECT_EQ(host_of(proxy_environment::read(), scheme::https), "-");
}

}  // namespace
}  // namespace mint::http
