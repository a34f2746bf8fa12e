// Where a response ends (RFC 9112 §6.3), through the whole machine and in every split.
#include "support/http1_talk.hpp"

#include <mint/http1/client_machine.hpp>

#include <string>

#include <gtest/gtest.h>

namespace mint::http1 {
namespace {

using testing::gets;
using testing::one;
using testing::peer_end;
using testing::talk;

TEST(http1_framing, content_length) {
    EXPECT_EQ(talk(gets(1), "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
              "#1 status 200 OK\n#1 headers Content-Length: 5\n#1 data hello\n#1 done\n");
}

TEST(http1_framing, content_length_zero_has_no_data) {
    EXPECT_EQ(talk(gets(1), "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"),
              "#1 status 200 OK\n#1 headers content-length: 0\n#1 done\n");
}

TEST(http1_framing, equal_content_lengths_are_one) {
    EXPECT_EQ(talk(gets(1), "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 2, 2\r\n\r\nhi"),
              "#1 status 200 OK\n#1 headers content-length: 2 | content-length: 2, 2\n#1 data hi\n#1 done\n");
}

TEST(http1_framing, chunked) {
    EXPECT_EQ(talk(gets(1),
                   "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n"
                   "5\r\nhello\r\n00A\r\n, 10 octet\r\n1\r\n!\r\n0\r\n\r\n"),
              "#1 status 200 OK\n#1 headers Transfer-Encoding: Chunked\n#1 data hello, 10 octet!\n#1 done\n");
}

TEST(http1_framing, chunk_extensions_are_skipped) {
    EXPECT_EQ(talk(gets(1),
                   "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
                   "2;a\r\nab\r\n2 ; b=\"c;d\"\r\ncd\r\n0;last=1\r\n\r\n"),
              "#1 status 200 OK\n#1 headers transfer-encoding: chunked\n#1 data abcd\n#1 done\n");
}

TEST(http1_framing, trailers_are_second_headers) {
    EXPECT_EQ(
        talk(gets(1), "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nA: b\r\nc:\td \r\n\r\n"),
        "#1 status 200 OK\n#1 headers transfer-encoding: chunked\n#1 data x\n#1 headers A: b | c: d\n#1 done\n");
}

TEST(http1_framing, trailers_frame_nothing) {
    EXPECT_EQ(talk(gets(2),
                   "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\ncontent-length: 7\r\n\r\n"
                   "HTTP/1.1 204 \r\n\r\n"),
              "#1 status 200 OK\n#1 headers transfer-encoding: chunked\n#1 done\n"
              "#2 status 204 \n#2 headers\n#2 done\n");
}

TEST(http1_framing, a_coding_before_chunked_is_left_to_the_caller) {
    EXPECT_EQ(
        talk(gets(1), "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\ntransfer-encoding: ,chunked\r\n\r\n0\r\n\r\n"),
        "#1 status 200 OK\n#1 headers transfer-encoding: gzip | transfer-encoding: ,chunked\n#1 done\n");
}

TEST(http1_framing, without_any_length_content_runs_until_the_end) {
    EXPECT_EQ(talk(gets(2), "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 ", peer_end::ends),
              "#1 status 200 OK\n#1 headers\n#1 data HTTP/1.1 \n#1 done\n#2 error connection_closed\n");
}

TEST(http1_framing, http_1_0_content_runs_until_the_end_even_with_keep_alive) {
    EXPECT_EQ(talk(gets(1), "HTTP/1.0 200 OK\r\nconnection: keep-alive\r\n\r\nab", peer_end::ends),
              "#1 status 200 OK\n#1 headers connection: keep-alive\n#1 data ab\n#1 done\n");
}

TEST(http1_framing, an_answer_to_head_has_no_content) {
    for (const char* field : {"content-length: 1000", "transfer-encoding: chunked", "x: y"}) {
        EXPECT_EQ(talk(one("HEAD"), "HTTP/1.1 200 OK\r\n" + std::string{field} + "\r\n\r\n"),
                  "#1 status 200 OK\n#1 headers " + std::string{field} + "\n#1 done\n");
    }
}

TEST(http1_framing, status_204_and_304_have_no_content) {
    for (const char* status : {"204", "304"}) {
        EXPECT_EQ(talk(gets(1), "HTTP/1.1 " + std::string{status} + " x\r\ncontent-length: 9\r\n\r\n"),
                  "#1 status " + std::string{status} + " x\n#1 headers content-length: 9\n#1 done\n");
    }
}

TEST(http1_framing, status_205_is_framed_as_any_other) {
    EXPECT_EQ(talk(gets(1), "HTTP/1.1 205 x\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"),
              "#1 status 205 x\n#1 headers transfer-encoding: chunked\n#1 done\n");
}

TEST(http1_framing, interim_responses_come_before_the_final_one) {
    EXPECT_EQ(talk(gets(1),
                   "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 204 \r\n\r\n"),
              "#1 interim 100\n#1 interim 103 link: </a>\n#1 status 204 \n#1 headers\n#1 done\n");
}

TEST(http1_framing, an_interim_response_has_no_content_whatever_it_says) {
    EXPECT_EQ(talk(gets(1),
                   "HTTP/1.1 103 x\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\nContent-Length: z\r\n\r\n"
                   "HTTP/1.1 204 \r\n\r\n"),
              "#1 interim 103 content-length: 4 | transfer-encoding: chunked | Content-Length: z\n"
              "#1 status 204 \n#1 headers\n#1 done\n");
}

TEST(http1_framing, a_status_without_a_known_class_is_final) {
    EXPECT_EQ(talk(gets(1), "HTTP/1.1 999 x\r\ncontent-length: 0\r\n\r\n"),
              "#1 status 999 x\n#1 headers content-length: 0\n#1 done\n");
}

TEST(http1_framing, a_length_of_2_to_the_64_less_1_is_taken) {
    EXPECT_EQ(talk(gets(1), "HTTP/1.1 200 OK\r\ncontent-length: 18446744073709551615\r\n\r\nab"),
              "#1 status 200 OK\n#1 headers content-length: 18446744073709551615\n#1 data ab\n");
    EXPECT_EQ(talk(gets(1), "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\nab"),
              "#1 status 200 OK\n#1 headers transfer-encoding: chunked\n#1 data ab\n");
}

}  // namespace
}  // namespace mint::http1
