// What a peer may not send: each rule with its errc and the offset of the broken octet or line, in every split.
#include "support/http1_talk.hpp"

#include <mint/http1/client_machine.hpp>

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace mint::http1 {
namespace {

using testing::ask_upgrade;
using testing::fails;
using testing::get;
using testing::gets;
using testing::no_fields;
using testing::peer_end;
using testing::talk;

std::string answer(const std::string& octets) { return talk(gets(1), octets); }

/// An answer with this field line, which starts at octet 17.
std::string with_line(const std::string& line) { return answer("HTTP/1.1 200 OK\r\n" + line + "\r\n\r\n"); }

/// The transcript of a chunked answer, whose content starts at octet 45.
std::string chunked(const std::string& content) {
    const std::string all = answer("HTTP/1.1 200 OK\r\nTransfer-encoding:chunked\r\n\r\n" + content);
    const std::string head = "#1 status 200 OK\n#1 headers Transfer-encoding: chunked\n";
    EXPECT_TRUE(all.starts_with(head)) << all;
    return all.substr(head.size());
}

TEST(http1_errors, a_status_line_must_be_one) {
    for (const char* bad : {"HTTP/1.1 20 OK\r\n", "HTTP/1.1 2000 OK\r\n", "HTTP/1.1  200 OK\r\n", "HTTP/1.1 2x0 OK\r\n",
                            "HTTP/1.1 099 OK\r\n", "HTTP/1.1\t200 OK\r\n", "HTTP/1.1 \r\n", "HTTP/1.1\r\n",
                            "HTTP/x.1 200 OK\r\n", "HTTP/ 200 OK\r\n", "HTTP/1.1 +20 OK\r\n", "HTTP/1.1 -20 OK\r\n"}) {
        EXPECT_EQ(answer(bad), fails("invalid_status_line")) << bad;
    }
}

TEST(http1_errors, a_reason_has_no_controls) {
    const std::string nul{"HTTP/1.1 200 a\0b\r\n\r\n", 20};
    EXPECT_EQ(answer(nul), fails("invalid_status_line"));
    EXPECT_EQ(answer("HTTP/1.1 200 a\x7F\r\n\r\n"), fails("invalid_status_line"));
}

TEST(http1_errors, a_peer_that_speaks_something_else_is_found_out_at_once) {
    EXPECT_EQ(answer("SSH-2.0-x"), fails("invalid_status_line"));
    EXPECT_EQ(answer("HTTPS"), fails("invalid_status_line @4"));
    EXPECT_EQ(answer("http/1.1 200 OK"), fails("invalid_status_line"));
    EXPECT_EQ(answer("\x15\x03\x01"), fails("invalid_status_line"));
    EXPECT_EQ(answer("\r\nHTTP/1.1 200 OK\r\n\r\n"), fails("invalid_status_line"));
}

TEST(http1_errors, only_http_1_0_and_1_1_are_known) {
    for (const char* version : {"HTTP/0.9", "HTTP/1.2", "HTTP/2.0", "HTTP/2", "HTTP/3.0", "HTTP/9.9"}) {
        EXPECT_EQ(answer(version + std::string{" 200 OK\r\n"}), fails("unsupported_http_version")) << version;
    }
}

TEST(http1_errors, lines_end_with_crlf) {
    EXPECT_EQ(answer("HTTP/1.1 200 OK\n"), fails("invalid_line_end @15"));
    EXPECT_EQ(with_line("a: b\nc: d"), fails("invalid_line_end @21"));
    EXPECT_EQ(with_line("a: b\rc: d"), fails("invalid_line_end @21"));
    EXPECT_EQ(with_line("a: b\r"), fails("invalid_line_end @21"));
    EXPECT_EQ(answer("HTTP/1.1 200 OK\r\na: b\r\n\n"), fails("invalid_line_end @23"));
    EXPECT_EQ(answer("HTTP/1.1 200 O\rK\r\n"), fails("invalid_line_end @14"));
}

TEST(http1_errors, a_folded_line_belongs_to_a_field) {
    EXPECT_EQ(with_line(" a: b"), fails("invalid_field_line @17"));
    EXPECT_EQ(with_line("\ta: b\r\nc: d"), fails("invalid_field_line @17"));
    EXPECT_EQ(with_line(" "), fails("invalid_field_line @17"));
    EXPECT_EQ(with_line("a\r\n : b"), fails("invalid_field_line @17"));
    EXPECT_EQ(with_line("a\r\n b: c"), fails("invalid_field_line @17"));
    EXPECT_EQ(with_line("a: b\r\n c\r\nd e: f"), fails("invalid_field_line @27")) << "offsets are the wire's";
    EXPECT_EQ(with_line("content-length: 1\r\n 2"), fails("invalid_content_length @17"));
    EXPECT_EQ(with_line("a: b\r\n c\x01"), fails("invalid_field_line @17"));
    EXPECT_EQ(with_line("a: b\n c"), fails("invalid_line_end @21"));
    EXPECT_EQ(with_line("a: b\r\n c\n d"), fails("invalid_line_end @25"));
}

TEST(http1_errors, a_field_line_has_a_token_and_a_colon) {
    for (const char* bad : {"no colon", ": b", "a : b", "a\t: b", "a b: c", "\xC3\xA4: b", "a(): b", "a\x01: b", "a"}) {
        EXPECT_EQ(with_line(bad), fails("invalid_field_line @17")) << bad;
    }
    EXPECT_EQ(with_line("a: b\r\nc"), fails("invalid_field_line @23"));
}

TEST(http1_errors, a_field_value_has_no_controls) {
    const std::string nul{"a: b\0c", 6};
    EXPECT_EQ(with_line(nul), fails("invalid_field_line @17"));
    EXPECT_EQ(with_line("a: b\x7F"), fails("invalid_field_line @17"));
    EXPECT_EQ(with_line("a: \x1B[0m"), fails("invalid_field_line @17"));
}

TEST(http1_errors, octets_over_127_and_blanks_in_a_value_are_kept) {
    EXPECT_EQ(with_line("content-length: 0\r\na: \t\xE4 \t b\t "),
              "#1 status 200 OK\n#1 headers content-length: 0 | a: \xE4 \t b\n#1 done\n");
    EXPECT_EQ(with_line("content-length: 0\r\na:"), "#1 status 200 OK\n#1 headers content-length: 0 | a: \n#1 done\n");
}

TEST(http1_errors, a_content_length_is_one_number) {
    for (const char* bad : {"", "-1", "+1", "0x5", "5 5", "5,", ",5", "5,,5", "5;5", "5.0", "abc", "\"5\"", "5, 6",
                            "18446744073709551616", "99999999999999999999999"}) {
        EXPECT_EQ(with_line("content-length: " + std::string{bad}), fails("invalid_content_length @17")) << bad;
    }
    EXPECT_EQ(with_line("content-length: 5\r\ncontent-length: 6"), fails("invalid_content_length @36"));
}

TEST(http1_errors, content_length_and_transfer_encoding_exclude_each_other) {
    EXPECT_EQ(with_line("content-length: 5\r\ntransfer-encoding: chunked"), fails("invalid_transfer_encoding @36"));
    EXPECT_EQ(with_line("transfer-encoding: chunked\r\ncontent-length: 5"), fails("invalid_transfer_encoding @45"));
    EXPECT_EQ(talk(testing::one("HEAD"), "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: x\r\n\r\n"),
              fails("invalid_transfer_encoding @36"));
}

TEST(http1_errors, chunked_is_the_last_coding_and_stands_once) {
    for (const char* bad : {"", "gzip", "chunked, gzip", "chunked, chunked", "gzip, chunked, chunked", "chunked;a=b",
                            "identity", "xchunked", "chunked chunked", "\"chunked\""}) {
        const std::string result = with_line("transfer-encoding: " + std::string{bad});
        EXPECT_EQ(result, fails("invalid_transfer_encoding")) << bad;
    }
    EXPECT_EQ(with_line("transfer-encoding: chunked\r\ntransfer-encoding: chunked"),
              fails("invalid_transfer_encoding @45"));
    EXPECT_EQ(with_line("transfer-encoding: chunked\r\ntransfer-encoding: gzip"),
              fails("invalid_transfer_encoding @45"));
}

TEST(http1_errors, http_1_0_has_no_transfer_encoding) {
    EXPECT_EQ(answer("HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"), fails("invalid_transfer_encoding"));
}

TEST(http1_errors, a_chunk_size_is_hexadecimal_and_fits_64_bits) {
    EXPECT_EQ(chunked("x\r\n"), fails("invalid_chunk @46"));
    EXPECT_EQ(chunked("\r\n"), fails("invalid_chunk @46"));
    EXPECT_EQ(chunked("-1\r\n"), fails("invalid_chunk @46"));
    EXPECT_EQ(chunked(" 1\r\n"), fails("invalid_chunk @46"));
    EXPECT_EQ(chunked("0x1\r\n"), fails("invalid_chunk @47"));
    EXPECT_EQ(chunked("1g\r\n"), fails("invalid_chunk @47"));
    EXPECT_EQ(chunked("1 \r\n"), fails("invalid_chunk @48"));
    EXPECT_EQ(chunked("1 x\r\n"), fails("invalid_chunk @48"));
    EXPECT_EQ(chunked("10000000000000000\r\n"), fails("invalid_chunk @62"));
    EXPECT_EQ(chunked("1;a\x01\r\n"), fails("invalid_chunk @49"));
}

TEST(http1_errors, chunk_lines_end_with_crlf) {
    EXPECT_EQ(chunked("1\nx\r\n"), fails("invalid_line_end @47"));
    EXPECT_EQ(chunked("1\rx\r\n"), fails("invalid_line_end @48"));
    EXPECT_EQ(chunked("1;a\nx\r\n"), fails("invalid_line_end @49"));
    EXPECT_EQ(chunked("1\r\nx\n"), "#1 data x\n" + fails("invalid_line_end @50"));
    EXPECT_EQ(chunked("1\r\nx\rx"), "#1 data x\n" + fails("invalid_line_end @51"));
    EXPECT_EQ(chunked("0\r\na: b\n"), fails("invalid_line_end @53"));
}

TEST(http1_errors, a_chunk_is_as_long_as_its_size) {
    EXPECT_EQ(chunked("1\r\nxy\r\n"), "#1 data x\n" + fails("invalid_chunk @50"));
}

TEST(http1_errors, chunk_extensions_are_bounded) {
    EXPECT_EQ(chunked("1;" + std::string(4093, 'e') + "\r\nx\r\n"), "#1 data x\n");
    EXPECT_EQ(chunked("1;" + std::string(4095, 'e')), fails("invalid_chunk @4142"));
    EXPECT_EQ(chunked(std::string(4097, '0')), fails("invalid_chunk @4142"));
}

TEST(http1_errors, chunk_extensions_are_bounded_over_the_whole_content) {
    const auto decode = [](std::size_t extension_size, std::size_t content_size) {
        client_machine machine{{.host = "h"}};
        buffer sent;
        gets(1)(machine, sent);
        std::vector<response> out;
        EXPECT_TRUE(machine.receive(as_bytes("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"), out));
        char size[17];
        std::snprintf(size, sizeof size, "%zx", content_size);
        const std::string chunk = std::string{size} + ";" + std::string(extension_size, 'e') + "\r\n" +
                                  std::string(content_size, 'x') + "\r\n";
        for (int count = 0; count < 1000; ++count) {
            out.clear();
            const auto received = machine.receive(as_bytes(chunk), out);
            if (received) continue;
            EXPECT_EQ(received.error(), errc::invalid_chunk);
            return count;
        }
        return -1;
    };
    EXPECT_EQ(decode(4000, 1), 4);
    EXPECT_EQ(decode(100, 200), -1) << "signed chunks of any number";
    EXPECT_EQ(decode(20, 1), -1) << "small ones";
}

TEST(http1_errors, trailers_are_field_lines) {
    EXPECT_EQ(chunked("0\r\na: b\r\nbad\r\n\r\n"), fails("invalid_field_line @55"));
    EXPECT_EQ(chunked("0\r\n a: b\r\n\r\n"), fails("invalid_field_line @49"));
}

TEST(http1_errors, octets_that_answer_no_request_are_unexpected) {
    EXPECT_EQ(talk(gets(0), "H"), "fails unexpected_data\n");
    EXPECT_EQ(answer("HTTP/1.1 204 \r\n\r\n\r\n"), "#1 status 204 \n#1 headers\n#1 done\nfails unexpected_data @17\n");
}

TEST(http1_errors, a_101_that_nobody_asked_for) {
    EXPECT_EQ(answer("HTTP/1.1 101 x\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n"), fails("unexpected_data"));
    EXPECT_EQ(talk(ask_upgrade, "HTTP/1.0 101 x\r\n\r\n"), fails("unsupported_http_version"));
}

TEST(http1_errors, the_end_inside_a_header_section_or_before_it) {
    EXPECT_EQ(talk(gets(2), "", peer_end::ends),
              "#1 error headers_cut_short\n#2 error connection_closed\nfails headers_cut_short\n");
    EXPECT_EQ(talk(gets(1), "HTTP/1.1 200 OK\r\na: b\r\n", peer_end::ends), fails("headers_cut_short @23"));
    EXPECT_EQ(talk(gets(1), "HTTP/1.1 100 x\r\n\r\n", peer_end::ends),
              "#1 interim 100\n" + fails("headers_cut_short @18"));
}

TEST(http1_errors, the_end_inside_content) {
    const std::string head = "#1 status 200 OK\n#1 headers ";
    EXPECT_EQ(talk(gets(2), "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nab", peer_end::ends),
              head +
                  "content-length: 3\n#1 data ab\n#1 error body_cut_short @40\n#2 error connection_closed\n"
                  "fails body_cut_short @40\n");
    for (const char* content : {"", "5", "5\r\n", "0\r\n", "0\r\na: b\r\n"}) {
        const std::string result = talk(
            gets(1), "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + std::string{content}, peer_end::ends);
        EXPECT_TRUE(result.find("fails body_cut_short @") != std::string::npos) << content << result;
        EXPECT_EQ(result.find("done"), std::string::npos);
    }
}

TEST(http1_errors, what_came_before_is_delivered_and_the_rest_fails) {
    EXPECT_EQ(talk(gets(3), "HTTP/1.1 204 \r\n\r\nHTTP/1.1 2x0 OK\r\n"),
              "#1 status 204 \n#1 headers\n#1 done\n"
              "#2 error invalid_status_line @17\n#3 error connection_closed\nfails invalid_status_line @17\n");
}

TEST(http1_errors, a_failed_machine_repeats_its_error_and_takes_no_request) {
    client_machine machine{{.host = "h"}};
    buffer sent;
    ASSERT_TRUE(machine.request(get, no_body{}, sent));
    std::vector<response> out;
    EXPECT_EQ(machine.receive(as_bytes("x"), out).error(), errc::invalid_status_line);
    out.clear();
    EXPECT_EQ(machine.receive(as_bytes("HTTP/1.1 204 \r\n\r\n"), out).error(), errc::invalid_status_line);
    EXPECT_EQ(machine.receive_eof(out).error(), errc::invalid_status_line);
    EXPECT_TRUE(out.empty());
    EXPECT_EQ(machine.request(get, no_body{}, sent).error(), errc::failed_already);
    EXPECT_EQ(machine.stream_request_body(request_ref{1}, byte_view{}, sent).error(), errc::connection_closed);
    EXPECT_TRUE(machine.wants_close());
    EXPECT_EQ(machine.open_request_count(), 0u);
}

}  // namespace
}  // namespace mint::http1
