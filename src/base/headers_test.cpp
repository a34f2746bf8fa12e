#include <mint/base/headers.hpp>

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mint {
namespace {

using namespace std::string_view_literals;

TEST(headers, keeps_order_case_and_repetitions) {
    headers h{{"Host", "a"}, {"x-A", "1"}};
    ASSERT_TRUE(h.append("X-a", "2"));
    ASSERT_EQ(h.size(), 3U);
    EXPECT_EQ(h.begin()[1], (field{"x-A", "1"}));
    EXPECT_EQ(h.begin()[2], (field{"X-a", "2"}));
    EXPECT_EQ(h.count("X-A"), 2U);
}

TEST(headers, finds_the_first_value_without_regard_to_case) {
    const headers h{{"x-a", "1"}, {"X-A", "2"}};
    EXPECT_EQ(h.find("X-a"), "1");
    EXPECT_EQ(h.find("x-b"), std::nullopt);
    EXPECT_TRUE(h.contains("x-A"));
}

TEST(headers, drops_blanks_around_a_value) {
    headers h;
    ASSERT_TRUE(h.append("a", " \t b c\t "));
    EXPECT_EQ(h.find("a"), "b c");
}

TEST(headers, set_replaces_every_field_of_the_name_in_the_place_of_the_first) {
    headers h{{"a", "1"}, {"b", "2"}, {"A", "3"}, {"c", "4"}};
    ASSERT_TRUE(h.set("a", "new"));
    EXPECT_EQ(h, (headers{{"a", "new"}, {"b", "2"}, {"c", "4"}}));
    ASSERT_TRUE(h.set("d", "5"));
    EXPECT_EQ(h.find("d"), "5");
}

TEST(headers, erase_drops_every_field_of_the_name) {
    headers h{{"a", "1"}, {"b", "2"}, {"A", "3"}};
    EXPECT_EQ(h.erase("A"), 2U);
    EXPECT_EQ(h.size(), 1U);
    EXPECT_EQ(h.erase("A"), 0U);
}

TEST(headers, takes_names_and_values_of_its_own_fields) {
    headers h{{"a", "1"}, {"A", "2"}, {"b", "3"}, {"a", "4"}};
    ASSERT_TRUE(h.set(h.begin()[1].name, h.begin()[2].value));
    EXPECT_EQ(h, (headers{{"A", "3"}, {"b", "3"}}));
    ASSERT_TRUE(h.append(h.begin()->name, h.begin()->value));
    EXPECT_EQ(h.erase(h.begin()->name), 2U);
    EXPECT_EQ(h, (headers{{"b", "3"}}));
}

TEST(headers, refuses_names_that_are_no_tokens_and_appends_nothing) {
    headers h;
    for (const std::string_view bad : {""sv, "a b"sv, "a:"sv, "a\r"sv, "a\nb"sv, "\0"sv, "ä"sv, "a\x7f"sv, "(a)"sv}) {
        const auto result = h.append(bad, "x");
        ASSERT_FALSE(result) << bad;
        EXPECT_EQ(result.error(), errc::invalid_field_name);
        EXPECT_FALSE(h.set(bad, "x"));
    }
    EXPECT_TRUE(h.empty());
}

TEST(headers, refuses_controls_in_values_and_names_the_field) {
    headers h;
    for (const std::string_view bad : {"a\rb"sv, "a\nb"sv, "a\r\nx: y"sv, "a\0b"sv, "\x01"sv, "a\x7f"sv, "a\n"sv}) {
        const auto result = h.append("authorization", bad);
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error(), errc::invalid_field_value);
        EXPECT_NE(result.error().detail.find("authorization"), std::string::npos);
    }
    EXPECT_TRUE(h.empty());
}

TEST(headers, are_made_of_run_time_values_in_one_expression) {
    const std::string token = "Bearer 123";
    const std::string_view name = "x-trace";
    const auto made = headers::from({{"authorization", token}, {name, " 7 "}});
    ASSERT_TRUE(made);
    EXPECT_EQ(*made, (headers{{"authorization", "Bearer 123"}, {"x-trace", "7"}}));
    EXPECT_TRUE(headers::from({})->empty());
}

TEST(headers, of_run_time_values_report_the_first_that_is_refused) {
    const std::string token = "Bearer 123\n";
    const auto value = headers::from({{"a", "1"}, {"authorization", token}, {"b c", "2"}});
    ASSERT_FALSE(value);
    EXPECT_EQ(value.error(), errc::invalid_field_value);
    EXPECT_NE(value.error().detail.find("authorization"), std::string::npos);
    const auto name = headers::from({{"b c", "2"}, {"authorization", token}});
    ASSERT_FALSE(name);
    EXPECT_EQ(name.error(), errc::invalid_field_name);
    EXPECT_NE(name.error().detail.find("b c"), std::string::npos);
}

TEST(headers, are_made_of_any_number_of_run_time_values) {
    std::vector<field_view> fields{{"a", "1"}};
    fields.push_back({"b", "2"});
    EXPECT_EQ(headers::from(fields), (headers{{"a", "1"}, {"b", "2"}}));
    fields.push_back({"b c", "3"});
    EXPECT_EQ(headers::from(fields).error(), errc::invalid_field_name);
}

TEST(headers, takes_octets_over_127_and_inner_blanks) {
    headers h;
    EXPECT_TRUE(h.append("a", "caf\xC3\xA9\tb c"));
    EXPECT_TRUE(h.append("b", ""));
}

}  // namespace
}  // namespace mint
