#include "support/http2_talk.hpp"

#include <mint/http2/client_machine.hpp>

#include <string>

#include <gtest/gtest.h>

namespace mint::http2 {
namespace {

using mint::testing::h2::answer_of_1;
using mint::testing::h2::head_of_1;
using mint::testing::h2::next_answer;
using mint::testing::h2::next_is_answered;

using namespace testing;

/// The transcript of one request's server that breaks a rule of the connection behind its SETTINGS.
std::string fails_at_9(const std::string& code) { return "#1 error " + code + " @9\nfails " + code + " @9\n"; }

// Rules of the connection.

TEST(http2_connection_error, answers_every_request_keeps_what_came_before_and_repeats_itself) {
    http2_talk talk;
    talk.open(h2::settings({{h2::max_concurrent_streams, 2}}));
    for (int i = 0; i < 3; ++i) (void)talk.get();
    (void)talk.sent();
    EXPECT_EQ(talk.answer(head_of_1 + h2::data(1, "ab") + h2::ping("short")),
              answer_of_1 +
                  "#1 data ab\n#1 error invalid_frame_size @57\n#2 error invalid_frame_size @57\n"
                  "#3 error request_not_processed\nfails invalid_frame_size @57\n");
    EXPECT_EQ(talk.sent(), "GOAWAY 0 FRAME_SIZE_ERROR\n");
    EXPECT_TRUE(talk.machine.wants_close());
    EXPECT_EQ(talk.machine.open_request_count(), 0u);
    EXPECT_EQ(talk.answer(head_of_1), "fails invalid_frame_size @57\n");
    EXPECT_EQ(talk.end(), "fails invalid_frame_size @57\n");
    EXPECT_EQ(talk.sent(), "");
}

TEST(http2_connection_error, nothing_is_taken_behind_it) {
    http2_talk talk;
    talk.open();
    const request_ref ref = talk.open_websocket(1);
    (void)talk.answer(h2::ping("short"));
    EXPECT_EQ(talk.machine.request({.method = "GET", .target = "/", .fields = no_fields}, no_body{}).error(),
              errc::failed_already);
    EXPECT_EQ(talk.stream(ref, "x").error(), errc::request_body_not_streaming);
    EXPECT_EQ(talk.machine.ping().error(), errc::failed_already);
    EXPECT_EQ(talk.machine.put_settings({}).error(), errc::failed_already);
    EXPECT_TRUE(talk.machine.cancel_request(ref));
    EXPECT_TRUE(talk.machine.consumed(ref, 1));
    EXPECT_FALSE(talk.machine.set_window_size(100));
    EXPECT_FALSE(talk.machine.set_window_size(ref, 100));
    talk.machine.close();
    EXPECT_EQ(talk.machine.send_window(ref), 0u);
    EXPECT_EQ(talk.machine.receive_window(ref), 0u);
    EXPECT_FALSE(talk.machine.is_streaming(ref));
    EXPECT_FALSE(talk.machine.is_tunnel(ref));
}

TEST(http2_connection_error, a_peer_of_another_protocol_is_told_at_once) {
    for (const std::string_view octets :
         {"HTTP/1.1 400 Bad Request\r\n\r\n", "\x15\x03\x03\x00\x02\x02\x28", "SSH-2.0-x\r\n", "<html>"}) {
        EXPECT_EQ(talk_http2(http2_gets(1), octets), "#1 error not_http2\nfails not_http2\n");
    }
    EXPECT_EQ(talk_http2(http2_gets(1), "H"), "#1 error not_http2\nfails not_http2\n");
    EXPECT_EQ(talk_http2(http2_gets(1), h2::settings_ack()), "#1 error not_http2\nfails not_http2\n");
    EXPECT_EQ(talk_http2(http2_gets(1), head_of_1), "#1 error not_http2\nfails not_http2\n");
}

TEST(http2_connection_error, a_frame_over_the_maximum_is_refused_at_its_header) {
    EXPECT_EQ(talk_http2(http2_gets(1), h2::settings() + h2::frame_header(16'385, 0, 0, 1)),
              fails_at_9("invalid_frame_size"));
    EXPECT_EQ(talk_http2(http2_gets(1), h2::settings() + h2::frame_header(0xFF'FFFF, 0x77, 0, 0)),
              fails_at_9("invalid_frame_size"));
}

TEST(http2_connection_error, frames_have_the_sizes_of_their_types) {
    using h2::type;
    const std::string s = h2::settings();
    for (const std::string& frame :
         {h2::frame(type::priority, 0, 1, "1234"), h2::frame(type::rst_stream, 0, 1, "123"),
          h2::frame(type::settings, 0, 0, "12345"), h2::frame(type::settings, h2::ack, 0, "123456"),
          h2::frame(type::ping, 0, 0, "1234567"), h2::frame(type::goaway, 0, 0, "1234567"),
          h2::frame(type::window_update, 0, 0, "12345")}) {
        EXPECT_EQ(talk_http2(http2_gets(1), s + frame), fails_at_9("invalid_frame_size"));
    }
}

TEST(http2_connection_error, frames_belong_to_the_connection_or_to_a_stream) {
    using h2::type;
    const std::string s = h2::settings();
    const std::string eight = "12345678";
    for (const std::string& frame :
         {h2::data(0, "x"), h2::headers(0, {{":status", "200"}}), h2::frame(type::settings, 0, 1, ""),
          h2::frame(type::ping, 0, 1, eight), h2::frame(type::goaway, 0, 1, std::string(8, '\0'))}) {
        const std::string transcript = talk_http2(http2_gets(1), s + frame);
        EXPECT_TRUE(transcript == fails_at_9("invalid_frame") || transcript == fails_at_9("invalid_settings"))
            << transcript;
    }
}

TEST(http2_connection_error, settings_have_their_ranges) {
    const std::string s = h2::settings();
    for (const auto& [id, value] : {std::pair<std::uint16_t, std::uint32_t>{h2::enable_push, 2},
                                    {h2::enable_push, 1},
                                    {h2::initial_window_size, 0x8000'0000},
                                    {h2::max_frame_size, 16'383},
                                    {h2::max_frame_size, 1 << 24}}) {
        EXPECT_EQ(talk_http2(http2_gets(1), s + h2::settings({{id, value}})), fails_at_9("invalid_settings"));
    }
}

TEST(http2_connection_error, an_acknowledgement_answers_something) {
    EXPECT_EQ(talk_http2(http2_gets(1), h2::settings() + h2::settings_ack() + h2::settings_ack()),
              "#1 error invalid_settings @18\nfails invalid_settings @18\n");
}

TEST(http2_connection_error, streams_that_nobody_opened_get_no_frames) {
    for (const std::string& frame : {h2::data(3, "x"), h2::headers(3, {{":status", "200"}}), h2::data(2, "x"),
                                     h2::headers(2, {{":status", "200"}})}) {
        EXPECT_EQ(talk_http2(http2_gets(1), h2::settings() + frame), fails_at_9("invalid_frame"));
    }
}

TEST(http2_connection_error, nothing_follows_the_end_of_a_stream_that_we_have_not_ended) {
    const auto ask = [](http2_talk& talk) { (void)talk.put(); };
    const std::string ended = h2::settings() + h2::headers(1, {{":status", "200"}}, h2::end_stream);
    for (const std::string& frame : {h2::data(1, "x"), head_of_1}) {
        const std::string transcript = talk_http2(ask, ended + frame);
        EXPECT_TRUE(transcript.starts_with(answer_of_1 + "#1 done\nfails frame_on_closed_stream @")) << transcript;
    }
}

TEST(http2_connection_error, a_field_section_is_whole_and_hpack) {
    const std::string s = h2::settings();
    const auto open_section = h2::frame(h2::type::headers, 0, 1, h2::section({{":status", "200"}}));
    EXPECT_TRUE(talk_http2(http2_gets(1), s + open_section + h2::data(1, "x")).starts_with("#1 error invalid_frame @"));
    EXPECT_TRUE(talk_http2(http2_gets(1), s + open_section + h2::frame(h2::type::continuation, 4, 3, ""))
                    .starts_with("#1 error invalid_frame @"));
    EXPECT_EQ(talk_http2(http2_gets(1), s + h2::frame(h2::type::continuation, 4, 1, "")), fails_at_9("invalid_frame"));
    // Index 70 of a table that has 61, a string that ends too late, a table over what we allow.
    for (const std::string_view block : {std::string_view{"\xC6"}, std::string_view{"\0\x7F", 2},
                                         std::string_view{"\x3F\xE2\x7F"}, std::string_view{"\x80"}}) {
        EXPECT_EQ(talk_http2(http2_gets(1), s + h2::frame(h2::type::headers, h2::end_headers, 1, block)),
                  fails_at_9("header_compression_error"));
    }
}

TEST(http2_connection_error, padding_fits_into_its_frame) {
    EXPECT_EQ(talk_http2(http2_gets(1), h2::settings() + h2::frame(h2::type::headers, h2::padded | h2::end_headers, 1,
                                                                   "\x05"
                                                                   "ab")),
              fails_at_9("invalid_frame"));
    EXPECT_TRUE(talk_http2(http2_gets(1), h2::settings() + head_of_1 +
                                              h2::frame(h2::type::data, h2::padded, 1,
                                                        "\x05"
                                                        "ab"))
                    .starts_with(answer_of_1 + "#1 error invalid_frame @"));
}

TEST(http2_connection_error, a_push_that_was_refused_beforehand) {
    const std::string promise =
        h2::push_promise(1, 2, {{":method", "GET"}, {":scheme", "https"}, {":path", "/"}, {":authority", "h"}});
    EXPECT_EQ(talk_http2(http2_gets(1), h2::settings() + h2::settings_ack() + promise),
              "#1 error invalid_frame @18\nfails invalid_frame @18\n");
}

TEST(http2_connection_error, the_code_tells_the_server_what_was_wrong) {
    const auto sent_for = [](const std::string& frame) {
        http2_talk talk;
        talk.get();
        (void)talk.sent();
        (void)talk.answer(h2::settings() + frame);
        const std::string lines = talk.sent();
        return lines.substr(lines.find("GOAWAY"));
    };
    EXPECT_EQ(sent_for(h2::data(0, "x")), "GOAWAY 0 PROTOCOL_ERROR\n");
    EXPECT_EQ(sent_for(h2::ping("x")), "GOAWAY 0 FRAME_SIZE_ERROR\n");
    EXPECT_EQ(sent_for(h2::window_update(0, 0x7FFF'FFFF)), "GOAWAY 0 FLOW_CONTROL_ERROR\n");
    EXPECT_EQ(sent_for(h2::frame(h2::type::headers, h2::end_headers, 1, "\xC6")), "GOAWAY 0 COMPRESSION_ERROR\n");
}

// Rules of one response.

TEST(http2_malformed_response, ends_its_stream_alone) {
    http2_talk talk;
    talk.open();
    (void)talk.get();
    (void)talk.get();
    (void)talk.sent();
    EXPECT_EQ(talk.answer(h2::headers(1, {{":status", "200"}, {"Upper", "x"}}) + next_answer),
              "#1 error malformed_response\n" + next_is_answered);
    EXPECT_EQ(talk.sent(), "RST_STREAM #1 PROTOCOL_ERROR\n");
}

TEST(http2_malformed_response, has_bad_fields_in_any_section) {
    const std::string s = h2::settings();
    EXPECT_EQ(talk_http2(http2_gets(2), s + h2::headers(1, {{"a", "b"}}) + next_answer),
              "#1 error malformed_response\n" + next_is_answered);
    EXPECT_EQ(talk_http2(http2_gets(2), s + h2::headers(1, {{":status", "101"}}) + next_answer),
              "#1 error malformed_response\n" + next_is_answered);
    EXPECT_EQ(
        talk_http2(http2_gets(2), s + h2::headers(1, {{":status", "200"}, {"connection", "close"}}) + next_answer),
        "#1 error malformed_response\n" + next_is_answered);
    EXPECT_EQ(
        talk_http2(http2_gets(2), s + head_of_1 + h2::headers(1, {{":status", "200"}}, h2::end_stream) + next_answer),
        answer_of_1 + "#1 error malformed_response\n" + next_is_answered);
}

TEST(http2_malformed_response, has_trailers_that_end_nothing) {
    EXPECT_EQ(talk_http2(http2_gets(2), h2::settings() + head_of_1 + h2::headers(1, {{"a", "b"}}) + next_answer),
              answer_of_1 + "#1 error malformed_response\n" + next_is_answered);
}

TEST(http2_malformed_response, has_more_or_less_content_than_announced) {
    const std::string head = h2::settings() + h2::headers(1, {{":status", "200"}, {"content-length", "3"}});
    const std::string answer = "#1 status 200 \n#1 headers content-length: 3\n";
    EXPECT_EQ(talk_http2(http2_gets(2), head + h2::data(1, "abcd") + next_answer),
              answer + "#1 data abc\n#1 error malformed_response\n" + next_is_answered);
    EXPECT_EQ(talk_http2(http2_gets(2), head + h2::padded_data(1, "abcd", 9, h2::end_stream) + next_answer),
              answer + "#1 data abc\n#1 error malformed_response\n" + next_is_answered);
    EXPECT_EQ(talk_http2(http2_gets(2), head + h2::data(1, "ab", h2::end_stream) + next_answer),
              answer + "#1 data ab\n#1 error malformed_response\n" + next_is_answered);
    EXPECT_EQ(talk_http2(http2_gets(2), head + h2::data(1, "abc", h2::end_stream) + next_answer),
              answer + "#1 data abc\n#1 done\n" + next_is_answered);
}

TEST(http2_malformed_response, has_content_where_there_is_none) {
    EXPECT_EQ(talk_http2(http2_gets(2),
                         h2::settings() + h2::headers(1, {{":status", "204"}}) + h2::data(1, "x") + next_answer),
              "#1 status 204 \n#1 headers\n#1 error malformed_response\n" + next_is_answered);
    EXPECT_TRUE(talk_http2(http2_gets(2), h2::settings() + h2::data(1, "x") + next_answer)
                    .starts_with("#1 error invalid_frame @9\n"));
    EXPECT_EQ(talk_http2(http2_gets(2),
                         h2::settings() + h2::headers(1, {{":status", "100"}}) + h2::data(1, "x") + next_answer),
              "#1 interim 100\n#1 error malformed_response\n" + next_is_answered);
}

TEST(http2_malformed_response, ends_before_its_final_status) {
    EXPECT_EQ(
        talk_http2(http2_gets(2), h2::settings() + h2::headers(1, {{":status", "103"}}, h2::end_stream) + next_answer),
        "#1 error malformed_response\n" + next_is_answered);
    EXPECT_EQ(talk_http2(http2_gets(2), h2::settings() + h2::headers(1, {{":status", "103"}}) +
                                            h2::data(1, "", h2::end_stream) + next_answer),
              "#1 interim 103\n#1 error malformed_response\n" + next_is_answered);
}

}  // namespace
}  // namespace mint::http2
