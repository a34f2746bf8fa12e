#include "http2/incoming_section.hpp"

#include "support/http2_frames.hpp"

#include <string>

#include <gtest/gtest.h>

namespace mint::http2::detail {
namespace {

using kind = incoming_section::kind;
using testing::h2::fields;

/// Why the section is refused; empty where it isn't.
std::string refusal(kind k, const fields& list) {
    incoming_section section;
    section.begin(k);
    for (const auto& [name, value] : list) {
        if (auto added = section.add(name, value); !added) return added.error().detail;
    }
    if (auto complete = section.finish(); !complete) return complete.error().detail;
    return {};
}

TEST(incoming_section, of_a_response_has_a_status_and_fields) {
    incoming_section section;
    section.begin(kind::response);
    ASSERT_TRUE(section.add(":status", "204"));
    ASSERT_TRUE(section.add("content-length", "12"));
    ASSERT_TRUE(section.add("te", "trailers"));
    ASSERT_TRUE(section.finish());
    EXPECT_EQ(section.status(), 204);
    EXPECT_EQ(section.content_length(), 12u);
    EXPECT_EQ(section.take_fields(), (headers{{"content-length", "12"}, {"te", "trailers"}}));
}

TEST(incoming_section, keeps_the_rules_of_field_names_and_values) {
    for (const auto& [name, value] : fields{
             {"A", "b"}, {"", "b"}, {"a b", "c"}, {"a", "b\r\nc: d"}, {"a", std::string_view{"\0", 1}}, {"a", " b"}}) {
        EXPECT_NE(refusal(kind::response, {{":status", "200"}, {name, value}}), "") << name;
    }
}

TEST(incoming_section, refuses_fields_of_http1_connections) {
    for (const auto& [name, value] : fields{{"connection", "close"},
                                            {"keep-alive", "1"},
                                            {"proxy-connection", "close"},
                                            {"transfer-encoding", "chunked"},
                                            {"upgrade", "websocket"},
                                            {"te", "gzip"}}) {
        EXPECT_EQ(refusal(kind::response, {{":status", "200"}, {name, value}}), "a field of HTTP/1.1's connections");
    }
}

TEST(incoming_section, of_a_response_has_one_good_status_first) {
    for (const char* status : {"", "20", "2000", "abc", "099", "+20", "101"}) {
        EXPECT_NE(refusal(kind::response, {{":status", status}}), "") << status;
    }
    EXPECT_EQ(refusal(kind::response, {{"a", "b"}}), "no :status");
    EXPECT_EQ(refusal(kind::response, {{":status", "200"}, {":status", "200"}}), ":status comes twice");
    EXPECT_EQ(refusal(kind::response, {{"a", "b"}, {":status", "200"}}), "a pseudo-field behind the others");
    EXPECT_EQ(refusal(kind::response, {{":status", "200"}, {":path", "/"}}), "a pseudo-field that may not be here");
}

TEST(incoming_section, of_trailers_has_no_pseudo_field) {
    EXPECT_EQ(refusal(kind::trailers, {{"a", "b"}}), "");
    EXPECT_EQ(refusal(kind::trailers, {{":status", "200"}}), "a pseudo-field that may not be here");
}

TEST(incoming_section, has_one_content_length_that_is_a_number) {
    for (const char* length : {"", "x", "-1", "+1", "1,1", "18446744073709551616"}) {
        EXPECT_EQ(refusal(kind::response, {{":status", "200"}, {"content-length", length}}),
                  "content-length is no number")
            << length;
    }
    EXPECT_EQ(refusal(kind::response, {{":status", "200"}, {"content-length", "1"}, {"content-length", "1"}}),
              "content-length comes twice");
}

TEST(incoming_section, of_a_promise_is_a_request) {
    const fields good{{":method", "GET"}, {":scheme", "https"}, {":path", "/a"}, {":authority", "h"}, {"b", "c"}};
    EXPECT_EQ(refusal(kind::promise, good), "");
    for (std::size_t i = 0; i < 4; ++i) {
        fields incomplete = good;
        incomplete.erase(incomplete.begin() + static_cast<std::ptrdiff_t>(i));
        EXPECT_EQ(refusal(kind::promise, incomplete), "a promise without all pseudo-fields");
    }
    EXPECT_EQ(refusal(kind::promise, {{":method", "GET"}, {":method", "GET"}}), "a pseudo-field comes twice");
    EXPECT_EQ(refusal(kind::promise, {{":path", ""}}), "an empty pseudo-field");
}

}  // namespace
}  // namespace mint::http2::detail
