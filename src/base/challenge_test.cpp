#include <mint/base/challenge.hpp>

#include <string>

#include <gtest/gtest.h>

namespace mint {
namespace {

constexpr std::string_view field_name = "www-authenticate";

[[nodiscard]] headers lines(std::initializer_list<std::string_view> values) {
    headers h;
    for (const std::string_view value : values) EXPECT_TRUE(h.append("WWW-Authenticate", value));
    return h;
}

[[nodiscard]] std::vector<challenge> parsed(std::initializer_list<std::string_view> values) {
    auto result = parse_challenges(lines(values), field_name);
    EXPECT_TRUE(result) << *values.begin();
    return result ? *std::move(result) : std::vector<challenge>{};
}

[[nodiscard]] parameter token(const char* n, const char* value) { return {n, value, false}; }
[[nodiscard]] parameter quoted(const char* n, const char* value) { return {n, value, true}; }

TEST(parse_challenges, tells_commas_between_challenges_from_those_between_parameters) {
    // RFC 9110 §11.6.1 has this example, for its ambiguous commas.
    EXPECT_EQ(
        parsed({R"(Basic realm="simple", Newauth realm="apps", type=1, title="Login to \"apps\"")"}),
        (std::vector<challenge>{
            {"Basic", "", {quoted("realm", "simple")}},
            {"Newauth", "", {quoted("realm", "apps"), token("type", "1"), quoted("title", "Login to \"apps\"")}}}));
}

TEST(parse_challenges, takes_a_token68_or_a_scheme_alone) {
    EXPECT_EQ(parsed({"Negotiate a87421000492aa874209af8bc028==, NTLM,Bearer"}),
              (std::vector<challenge>{
                  {"Negotiate", "a87421000492aa874209af8bc028==", {}}, {"NTLM", "", {}}, {"Bearer", "", {}}}));
    EXPECT_EQ(parsed({"a b"}), (std::vector<challenge>{{"a", "b", {}}}));
    EXPECT_EQ(parsed({"a b="}), (std::vector<challenge>{{"a", "b=", {}}}));
    EXPECT_EQ(parsed({"a b=c"}), (std::vector<challenge>{{"a", "", {token("b", "c")}}}));
    EXPECT_EQ(parsed({"a b/c"}), (std::vector<challenge>{{"a", "b/c", {}}}));
}

TEST(parse_challenges, takes_several_lines_for_one_list) {
    EXPECT_EQ(parsed({R"(Digest realm="a", qop=auth)", "Basic realm=b"}),
              (std::vector<challenge>{{"Digest", "", {quoted("realm", "a"), token("qop", "auth")}},
                                      {"Basic", "", {token("realm", "b")}}}));
    // RFC 9110 §5.3: lines may have been cut at any comma.
    EXPECT_EQ(parsed({R"(Digest realm="a")", "", "qop=auth"}),
              (std::vector<challenge>{{"Digest", "", {quoted("realm", "a"), token("qop", "auth")}}}));
}

TEST(parse_challenges, takes_blanks_and_empty_elements_where_the_grammar_does) {
    const std::vector<challenge> expected{{"Basic", "", {token("realm", "a"), token("b", "c")}}, {"X", "", {}}};
    for (const char* value : {"Basic realm=a,b=c,X", ",,Basic   realm=a ,\t, b=c , X ,,", "Basic realm = a, b\t=\tc, X",
                              "Basic ,realm=a,b=c,X"}) {
        EXPECT_EQ(parsed({value}), expected) << value;
    }
}

TEST(parse_challenges, keeps_commas_and_schemes_inside_quotes) {
    EXPECT_EQ(parsed({R"(Basic realm="a, Digest realm=\"b\", \\")"}),
              (std::vector<challenge>{{"Basic", "", {quoted("realm", R"(a, Digest realm="b", \)")}}}));
    EXPECT_EQ(parsed({R"(Basic realm="")"}), (std::vector<challenge>{{"Basic", "", {quoted("realm", "")}}}));
}

TEST(parse_challenges, is_empty_without_the_field_or_with_an_empty_one) {
    EXPECT_TRUE(parse_challenges({}, field_name)->empty());
    EXPECT_TRUE(parse_challenges(lines({"Basic"}), "proxy-authenticate")->empty());
    EXPECT_TRUE(parsed({"", " , ,"}).empty());
}

TEST(parse_challenges, refuses_what_breaks_the_grammar_and_names_the_field) {
    for (const char* value : {"=",
                              "realm=a",
                              "\"a\"",
                              "Basic=a",
                              "Basic/",
                              "Basic, realm=a",
                              "Basic realm=a b=c",
                              "Basic realm=\"a\" b=c",
                              "Basic realm=\"a",
                              "Basic realm=\"a\\",
                              "Basic realm=\"a\"b",
                              "Basic realm=, b=c",
                              "Basic a=b=c",
                              "Basic a b",
                              "Negotiate abc=, realm=a",
                              "Negotiate abc= realm=a",
                              "Basic a;b",
                              "Basic \"a\"",
                              "Basic realm=\xC3\xBC",
                              "a, ==",
                              "a b, =c"}) {
        const auto result = parse_challenges(lines({value}), field_name);
        ASSERT_FALSE(result) << value;
        EXPECT_EQ(result.error(), errc::invalid_field_line);
        EXPECT_NE(result.error().detail.find(field_name), std::string::npos);
    }
    EXPECT_FALSE(parse_challenges(lines({"Basic", "realm=a"}), field_name));
    EXPECT_FALSE(parse_challenges(lines({"Basic realm=a", "="}), field_name));
}

TEST(parse_challenges, refuses_a_parameter_twice_in_one_challenge_but_not_in_two) {
    for (const char* value : {"Basic realm=a, realm=a", "Basic realm=a, b=c, REALM=\"d\""}) {
        const auto result = parse_challenges(lines({value}), field_name);
        ASSERT_FALSE(result) << value;
        EXPECT_EQ(result.error(), errc::invalid_field_line);
        EXPECT_NE(result.error().detail.find(field_name), std::string::npos);
    }
    EXPECT_FALSE(parse_challenges(lines({"Basic realm=a", "realm=b"}), field_name));
    EXPECT_EQ(parsed({"Basic realm=a, Basic realm=a"}).size(), 2U);
}

TEST(parse_challenges, costs_little_for_a_long_field) {
    std::string value = "a ";
    for (int i = 0; i < 100'000; ++i) value += "p" + std::to_string(i) + "=v,";
    EXPECT_EQ(parsed({value}).front().parameters.size(), 100'000U);
    EXPECT_EQ(parsed({std::string(200'000, ',') + "a"}).size(), 1U);
    EXPECT_FALSE(parse_challenges(lines({"a b=\"" + std::string(200'000, '\\')}), field_name));
    EXPECT_FALSE(
        parse_challenges(lines({"a" + std::string(200'000, ' ') + "=" + std::string(200'000, '=')}), field_name));
}

TEST(challenge, compares_its_scheme_and_its_names_without_case) {
    const auto list = parsed({"BASIC Realm=\"a\", charset=UTF-8"});
    ASSERT_EQ(list.size(), 1U);
    EXPECT_TRUE(list[0].is("basic"));
    EXPECT_FALSE(list[0].is("bas"));
    EXPECT_EQ(list[0].find("realm"), "a");
    EXPECT_EQ(list[0].find("CHARSET"), "UTF-8");
    EXPECT_EQ(list[0].find("nonce"), std::nullopt);
}

}  // namespace
}  // namespace mint
