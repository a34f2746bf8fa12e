#include "support/count_allocations.hpp"
#include "support/http2_talk.hpp"

#include <mint/http2/client_machine.hpp>

#include <algorithm>
#include <array>
#include <new>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace mint::http2 {
namespace {

using namespace testing;

/// Two WebSockets, on streams 1 and 3, on each of which `window` octets may be sent.
struct http2_small_sends : ::testing::Test {
    void open(std::uint32_t window = 65'535) {
        talk.open(h2::settings({{h2::enable_connect_protocol, 1}, {h2::initial_window_size, window}}));
        one = talk.open_websocket(1);
        other = talk.open_websocket(3);
    }

    /// One call for each.
    void stream(request_ref ref, const std::vector<std::string>& contents) {
        for (const std::string& content : contents) ASSERT_TRUE(talk.stream(ref, content));
    }

    http2_talk talk;
    request_ref one{};
    request_ref other{};
};

TEST_F(http2_small_sends, one_after_the_other_go_in_one_frame_behind_the_first) {
    open();
    stream(one, {"a", "b", "c", "d"});
    EXPECT_EQ(talk.sent(), "DATA #1 a\nDATA #1 bcd\n");
    stream(one, {"e"});
    EXPECT_EQ(talk.sent(), "DATA #1 e\n");
}

TEST_F(http2_small_sends, are_there_to_be_taken_at_once) {
    open();
    stream(one, {"a", "b", "c"});
    EXPECT_TRUE(talk.machine.wants_write());
    EXPECT_EQ(talk.machine.queued_size(), 9u + 1 + 9 + 2);
    EXPECT_EQ(talk.machine.queued_size(one), 0u);
    buffer out;
    talk.machine.take(out);
    EXPECT_EQ(talk.frames.read(out.view()), "DATA #1 a\nDATA #1 bc\n");
    EXPECT_FALSE(talk.machine.wants_write());
    EXPECT_EQ(talk.machine.queued_size(), 0u);
}

TEST_F(http2_small_sends, stay_in_the_order_of_the_calls) {
    open();
    stream(one, {"a", "b"});
    stream(other, {"c", "d"});
    stream(one, {"e", "f"});
    constexpr std::array<char, 8> payload{'p', 'a', 'y', 'l', 'o', 'a', 'd', 's'};
    ASSERT_TRUE(talk.machine.ping(std::as_bytes(std::span{payload})));
    stream(one, {"g"});
    EXPECT_EQ(talk.sent(),
              "DATA #1 a\nDATA #1 b\nDATA #3 c\nDATA #3 d\nDATA #1 e\nDATA #1 f\nPING payloads\nDATA #1 g\n");
}

TEST_F(http2_small_sends, go_before_what_ends_their_stream) {
    open();
    stream(one, {"a", "b"});
    ASSERT_TRUE(talk.machine.stream_request_body(one, eof{}));
    stream(other, {"c", "d"});
    ASSERT_TRUE(talk.machine.cancel_request(other));
    EXPECT_EQ(talk.sent(), "DATA #1 a\nDATA #1 b\nDATA #1 end\nDATA #3 c\nDATA #3 d\nRST_STREAM #3 CANCEL\n");
    EXPECT_EQ(talk.machine.queued_size(), 0u);
}

TEST_F(http2_small_sends, keep_to_the_window_of_their_stream) {
    open(5);
    stream(one, {"ab", "c", "d"});
    EXPECT_EQ(talk.machine.send_window(one), 1u);
    stream(one, {"ef", "g"});
    EXPECT_EQ(talk.machine.send_window(one), 0u);
    EXPECT_EQ(talk.machine.queued_size(one), 2u);
    EXPECT_EQ(talk.sent(), "DATA #1 ab\nDATA #1 cd\nDATA #1 e\n");
    EXPECT_EQ(talk.answer(h2::window_update(1, 5)), "");
    EXPECT_EQ(talk.sent(), "DATA #1 fg\n");
}

TEST_F(http2_small_sends, use_up_the_window_of_the_connection) {
    open(100'000);
    EXPECT_EQ(talk.machine.send_window(), 65'535u);
    stream(one, {std::string(65'500, 'x'), "0123456789", "0123456789"});
    EXPECT_EQ(talk.machine.send_window(), 15u);
    EXPECT_EQ(talk.machine.send_window(one), 15u);
    EXPECT_EQ(talk.machine.send_window(other), 15u);
    stream(other, {"0123456789", "0123456789"});
    EXPECT_EQ(talk.machine.send_window(), 0u);
    EXPECT_EQ(talk.machine.queued_size(other), 5u);
    (void)talk.sent();
    EXPECT_EQ(talk.frames.content_of(1).size(), 65'520u);
    EXPECT_EQ(talk.frames.content_of(3), "012345678901234");
}

TEST_F(http2_small_sends, fit_a_frame_of_any_server) {
    open();
    EXPECT_EQ(talk.answer(h2::window_update(0, 1'000'000)), "");
    std::string all;
    for (int i = 0; i < 60; ++i) {
        const std::string content(1000, static_cast<char>('a' + i % 26));
        all += content;
        stream(one, {content});
    }
    std::size_t largest = 0;
    std::istringstream lines{talk.sent()};
    for (std::string line; std::getline(lines, line);) largest = std::max(largest, line.size());
    EXPECT_EQ(talk.frames.content_of(1), all);
    EXPECT_LE(largest, std::string_view{"DATA #1 "}.size() + 16'384);
}

TEST_F(http2_small_sends, keep_to_the_length_announced) {
    open();
    const request_ref put = talk.put(streamed_body{3});
    (void)talk.sent();
    stream(put, {"a", "b"});
    EXPECT_EQ(talk.stream(put, "cd").error(), errc::content_length_mismatch);
    stream(put, {"c"});
    ASSERT_TRUE(talk.machine.stream_request_body(put, eof{}));
    EXPECT_EQ(talk.sent(), "DATA #5 a\nDATA #5 bc\nDATA #5 end\n");
}

TEST_F(http2_small_sends, are_not_lost_when_the_peer_ends_its_direction) {
    open();
    stream(one, {"a", "b"});
    (void)talk.end();
    EXPECT_EQ(talk.sent(), "DATA #1 a\nDATA #1 b\n");
    EXPECT_EQ(talk.machine.queued_size(), 0u);
}

TEST_F(http2_small_sends, allocate_nothing_once_there_were_some) {
    open(1'000'000);
    EXPECT_EQ(talk.answer(h2::window_update(0, 1'000'000)), "");
    const std::string echoed = h2::data(1, "0123456789abcdef") + h2::data(3, "0123456789abcdef");
    buffer out;
    std::vector<response> responses;
    const auto exchange = [&] {
        responses.clear();
        for (int i = 0; i < 10; ++i) {
            EXPECT_TRUE(talk.stream(one, "0123456789abcdef012345"));
            EXPECT_TRUE(talk.stream(i < 5 ? one : other, "0123456789abcdef012345"));
        }
        out.clear();
        talk.machine.take(out);
        EXPECT_TRUE(talk.machine.receive(as_bytes(echoed), responses));
        EXPECT_EQ(responses.size(), 2u);
    };
    for (int i = 0; i < 3; ++i) exchange();
    const allocation_counter counter;
    for (int i = 0; i < 100; ++i) exchange();
    EXPECT_EQ(counter.count(), 0u);
}

/// Whatever allocation of the machine fails, nothing is used that isn't there any more, and nothing leaks.
TEST_F(http2_small_sends, may_lack_memory_anywhere) {
    bool has_failed = true;
    for (std::size_t index = 0; has_failed; ++index) {
        http2_talk fresh;
        fresh.open();
        const request_ref ref = fresh.open_websocket(1);
        const std::string content(1500, 'x');
        const std::string large(100'000, 'x');
        const std::string echoed = h2::data(1, "abc", h2::end_stream);
        std::vector<response> out;
        buffer taken;
        has_failed = false;
        try {
            const failing_allocation failing{index};
            for (int i = 0; i < 8; ++i) (void)fresh.machine.stream_request_body(ref, as_bytes(content));
            (void)fresh.machine.stream_request_body(ref, as_bytes(large));
            (void)fresh.machine.receive(as_bytes(echoed), out);
            (void)fresh.machine.stream_request_body(ref, eof{});
            fresh.machine.take(taken);
        } catch (const std::bad_alloc&) {
            has_failed = true;
        }
        if (!has_failed) break;
        out.clear();
        (void)fresh.machine.stream_request_body(ref, as_bytes(content));
        (void)fresh.machine.receive(as_bytes(echoed), out);
        (void)fresh.machine.receive_eof(out);
        (void)fresh.sent();
        EXPECT_TRUE(fresh.machine.wants_close());
        ASSERT_LT(index, 1000u);
    }
}

}  // namespace
}  // namespace mint::http2
