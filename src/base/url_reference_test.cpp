#include <mint/base/url.hpp>

#include <string>

#include <gtest/gtest.h>

namespace mint {
namespace {

using namespace std::string_view_literals;

/// The target as text, or "refused".
[[nodiscard]] std::string resolved(std::string_view base, std::string_view reference) {
    const auto from = parse_url(base);
    EXPECT_TRUE(from) << base;
    const auto result = resolve_reference(*from, reference);
    if (!result) {
        EXPECT_EQ(result.error(), errc::invalid_url);
        EXPECT_FALSE(result.error().detail.empty());
        return "refused";
    }
    return to_string(*result);
}

struct resolution {
    std::string_view reference;
    std::string_view target;
};

TEST(resolve_reference, agrees_with_the_rfcs_normal_examples) {
    // RFC 3986 §5.4.1. Two differ: a fragment is dropped, and an empty path is a slash on the wire.
    for (const resolution& e : {resolution{"g", "http://a/b/c/g"},
                                {"./g", "http://a/b/c/g"},
                                {"g/", "http://a/b/c/g/"},
                                {"/g", "http://a/g"},
                                {"//g", "http://g/"},
                                {"?y", "http://a/b/c/d;p?y"},
                                {"g?y", "http://a/b/c/g?y"},
                                {"#s", "http://a/b/c/d;p?q"},
                                {"g#s", "http://a/b/c/g"},
                                {"g?y#s", "http://a/b/c/g?y"},
                                {";x", "http://a/b/c/;x"},
                                {"g;x", "http://a/b/c/g;x"},
                                {"g;x?y#s", "http://a/b/c/g;x?y"},
                                {"", "http://a/b/c/d;p?q"},
                                {".", "http://a/b/c/"},
                                {"./", "http://a/b/c/"},
                                {"..", "http://a/b/"},
                                {"../", "http://a/b/"},
                                {"../g", "http://a/b/g"},
                                {"../..", "http://a/"},
                                {"../../", "http://a/"},
                                {"../../g", "http://a/g"},
                                {"g:h", "refused"}}) {  // another scheme
        EXPECT_EQ(resolved("http://a/b/c/d;p?q", e.reference), e.target) << e.reference;
    }
}

TEST(resolve_reference, agrees_with_the_rfcs_abnormal_examples) {
    // RFC 3986 §5.4.2, `http:g` as strict parsers have it: a URL without a host.
    for (const resolution& e : {resolution{"../../../g", "http://a/g"},
                                {"../../../../g", "http://a/g"},
                                {"/./g", "http://a/g"},
                                {"/../g", "http://a/g"},
                                {"g.", "http://a/b/c/g."},
                                {".g", "http://a/b/c/.g"},
                                {"g..", "http://a/b/c/g.."},
                                {"..g", "http://a/b/c/..g"},
                                {"./../g", "http://a/b/g"},
                                {"./g/.", "http://a/b/c/g/"},
                                {"g/./h", "http://a/b/c/g/h"},
                                {"g/../h", "http://a/b/c/h"},
                                {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
                                {"g;x=1/../y", "http://a/b/c/y"},
                                {"g?y/./x", "http://a/b/c/g?y/./x"},
                                {"g?y/../x", "http://a/b/c/g?y/../x"},
                                {"g#s/./x", "http://a/b/c/g"},
                                {"g#s/../x", "http://a/b/c/g"},
                                {"http:g", "refused"}}) {
        EXPECT_EQ(resolved("http://a/b/c/d;p?q", e.reference), e.target) << e.reference;
    }
}

TEST(resolve_reference, takes_absolute_urls_with_all_their_parts) {
    EXPECT_EQ(resolved("ws://a/b", "WSS://H:8443/x/../y?z#f"), "wss://h:8443/y?z");
    EXPECT_EQ(resolved("ws://a/b", "http://[2001:DB8::1]:80?q"), "http://[2001:db8::1]/?q");
    EXPECT_EQ(resolved("ws://a/b", "https://h#f"), "https://h/");
    EXPECT_EQ(resolve_reference(*parse_url("ws://a/b"), "ws://u:p@h/")->userinfo, "u:p");
}

TEST(resolve_reference, takes_the_scheme_alone_from_the_base_of_a_network_path) {
    EXPECT_EQ(resolved("wss://u@a:8443/b", "//h/x"), "wss://h/x");
    EXPECT_EQ(resolved("ws://a:81/b", "//[::1]:82/./x"), "ws://[::1]:82/x");
    EXPECT_EQ(resolved("https://a/b", "//h?a//b"), "https://h/?a//b");
    EXPECT_EQ(resolve_reference(*parse_url("ws://u@a/b"), "//h/x")->userinfo, "");
}

TEST(resolve_reference, keeps_the_bases_host_port_and_userinfo_for_a_path) {
    const auto base = *parse_url("wss://u:p@[::1]:8443/a/b?c");
    const auto result = resolve_reference(base, "d?e");
    ASSERT_TRUE(result);
    EXPECT_EQ(to_string(*result), "wss://[::1]:8443/a/d?e");
    EXPECT_EQ(result->userinfo, "u:p");
    EXPECT_EQ(resolved("ws://h", "x"), "ws://h/x");
    EXPECT_EQ(resolved("ws://h?a/b", "x"), "ws://h/x");
    EXPECT_EQ(resolved("ws://h/a/b?c/d", "?"), "ws://h/a/b?");
}

TEST(resolve_reference, removes_dot_segments_in_any_place) {
    for (const resolution& e : {resolution{"/a/b/../../../c", "ws://h/c"},
                                {"/a//../b", "ws://h/a/b"},
                                {"/..//g", "ws://h//g"},
                                {"/a/b/..", "ws://h/a/"},
                                {"/a/b/.", "ws://h/a/b/"},
                                {"/..", "ws://h/"},
                                {"/...", "ws://h/..."},
                                {"/.a/..b/", "ws://h/.a/..b/"},
                                {"/%2e%2E/x", "ws://h/%2e%2E/x"},
                                {"/\\..\\x", "ws://h/\\..\\x"},
                                {"./a:b", "ws://h/p/a:b"},
                                {"a?b:c", "ws://h/p/a?b:c"},
                                {"a/b:c", "ws://h/p/a/b:c"}}) {
        EXPECT_EQ(resolved("ws://h/p/q", e.reference), e.target) << e.reference;
    }
}

TEST(resolve_reference, makes_a_target_of_a_base_put_together_by_hand) {
    url base = *parse_url("ws://h");
    base.target = "*";
    for (const auto* const reference : {"x", "./x", "/x"}) EXPECT_EQ(resolve_reference(base, reference)->target, "/x");
    base.target.clear();
    EXPECT_EQ(resolve_reference(base, "")->target, "/");
    EXPECT_EQ(resolve_reference(base, "?q")->target, "/?q");
}

TEST(resolve_reference, keeps_the_zone_where_a_server_names_its_own_host) {
    const url base = *parse_url("ws://[fe80::1%25eth0]/a");
    for (const auto* const reference : {"b", "/b", "//[fe80::1]/b", "//[FE80::1]:81/b", "ws://[fe80::1]/b"}) {
        EXPECT_EQ(resolve_reference(base, reference)->zone, "eth0") << reference;
    }
    EXPECT_EQ(resolve_reference(base, "//[fe80::2]/b")->zone, "");
    EXPECT_EQ(resolve_reference(base, "//[fe80::1%25eth1]/b")->zone, "eth1");
    EXPECT_EQ(resolve_reference(base, "//h/b")->zone, "");
}

TEST(resolve_reference, refuses_what_leads_to_no_url_of_ours) {
    for (const auto bad : {"ftp://h/"sv,     "javascript:alert(1)"sv,
                           "data:,x"sv,      "file:///etc/passwd"sv,
                           "mailto:a@b"sv,   "://h/"sv,
                           ":x"sv,           "1:2"sv,
                           "ws:"sv,          "ws:/h"sv,
                           "ws:///x"sv,      "//"sv,
                           "///x"sv,         "//h:0/"sv,
                           "//h:99999/"sv,   "//[::1/"sv,
                           "//::1/"sv,       "//a b/"sv,
                           "//u%0d%0a@h/"sv, "a b"sv,
                           " /a"sv,          "/a\r\nb"sv,
                           "/a\tb"sv,        "/a\0b"sv,
                           "/a\x7F"sv,       "/\xC3\xBC"sv,
                           "/a#\xC3\xBC"sv,  "//\xC3\xBC/"sv}) {
        EXPECT_EQ(resolved("ws://h/p/q", bad), "refused") << bad;
    }
}

TEST(resolve_reference, is_linear_in_a_long_reference) {
    std::string deep = "/";
    for (int i = 0; i < 100'000; ++i) deep += "a/";
    std::string up = deep;
    for (int i = 0; i < 100'000; ++i) up += "../";
    EXPECT_EQ(resolved("ws://h/", up), "ws://h/");
    EXPECT_EQ(resolved("ws://h/", deep + "/./././x"), "ws://h" + deep + "/x");
}

}  // namespace
}  // namespace mint
