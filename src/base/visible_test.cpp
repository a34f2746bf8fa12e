#include "base/visible.hpp"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace mint::detail {
namespace {

TEST(visible, keeps_what_can_be_printed_and_names_the_rest) {
    EXPECT_EQ(visible("a: b\r\n\x1B[0m\xE4\\"), "a: b\\x0D\\x0A\\x1B[0m\\xE4\\\\");
    EXPECT_EQ(visible(std::string_view{"\0\x7F", 2}), "\\x00\\x7F");
    EXPECT_EQ(visible(""), "");
}

TEST(visible, is_cut_where_it_is_long) {
    EXPECT_EQ(visible("abcd", 4), "abcd");
    EXPECT_EQ(visible("abcde", 4), "abcd…");
    EXPECT_EQ(visible(std::string(1000, 'x')).size(), 100 + std::string{"…"}.size());
}

TEST(visible, fields_have_all_their_values_and_say_that_they_are_empty_or_missing) {
    const headers fields{{"upgrade", "h2c"}, {"UPGRADE", "x\xE4"}, {"a", ""}, {"b", ""}, {"b", ","}};
    EXPECT_EQ(visible_field(fields, "Upgrade"), "Upgrade: h2c, x\\xE4");
    EXPECT_EQ(visible_field(fields, "A"), "A is empty");
    EXPECT_EQ(visible_field(fields, "B"), "B is empty");
    EXPECT_EQ(visible_field(fields, "C"), "no C");
}

}  // namespace
}  // namespace mint::detail
