// Requests whose content follows piece by piece.
#include "support/http1_talk.hpp"

#include <mint/http1/client_machine.hpp>

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mint::http1 {
namespace {

using testing::no_fields;

const request_head post{.method = "POST", .target = "/", .fields = no_fields};

struct conversation {
    client_machine machine{{.host = "h", .user_agent = ""}};
    buffer sent;
    std::vector<response> out;

    request_ref start(const streamed_body& body, const headers& fields = no_fields) {
        const auto ref = machine.request({.method = "POST", .target = "/", .fields = fields}, body, sent);
        EXPECT_TRUE(ref);
        sent.clear();
        return *ref;
    }
    std::expected<void, error> receive(std::string_view octets) { return machine.receive(as_bytes(octets), out); }
};

TEST(http1_streamed_body, with_a_length_goes_out_as_it_is) {
    conversation c;
    const request_ref ref = c.start({.content_length = 5});
    EXPECT_TRUE(c.machine.is_streaming(ref));
    ASSERT_TRUE(c.machine.stream_request_body(ref, as_bytes("he"), c.sent));
    ASSERT_TRUE(c.machine.stream_request_body(ref, byte_view{}, c.sent));
    ASSERT_TRUE(c.machine.stream_request_body(ref, as_bytes("llo"), c.sent));
    EXPECT_TRUE(c.machine.is_streaming(ref)) << "until its end is told";
    ASSERT_TRUE(c.machine.stream_request_body(ref, eof{}, c.sent));
    EXPECT_EQ(c.sent.text(), "hello");
    EXPECT_FALSE(c.machine.is_streaming(ref));
}

TEST(http1_streamed_body, without_a_length_goes_out_in_chunks) {
    conversation c;
    const request_ref ref = c.start({});
    ASSERT_TRUE(c.machine.stream_request_body(ref, as_bytes("hello, hello, hello"), c.sent));
    ASSERT_TRUE(c.machine.stream_request_body(ref, byte_view{}, c.sent));
    ASSERT_TRUE(c.machine.stream_request_body(ref, eof{}, c.sent));
    EXPECT_EQ(c.sent.text(), "13\r\nhello, hello, hello\r\n0\r\n\r\n");
}

TEST(http1_streamed_body, chunks_end_with_trailers) {
    conversation c;
    const request_ref ref = c.start({});
    ASSERT_TRUE(c.machine.stream_request_body(ref, eof{{{"Digest", "x"}, {"b", "c"}}}, c.sent));
    EXPECT_EQ(c.sent.text(), "0\r\nDigest: x\r\nb: c\r\n\r\n");
}

TEST(http1_streamed_body, trailers_may_be_in_title_case) {
    client_machine machine{{.host = "h", .title_case_fields = true}};
    buffer out;
    const auto ref = machine.request({"POST", "/", {}}, streamed_body{}, out);
    ASSERT_TRUE(ref);
    out.clear();
    ASSERT_TRUE(machine.stream_request_body(*ref, eof{{{"x-digest", "1"}, {"x-ID", "2"}}}, out));
    EXPECT_EQ(out.text(), "0\r\nX-Digest: 1\r\nx-ID: 2\r\n\r\n");
}

TEST(http1_streamed_body, a_forbidden_trailer_leaves_the_body_open) {
    conversation c;
    const request_ref ref = c.start({});
    const auto refused = c.machine.stream_request_body(ref, eof{{{"Content-Length", "1"}}}, c.sent);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), errc::forbidden_trailer);
    EXPECT_TRUE(c.sent.empty());
    EXPECT_TRUE(c.machine.is_streaming(ref));
}

TEST(http1_streamed_body, trailers_need_chunks) {
    conversation c;
    const request_ref ref = c.start({.content_length = 0});
    EXPECT_EQ(c.machine.stream_request_body(ref, eof{{{"a", "b"}}}, c.sent).error(), errc::forbidden_trailer);
    EXPECT_TRUE(c.machine.stream_request_body(ref, eof{}, c.sent));
}

TEST(http1_streamed_body, keeps_to_its_length) {
    conversation c;
    const request_ref ref = c.start({.content_length = 3});
    EXPECT_EQ(c.machine.stream_request_body(ref, as_bytes("four"), c.sent).error(), errc::content_length_mismatch);
    EXPECT_TRUE(c.sent.empty());
    ASSERT_TRUE(c.machine.stream_request_body(ref, as_bytes("ab"), c.sent));
    EXPECT_EQ(c.machine.stream_request_body(ref, eof{}, c.sent).error(), errc::content_length_mismatch);
    ASSERT_TRUE(c.machine.stream_request_body(ref, as_bytes("c"), c.sent)) << "the body stayed open";
    EXPECT_TRUE(c.machine.stream_request_body(ref, eof{}, c.sent));
}

TEST(http1_streamed_body, the_callers_own_length_counts) {
    conversation c;
    const request_ref ref = c.start({}, {{"Content-Length", "2"}});
    EXPECT_EQ(c.machine.stream_request_body(ref, as_bytes("abc"), c.sent).error(), errc::content_length_mismatch);
    EXPECT_TRUE(c.machine.stream_request_body(ref, as_bytes("ab"), c.sent));
}

TEST(http1_streamed_body, the_next_request_waits_for_its_end) {
    conversation c;
    const request_ref ref = c.start({});
    EXPECT_FALSE(c.machine.is_open_for_requests());
    EXPECT_EQ(c.machine.request(post, no_body{}, c.sent).error(), errc::request_body_is_streaming);
    ASSERT_TRUE(c.machine.stream_request_body(ref, eof{}, c.sent));
    EXPECT_TRUE(c.machine.request(post, no_body{}, c.sent));
}

TEST(http1_streamed_body, belongs_to_its_request) {
    conversation c;
    ASSERT_TRUE(c.machine.request(post, no_body{}, c.sent));
    const request_ref ref = c.start({});
    EXPECT_EQ(c.machine.stream_request_body(request_ref{1}, as_bytes("x"), c.sent).error(),
              errc::request_body_not_streaming);
    EXPECT_EQ(c.machine.stream_request_body(request_ref{3}, as_bytes("x"), c.sent).error(), errc::unknown_request);
    EXPECT_EQ(c.machine.stream_request_body(request_ref{0}, eof{}, c.sent).error(), errc::unknown_request);
    ASSERT_TRUE(c.machine.stream_request_body(ref, eof{}, c.sent));
    EXPECT_EQ(c.machine.stream_request_body(ref, as_bytes("x"), c.sent).error(), errc::request_body_not_streaming);
    EXPECT_EQ(c.machine.stream_request_body(ref, eof{}, c.sent).error(), errc::request_body_not_streaming);
}

// The server may answer before it read everything (RFC 9112 §9.3): the body may go on, for only its end makes the
// connection usable again.
TEST(http1_streamed_body, goes_on_after_an_early_answer) {
    conversation c;
    const request_ref ref = c.start({});
    ASSERT_TRUE(c.receive("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"));
    EXPECT_TRUE(std::holds_alternative<responses::done>(c.out.back()));
    EXPECT_EQ(c.machine.open_request_count(), 0u);
    EXPECT_TRUE(c.machine.is_streaming(ref));
    EXPECT_FALSE(c.machine.is_open_for_requests());
    EXPECT_FALSE(c.machine.wants_close());
    ASSERT_TRUE(c.machine.stream_request_body(ref, as_bytes("x"), c.sent));
    ASSERT_TRUE(c.machine.stream_request_body(ref, eof{}, c.sent));
    EXPECT_TRUE(c.machine.is_open_for_requests());
}

TEST(http1_streamed_body, ends_with_an_early_answer_that_closes) {
    conversation c;
    const request_ref ref = c.start({});
    ASSERT_TRUE(c.receive("HTTP/1.1 413 Too Big\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"));
    EXPECT_TRUE(c.machine.wants_close());
    EXPECT_FALSE(c.machine.is_streaming(ref));
    EXPECT_EQ(c.machine.stream_request_body(ref, as_bytes("x"), c.sent).error(), errc::connection_closed);
}

}  // namespace
}  // namespace mint::http1
