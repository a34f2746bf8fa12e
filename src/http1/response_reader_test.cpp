#include "http1/response_reader.hpp"

#include "support/response_transcript.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace mint::http1::detail {
namespace {

using progress = response_reader::progress;

const awaited_response plain_response{.ref = request_ref{1}};

TEST(http1_response_reader, leaves_what_follows_a_response) {
    response_reader reader{http_limits{}};
    byte_view input = as_bytes("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\naHTTP/1.1 ");
    std::vector<response> out;
    EXPECT_EQ(reader.read(plain_response, input, out), progress::complete);
    EXPECT_EQ(as_text(input), "HTTP/1.1 ");
    EXPECT_EQ(reader.offset(), 39u);
    EXPECT_TRUE(reader.keeps_alive());
}

TEST(http1_response_reader, knows_the_end_of_the_connection_before_that_of_the_response) {
    response_reader reader{http_limits{}};
    byte_view input = as_bytes("HTTP/1.1 200 OK\r\n\r\n");
    std::vector<response> out;
    EXPECT_FALSE(reader.is_in_content());
    EXPECT_EQ(reader.read(plain_response, input, out), progress::need_more);
    EXPECT_TRUE(reader.is_in_content());
    EXPECT_FALSE(reader.keeps_alive());
    EXPECT_TRUE(reader.end(plain_response, out));
    EXPECT_FALSE(reader.end(plain_response, out)) << "once";
}

TEST(http1_response_reader, an_end_elsewhere_completes_nothing) {
    response_reader reader{http_limits{}};
    std::vector<response> out;
    EXPECT_FALSE(reader.end(plain_response, out));
    byte_view input = as_bytes("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n");
    EXPECT_EQ(reader.read(plain_response, input, out), progress::need_more);
    EXPECT_FALSE(reader.end(plain_response, out));
}

TEST(http1_response_reader, stops_at_a_101_and_leaves_the_tunnels_octets) {
    response_reader reader{http_limits{}};
    byte_view input = as_bytes("HTTP/1.1 101 x\r\n\r\n\x82");
    std::vector<response> out;
    EXPECT_EQ(reader.read({.ref = request_ref{1}, .tunnel = tunnel_by::upgrade}, input, out), progress::tunnel);
    EXPECT_EQ(as_text(input), "\x82");
    testing::response_transcript transcript;
    transcript.add(out);
    EXPECT_EQ(transcript.text(), "#1 status 101 x\n#1 headers\n");
}

TEST(http1_response_reader, the_last_request_closes_whatever_its_answer_says) {
    response_reader reader{http_limits{}};
    byte_view input = as_bytes("HTTP/1.1 204 \r\n\r\n");
    std::vector<response> out;
    EXPECT_EQ(reader.read({.ref = request_ref{1}, .is_last = true}, input, out), progress::complete);
    EXPECT_FALSE(reader.keeps_alive());
}

TEST(http1_response_reader, drops_trailers_that_are_needed_before_the_content) {
    const auto read = [](std::string_view trailers) {
        const std::string octets =
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n" + std::string{trailers} + "\r\n";
        response_reader reader{http_limits{}};
        byte_view input = as_bytes(octets);
        std::vector<response> out;
        EXPECT_EQ(reader.read(plain_response, input, out), progress::complete);
        testing::response_transcript transcript;
        transcript.add(out);
        return transcript.text();
    };
    const std::string whole = "#1 status 200 OK\n#1 headers transfer-encoding: chunked\n#1 data x\n";
    EXPECT_EQ(read("Host: evil\r\nX-Sum: 1\r\nContent-Length: 7\r\ncontent-type: a/b\r\nvary: *\r\n"),
              whole + "#1 headers X-Sum: 1\n#1 done\n");
    EXPECT_EQ(read("content-type: a/b\r\n"), whole + "#1 done\n");
}

}  // namespace
}  // namespace mint::http1::detail
