// What servers send against the letter, and a user agent reads all the same, in every split.
#include "support/http1_talk.hpp"

#include <mint/http1/client_machine.hpp>

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace mint::http1 {
namespace {

using testing::ask_connect;
using testing::ask_upgrade;
using testing::gets;
using testing::peer_end;
using testing::talk;

/// A refusal with these field lines and the content `ab`, until the end.
std::string refused(const std::string& lines, peer_end end = peer_end::ends) {
    return talk(ask_upgrade, "HTTP/1.1 403 no\r\n" + lines + "\r\n\r\nab", end);
}

TEST(http1_status_without_reason, needs_no_blank_after_the_code) {
    EXPECT_EQ(talk(gets(1), "HTTP/1.1 200\r\ncontent-length: 0\r\n\r\n"),
              "#1 status 200 \n#1 headers content-length: 0\n#1 done\n");
    EXPECT_EQ(talk(gets(1), "HTTP/1.1 100\r\n\r\nHTTP/1.0 401\r\n\r\n", peer_end::ends),
              "#1 interim 100\n#1 status 401 \n#1 headers\n#1 done\n");
    EXPECT_EQ(talk(ask_upgrade, "HTTP/1.1 101\r\na: b\r\n\r\nx"), "#1 status 101 \n#1 headers a: b\n#1 data x\n");
    EXPECT_EQ(talk(ask_connect, "HTTP/1.0 200\r\n\r\nx"), "#1 status 200 \n#1 headers\n#1 data x\n");
    EXPECT_EQ(talk(ask_connect, "HTTP/1.1 407\r\ncontent-length: 0\r\n\r\n"),
              "#1 status 407 \n#1 headers content-length: 0\n#1 done\n");
}

TEST(http1_folded_field, has_a_blank_in_place_of_each_fold) {
    const std::string end = "\r\ncontent-length: 0\r\n\r\n";
    const std::string rest = " | content-length: 0\n#1 done\n";
    const auto read = [&](const std::string& lines) { return talk(gets(1), "HTTP/1.1 200 OK\r\n" + lines + end); };
    const std::string head = "#1 status 200 OK\n#1 headers ";
    EXPECT_EQ(read("X-Info: a,\r\n b"), head + "X-Info: a, b" + rest);
    EXPECT_EQ(read("a: b \t\r\n \t c\t\r\n\td"), head + "a: b c d" + rest);
    EXPECT_EQ(read("a:\r\n b"), head + "a: b" + rest);
    EXPECT_EQ(read("a: b\r\n "), head + "a: b" + rest) << "a fold of blanks alone";
    EXPECT_EQ(read("a:\r\n \r\n\t\r\nc: d"), head + "a:  | c: d" + rest);
    EXPECT_EQ(read("a: b\r\n \r\n c\r\nd: e"), head + "a: b c | d: e" + rest);
}

TEST(http1_folded_field, is_read_wherever_fields_stand) {
    EXPECT_EQ(talk(ask_upgrade, "HTTP/1.1 101 x\r\na: b\r\n c\r\n\r\nx"),
              "#1 status 101 x\n#1 headers a: b c\n#1 data x\n");
    EXPECT_EQ(talk(ask_connect, "HTTP/1.1 200 x\r\na: b\r\n c\r\n\r\nx"),
              "#1 status 200 x\n#1 headers a: b c\n#1 data x\n");
    EXPECT_EQ(talk(gets(1), "HTTP/1.1 103 x\r\na: b\r\n c\r\n\r\n"), "#1 interim 103 a: b c\n");
    EXPECT_EQ(talk(gets(1), "HTTP/1.1 200 OK\r\ntransfer-encoding:\r\n chunked\r\n\r\n0\r\na: b\r\n c\r\n\r\n"),
              "#1 status 200 OK\n#1 headers transfer-encoding: chunked\n#1 headers a: b c\n#1 done\n");
}

TEST(http1_refusal, with_another_coding_than_chunked_runs_until_the_end) {
    for (const std::string coding : {"identity", "gzip", "chunked, gzip", "xchunked"}) {
        EXPECT_EQ(refused("transfer-encoding: " + coding),
                  "#1 status 403 no\n#1 headers transfer-encoding: " + coding + "\n#1 data ab\n#1 done\n");
    }
    EXPECT_EQ(talk(gets(1), "HTTP/1.1 404 x\r\ntransfer-encoding: identity\r\n\r\nab", peer_end::ends),
              "#1 status 404 x\n#1 headers transfer-encoding: identity\n#1 data ab\n#1 done\n");
    EXPECT_EQ(talk(ask_connect, "HTTP/1.1 407 x\r\ntransfer-encoding: gzip\r\n\r\nab", peer_end::ends),
              "#1 status 407 x\n#1 headers transfer-encoding: gzip\n#1 data ab\n#1 done\n");
}

TEST(http1_refusal, comes_before_what_is_broken_about_its_framing) {
    const auto after = [](const std::string& fields, const std::string& how) {
        return "#1 status 403 no\n#1 headers " + fields + "\n#1 error " + how + "\nfails " + how + "\n";
    };
    EXPECT_EQ(refused("content-length: 5\r\ncontent-length: 6"),
              after("content-length: 5 | content-length: 6", "invalid_content_length @36"));
    for (const std::string length : {"", "-1", "x", "5, 6", "18446744073709551616"}) {
        EXPECT_EQ(refused("content-length: " + length),
                  after("content-length: " + length, "invalid_content_length @17"));
    }
    EXPECT_EQ(refused("content-length: 5\r\ntransfer-encoding: chunked"),
              after("content-length: 5 | transfer-encoding: chunked", "invalid_transfer_encoding @36"));
    EXPECT_EQ(refused("transfer-encoding: chunked\r\ntransfer-encoding: chunked"),
              after("transfer-encoding: chunked | transfer-encoding: chunked", "invalid_transfer_encoding @45"));
    EXPECT_EQ(talk(ask_upgrade, "HTTP/1.0 503 x\r\ntransfer-encoding: chunked\r\n\r\n"),
              "#1 status 503 x\n#1 headers transfer-encoding: chunked\n#1 error invalid_transfer_encoding @16\n"
              "fails invalid_transfer_encoding @16\n");
    EXPECT_EQ(talk(ask_upgrade, "HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n"),
              "#1 status 200 OK\n#1 headers content-length: x\n#1 error invalid_content_length @17\n"
              "fails invalid_content_length @17\n")
        << "an upgrade that is answered by anything else is refused";
}

}  // namespace
}  // namespace mint::http1
