#include <mint/base/redirect.hpp>

#include <string>

#include <gtest/gtest.h>

namespace mint {
namespace {

const redirect_policy follows_one{.max_count = 1};

[[nodiscard]] headers to(std::string_view location) {
    headers h;
    EXPECT_TRUE(h.append("Location", location));
    return h;
}

[[nodiscard]] std::expected<redirect, error> followed(std::string_view from, std::string_view location) {
    return redirect_of(*parse_url(from), to(location), follows_one, 0);
}

TEST(is_redirect, is_true_for_the_statuses_with_a_location_to_follow) {
    for (int status = 100; status < 600; ++status) {
        const bool expected = (status >= 301 && status <= 303) || status == 307 || status == 308;
        EXPECT_EQ(is_redirect(status), expected) << status;
    }
}

TEST(redirect_of, keeps_the_kind_of_url_whatever_scheme_the_location_has) {
    const auto target = [](std::string_view from, std::string_view location) {
        const auto next = followed(from, location);
        return next ? to_string(next->target) : std::string{name(next.error().code)};
    };
    EXPECT_EQ(target("ws://h/a", "http://h/b"), "ws://h/b");
    EXPECT_EQ(target("ws://h/a", "https://h/b"), "wss://h/b");
    EXPECT_EQ(target("ws://h/a", "wss://h/b"), "wss://h/b");
    EXPECT_EQ(target("http://h/a", "ws://h/b"), "http://h/b");
    EXPECT_EQ(target("https://h/a", "wss://h/b"), "https://h/b");
    EXPECT_EQ(target("wss://h/a", "//g/b"), "wss://g/b");
}

TEST(redirect_of, takes_relative_locations_and_drops_the_fragment) {
    EXPECT_EQ(to_string(followed("ws://h:81/a/b?c", "../d?e#f")->target), "ws://h:81/d?e");
    EXPECT_EQ(to_string(followed("ws://h/a?c", "")->target), "ws://h/a?c");
    EXPECT_EQ(to_string(followed("ws://[::1]/a", "http://[::2]:80/#f")->target), "ws://[::2]/");
}

TEST(redirect_of, says_where_scheme_host_or_port_change) {
    for (const char* location : {"", "/b", "http://h/", "ws://H:80/", "//h/"}) {
        EXPECT_FALSE(followed("ws://h/a", location)->changes_origin) << location;
    }
    for (const char* location : {"https://h/", "wss://h:80/", "ws://h:81/", "//a.h/", "//h:8080"}) {
        EXPECT_TRUE(followed("ws://h/a", location)->changes_origin) << location;
    }
}

TEST(redirect_of, never_leads_from_secure_to_cleartext) {
    for (const char* location : {"ws://h/", "http://h/", "ws://h:443/", "http://g/", "HTTP://u:secret@h/"}) {
        for (const char* from : {"wss://h/", "https://h/"}) {
            const auto next = redirect_of(*parse_url(from), to(location), {.max_count = 1'000'000}, 0);
            ASSERT_FALSE(next) << location;
            EXPECT_EQ(next.error(), errc::redirect_to_cleartext);
            EXPECT_EQ(next.error().detail.find("secret"), std::string::npos);
        }
    }
}

TEST(redirect_of, drops_the_locations_userinfo_and_keeps_the_callers_at_the_same_origin) {
    EXPECT_EQ(followed("ws://h/", "ws://u:p@h/")->target.userinfo, "");
    EXPECT_EQ(followed("ws://h/", "//u:p@g/")->target.userinfo, "");
    EXPECT_EQ(followed("ws://me:mine@h/", "ws://u:p@h/")->target.userinfo, "me:mine");
    EXPECT_EQ(followed("ws://me:mine@h/", "/b")->target.userinfo, "me:mine");
    EXPECT_EQ(followed("ws://me:mine@h/", "wss://h/b")->target.userinfo, "");
    EXPECT_EQ(followed("ws://me:mine@h/", "//g/b")->target.userinfo, "");
}

TEST(redirect_of, follows_as_many_as_the_policy_allows) {
    const url from = *parse_url("ws://h/");
    EXPECT_EQ(redirect_of(from, to("/b"), {}, 0).error(), errc::too_many_redirects);
    EXPECT_TRUE(redirect_of(from, to("/b"), {.max_count = 2}, 1));
    for (const std::uint32_t count : {2U, 3U, 0xFFFFFFFFU}) {
        const auto next = redirect_of(from, to("/b"), {.max_count = 2}, count);
        ASSERT_FALSE(next);
        EXPECT_EQ(next.error(), errc::too_many_redirects);
        EXPECT_NE(next.error().detail.find('2'), std::string::npos);
    }
}

TEST(redirect_of, wants_one_location_or_several_that_are_equal) {
    const url from = *parse_url("ws://h/");
    EXPECT_EQ(redirect_of(from, {}, follows_one, 0).error(), errc::invalid_redirect);
    headers several = to("/b");
    ASSERT_TRUE(several.append("location", "/b"));
    ASSERT_TRUE(redirect_of(from, several, follows_one, 0));
    EXPECT_EQ(redirect_of(from, several, follows_one, 0)->target.target, "/b");
    ASSERT_TRUE(several.append("LOCATION", "/c"));
    EXPECT_EQ(redirect_of(from, several, follows_one, 0).error(), errc::invalid_redirect);
}

TEST(redirect_of, refuses_a_location_that_is_no_url_of_ours_and_says_why) {
    for (const char* location : {"ftp://h/", "javascript:alert(1)", "file:///etc/passwd", "http:///x", "http://h:0/",
                                 "//", "//\xC3\xBC/", "//a b/", "http://[::1/", "http://u%00@h/"}) {
        const auto next = followed("wss://h/", location);
        ASSERT_FALSE(next) << location;
        EXPECT_EQ(next.error(), errc::invalid_redirect);
        EXPECT_FALSE(next.error().detail.empty());
        EXPECT_EQ(next.error().detail.find("\xC3"), std::string::npos);
        EXPECT_TRUE(next.error().detail.starts_with("Location: ")) << next.error().detail;
        EXPECT_EQ(to_string(next.error()).find("no Location"), std::string::npos);
    }
}

TEST(redirect_of, shows_the_location_that_it_refuses_without_userinfo_on_one_line) {
    const auto detail = [](std::string_view location) { return followed("ws://h/", location).error().detail; };
    EXPECT_TRUE(detail("ftp://h/x").starts_with("Location: ftp://h/x: ")) << detail("ftp://h/x");
    EXPECT_TRUE(detail("//\xC3\xBC/").starts_with("Location: //\\xC3\\xBC/: ")) << detail("//\xC3\xBC/");
    EXPECT_EQ(detail("ftp://user:secret@h/").find("secret"), std::string::npos);
    EXPECT_LT(detail("ftp://" + std::string(10'000, 'x')).size(), 300U);
    headers several = to("/b");
    ASSERT_TRUE(several.append("location", "//user:secret@h/c"));
    const auto next = redirect_of(*parse_url("ws://h/"), several, follows_one, 0);
    ASSERT_FALSE(next);
    EXPECT_NE(next.error().detail.find("Location: /b"), std::string::npos) << next.error().detail;
    EXPECT_NE(next.error().detail.find("@h/c"), std::string::npos) << next.error().detail;
    EXPECT_EQ(next.error().detail.find("secret"), std::string::npos) << next.error().detail;
}

TEST(redirect_of, encodes_what_a_browser_encodes_in_path_and_query) {
    const auto target = [](std::string_view location) {
        const auto next = followed("ws://h/x/y", location);
        return next ? to_string(next->target) : to_string(next.error());
    };
    EXPECT_EQ(target("/a b"), "ws://h/a%20b");
    EXPECT_EQ(target("z w?q r"), "ws://h/x/z%20w?q%20r");
    EXPECT_EQ(target("?q=\xC3\xBC"), "ws://h/x/y?q=%C3%BC");
    EXPECT_EQ(target("//g/\xE2\x82\xAC"), "ws://g/%E2%82%AC");
    EXPECT_EQ(target("http://g:81/a b#c d"), "ws://g:81/a%20b");
    EXPECT_EQ(target("http://g?a b"), "ws://g/?a%20b");
    EXPECT_EQ(target("/a//b c"), "ws://h/a//b%20c");
    EXPECT_EQ(target("/\xFF%20%zz"), "ws://h/%FF%20%zz");
    EXPECT_EQ(target("/a\tb"), "ws://h/ab");
    EXPECT_EQ(target("/x?u=http://g/a b"), "ws://h/x?u=http://g/a%20b");
}

const headers callers_fields{
    {"Authorization", "Basic Og=="}, {"x-api-key", "1"},     {"COOKIE", "a=b"}, {"cookie", "c=d"}, {"Host", "v"},
    {"Proxy-Authorization", "x"},    {"origin", "http://o"}, {"x-trace", "2"}};

TEST(fields_for, all_go_to_the_same_origin) {
    const redirect next = *followed("ws://h/", "/b");
    EXPECT_EQ(fields_for(next, callers_fields, {.secret_fields = {"x-trace"}, .drops_all_fields = true}),
              callers_fields);
}

TEST(fields_for, credentials_cookies_and_host_stay_where_scheme_host_or_port_differ) {
    const headers kept{{"x-api-key", "1"}, {"origin", "http://o"}, {"x-trace", "2"}};
    for (const char* location : {"wss://h/", "//g/", "//h:81/"}) {
        EXPECT_EQ(fields_for(*followed("ws://h/", location), callers_fields, {}), kept) << location;
    }
}

TEST(fields_for, the_callers_own_secrets_stay_or_all_fields) {
    const redirect next = *followed("ws://h/", "//g/");
    EXPECT_EQ(fields_for(next, callers_fields, {.secret_fields = {"X-API-Key", "absent"}}),
              (headers{{"origin", "http://o"}, {"x-trace", "2"}}));
    EXPECT_EQ(fields_for(next, callers_fields, {.drops_all_fields = true}), headers{});
}

}  // namespace
}  // namespace mint
