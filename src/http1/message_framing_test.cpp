#include "http1/message_framing.hpp"

#include <gtest/gtest.h>

namespace mint::http1::detail {
namespace {

using content_kind = content_framing::kind;

response_head head_of(int status, headers fields, bool is_http_1_1 = true) {
    return {.status_code = status, .is_http_1_1 = is_http_1_1, .reason = {}, .fields = std::move(fields)};
}

TEST(http1_message_framing, follows_the_order_of_the_rules) {
    EXPECT_EQ(framing_of(head_of(200, {{"content-length", "5"}}), false)->how, content_kind::length);
    EXPECT_EQ(framing_of(head_of(200, {{"content-length", "5"}}), false)->length, 5u);
    EXPECT_EQ(framing_of(head_of(200, {{"transfer-encoding", "chunked"}}), false)->how, content_kind::chunked);
    EXPECT_EQ(framing_of(head_of(200, {}), false)->how, content_kind::until_end);
    EXPECT_EQ(framing_of(head_of(200, {{"content-length", "5"}}), true)->how, content_kind::none);
    EXPECT_EQ(framing_of(head_of(204, {{"content-length", "5"}}), false)->how, content_kind::none);
    EXPECT_EQ(framing_of(head_of(304, {{"transfer-encoding", "chunked"}}), false)->how, content_kind::none);
}

TEST(http1_message_framing, refuses_what_can_be_read_in_two_ways_even_without_content) {
    const headers both{{"content-length", "5"}, {"transfer-encoding", "chunked"}};
    EXPECT_EQ(framing_of(head_of(200, both), false).error(), errc::invalid_transfer_encoding);
    EXPECT_EQ(framing_of(head_of(304, both), true).error(), errc::invalid_transfer_encoding);
    const headers two{{"content-length", "5"}, {"content-length", "6"}};
    EXPECT_EQ(framing_of(head_of(204, two), false).error(), errc::invalid_content_length);
    EXPECT_EQ(framing_of(head_of(200, {{"transfer-encoding", "chunked"}}, false), false).error(),
              errc::invalid_transfer_encoding);
}

TEST(http1_message_framing, persistence_depends_on_version_and_connection) {
    EXPECT_TRUE(keeps_alive(head_of(200, {})));
    EXPECT_FALSE(keeps_alive(head_of(200, {{"connection", "Close"}})));
    EXPECT_FALSE(keeps_alive(head_of(200, {}, false)));
    EXPECT_TRUE(keeps_alive(head_of(200, {{"connection", "Keep-Alive"}}, false)));
    EXPECT_FALSE(keeps_alive(head_of(200, {{"connection", "keep-alive"}, {"connection", "close"}}, false)));
}

TEST(http1_message_framing, a_content_length_is_decimal_digits) {
    EXPECT_EQ(parse_content_length("0"), 0u);
    EXPECT_EQ(parse_content_length("007"), 7u);
    EXPECT_EQ(parse_content_length("5 ,\t5"), 5u);
    EXPECT_EQ(parse_content_length("18446744073709551615"), 18'446'744'073'709'551'615u);
    for (const char* bad : {"", " ", "18446744073709551616", "-0", "+5", "5x", "5,6", "5,", ",5", "1e3"}) {
        EXPECT_FALSE(parse_content_length(bad)) << bad;
    }
}

}  // namespace
}  // namespace mint::http1::detail
