#include "conversation.hpp"
#include "http_exchange.hpp"
#include "peers_and_modes.hpp"
#include "servers.hpp"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

namespace mint::test {
namespace {

using std::chrono::milliseconds;

/// A server that doesn't read, in each mode.
class a_stalled_peer : public testing::TestWithParam<http::mode> {
  protected:
    static constexpr std::size_t limit = 256 * 1024;

    [[nodiscard]] conversation open() {
        auto c = conversation::open(node_server().port(), {.mode = GetParam(), .connect = {.max_queued_size = limit}});
        c.send_text("!stall");
        EXPECT_EQ(c.expect_text(), "stalled");
        is_stalled_ = true;
        return c;
    }

    void resume() {
        is_stalled_ = false;
        auto http = http_exchange::open(node_server().port());
        EXPECT_EQ(http.get("/resume").body, "1");
    }

    /// However the test ends: the next one shares the server.
    void TearDown() override {
        if (is_stalled_) resume();
    }

    /// Sends until the queue is full; returns how many messages were taken. The one refused stays in `out`.
    static std::size_t fill(conversation& c, std::string_view payload, buffer& out) {
        for (std::size_t count = 0;; ++count) {
            const auto sent = c.socket().send(c.connection(), ws::binary{as_bytes(payload)}, out);
            if (sent) continue;
            EXPECT_EQ(sent.error().code, errc::send_queue_full);
            EXPECT_TRUE(sent.error().connection_survives());
            return count;
        }
    }

  private:
    bool is_stalled_ = false;
};

INSTANTIATE_TEST_SUITE_P(modes, a_stalled_peer, both_modes(), name_of_mode);

TEST_P(a_stalled_peer, fills_the_queue_up_to_its_limit_and_no_further) {
    auto c = open();
    const std::string payload(10'000, 'q');
    buffer refused;
    EXPECT_GT(fill(c, payload, refused), limit / payload.size());
    EXPECT_LE(c.connection().queued_size(), limit);
    EXPECT_TRUE(c.connection().wants_write());
    // The kernel's buffers grow meanwhile, so that one more may be taken: never more than the queue has room for.
    for (int refusals = 0; refusals < 100;) {
        const auto before = c.connection().queued_size();
        const auto again = c.connection().stream_request_body(c.socket().ref(), refused.view());
        EXPECT_LE(c.connection().queued_size(), limit);
        if (again) continue;
        ++refusals;
        EXPECT_EQ(again.error().code, errc::send_queue_full);
        EXPECT_LE(c.connection().queued_size(), before);
    }
    EXPECT_TRUE(c.connection().wants_write());
    EXPECT_TRUE(c.connection().is_open());
}

TEST_P(a_stalled_peer, gets_everything_once_it_reads_again) {
    auto c = open();
    const std::string payload(10'000, 'q');
    buffer refused;
    const auto taken = fill(c, payload, refused);
    resume();
    std::size_t received = 0;
    bool offered_again = false;
    while (received < taken + 1) {
        EXPECT_EQ(c.expect<ws::owned_binary>().payload.size(), payload.size());
        ++received;
        // The octets that were refused are offered as they are: encoded once, sent once.
        if (!offered_again)
            offered_again = c.connection().stream_request_body(c.socket().ref(), refused.view()).has_value();
    }
    EXPECT_TRUE(offered_again);
    EXPECT_EQ(c.connection().queued_size(), 0U);
    c.send_text("in step");
    EXPECT_EQ(c.expect_text(), "in step");
}

TEST_P(a_stalled_peer, lets_an_empty_queue_take_one_block_of_any_size) {
    auto c = open();
    const std::string payload(64U * limit, 'b');
    c.send(ws::binary{as_bytes(payload)});
    EXPECT_GT(c.connection().queued_size(), limit);
    resume();
    EXPECT_EQ(c.expect<ws::owned_binary>().payload.size(), payload.size());
}

TEST_P(a_stalled_peer, makes_flush_time_out_and_lose_nothing) {
    auto c = open();
    const std::string payload(64U * limit, 'b');
    c.send(ws::binary{as_bytes(payload)});
    const auto late = c.connection().flush(milliseconds{20});
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, errc::timeout);
    EXPECT_TRUE(c.connection().is_open());
    resume();
    EXPECT_EQ(c.expect<ws::owned_binary>().payload.size(), payload.size());
    EXPECT_TRUE(c.connection().flush(long_enough));
}

TEST_P(a_stalled_peer, makes_the_window_small) {
    auto c = open();
    buffer refused;
    const std::string payload(10'000, 'q');
    fill(c, payload, refused);
    const auto window = c.connection().request_body_window(c.socket().ref());
    ASSERT_TRUE(window);
    EXPECT_LT(*window, refused.size());
    EXPECT_EQ(*window, limit - c.connection().queued_size());
}

TEST_P(a_stalled_peer, can_be_left_without_waiting) {
    auto c = open();
    const std::string payload(64U * limit, 'b');
    c.send(ws::binary{as_bytes(payload)});
    const auto start = std::chrono::steady_clock::now();
    c.connection().close();
    EXPECT_LT(std::chrono::steady_clock::now() - start, milliseconds{1000});
    EXPECT_EQ(c.connection().queued_size(), 0U);
}

TEST(flow, both_directions_are_full_without_a_deadlock) {
    // The server echoes while we send: whoever only wrote would wait for ever.
    auto c = conversation::open(node_server().port(), {.connect = {.max_queued_size = 4U << 20U}});
    const std::string payload(1U << 20U, 'd');
    std::size_t sent = 0;
    std::size_t received = 0;
    buffer out;
    bool has_refused = false;
    while (received < 32) {
        while (sent < 32) {
            const auto result = has_refused ? c.connection().stream_request_body(c.socket().ref(), out.view())
                                            : c.socket().send(c.connection(), ws::binary{as_bytes(payload)}, out);
            has_refused = !result;
            if (!result) break;
            ++sent;
        }
        EXPECT_EQ(c.expect<ws::owned_binary>().payload.size(), payload.size());
        ++received;
    }
    EXPECT_EQ(sent, 32U);
}

TEST(flow, an_idle_websocket_holds_no_buffer) {
    auto c = conversation::open(node_server().port());
    c.send_text("!send 1000000");
    EXPECT_EQ(c.expect<ws::owned_binary>().payload.size(), 1'000'000U);
    c.socket().codec().release_memory();
    EXPECT_LT(c.socket().codec().memory_size(), 512U);
    EXPECT_EQ(c.connection().queued_size(), 0U);
}

}  // namespace
}  // namespace mint::test
