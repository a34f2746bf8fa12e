#include "support/http2_talk.hpp"

#include <mint/http2/client_machine.hpp>

#include <string>

#include <gtest/gtest.h>

namespace mint::http2 {
namespace {

using namespace testing;

client_options windows(std::uint32_t stream, std::uint32_t connection, credit mode = credit::automatic) {
    return {.authority = "h",
            .connection = {.initial_window_size = stream, .connection_window_size = connection, .credit = mode}};
}

const std::string kibibyte(1024, 'x');

TEST(http2_receive_window, is_what_the_options_say) {
    http2_talk talk{windows(100'000, 1'000'000)};
    talk.open();
    const request_ref ref = talk.open_websocket(1);
    EXPECT_EQ(talk.machine.receive_window(), 1'000'000u);
    EXPECT_EQ(talk.machine.receive_window(ref), 100'000u);
    EXPECT_EQ(talk.machine.receive_window(request_ref{9}), 0u);
}

TEST(http2_receive_window, is_given_back_by_itself) {
    http2_talk talk{windows(4 * 1024, 65'535)};
    talk.open();
    const request_ref ref = talk.open_websocket(1);
    (void)talk.answer(h2::data(1, kibibyte));
    EXPECT_EQ(talk.sent(), "");
    EXPECT_EQ(talk.machine.receive_window(ref), 3u * 1024);
    (void)talk.answer(h2::data(1, kibibyte));
    EXPECT_EQ(talk.sent(), "WINDOW_UPDATE #1 2048\n");
    EXPECT_EQ(talk.machine.receive_window(ref), 4u * 1024);
    EXPECT_TRUE(talk.machine.consumed(ref, 1));  // means nothing here
    EXPECT_FALSE(talk.machine.wants_write());
}

TEST(http2_receive_window, of_a_stream_is_the_callers_to_give_back) {
    http2_talk talk{windows(4 * 1024, 65'535, credit::manual)};
    talk.open();
    const request_ref ref = talk.open_websocket(1);
    for (int i = 0; i < 4; ++i) (void)talk.answer(h2::data(1, kibibyte));
    EXPECT_EQ(talk.sent(), "");
    EXPECT_EQ(talk.machine.receive_window(ref), 0u);
    EXPECT_EQ(talk.machine.consumed(ref, 4097).error(), errc::invalid_argument);
    ASSERT_TRUE(talk.machine.consumed(ref, 1024));
    EXPECT_EQ(talk.sent(), "");
    ASSERT_TRUE(talk.machine.consumed(ref, 1024));
    EXPECT_EQ(talk.sent(), "WINDOW_UPDATE #1 2048\n");
    EXPECT_EQ(talk.machine.consumed(ref, 2049).error(), errc::invalid_argument);
    EXPECT_EQ(talk.machine.consumed(request_ref{9}, 0).error(), errc::unknown_request);
    EXPECT_TRUE(talk.machine.consumed(ref, 2048));
}

TEST(http2_receive_window, one_stream_that_stands_still_starves_nobody) {
    http2_talk talk{windows(60 * 1024, 65'535, credit::manual)};
    talk.open();
    (void)talk.open_websocket(1);
    const request_ref second = talk.open_websocket(3);
    // Nobody consumes the first stream's content.
    for (int i = 0; i < 60; ++i) (void)talk.answer(h2::data(1, kibibyte));
    EXPECT_GT(talk.machine.receive_window(), 32u * 1024);
    for (int i = 0; i < 300; ++i) {
        EXPECT_EQ(talk.answer(h2::data(3, kibibyte)), "#2 data " + kibibyte + "\n");
        ASSERT_TRUE(talk.machine.consumed(second, 1024));
    }
    EXPECT_GT(talk.machine.receive_window(second), 0u);
}

TEST(http2_receive_window, padding_is_given_back_by_itself) {
    http2_talk talk{windows(512, 65'535, credit::manual)};
    talk.open();
    const request_ref ref = talk.open_websocket(1);
    (void)talk.answer(h2::padded_data(1, "x", 255) + h2::padded_data(1, "y", 255 - 3));
    const std::string lines = talk.sent();
    EXPECT_TRUE(lines.starts_with("WINDOW_UPDATE #1 ")) << lines;
    EXPECT_GT(talk.machine.receive_window(ref), 200u);
}

TEST(http2_receive_window, of_a_stream_that_has_ended_needs_no_credit) {
    http2_talk talk{windows(4 * 1024, 65'535, credit::manual)};
    talk.open();
    const request_ref ref = talk.open_websocket(1);
    (void)talk.answer(h2::data(1, kibibyte + kibibyte + kibibyte, h2::end_stream));
    EXPECT_TRUE(talk.machine.consumed(ref, 3 * 1024));
    EXPECT_EQ(talk.sent(), "");
    ASSERT_TRUE(talk.machine.stream_request_body(ref, eof{}));
    EXPECT_TRUE(talk.machine.consumed(ref, 1));  // it is over: nothing to count
}

TEST(http2_receive_window, more_content_than_a_streams_window_ends_the_stream_before_any_of_it_is_given) {
    const std::string server = h2::settings() + h2::settings_ack() + h2::headers(1, {{":status", "200"}});
    EXPECT_EQ(
        talk_http2(http2_gets(2), server + h2::data(1, kibibyte) + h2::headers(3, {{":status", "204"}}, h2::end_stream),
                   windows(1023, 65'535)),
        "#1 status 200 \n#1 headers\n#1 error stream_window_exceeded\n#2 status 204 \n#2 headers\n#2 done\n");
    EXPECT_EQ(talk_http2(http2_gets(1), server + h2::data(1, kibibyte, h2::end_stream), windows(1024, 65'535)),
              "#1 status 200 \n#1 headers\n#1 data " + kibibyte + "\n#1 done\n");
}

TEST(http2_receive_window, more_content_than_the_connections_window_ends_the_connection) {
    http2_talk talk{windows(1'000'000, 65'535)};
    talk.open();
    (void)talk.open_websocket(1);
    ASSERT_TRUE(talk.machine.put_settings({.max_frame_size = 100'000}));
    EXPECT_EQ(talk.answer(h2::settings_ack()), "");
    EXPECT_TRUE(talk.answer(h2::data(1, std::string(65'536, 'x'))).ends_with("fails flow_control_error @55\n"));
    EXPECT_TRUE(talk.sent().ends_with("GOAWAY 0 FLOW_CONTROL_ERROR\n"));
}

TEST(http2_receive_window, can_be_set) {
    http2_talk talk{windows(1000, 65'535)};
    talk.open();
    const request_ref ref = talk.open_websocket(1);
    ASSERT_TRUE(talk.machine.set_window_size(ref, 5000));
    EXPECT_EQ(talk.sent(), "WINDOW_UPDATE #1 4000\n");
    EXPECT_EQ(talk.machine.receive_window(ref), 5000u);
    ASSERT_TRUE(talk.machine.set_window_size(100'000));
    EXPECT_EQ(talk.sent(), "WINDOW_UPDATE #0 34465\n");
    EXPECT_EQ(talk.machine.set_window_size(0x8000'0000).error(), errc::invalid_argument);
    EXPECT_EQ(talk.machine.set_window_size(ref, 0x8000'0000).error(), errc::invalid_argument);
    EXPECT_EQ(talk.machine.set_window_size(request_ref{9}, 1).error(), errc::unknown_request);
}

TEST(http2_receive_window, of_a_request_that_waits_cannot_be_set) {
    http2_talk talk;
    const request_ref ref = talk.websocket();
    EXPECT_EQ(talk.machine.set_window_size(ref, 100'000).error(), errc::invalid_argument);
    EXPECT_EQ(talk.machine.receive_window(ref), 0u);
    EXPECT_EQ(talk.machine.send_window(ref), 65'535u);
}

TEST(http2_receive_window, made_smaller_takes_effect_by_withheld_credit) {
    http2_talk talk{windows(4096, 65'535)};
    talk.open();
    const request_ref ref = talk.open_websocket(1);
    ASSERT_TRUE(talk.machine.set_window_size(ref, 2048));
    EXPECT_EQ(talk.sent(), "");
    (void)talk.answer(h2::data(1, kibibyte) + h2::data(1, kibibyte));
    EXPECT_EQ(talk.sent(), "");
    (void)talk.answer(h2::data(1, kibibyte));
    EXPECT_LE(talk.machine.receive_window(ref), 2048u);
}

TEST(http2_receive_window, that_was_set_outlives_a_smaller_initial_window) {
    for (const credit given : {credit::automatic, credit::manual}) {
        client_options options = windows(100'000, 1'000'000);
        options.connection.credit = given;
        http2_talk talk{options};
        talk.open();
        const request_ref set = talk.open_websocket(1);
        const request_ref other = talk.open_websocket(3);
        ASSERT_TRUE(talk.machine.set_window_size(set, 90'000));
        EXPECT_EQ(talk.answer(h2::data(1, kibibyte)), "#1 data " + kibibyte + "\n");
        ASSERT_TRUE(talk.machine.put_settings({.initial_window_size = 2000}));
        EXPECT_EQ(talk.sent(), "SETTINGS 4=2000\n");
        EXPECT_EQ(talk.answer(h2::settings_ack()), "") << "no stream is reset";
        EXPECT_EQ(talk.sent(), "WINDOW_UPDATE #1 88000\n") << "what the setting took, less what was too much";
        EXPECT_EQ(talk.machine.receive_window(other), 2000u);
        EXPECT_LE(talk.machine.receive_window(set), 90'000u);
        EXPECT_GE(talk.machine.receive_window(set), 80'000u);
        EXPECT_EQ(talk.answer(h2::data(1, kibibyte)), "#1 data " + kibibyte + "\n");
        // And a larger one.
        ASSERT_TRUE(talk.machine.put_settings({.initial_window_size = 200'000}));
        EXPECT_EQ(talk.answer(h2::settings_ack()), "");
        EXPECT_EQ(talk.machine.receive_window(other), 200'000u);
        EXPECT_GT(talk.machine.receive_window(set), 200'000u) << "the server has it, and none is given on top";
        EXPECT_EQ(talk.answer(h2::data(1, kibibyte)), "#1 data " + kibibyte + "\n");
    }
}

TEST(http2_receive_window, that_was_set_may_be_the_largest) {
    http2_talk talk{windows(0x7FFF'FFFF, 1'000'000)};
    talk.open();
    const request_ref set = talk.open_websocket(1);
    ASSERT_TRUE(talk.machine.set_window_size(set, 0x7FFF'FFFF));
    ASSERT_TRUE(talk.machine.put_settings({.initial_window_size = 0}));
    EXPECT_EQ(talk.machine.put_settings({.initial_window_size = 1}).error(), errc::invalid_argument);
    EXPECT_EQ(talk.answer(h2::settings_ack()), "");
    EXPECT_EQ(talk.answer(h2::data(1, kibibyte)), "#1 data " + kibibyte + "\n");
    ASSERT_TRUE(talk.machine.set_window_size(set, 100));
    ASSERT_TRUE(talk.machine.set_window_size(set, 0x7FFF'FFFF));
    EXPECT_EQ(talk.answer(h2::data(1, kibibyte)), "#1 data " + kibibyte + "\n");
}

}  // namespace
}  // namespace mint::http2
