// What WebSockets over HTTP/2 cost once they are there: no allocation a message, one write and one read for many of
// them, and little memory while they are idle.
#include "support/count_allocations.hpp"
#include "support/fail_at_each_call.hpp"
#include "support/frame_script.hpp"
#include "support/heap_in_use.hpp"
#include "support/http2_pair.hpp"

#include <mint/websocket/websocket.hpp>

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

namespace mint {
namespace {

namespace h2 = mint::testing::h2;
using mint::testing::allocation_counter;
using mint::testing::calls;
using mint::testing::heap_in_use;
using mint::testing::http2_pair;

const std::string echo = mint::testing::wire(0x81, "sixteen octets..");

struct many {
    explicit many(std::uint32_t count) {
        pair.open();
        for (std::uint32_t i = 0; i < count; ++i) {
            const auto ref = pair.open_websocket(1 + 2 * i);
            sockets.push_back(pair.create(ref));
            echoes += h2::data(1 + 2 * i, echo);
        }
        pair.received.clear();
    }

    /// Takes what waits, and answers each message with one.
    void round(std::size_t message_count) {
        std::size_t count = 0;
        while (count < message_count) {
            const auto list = websocket::stream(pair.conn, {.id = pair.conn.id()}, pair.scratch);
            ASSERT_TRUE(list);
            pair.conn.cork();
            for (const response& r : *list) {
                const auto* const data = std::get_if<responses::data>(&r);
                if (data == nullptr) continue;
                websocket& ws = sockets.at((static_cast<std::uint64_t>(data->ref) & 0xFFFFU) - first_ref);
                ASSERT_TRUE(ws.decode(data->bytes, frames));
                for (const ws::frame& f : frames) {
                    ASSERT_TRUE(ws.send(pair.conn, std::get<ws::text>(f), out));
                    ++count;
                }
            }
            ASSERT_TRUE(pair.conn.uncork());
        }
    }

    http2_pair pair;
    std::vector<websocket> sockets;
    std::string echoes;
    std::vector<ws::frame> frames;
    buffer out;
    std::uint64_t first_ref = 1;
};

TEST(steady_state_http2, allocates_nothing_for_a_message) {
    for (const std::uint32_t count : {1U, 20U}) {
        many all{count};
        for (int i = 0; i < 100; ++i) {
            all.pair.peer.send(all.echoes);
            net::wait(all.pair.conn.socket(), {.read = true}, net::deadline{mint::testing::patience}).value();
            const allocation_counter counter;
            all.round(count);
            if (i > 5) {
                EXPECT_EQ(counter.count(), 0U) << "round " << i;
            }
        }
    }
}

TEST(steady_state_http2, makes_one_write_for_many_messages) {
    many all{20};
    all.pair.peer.send(all.echoes);
    net::wait(all.pair.conn.socket(), {.read = true}, net::deadline{mint::testing::patience}).value();
    EXPECT_EQ(mint::testing::count_calls(calls::send, [&] { all.round(20); }), 1U);
}

TEST(steady_state_http2, holds_under_2_kib_of_heap_for_an_idle_websocket) {
    constexpr std::uint32_t count = 90;
    http2_pair pair;
    pair.open();
    std::vector<websocket> sockets;
    sockets.reserve(count + 1);
    const auto open_one = [&] {
        const auto id = static_cast<std::uint32_t>(1 + 2 * sockets.size());
        sockets.push_back(pair.create(pair.open_websocket(id)));
        pair.received.clear();
    };
    open_one();  // what the first use of other libraries takes is nobody's
    const std::ptrdiff_t before = heap_in_use();
    for (std::uint32_t i = 0; i < count; ++i) open_one();
    const auto each = (heap_in_use() - before) / count;
    EXPECT_LT(each, 2048);
    RecordProperty("heap_per_websocket", static_cast<int>(each));
}

}  // namespace
}  // namespace mint
