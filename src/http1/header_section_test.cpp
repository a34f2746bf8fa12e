#include "http1/header_section.hpp"

#include "support/every_split.hpp"

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mint::http1::detail {
namespace {

using kind = header_section::kind;

constexpr std::string_view head = "HTTP/1.1 200 OK\r\na: b\r\n\r\n";

TEST(http1_header_section, ends_with_the_empty_line_in_every_split) {
    const std::string input = std::string{head} + "body";
    testing::for_each_split(input, [](const std::vector<byte_view>& chunks) {
        header_section section{http_limits{}};
        std::string found;
        std::string rest;
        for (byte_view chunk : chunks) {
            if (found.empty()) {
                const auto read = section.read(chunk);
                ASSERT_TRUE(read);
                if (*read) found = as_text(**read);
            }
            rest += as_text(chunk);
        }
        EXPECT_EQ(found, head);
        EXPECT_EQ(rest, "body");
    });
}

TEST(http1_header_section, whole_in_one_input_is_not_copied) {
    header_section section{http_limits{}};
    byte_view input = as_bytes(head);
    const auto read = section.read(input);
    ASSERT_TRUE(read && *read);
    EXPECT_EQ((*read)->data(), as_bytes(head).data());
    EXPECT_TRUE(input.empty());
}

TEST(http1_header_section, trailers_may_be_none) {
    header_section section{http_limits{}};
    section.start(kind::trailers, 3);
    byte_view input = as_bytes("\r\nHTTP");
    const auto read = section.read(input);
    ASSERT_TRUE(read && *read);
    EXPECT_EQ(as_text(**read), "\r\n");
    EXPECT_EQ(as_text(input), "HTTP");
    EXPECT_EQ(section.field_count(), 3u);
}

TEST(http1_header_section, can_be_used_again) {
    header_section section{http_limits{}};
    for (int i = 0; i < 3; ++i) {
        byte_view input = as_bytes(head);
        byte_view first = input.first(5);
        ASSERT_TRUE(section.read(first));
        input = input.subspan(5);
        const auto read = section.read(input);
        ASSERT_TRUE(read && *read);
        EXPECT_EQ(as_text(**read), head);
        EXPECT_EQ(section.field_count(), 1u);
        section.start(kind::response_head);
    }
}

TEST(http1_status_line, has_a_known_version_and_three_digits) {
    EXPECT_TRUE(check_status_line("HTTP/1.1 200 OK\r\n"));
    EXPECT_TRUE(check_status_line("HTTP/1.0 599 \r\n"));
    EXPECT_EQ(check_status_line("HTTP/1.1 099 \r\n").error(), errc::invalid_status_line);
    EXPECT_EQ(check_status_line("HTTP/2 200 \r\n").error(), errc::unsupported_http_version);
    EXPECT_EQ(check_status_line("HTTP/10.1 200 \r\n").error(), errc::invalid_status_line);
    EXPECT_EQ(check_status_line("").error(), errc::invalid_status_line);
}

}  // namespace
}  // namespace mint::http1::detail
