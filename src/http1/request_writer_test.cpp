#include "http1/request_writer.hpp"

#include <string>

#include <gtest/gtest.h>

namespace mint::http1::detail {
namespace {

using body_kind = request_framing::kind;

const client_options plain_options{.host = "localhost:9000", .user_agent = ""};

struct written {
    std::string text;
    errc refusal = errc::failed_already;  // where nothing was refused
    std::string detail;
    request_framing framing;
};

written write(std::string_view method, std::string_view target, const headers& fields = {},
              const request_body& body = no_body{}, const client_options& options = plain_options) {
    buffer out;
    out.append("before|");
    const auto framing = write_request(options, {.method = method, .target = target, .fields = fields}, body, out);
    std::string text{out.text().substr(7)};
    if (framing) return {.text = std::move(text), .detail = {}, .framing = *framing};
    EXPECT_EQ(text, "") << "a refusal writes nothing";
    return {.text = {}, .refusal = framing.error().code, .detail = framing.error().detail, .framing = {}};
}

errc refusal(const headers& fields, const request_body& body, std::string_view method = "POST") {
    return write(method, "/", fields, body).refusal;
}

TEST(http1_request_writer, writes_line_host_agent_and_the_callers_fields_in_order) {
    EXPECT_EQ(write("GET", "/a?b=c", {{"X-B", "1"}, {"x-a", ""}}, no_body{}, {.host = "[::1]:80"}).text,
              "GET /a?b=c HTTP/1.1\r\nhost: [::1]:80\r\nuser-agent: mint/0.1\r\nX-B: 1\r\nx-a: \r\n\r\n");
}

TEST(http1_request_writer, fields_may_be_in_title_case) {
    EXPECT_EQ(write("POST", "/", {{"x-a", "b"}}, no_body{}, {.host = "h", .title_case_fields = true}).text,
              "POST / HTTP/1.1\r\nHost: h\r\nUser-Agent: mint/0.1\r\nX-A: b\r\nContent-Length: 0\r\n\r\n");
    EXPECT_NE(write("POST", "/", {}, streamed_body{}, {.host = "h", .title_case_fields = true})
                  .text.find("\r\nTransfer-Encoding: chunked\r\n"),
              std::string::npos);
}

TEST(http1_request_writer, title_case_leaves_names_with_an_upper_case_letter_as_they_are) {
    const headers fields{{"x-ID", "1"}, {"a--b-", "2"}, {"-", "3"}, {"9x_y", "4"}, {"websockets-websocket", "5"}};
    EXPECT_EQ(write("GET", "/", fields, no_body{}, {.host = "h", .user_agent = "", .title_case_fields = true}).text,
              "GET / HTTP/1.1\r\nHost: h\r\nx-ID: 1\r\nA--B-: 2\r\n-: 3\r\n9x_y: 4\r\n"
              "Websockets-WebSocket: 5\r\n\r\n");
}

TEST(http1_request_writer, the_callers_fields_replace_its_own) {
    EXPECT_EQ(write("GET", "/", {{"User-Agent", "me"}, {"HOST", "example.org"}}, no_body{}, {.host = "h"}).text,
              "GET / HTTP/1.1\r\nUser-Agent: me\r\nHOST: example.org\r\n\r\n");
}

TEST(http1_request_writer, refuses_a_method_that_is_no_token_and_connect) {
    for (const char* bad : {"", "G T", "GET\r\n", "G\tT", "GET/", "CONNECT", "\xC3\x84"}) {
        EXPECT_EQ(write(bad, "/").refusal, errc::invalid_method) << bad;
    }
    EXPECT_EQ(write("purge", "/").text, "purge / HTTP/1.1\r\nhost: localhost:9000\r\n\r\n");
}

TEST(http1_request_writer, refuses_a_target_that_could_break_the_line) {
    for (const char* bad :
         {"", "no-slash", "/a b", "/a\r\nx: y", "/a\tb", "/x#frag", "/\xC3\xBC", "/a\x7F", "http://h/"}) {
        EXPECT_EQ(write("GET", bad).refusal, errc::invalid_request_target) << bad;
    }
    EXPECT_EQ(write("GET", std::string_view{"/\0", 2}).refusal, errc::invalid_request_target);
}

TEST(http1_request_writer, an_asterisk_is_for_options_only) {
    EXPECT_EQ(write("OPTIONS", "*").text, "OPTIONS * HTTP/1.1\r\nhost: localhost:9000\r\n\r\n");
    EXPECT_EQ(write("GET", "*").refusal, errc::invalid_request_target);
}

TEST(http1_request_writer, the_host_is_one_host_with_perhaps_a_port) {
    for (const char* bad : {"", "a b", "a\r\nb", "user@h", "h/p", "h:port", "h:123456", "::1", "[::1", "h:80:80"}) {
        EXPECT_EQ(write("GET", "/", {}, no_body{}, {.host = bad}).refusal, errc::invalid_host) << bad;
    }
    for (const char* good : {"h", "h:80", "127.0.0.1:1", "[::1]", "[::1]:65535", "a.example."}) {
        EXPECT_NE(write("GET", "/", {}, no_body{}, {.host = good}).text, "") << good;
    }
    EXPECT_EQ(write("GET", "/", {{"host", "a"}, {"host", "a"}}).refusal, errc::invalid_host);
    EXPECT_EQ(write("GET", "/", {{"host", "a b"}}).refusal, errc::invalid_host);
}

TEST(http1_request_writer, refuses_a_user_agent_that_could_break_the_line) {
    EXPECT_EQ(write("GET", "/", {}, no_body{}, {.host = "h", .user_agent = "a\r\nb: c"}).refusal,
              errc::invalid_field_value);
}

TEST(http1_request_writer, no_body_has_a_length_only_where_content_is_usual) {
    for (const char* method : {"POST", "PUT", "PATCH"}) {
        EXPECT_NE(write(method, "/").text.find("\r\ncontent-length: 0\r\n\r\n"), std::string::npos) << method;
    }
    for (const char* method : {"GET", "HEAD", "DELETE", "OPTIONS"}) {
        EXPECT_EQ(write(method, "/").text.find("content-length"), std::string::npos) << method;
    }
}

TEST(http1_request_writer, a_whole_body_has_its_length) {
    const written w = write("GET", "/", {}, whole_body{as_bytes("hello")});
    EXPECT_EQ(w.text, "GET / HTTP/1.1\r\nhost: localhost:9000\r\ncontent-length: 5\r\n\r\nhello");
    EXPECT_EQ(w.framing, (request_framing{.how = body_kind::length, .length = 5}));
    EXPECT_TRUE(write("GET", "/", {}, whole_body{}).text.ends_with("content-length: 0\r\n\r\n"));
}

TEST(http1_request_writer, a_whole_body_may_go_out_chunked) {
    EXPECT_TRUE(write("PUT", "/", {{"Transfer-Encoding", "Chunked"}}, whole_body{as_bytes("hello")})
                    .text.ends_with("\r\nTransfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"));
    EXPECT_TRUE(
        write("PUT", "/", {{"transfer-encoding", "chunked"}}, whole_body{}).text.ends_with("\r\n\r\n0\r\n\r\n"));
}

TEST(http1_request_writer, a_streamed_body_has_its_length_or_chunks) {
    const written known = write("PUT", "/", {}, streamed_body{.content_length = 18'446'744'073'709'551'615u});
    EXPECT_TRUE(known.text.ends_with("content-length: 18446744073709551615\r\n\r\n"));
    const written unknown = write("PUT", "/", {}, streamed_body{});
    EXPECT_TRUE(unknown.text.ends_with("transfer-encoding: chunked\r\n\r\n"));
    EXPECT_EQ(unknown.framing.how, body_kind::chunked);
}

TEST(http1_request_writer, the_callers_content_length_must_fit) {
    EXPECT_EQ(write("PUT", "/", {{"Content-Length", "2"}}, whole_body{as_bytes("hi")}).text,
              "PUT / HTTP/1.1\r\nhost: localhost:9000\r\nContent-Length: 2\r\n\r\nhi");
    EXPECT_EQ(write("PUT", "/", {{"content-length", "7"}}, streamed_body{}).framing,
              (request_framing{.how = body_kind::length, .length = 7}));
    EXPECT_EQ(refusal({{"content-length", "3"}}, whole_body{as_bytes("hi")}), errc::content_length_mismatch);
    EXPECT_EQ(refusal({{"content-length", "3"}}, no_body{}), errc::content_length_mismatch);
    EXPECT_EQ(refusal({{"content-length", "3"}}, streamed_body{.content_length = 2}), errc::content_length_mismatch);
    for (const char* bad : {"", "x", "-1", "+2", "2, 2", "0x2"}) {
        headers fields;
        ASSERT_TRUE(fields.append("content-length", bad));
        EXPECT_EQ(refusal(fields, streamed_body{}), errc::content_length_mismatch) << bad;
    }
    EXPECT_EQ(refusal({{"content-length", "2"}, {"content-length", "2"}}, whole_body{as_bytes("hi")}),
              errc::content_length_mismatch);
}

TEST(http1_request_writer, the_callers_transfer_encoding_must_be_chunked_and_fit) {
    for (const char* other : {"gzip", "gzip, chunked", "identity", ""}) {
        headers fields;
        ASSERT_TRUE(fields.append("transfer-encoding", other));
        EXPECT_EQ(refusal(fields, streamed_body{}), errc::reserved_field) << other;
    }
    const headers chunked{{"transfer-encoding", "chunked"}};
    EXPECT_EQ(refusal({{"transfer-encoding", "chunked"}, {"transfer-encoding", "chunked"}}, streamed_body{}),
              errc::reserved_field);
    EXPECT_EQ(refusal({{"transfer-encoding", "chunked"}, {"content-length", "1"}}, streamed_body{}),
              errc::content_length_mismatch);
    EXPECT_EQ(refusal(chunked, no_body{}), errc::content_length_mismatch);
    EXPECT_EQ(refusal(chunked, streamed_body{.content_length = 4}), errc::content_length_mismatch);
    EXPECT_EQ(write("PUT", "/", chunked, streamed_body{}).framing.how, body_kind::chunked);
}

struct connect_written {
    std::string text;
    errc refusal = errc::failed_already;  // where nothing was refused
};

connect_written write_tunnel(std::string_view authority, const headers& fields = {},
                             const client_options& options = plain_options) {
    buffer out;
    const auto result = write_connect(options, authority, fields, out);
    if (result) return {.text = std::string{out.text()}};
    EXPECT_TRUE(out.empty()) << "a refusal writes nothing";
    return {.text = {}, .refusal = result.error().code};
}

TEST(http1_connect_writer, writes_the_authority_as_target_and_host) {
    EXPECT_EQ(write_tunnel("[2001:db8::1]:443", {{"Proxy-Authorization", "x"}}, {.host = "other"}).text,
              "CONNECT [2001:db8::1]:443 HTTP/1.1\r\nhost: [2001:db8::1]:443\r\nuser-agent: mint/0.1\r\n"
              "Proxy-Authorization: x\r\n\r\n");
    EXPECT_EQ(write_tunnel("h:80", {}, {.host = "other", .user_agent = "", .title_case_fields = true}).text,
              "CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\n\r\n");
}

TEST(http1_connect_writer, the_callers_fields_replace_its_own) {
    EXPECT_EQ(write_tunnel("h:80", {{"HOST", "h"}, {"User-Agent", "me"}}, {.host = "other"}).text,
              "CONNECT h:80 HTTP/1.1\r\nHOST: h\r\nUser-Agent: me\r\n\r\n");
    EXPECT_EQ(write_tunnel("h:80", {{"host", "h"}, {"host", "h"}}).refusal, errc::invalid_host);
}

TEST(http1_connect_writer, fields_for_a_forwarding_proxy_are_not_its_own) {
    EXPECT_EQ(write_tunnel("h:80", {},
                           {.host = "h", .user_agent = "", .forward_prefix = "http://h", .proxy_fields = {{"a", "b"}}})
                  .text,
              "CONNECT h:80 HTTP/1.1\r\nhost: h:80\r\n\r\n");
}

TEST(http1_connect_writer, an_authority_has_a_host_and_a_port) {
    for (const char* bad : {"",       "h",     "h:",      ":80",     "h:0",       "h:65536",     "h:080x",
                            "h:+80",  "h: 80", "h:80 ",   "a b:80",  "a\r\nb:80", "user@h:80",   "h/p:80",
                            "::1:80", "[::1]", "[::1:80", "[::1]80", "h:80:80",   "http://h:80", "\xC3\xA4:80"}) {
        EXPECT_EQ(write_tunnel(bad).refusal, errc::invalid_host) << bad;
    }
    for (const char* good : {"h:1", "h:65535", "127.0.0.1:80", "[::1]:80", "a.example.:443"}) {
        EXPECT_TRUE(write_tunnel(good).text.starts_with("CONNECT " + std::string{good} + " HTTP/1.1\r\n")) << good;
    }
}

TEST(http1_connect_writer, has_no_content) {
    for (const char* name : {"content-length", "Transfer-Encoding"}) {
        headers fields;
        ASSERT_TRUE(fields.append(name, "0"));
        EXPECT_EQ(write_tunnel("h:80", fields).refusal, errc::reserved_field) << name;
    }
    EXPECT_EQ(write_tunnel("h:80", {}, {.host = "h", .user_agent = "a\r\nb: c"}).refusal, errc::invalid_field_value);
}

const client_options forwarding{.host = "example.org:8080",
                                .user_agent = "",
                                .forward_prefix = "http://example.org:8080",
                                .proxy_fields = {{"Proxy-Authorization", "Basic eA=="}, {"x", "y"}}};

std::string forward(std::string_view method, std::string_view target, const headers& fields = {},
                    const request_body& body = no_body{}) {
    return write(method, target, fields, body, forwarding).text;
}

TEST(http1_forwarding, targets_are_in_absolute_form_and_the_host_is_the_origins) {
    EXPECT_EQ(forward("GET", "/a?b", {{"c", "d"}}),
              "GET http://example.org:8080/a?b HTTP/1.1\r\nhost: example.org:8080\r\n"
              "Proxy-Authorization: Basic eA==\r\nx: y\r\nc: d\r\n\r\n");
    EXPECT_TRUE(forward("POST", "/", {}, whole_body{as_bytes("hi")}).ends_with("content-length: 2\r\n\r\nhi"));
}

TEST(http1_forwarding, an_asterisk_becomes_a_url_without_path) {
    EXPECT_TRUE(forward("OPTIONS", "*").starts_with("OPTIONS http://example.org:8080 HTTP/1.1\r\n"));
    EXPECT_TRUE(forward("OPTIONS", "/").starts_with("OPTIONS http://example.org:8080/ HTTP/1.1\r\n"));
}

TEST(http1_forwarding, the_requests_fields_replace_those_for_the_proxy) {
    EXPECT_EQ(forward("GET", "/", {{"proxy-authorization", "mine"}}),
              "GET http://example.org:8080/ HTTP/1.1\r\nhost: example.org:8080\r\nx: y\r\n"
              "proxy-authorization: mine\r\n\r\n");
    const client_options agent{.host = "h", .forward_prefix = "http://h", .proxy_fields = {{"User-Agent", "p"}}};
    EXPECT_EQ(write("GET", "/", {}, no_body{}, agent).text,
              "GET http://h/ HTTP/1.1\r\nhost: h\r\nUser-Agent: p\r\n\r\n");
}

TEST(http1_forwarding, without_a_prefix_nothing_is_for_a_proxy) {
    EXPECT_EQ(write("GET", "/", {}, no_body{},
                    {.host = "h", .user_agent = "", .proxy_fields = {{"Proxy-Authorization", "secret"}}})
                  .text,
              "GET / HTTP/1.1\r\nhost: h\r\n\r\n");
}

TEST(http1_forwarding, a_prefix_is_a_scheme_and_a_host) {
    for (const char* bad : {"example.org", "http://", "http://h/", "http://h/p", "http://a b", "http://h\r\nx: y",
                            "http://u@h", "https://h", "http://h:x", "http://::1"}) {
        EXPECT_EQ(write("GET", "/", {}, no_body{}, {.host = "h", .forward_prefix = bad}).refusal,
                  errc::invalid_request_target)
            << bad;
    }
    EXPECT_NE(write("GET", "/", {}, no_body{}, {.host = "h", .forward_prefix = "http://[::1]:80"}).text, "");
}

TEST(http1_forwarding, fields_for_the_proxy_frame_and_route_nothing) {
    for (const char* name : {"Connection", "content-length", "Host", "transfer-encoding", "upgrade"}) {
        client_options options{.host = "h", .forward_prefix = "http://h"};
        ASSERT_TRUE(options.proxy_fields.append(name, "x"));
        const written w = write("GET", "/", {}, no_body{}, options);
        EXPECT_EQ(w.refusal, errc::reserved_field) << name;
        EXPECT_NE(w.detail, "");
    }
}

TEST(http1_request_writer, refuses_each_trailer_that_is_needed_earlier) {
    for (const char* name : {"Transfer-Encoding", "content-length", "host", "te", "trailer", "cache-control", "expect",
                             "range", "if-match", "authorization", "cookie", "content-encoding", "content-type",
                             "content-range", "connection", "upgrade"}) {
        headers trailers;
        ASSERT_TRUE(trailers.append("fine", "x"));
        ASSERT_TRUE(trailers.append(name, "x"));
        buffer out;
        const auto result = write_last_chunk({}, trailers, out);
        ASSERT_FALSE(result) << name;
        EXPECT_EQ(result.error(), errc::forbidden_trailer);
        EXPECT_EQ(result.error().detail, name);
        EXPECT_TRUE(out.empty());
    }
}

}  // namespace
}  // namespace mint::http1::detail
