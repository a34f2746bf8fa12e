#include "line_splitter.hpp"

#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mintws {
namespace {

void give(line_splitter& s, std::string_view octets) {
    std::memcpy(s.prepare(octets.size() + 1).data(), octets.data(), octets.size());
    s.commit(octets.size());
}

void take_all(line_splitter& s, std::vector<std::string>& lines) {
    while (const auto line = s.next()) lines.emplace_back(*line);
}

TEST(line_splitter, gives_the_same_lines_at_every_split) {
    const std::string octets{"one\n\ntwo\r\nth\0ree\n\nlast", 22};
    const std::vector<std::string> expected{"one", "", "two\r", std::string{"th\0ree", 6}, "", "last"};
    for (std::size_t split = 0; split <= octets.size(); ++split) {
        line_splitter s;
        std::vector<std::string> lines;
        give(s, std::string_view{octets}.substr(0, split));
        take_all(s, lines);
        give(s, std::string_view{octets}.substr(split));
        take_all(s, lines);
        s.end();
        take_all(s, lines);
        EXPECT_EQ(lines, expected) << split;
    }
}

TEST(line_splitter, gives_nothing_for_an_end_right_after_a_newline) {
    line_splitter s;
    give(s, "a\n");
    s.end();
    EXPECT_EQ(s.next(), "a");
    EXPECT_FALSE(s.next());
}

TEST(line_splitter, tells_how_long_an_unfinished_line_is) {
    line_splitter s;
    give(s, "abc\ndefg");
    EXPECT_EQ(s.next(), "abc");
    EXPECT_FALSE(s.next());
    EXPECT_EQ(s.unfinished_size(), 4U);
}

TEST(line_splitter, takes_another_separator) {
    line_splitter s{'\0'};
    give(s, std::string_view{"one\ntwo\0\0last", 13});
    s.end();
    EXPECT_EQ(s.next(), "one\ntwo");
    EXPECT_EQ(s.next(), "");
    EXPECT_EQ(s.next(), "last");
    EXPECT_FALSE(s.next());
}

TEST(line_splitter, gives_all_that_there_is_whatever_it_is) {
    line_splitter s;
    give(s, "one\ntwo");
    EXPECT_EQ(s.take_all(), "one\ntwo");
    EXPECT_EQ(s.unfinished_size(), 0U);
}

}  // namespace
}  // namespace mintws
