#include "support/http2_talk.hpp"

#include <mint/http2/client_machine.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mint::http2 {
namespace {

using namespace testing;

std::string initial_window(std::uint32_t size) {
    return h2::settings({{h2::enable_connect_protocol, 1}, {h2::initial_window_size, size}});
}

/// The sizes of the DATA frames among these lines.
std::vector<std::size_t> data_sizes(const std::string& lines) {
    std::vector<std::size_t> sizes;
    for (std::size_t at = lines.find("DATA #"); at != std::string::npos; at = lines.find("DATA #", at + 1)) {
        const std::size_t content = lines.find(' ', at + 6) + 1;
        sizes.push_back(lines.find('\n', at) - content);
    }
    return sizes;
}

std::size_t count_of(std::string_view what, std::string_view text) {
    std::size_t count = 0;
    for (std::size_t at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1)) ++count;
    return count;
}

TEST(http2_send, a_whole_body_goes_out_with_its_length) {
    http2_talk talk;
    talk.open();
    talk.put(whole_body{as_bytes("hello")});
    EXPECT_EQ(talk.sent(),
              "HEADERS #1 | :method: PUT | :scheme: https | :path: / | :authority: h | user-agent: mint/0.1 | "
              "content-length: 5\nDATA #1 end hello\n");
}

TEST(http2_send, a_streamed_body_goes_out_as_it_comes_and_ends) {
    http2_talk talk;
    talk.open();
    const request_ref ref = talk.put();
    (void)talk.sent();
    ASSERT_TRUE(talk.stream(ref, "ab"));
    ASSERT_TRUE(talk.stream(ref, ""));
    ASSERT_TRUE(talk.stream(ref, "c"));
    EXPECT_EQ(talk.sent(), "DATA #1 ab\nDATA #1 c\n");
    ASSERT_TRUE(talk.machine.stream_request_body(ref, eof{}));
    EXPECT_EQ(talk.sent(), "DATA #1 end\n");
    EXPECT_EQ(talk.stream(ref, "x").error(), errc::request_body_not_streaming);
    EXPECT_EQ(talk.machine.stream_request_body(ref, eof{}).error(), errc::request_body_not_streaming);
    EXPECT_EQ(talk.stream(request_ref{9}, "x").error(), errc::unknown_request);
}

TEST(http2_send, trailers_end_a_body) {
    http2_talk talk;
    talk.open();
    const request_ref ref = talk.put();
    (void)talk.sent();
    EXPECT_EQ(talk.machine.stream_request_body(ref, eof{headers{{"host", "h"}}}).error(), errc::forbidden_trailer);
    ASSERT_TRUE(talk.stream(ref, "ab"));
    ASSERT_TRUE(talk.machine.stream_request_body(ref, eof{headers{{"Sum", "1"}}}));
    EXPECT_EQ(talk.sent(), "DATA #1 ab\nHEADERS #1 end | sum: 1\n");
}

TEST(http2_send, trailers_wait_for_the_content_before_them) {
    http2_talk talk;
    talk.open(initial_window(2));
    const request_ref ref = talk.put();
    ASSERT_TRUE(talk.stream(ref, "abc"));
    ASSERT_TRUE(talk.machine.stream_request_body(ref, eof{headers{{"sum", "1"}}}));
    EXPECT_TRUE(talk.sent().ends_with("DATA #1 ab\n"));
    EXPECT_EQ(talk.answer(h2::window_update(1, 5)), "");
    EXPECT_EQ(talk.sent(), "DATA #1 c\nHEADERS #1 end | sum: 1\n");
}

TEST(http2_send, a_body_keeps_to_the_length_announced) {
    http2_talk talk;
    talk.open();
    const request_ref ref = talk.put(streamed_body{3});
    ASSERT_TRUE(talk.stream(ref, "ab"));
    EXPECT_EQ(talk.stream(ref, "cd").error(), errc::content_length_mismatch);
    EXPECT_EQ(talk.machine.stream_request_body(ref, eof{}).error(), errc::content_length_mismatch);
    ASSERT_TRUE(talk.stream(ref, "c"));
    EXPECT_TRUE(talk.machine.stream_request_body(ref, eof{}));
}

TEST(http2_send, content_over_the_streams_window_waits_for_it) {
    http2_talk talk;
    talk.open(initial_window(4));
    const request_ref ref = talk.open_websocket(1);
    EXPECT_EQ(talk.machine.send_window(ref), 4u);
    ASSERT_TRUE(talk.stream(ref, "abcdef"));
    EXPECT_EQ(talk.sent(), "DATA #1 abcd\n");
    EXPECT_EQ(talk.machine.send_window(ref), 0u);
    EXPECT_EQ(talk.machine.queued_size(ref), 2u);
    EXPECT_EQ(talk.machine.queued_size(), 2u);
    EXPECT_FALSE(talk.machine.wants_write());
    EXPECT_EQ(talk.answer(h2::window_update(1, 1)), "");
    EXPECT_EQ(talk.sent(), "DATA #1 e\n");
    EXPECT_EQ(talk.answer(h2::window_update(1, 100)), "");
    EXPECT_EQ(talk.sent(), "DATA #1 f\n");
    EXPECT_EQ(talk.machine.queued_size(), 0u);
}

TEST(http2_send, content_over_the_connections_window_waits_for_it) {
    http2_talk talk;
    talk.open(initial_window(1'000'000));
    const request_ref first = talk.open_websocket(1);
    const request_ref second = talk.open_websocket(3);
    EXPECT_EQ(talk.machine.send_window(), 65'535u);
    ASSERT_TRUE(talk.stream(first, std::string(65'530, 'a')));
    ASSERT_TRUE(talk.stream(second, "0123456789"));
    (void)talk.sent();
    EXPECT_EQ(talk.machine.send_window(), 0u);
    EXPECT_EQ(talk.machine.queued_size(), 5u);
    EXPECT_EQ(talk.answer(h2::window_update(0, 3)), "");
    EXPECT_EQ(talk.sent(), "DATA #3 567\n");
    EXPECT_EQ(talk.answer(h2::window_update(0, 3)), "");
    EXPECT_EQ(talk.sent(), "DATA #3 89\n");
    EXPECT_EQ(talk.machine.send_window(), 1u);
    EXPECT_EQ(talk.frames.content_of(3), "0123456789");
}

TEST(http2_send, a_stream_whose_window_is_closed_keeps_nobody_waiting) {
    http2_talk talk;
    talk.open(initial_window(4));
    const request_ref first = talk.open_websocket(1);
    const request_ref second = talk.open_websocket(3);
    ASSERT_TRUE(talk.stream(first, std::string(500'000, 'x')));
    ASSERT_TRUE(talk.stream(second, "abcd"));
    EXPECT_EQ(talk.sent(), "DATA #1 xxxx\nDATA #3 abcd\n");
}

TEST(http2_send, a_window_of_nothing_from_the_start_is_kept) {
    http2_talk talk;
    talk.open(initial_window(0));
    const request_ref ref = talk.open_websocket(1);
    ASSERT_TRUE(talk.stream(ref, "abc"));
    EXPECT_EQ(talk.sent(), "");
    EXPECT_EQ(talk.answer(h2::window_update(1, 3)), "");
    EXPECT_EQ(talk.sent(), "DATA #1 abc\n");
}

TEST(http2_send, a_new_initial_window_changes_the_windows_that_are_open) {
    http2_talk talk;
    talk.open(initial_window(10));
    const request_ref ref = talk.open_websocket(1);
    ASSERT_TRUE(talk.stream(ref, "01234567"));
    (void)talk.sent();
    EXPECT_EQ(talk.answer(h2::settings({{h2::initial_window_size, 3}})), "");  // now -5
    (void)talk.sent();
    EXPECT_EQ(talk.machine.send_window(ref), 0u);
    ASSERT_TRUE(talk.stream(ref, "abcdef"));
    EXPECT_EQ(talk.answer(h2::window_update(1, 5)), "");  // 0
    EXPECT_EQ(talk.sent(), "");
    EXPECT_EQ(talk.answer(h2::window_update(1, 1)), "");
    EXPECT_EQ(talk.sent(), "DATA #1 a\n");
    EXPECT_EQ(talk.answer(h2::settings({{h2::initial_window_size, 5}})), "");
    EXPECT_EQ(talk.sent(), "SETTINGS ack\nDATA #1 bc\n");
}

TEST(http2_send, each_setting_has_its_own_meaning) {
    // One client took the one for the other, and its windows were 256 octets.
    http2_talk talk;
    talk.open(h2::settings({{h2::max_concurrent_streams, 256}, {h2::initial_window_size, 100'000}}));
    const request_ref ref = talk.put();
    EXPECT_EQ(talk.machine.send_window(ref), 65'535u);
    EXPECT_EQ(talk.answer(h2::window_update(0, 1'000'000)), "");
    EXPECT_EQ(talk.machine.send_window(ref), 100'000u);
}

TEST(http2_send, content_is_cut_to_frames_that_the_server_takes) {
    http2_talk talk;
    talk.open(initial_window(1'000'000));
    const request_ref ref = talk.open_websocket(1);
    ASSERT_TRUE(talk.stream(ref, std::string(40'000, 'x')));
    EXPECT_EQ(data_sizes(talk.sent()), (std::vector<std::size_t>{16'384, 16'384, 7'232}));
}

TEST(http2_send, a_refused_send_queues_nothing) {
    http2_talk talk{{.authority = "h", .max_queued_size = 10}};
    talk.open(initial_window(1));
    const request_ref ref = talk.open_websocket(1);
    ASSERT_TRUE(talk.stream(ref, std::string(100, 'a')));  // an empty queue takes one block of any size
    EXPECT_EQ(talk.stream(ref, "b").error(), errc::send_queue_full);
    EXPECT_EQ(talk.machine.queued_size(ref), 99u);
    EXPECT_EQ(talk.answer(h2::window_update(1, 95)), "");
    EXPECT_EQ(talk.stream(ref, "1234567").error(), errc::send_queue_full);
    EXPECT_TRUE(talk.stream(ref, "123456"));
    EXPECT_EQ(talk.answer(h2::window_update(1, 95)), "");
    (void)talk.sent();
    EXPECT_EQ(talk.frames.content_of(1), std::string(100, 'a') + "123456");
}

TEST(http2_send, each_stream_has_a_queue_of_its_own) {
    http2_talk talk{{.authority = "h", .max_queued_size = 10}};
    talk.open(initial_window(1));
    const request_ref first = talk.open_websocket(1);
    const request_ref second = talk.open_websocket(3);
    ASSERT_TRUE(talk.stream(first, std::string(100, 'a')));
    EXPECT_FALSE(talk.stream(first, "b"));
    EXPECT_TRUE(talk.stream(second, "abc"));
    EXPECT_TRUE(talk.stream(second, "def"));
}

TEST(http2_send, a_busy_stream_leaves_room_for_the_others) {
    http2_talk talk;
    talk.open(initial_window(0x7FFF'FFFF));
    const request_ref busy = talk.open_websocket(1);
    const request_ref other = talk.open_websocket(3);
    EXPECT_EQ(talk.answer(h2::window_update(0, 0x7FFF'0000)), "");
    ASSERT_TRUE(talk.stream(busy, std::string(8 * 1024 * 1024, 'x')));
    ASSERT_TRUE(talk.stream(other, "hurry"));
    // What was framed already goes first: 64 KiB and a frame at most.
    std::string lines;
    std::size_t before = 0;
    while (lines.find("hurry") == std::string::npos) {
        buffer out;
        before += talk.machine.send(out, 4096);
        lines += talk.frames.read(out.view());
    }
    EXPECT_LT(before, 110'000u);
    (void)talk.sent();
    EXPECT_EQ(talk.frames.content_of(1).size(), 8u * 1024 * 1024);
    EXPECT_EQ(talk.machine.queued_size(), 0u);
}

TEST(http2_send, busy_streams_share_the_connection_evenly) {
    http2_talk talk;
    talk.open(initial_window(0x7FFF'FFFF));
    EXPECT_EQ(talk.answer(h2::window_update(0, 0x7FFF'0000)), "");
    std::vector<request_ref> refs;
    for (std::uint32_t id = 1; id < 9; id += 2) refs.push_back(talk.open_websocket(id));
    for (const request_ref ref : refs) ASSERT_TRUE(talk.stream(ref, std::string(1'000'000, 'x')));
    buffer out;
    talk.machine.send(out, 2'000'000);
    (void)talk.frames.read(out.view());
    std::vector<std::size_t> sizes;
    for (std::uint32_t id = 1; id < 9; id += 2) sizes.push_back(talk.frames.content_of(id).size());
    const auto [least, most] = std::ranges::minmax(sizes);
    EXPECT_GT(least, 400'000u);
    EXPECT_LT(most - least, 100'000u);
}

TEST(http2_send, small_frames_of_many_streams_go_in_one_pull) {
    http2_talk talk;
    talk.open();
    std::vector<request_ref> refs;
    for (std::uint32_t id = 1; id < 200; id += 2) refs.push_back(talk.open_websocket(id));
    for (const request_ref ref : refs) ASSERT_TRUE(talk.stream(ref, "0123456789abcdef"));
    buffer out;
    EXPECT_EQ(talk.machine.send(out), 100u * (9 + 16));
    EXPECT_EQ(count_of("0123456789abcdef\n", talk.frames.read(out.view())), 100u);
}

TEST(http2_send, content_stays_in_order_whatever_its_size) {
    http2_talk talk;
    talk.open(initial_window(0x7FFF'FFFF));
    const request_ref ref = talk.open_websocket(1);
    std::string all;
    std::size_t window = 65'535;
    char c = 'a';
    for (const std::size_t size : {1u, 60'000u, 3u, 70'000u, 16'384u, 16'385u, 65'536u, 2u, 200'000u, 5u}) {
        const std::string content(size, c++);
        all += content;
        ASSERT_TRUE(talk.stream(ref, content));
        if (size % 2 == 0) (void)talk.sent();
        EXPECT_EQ(talk.answer(h2::window_update(0, 50'000)), "");
        window += 50'000;
    }
    (void)talk.sent();
    EXPECT_EQ(talk.frames.content_of(1), all.substr(0, window));
    EXPECT_LE(all.size() - std::min(all.size(), window), talk.machine.queued_size(ref));
}

TEST(http2_send, take_gives_all_of_it_in_order_without_copying) {
    http2_talk talk;
    talk.open(initial_window(0x7FFF'FFFF));
    EXPECT_EQ(talk.answer(h2::window_update(0, 10'000'000)), "");
    const request_ref ref = talk.open_websocket(1);
    const std::string content(300'000, 'x');
    ASSERT_TRUE(talk.stream(ref, content));
    buffer out;
    int takes = 0;
    while (talk.machine.wants_write()) {
        out.clear();
        talk.machine.take(out);
        ASSERT_FALSE(out.empty());
        (void)talk.frames.read(out.view());
        ++takes;
    }
    EXPECT_EQ(talk.frames.content_of(1), content);
    EXPECT_GT(takes, 1);
    out.clear();
    const std::byte* const storage = out.prepare(1).data();
    talk.machine.take(out);
    EXPECT_TRUE(out.empty());
    EXPECT_EQ(out.prepare(1).data(), storage) << "nothing was ready, and nothing is exchanged";
}

TEST(http2_send, a_cancelled_requests_queue_is_dropped) {
    http2_talk talk;
    talk.open(initial_window(1));
    const request_ref ref = talk.open_websocket(1);
    ASSERT_TRUE(talk.stream(ref, "abc"));
    ASSERT_TRUE(talk.machine.cancel_request(ref));
    EXPECT_EQ(talk.sent(), "DATA #1 a\nRST_STREAM #1 CANCEL\n");
    EXPECT_EQ(talk.machine.queued_size(), 0u);
}

}  // namespace
}  // namespace mint::http2
