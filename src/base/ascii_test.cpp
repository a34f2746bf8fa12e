#include "base/ascii.hpp"

#include <string>

#include <gtest/gtest.h>

namespace mint::detail {
namespace {

TEST(ascii, lower_case_changes_the_letters_a_to_z_only) {
    for (int i = 0; i < 256; ++i) {
        const char c = static_cast<char>(i);
        EXPECT_EQ(to_lower(c), i >= 'A' && i <= 'Z' ? static_cast<char>(i + 32) : c) << i;
    }
    EXPECT_EQ(lower_case("WebSocket-\xC3\x84[1]"), "websocket-\xC3\x84[1]");
}

TEST(ascii, compares_letters_without_case_and_all_else_as_it_is) {
    EXPECT_TRUE(equals_ignoring_case("WebSocket", "websOCKET"));
    EXPECT_FALSE(equals_ignoring_case("websocket", "websockets"));
    EXPECT_FALSE(equals_ignoring_case("@", "`"));
    EXPECT_FALSE(equals_ignoring_case("[", "{"));
    EXPECT_TRUE(equals_ignoring_case("", ""));
}

TEST(ascii, hex_value_knows_the_digits_and_nothing_else) {
    for (int i = 0; i < 256; ++i) {
        const std::size_t place = std::string{"0123456789abcdefABCDEF"}.find(static_cast<char>(i));
        const int expected = place == std::string::npos ? -1 : static_cast<int>(place < 16 ? place : place - 6);
        EXPECT_EQ(hex_value(static_cast<char>(i)), expected) << i;
    }
}

TEST(ascii, trims_spaces_and_tabs_at_both_ends_only) {
    EXPECT_EQ(trim_blanks(" \t a b\t "), "a b");
    EXPECT_EQ(trim_blanks("\r\na\n"), "\r\na\n");
    EXPECT_EQ(trim_blanks(" \t"), "");
}

}  // namespace
}  // namespace mint::detail
