#include "support/http2_talk.hpp"

#include <mint/http2/client_machine.hpp>

#include <string>
#include <type_traits>
#include <utility>

#include <gtest/gtest.h>

namespace mint::http2 {
namespace {

using mint::testing::h2::head_of_1;

using namespace testing;

static_assert(std::is_nothrow_move_constructible_v<client_machine>);
static_assert(std::is_nothrow_move_assignable_v<client_machine>);
static_assert(!std::is_copy_constructible_v<client_machine>);

TEST(http2_client_machine, starts_with_the_preface_and_its_settings) {
    http2_talk talk;
    EXPECT_TRUE(talk.machine.wants_write());
    EXPECT_EQ(talk.sent(),
              "PREFACE\n"
              "SETTINGS 4=1048576 5=16384 6=65536 2=0\n"
              "WINDOW_UPDATE #0 16711681\n");
    EXPECT_FALSE(talk.machine.wants_write());
}

TEST(http2_client_machine, brings_options_into_their_range) {
    http2_talk talk{{.authority = "h",
                     .connection = {.initial_window_size = 0xFFFF'FFFF,
                                    .connection_window_size = 0,
                                    .max_frame_size = 1,
                                    .accepts_push = true,
                                    .max_pushed_stream_count = 7}}};
    EXPECT_EQ(talk.sent(), "PREFACE\nSETTINGS 4=2147483647 5=16384 6=65536 3=7\n");
}

TEST(http2_client_machine, a_request_goes_out_before_the_servers_settings) {
    http2_talk talk;
    (void)talk.sent();
    talk.get("/a?b");
    EXPECT_EQ(talk.sent(),
              "HEADERS #1 end | :method: GET | :scheme: https | :path: /a?b | :authority: h | user-agent: mint/0.1\n");
    EXPECT_EQ(talk.machine.open_request_count(), 1u);
}

TEST(http2_client_machine, the_servers_settings_are_acknowledged) {
    http2_talk talk;
    (void)talk.sent();
    EXPECT_EQ(talk.answer(h2::settings({{h2::max_concurrent_streams, 10}})), "");
    EXPECT_EQ(talk.sent(), "SETTINGS ack\n");
}

TEST(http2_client_machine, a_response_is_status_headers_data_and_done) {
    EXPECT_EQ(talk_http2(http2_gets(1), h2::settings() + h2::headers(1, {{":status", "200"}, {"a", "b"}}) +
                                            h2::data(1, "hel") + h2::data(1, "lo", h2::end_stream)),
              "#1 status 200 \n#1 headers a: b\n#1 data hello\n#1 done\n");
}

TEST(http2_client_machine, responses_of_several_streams_interleave) {
    EXPECT_EQ(talk_http2(http2_gets(2), h2::settings() + h2::headers(3, {{":status", "200"}}) +
                                            h2::headers(1, {{":status", "404"}}) + h2::data(1, "one") +
                                            h2::data(3, "two", h2::end_stream) + h2::data(1, "", h2::end_stream)),
              "#2 status 200 \n#2 headers\n#1 status 404 \n#1 headers\n#1 data one\n#2 data two\n#2 done\n#1 done\n");
}

TEST(http2_client_machine, a_response_may_be_its_fields_alone) {
    EXPECT_EQ(talk_http2(http2_gets(1), h2::settings() + h2::headers(1, {{":status", "304"}, {"content-length", "9"}},
                                                                     h2::end_stream)),
              "#1 status 304 \n#1 headers content-length: 9\n#1 done\n");
}

TEST(http2_client_machine, interim_responses_come_before_the_final_one) {
    EXPECT_EQ(talk_http2(http2_gets(1), h2::settings() + h2::headers(1, {{":status", "103"}, {"link", "a"}}) +
                                            h2::headers(1, {{":status", "100"}}) + head_of_1 +
                                            h2::data(1, "x", h2::end_stream)),
              "#1 interim 103 link: a\n#1 interim 100\n#1 status 200 \n#1 headers\n#1 data x\n#1 done\n");
}

TEST(http2_client_machine, trailers_are_a_second_field_section) {
    EXPECT_EQ(talk_http2(http2_gets(1), h2::settings() + head_of_1 + h2::data(1, "x") +
                                            h2::headers(1, {{"sum", "1"}}, h2::end_stream)),
              "#1 status 200 \n#1 headers\n#1 data x\n#1 headers sum: 1\n#1 done\n");
}

TEST(http2_client_machine, an_answer_to_head_has_a_length_and_no_content) {
    const auto ask = [](http2_talk& talk) {
        EXPECT_TRUE(talk.machine.request({.method = "HEAD", .target = "/", .fields = no_fields}, no_body{}));
    };
    EXPECT_EQ(talk_http2(
                  ask, h2::settings() + h2::headers(1, {{":status", "200"}, {"content-length", "10"}}, h2::end_stream)),
              "#1 status 200 \n#1 headers content-length: 10\n#1 done\n");
}

TEST(http2_client_machine, padding_is_no_content) {
    EXPECT_EQ(talk_http2(http2_gets(1), h2::settings() + head_of_1 + h2::padded_data(1, "abc", 200) +
                                            h2::padded_data(1, "", 0) + h2::padded_data(1, "d", 1, h2::end_stream)),
              "#1 status 200 \n#1 headers\n#1 data abcd\n#1 done\n");
}

TEST(http2_client_machine, data_views_the_input) {
    http2_talk talk;
    talk.get();
    const std::string input = h2::settings() + head_of_1 + h2::data(1, "hello");
    std::vector<response> out;
    ASSERT_TRUE(talk.machine.receive(as_bytes(input), out));
    const auto& data = std::get<responses::data>(out.back());
    EXPECT_EQ(as_text(data.bytes).data(), input.data() + input.size() - 5);
}

TEST(http2_client_machine, unknown_frames_settings_and_flags_are_ignored) {
    EXPECT_EQ(talk_http2(http2_gets(1), h2::settings({{0x99, 5}}) + h2::frame_header(3, 0x77, 0xFF, 1) + "abc" +
                                            h2::frame_header(3, 0x0A, 0, 0) + "abc" + head_of_1 +
                                            h2::frame(h2::type::priority, 0, 1, std::string_view{"\0\0\0\0\x10", 5}) +
                                            h2::data(1, "x", 0xF1 & ~h2::padded)),
              "#1 status 200 \n#1 headers\n#1 data x\n#1 done\n");
}

TEST(http2_client_machine, a_ping_is_answered) {
    http2_talk talk;
    talk.open();
    EXPECT_EQ(talk.answer(h2::ping("12345678")), "");
    EXPECT_EQ(talk.sent(), "PING ack 12345678\n");
}

TEST(http2_client_machine, our_pings_are_answered_by_pongs_with_their_refs) {
    http2_talk talk;
    talk.open();
    const request_ref first = talk.machine.ping().value();
    const std::array<std::byte, 8> payload{std::byte{'a'}, std::byte{'b'}, std::byte{'c'}, std::byte{'d'},
                                           std::byte{'e'}, std::byte{'f'}, std::byte{'g'}, std::byte{'h'}};
    const request_ref second = talk.machine.ping(payload).value();
    EXPECT_NE(first, second);
    EXPECT_NE(talk.sent().find("PING abcdefgh\n"), std::string::npos);
    EXPECT_EQ(talk.answer(h2::ping("abcdefgh", h2::ack)), "#2 pong\n");
    EXPECT_EQ(talk.answer(h2::ping("abcdefgh", h2::ack)), "");  // nobody asked
    EXPECT_EQ(talk.answer(h2::ping({"\0\0\0\0\0\0\0\1", 8}, h2::ack)), "#1 pong\n");
    EXPECT_EQ(talk.machine.open_request_count(), 0u);
}

TEST(http2_client_machine, settings_out_of_range_are_refused_by_name) {
    http2_talk talk;
    talk.open();
    for (const settings_change& change :
         {settings_change{.max_frame_size = 16'383}, settings_change{.max_frame_size = 1 << 24}}) {
        const auto put = talk.machine.put_settings(change);
        ASSERT_FALSE(put);
        EXPECT_EQ(put.error(), errc::invalid_argument);
        EXPECT_EQ(put.error().detail, "max_frame_size");
    }
    EXPECT_EQ(talk.machine.put_settings({.initial_window_size = 0x8000'0000}).error(), errc::invalid_argument);
    EXPECT_FALSE(talk.machine.wants_write());
}

TEST(http2_client_machine, refs_count_up_from_the_first) {
    http2_talk talk{{.authority = "h", .first_ref = 100}};
    EXPECT_EQ(talk.get(), request_ref{100});
    EXPECT_EQ(talk.machine.ping().value(), request_ref{101});
    EXPECT_EQ(talk.websocket(), request_ref{102});
    EXPECT_EQ(talk.machine.cancel_request(request_ref{99}).error(), errc::unknown_request);
    EXPECT_EQ(talk.machine.cancel_request(request_ref{103}).error(), errc::unknown_request);
}

TEST(http2_client_machine, gives_its_octets_in_pieces_of_any_size) {
    http2_talk whole;
    whole.get();
    buffer expected;
    whole.machine.send(expected);
    for (const std::size_t size : {std::size_t{1}, std::size_t{7}, std::size_t{50}}) {
        http2_talk talk;
        talk.get();
        buffer all;
        std::size_t pieces = 0;
        while (talk.machine.wants_write()) {
            buffer piece;
            const std::size_t sent = talk.machine.send(piece, size);
            EXPECT_EQ(sent, piece.size());
            EXPECT_LE(piece.size(), size);
            all.append(piece.view());
            ++pieces;
        }
        EXPECT_EQ(all, expected);
        EXPECT_EQ(pieces, (expected.size() + size - 1) / size);
    }
}

TEST(http2_client_machine, appends_to_what_the_caller_has) {
    http2_talk talk;
    buffer out;
    out.append("before");
    const std::size_t size = talk.machine.send(out);
    EXPECT_EQ(out.size(), 6 + size);
    EXPECT_TRUE(out.text().starts_with("beforePRI"));
    EXPECT_EQ(talk.machine.send(out), 0u);
}

TEST(http2_client_machine, a_moved_machine_goes_on) {
    http2_talk talk;
    talk.get();
    http2_talk other;
    other.machine = std::move(talk.machine);
    EXPECT_EQ(other.answer(h2::settings() + h2::headers(1, {{":status", "200"}}, h2::end_stream)),
              "#1 status 200 \n#1 headers\n#1 done\n");
}

TEST(http2_client_machine, counts_its_pings_in_network_byte_order) {
    http2_talk talk;
    talk.open();
    for (int i = 0; i < 258; ++i) ASSERT_TRUE(talk.machine.ping());
    buffer out;
    talk.machine.send(out);
    const std::string_view last = as_text(out.view()).substr(out.size() - 8);
    EXPECT_EQ(last, std::string_view("\0\0\0\0\0\0\1\2", 8));
}

TEST(http2_client_machine, pongs_with_the_same_payload_answer_the_oldest_ping_first) {
    http2_talk talk;
    talk.open();
    const std::array<std::byte, 8> payload{};
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(talk.machine.ping(payload));
    const std::string pong = h2::ping(std::string(8, '\0'), h2::ack);
    EXPECT_EQ(talk.answer(pong + pong + pong + pong), "#1 pong\n#2 pong\n#3 pong\n");
}

TEST(http2_client_machine, drops_trailers_that_are_needed_before_the_content) {
    const auto answer = [](const h2::fields& trailers) {
        return h2::settings() + h2::headers(1, {{":status", "200"}}) + h2::data(1, "x") +
               h2::headers(1, trailers, h2::end_headers | h2::end_stream);
    };
    EXPECT_EQ(talk_http2(http2_gets(1), answer({{"host", "evil"},
                                                {"x-sum", "1"},
                                                {"content-length", "7"},
                                                {"content-type", "a/b"},
                                                {"set-cookie", "a=b"}})),
              "#1 status 200 \n#1 headers\n#1 data x\n#1 headers x-sum: 1\n#1 done\n");
    EXPECT_EQ(talk_http2(http2_gets(1), answer({{"content-type", "a/b"}})),
              "#1 status 200 \n#1 headers\n#1 data x\n#1 done\n");
}

}  // namespace
}  // namespace mint::http2
