#include <mint/base/field_value.hpp>

#include <string>

#include <gtest/gtest.h>

namespace mint {
namespace {

[[nodiscard]] headers one(std::string_view value) {
    headers h;
    EXPECT_TRUE(h.append("x", value));
    return h;
}

TEST(lists_token, looks_through_lists_and_lines_without_regard_to_case) {
    const headers h{{"connection", "keep-alive, Upgrade"}, {"Connection", "x"}};
    EXPECT_TRUE(lists_token(h, "Connection", "upgrade"));
    EXPECT_TRUE(lists_token(h, "connection", "X"));
    EXPECT_FALSE(lists_token(h, "connection", "up"));
    EXPECT_FALSE(lists_token(h, "upgrade", "upgrade"));
}

TEST(lists_token, needs_no_blanks_and_ignores_empty_elements) {
    EXPECT_TRUE(lists_token(one(",,a,b ,c"), "x", "b"));
    EXPECT_TRUE(lists_token(one(" , b"), "x", "b"));
    EXPECT_FALSE(lists_token(one(",,,"), "x", "b"));
}

TEST(lists_token, takes_no_part_of_an_element_for_a_token) {
    EXPECT_FALSE(lists_token(one("a b"), "x", "a"));
    EXPECT_FALSE(lists_token(one("a/2"), "x", "a"));
    EXPECT_FALSE(lists_token(one("\"a, b, c\""), "x", "b"));
    EXPECT_FALSE(lists_token(one("n=\"a\\\", b, \""), "x", "b"));
    EXPECT_TRUE(lists_token(one("n=\"a, \", b"), "x", "b"));
}

TEST(parse_list, reads_elements_with_parameters_over_several_lines) {
    headers h = one("permessage-deflate; client_max_window_bits; server_max_window_bits=10, foo");
    ASSERT_TRUE(h.append("X", "bar;a=\"q, \\\"; z\""));
    const auto list = parse_list(h, "x");
    ASSERT_TRUE(list);
    ASSERT_EQ(list->size(), 3U);
    EXPECT_EQ(
        (*list)[0],
        (list_element{"permessage-deflate",
                      {{"client_max_window_bits", std::nullopt, false}, {"server_max_window_bits", "10", false}}}));
    EXPECT_EQ((*list)[1], (list_element{"foo", {}}));
    EXPECT_EQ((*list)[2], (list_element{"bar", {{"a", "q, \"; z", true}}}));
}

TEST(parse_list, needs_no_blanks_and_takes_them_where_the_grammar_does) {
    for (const char* value : {"a,b;c=d", "a , b ; c=d", ",a,,b\t;\tc=d,", "a, b; c = d", "a,b;c\t=\t\"d\" "}) {
        const auto list = parse_list(one(value), "x");
        ASSERT_TRUE(list) << value;
        ASSERT_EQ(list->size(), 2U) << value;
        EXPECT_EQ((*list)[1].parameters.at(0).value, "d");
    }
}

TEST(parse_list, is_empty_without_the_field_or_with_an_empty_one) {
    EXPECT_TRUE(parse_list({}, "x")->empty());
    EXPECT_TRUE(parse_list(one(""), "x")->empty());
}

TEST(parse_list, refuses_what_breaks_the_grammar) {
    for (const char* value : {"a b", "a;", "a;;b", "a;=b", "a;b=", "a;b=\"c", "a;b=\"c\\", "=", "a;b=\"c\"d",
                              "a;b =", "a;b c", "\"a\"", "a/b", ";a"}) {
        const auto list = parse_list(one(value), "x");
        ASSERT_FALSE(list) << value;
        EXPECT_EQ(list.error(), errc::invalid_field_value);
    }
}

TEST(parse_list, is_linear_in_a_long_field) {
    // The grammars of others took exponential or quadratic time here; this takes none worth measuring.
    std::string value(200'000, ',');
    value += "a;" + std::string(100'000, 'b') + "=\"" + std::string(100'000, '\\');
    EXPECT_FALSE(parse_list(one(value), "x"));
}

TEST(to_text, writes_what_parse_list_reads) {
    const list_element plain{"permessage-deflate", {{.name = "flag"}, {.name = "bits", .value = "10"}}};
    EXPECT_EQ(to_text(plain), "permessage-deflate; flag; bits=10");
    EXPECT_EQ(to_text({"x", {}}), "x");
    const list_element quoted{
        "x", {{.name = "q", .value = "a b", .quoted = true}, {.name = "e", .value = "\\ and \"", .quoted = true}}};
    EXPECT_EQ(to_text(quoted), R"(x; q="a b"; e="\\ and \"")");
    for (const list_element& element : {plain, quoted}) {
        const auto read = parse_list(one(to_text(element)), "x");
        ASSERT_TRUE(read);
        EXPECT_EQ(read->at(0), element);
    }
}

}  // namespace
}  // namespace mint
