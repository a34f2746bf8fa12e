#include <mint/base/credentials.hpp>
#include <mint/base/headers.hpp>
#include <mint/base/url.hpp>

#include <string>

#include <gtest/gtest.h>

namespace mint {
namespace {

using namespace std::string_literals;

TEST(basic_credentials, are_those_of_the_rfcs_examples) {
    EXPECT_EQ(basic_credentials({"Aladdin", "open sesame"}), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    EXPECT_EQ(basic_credentials({"test", "123\xC2\xA3"}), "Basic dGVzdDoxMjPCow==");
}

TEST(basic_credentials, may_be_empty_and_have_colons_in_the_password) {
    EXPECT_EQ(basic_credentials({}), "Basic Og==");
    EXPECT_EQ(basic_credentials({"a", ":b:"}), "Basic YTo6Yjo=");
}

TEST(basic_credentials, refuse_a_colon_in_the_name_and_controls_without_quoting_them) {
    for (const credentials& who :
         {credentials{"se:cret", "x"}, credentials{"se\ncret", "x"}, credentials{"x", "secret\r"},
          credentials{"secret\0"s, "x"}, credentials{"x", "secret\x7F"}}) {
        const auto refused = basic_credentials(who);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error(), errc::invalid_argument);
        EXPECT_FALSE(refused.error().detail.empty());
        EXPECT_EQ(refused.error().detail.find("cret"), std::string::npos);
    }
}

TEST(basic_credentials, of_any_length_stay_on_one_line) {
    const auto value = basic_credentials({std::string(500, 'u'), std::string(500, 'p')});
    ASSERT_TRUE(value);
    EXPECT_TRUE(is_field_value(*value));
    EXPECT_EQ(value->size(), 6U + 1336U);
}

TEST(bearer_credentials, take_a_b64token_only) {
    EXPECT_EQ(bearer_credentials("mF_9.B5f-4.1JqM"), "Bearer mF_9.B5f-4.1JqM");
    EXPECT_EQ(bearer_credentials("a~b+c/d=="), "Bearer a~b+c/d==");
    for (const auto& bad : {""s, "="s, "a b"s, "a=b"s, "a\r\n"s, "a,b"s, "\"a\""s, "\xC3\xBC"s, "a\0"s, " a"s}) {
        const auto refused = bearer_credentials(bad);
        ASSERT_FALSE(refused) << bad;
        EXPECT_EQ(refused.error(), errc::invalid_argument);
    }
}

TEST(split_userinfo, cuts_at_the_first_colon) {
    EXPECT_EQ(split_userinfo("user:pass:word"), (credentials{"user", "pass:word"}));
    EXPECT_EQ(split_userinfo("user"), (credentials{"user", ""}));
    EXPECT_EQ(split_userinfo(":word"), (credentials{"", "word"}));
    EXPECT_EQ(split_userinfo(""), credentials{});
}

TEST(split_userinfo, makes_a_urls_userinfo_basic_credentials) {
    const auto u = parse_url("wss://Aladdin:open%20sesame@h/");
    ASSERT_TRUE(u);
    EXPECT_EQ(basic_credentials(split_userinfo(u->userinfo)), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
}

}  // namespace
}  // namespace mint
