#include "base/list_reader.hpp"

#include <gtest/gtest.h>

namespace mint::detail {
namespace {

TEST(list_reader, takes_a_token_up_to_what_is_none) {
    list_reader in{"ab!c=d"};
    EXPECT_EQ(in.token(), "ab!c");
    EXPECT_EQ(in.token(), "");
    EXPECT_FALSE(in.take(','));
    EXPECT_TRUE(in.take('='));
    EXPECT_EQ(in.token(), "d");
    EXPECT_TRUE(in.is_at_end());
}

TEST(list_reader, takes_a_token68_with_the_padding_behind_it) {
    list_reader in{"aZ09-._~+/==,b"};
    EXPECT_EQ(in.token68(), "aZ09-._~+/==");
    EXPECT_EQ(in.token68(), "");
    EXPECT_TRUE(in.take(','));
    EXPECT_EQ(list_reader{"=="}.token68(), "");
}

TEST(list_reader, undoes_escapes_and_wants_the_closing_quote) {
    EXPECT_EQ(list_reader{R"(a, \"b\\\c" d)"}.quoted(), R"(a, "b\c)");
    EXPECT_EQ(list_reader{R"(")"}.quoted(), "");
    EXPECT_EQ(list_reader{R"(a)"}.quoted(), std::nullopt);
    EXPECT_EQ(list_reader{R"(a\")"}.quoted(), std::nullopt);
    EXPECT_EQ(list_reader{R"(a\)"}.quoted(), std::nullopt);
}

TEST(list_reader, passes_over_an_element_up_to_its_comma) {
    list_reader in{R"(a="x,\",y" z, b)"};
    in.skip_element();
    EXPECT_TRUE(in.take(','));
    EXPECT_TRUE(in.skip_blanks());
    EXPECT_FALSE(in.skip_blanks());
    EXPECT_TRUE(in.is_at('b'));
}

TEST(list_reader, looks_ahead_with_a_copy) {
    list_reader in{"a b"};
    list_reader ahead = in;
    EXPECT_EQ(ahead.token(), "a");
    EXPECT_EQ(in.token(), "a");
}

}  // namespace
}  // namespace mint::detail
