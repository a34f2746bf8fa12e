#include "http1/response_parser.hpp"

#include <string>

#include <gtest/gtest.h>

namespace mint::http1::detail {
namespace {

TEST(http1_response_parser, takes_a_head_apart) {
    const auto head =
        parse_head(as_bytes("HTTP/1.1 404 Not Found here\r\nA:b\r\nlong-name:  \tx y\t \r\na: c\r\n\r\n"));
    ASSERT_TRUE(head);
    EXPECT_EQ(head->status_code, 404);
    EXPECT_TRUE(head->is_http_1_1);
    EXPECT_EQ(head->reason, "Not Found here");
    const headers expected{{"A", "b"}, {"long-name", "x y"}, {"a", "c"}};
    EXPECT_EQ(head->fields, expected);
}

TEST(http1_response_parser, an_empty_reason_and_value_are_legal) {
    const auto head = parse_head(as_bytes("HTTP/1.0 200 \r\na:\r\n\r\n"));
    ASSERT_TRUE(head);
    EXPECT_FALSE(head->is_http_1_1);
    EXPECT_EQ(head->reason, "");
    const headers expected{{"a", ""}};
    EXPECT_EQ(head->fields, expected);
}

TEST(http1_response_parser, a_head_may_be_longer_than_the_parsers_own_limits) {
    const std::string value(60'000, 'v');
    const auto head = parse_head(as_bytes("HTTP/1.1 200 \r\na: " + value + "\r\n\r\n"));
    ASSERT_TRUE(head);
    EXPECT_EQ(head->fields.find("a"), value);
}

TEST(http1_response_parser, an_errors_offset_is_its_lines) {
    const auto head = parse_head(as_bytes("HTTP/1.1 200 OK\r\na: b\r\nbad line\r\n\r\n"));
    ASSERT_FALSE(head);
    EXPECT_EQ(head.error(), errc::invalid_field_line);
    EXPECT_EQ(head.error().offset, 23u);
}

TEST(http1_response_parser, framing_fields_of_a_1xx_stand_as_they_are) {
    const auto head =
        parse_head(as_bytes("HTTP/1.1 101 x\r\nCONTENT-LENGTH: a\r\nxontent-length: b\r\ntransfer-encoding: "
                            "c\r\ncontent-length: 1\r\n\r\n"));
    ASSERT_TRUE(head);
    const headers expected{
        {"CONTENT-LENGTH", "a"}, {"xontent-length", "b"}, {"transfer-encoding", "c"}, {"content-length", "1"}};
    EXPECT_EQ(head->fields, expected);
}

TEST(http1_response_parser, takes_trailers) {
    const auto trailers = parse_trailers(as_bytes("a: b\r\nc: d\r\n\r\n"));
    ASSERT_TRUE(trailers);
    const headers expected{{"a", "b"}, {"c", "d"}};
    EXPECT_EQ(*trailers, expected);
    const auto none = parse_trailers(as_bytes("\r\n"));
    ASSERT_TRUE(none);
    EXPECT_TRUE(none->empty());
}

TEST(http1_response_parser, a_bad_trailer_has_its_lines_offset) {
    const auto trailers = parse_trailers(as_bytes("a: b\r\nc d\r\n\r\n"));
    ASSERT_FALSE(trailers);
    EXPECT_EQ(trailers.error(), errc::invalid_field_line);
    EXPECT_EQ(trailers.error().offset, 6u);
}

TEST(http1_response_parser, fields_that_would_frame_a_body_are_taken_as_they_stand_behind_connect) {
    const byte_view section = as_bytes("HTTP/1.1 200 x\r\ntransfer-encoding: a\r\nContent-Length: b\r\n\r\n");
    EXPECT_EQ(parse_head(section).error(), errc::invalid_transfer_encoding);
    const auto head = parse_head(section, framing_fields::of_answer_to_tunnel);
    ASSERT_TRUE(head);
    EXPECT_EQ(head->fields, (headers{{"transfer-encoding", "a"}, {"Content-Length", "b"}}));
}

}  // namespace
}  // namespace mint::http1::detail
