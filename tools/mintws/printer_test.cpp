#include "printer.hpp"

#include <mint/base/bytes.hpp>

#include <chrono>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace mintws {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;
namespace ws = mint::ws;

constexpr std::chrono::system_clock::time_point noon{1'769'860'800'007ms};  // 2026-01-31T12:00:00.007Z

std::string printed(const ws::frame& message, const printer::options& options) {
    mint::buffer out;
    printer{options}.print(message, noon, out);
    return std::string{out.text()};
}

TEST(printer, writes_text_as_a_line_octet_by_octet) {
    EXPECT_EQ(printed(ws::text{"a\x1b[2Jb\r"}, {}), "a\x1b[2Jb\r\n");
    EXPECT_EQ(printed(ws::text{""}, {}), "\n");
}

TEST(printer, writes_binary_as_it_is_where_nobody_watches) {
    EXPECT_EQ(printed(ws::binary{mint::as_bytes("\x00\x01\n"sv)}, {.has_timestamps = true}), "\x00\x01\n"sv);
}

TEST(printer, dumps_binary_on_a_terminal) {
    EXPECT_EQ(printed(ws::binary{mint::as_bytes("hello, wide world\x00"sv)}, {.is_terminal = true}),
              "00000000  68 65 6c 6c 6f 2c 20 77  69 64 65 20 77 6f 72 6c  |hello, wide worl|\n"
              "00000010  64 00                                             |d.|\n");
    EXPECT_EQ(printed(ws::binary{}, {.is_terminal = true}), "(binary, empty)\n");
}

TEST(printer, bounds_a_dump) {
    const auto dump = printed(ws::binary{mint::as_bytes(std::string(5000, 'x'))}, {.is_terminal = true});
    EXPECT_TRUE(dump.ends_with("(904 octets more)\n"));
    EXPECT_LT(dump.size(), 25'000U);
}

TEST(printer, shows_controls_on_a_terminal) {
    EXPECT_EQ(printed(ws::text{"a\x1b[2Jb\ttab"}, {.is_terminal = true}), "a\\x1b[2Jb\ttab\n");
}

TEST(printer, writes_the_time_before_text) {
    EXPECT_EQ(printed(ws::text{"x"}, {.has_timestamps = true}), "2026-01-31T12:00:00.007Z x\n");
}

TEST(visible, keeps_characters_and_shows_controls_of_one_and_two_octets) {
    EXPECT_EQ(visible("grün 日本 😀"), "grün 日本 😀");
    EXPECT_EQ(visible("\x7f\xc2\x9b"), "\\x7f\\xc2\\x9b");
    EXPECT_EQ(visible("a\xc2\xa0z"), "a\xc2\xa0z");
}

TEST(visible, shows_what_is_no_utf8) { EXPECT_EQ(visible("a\xff\xc3(z"), "a\\xff\\xc3(z"); }

}  // namespace
}  // namespace mintws
