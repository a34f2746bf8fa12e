#include "support/count_allocations.hpp"
#include "support/scripted_peer.hpp"

#include <mint/http/connecting.hpp>
#include <mint/net/wait.hpp>

#include <chrono>
#include <new>
#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace mint::http {
namespace {

using mint::testing::failing_allocation;
using mint::testing::scripted_peer;
using namespace std::chrono_literals;

TEST(connecting_out_of_memory, is_over_and_never_takes_half_an_answer_for_one) {
    scripted_peer proxy_end;
    const connecting::time_point now = connecting::time_point{} + 1h;
    const proxy via{.host = "127.0.0.1", .port = proxy_end.port()};
    std::size_t failure_count = 0;
    bool is_finished = false;
    for (std::size_t index = 0; !is_finished; ++index) {
        auto attempt = connecting::start(scheme::http, "origin.example", 80, {.proxy = via}, now).value();
        while (attempt.stage() != connect_stage::proxy) {
            ASSERT_TRUE(attempt.step(now));
            if (attempt.stage() != connect_stage::proxy) {
                ASSERT_TRUE(net::wait_any(attempt.wants(), net::deadline{5s}));
            }
        }
        proxy_end.accept();
        static_cast<void>(proxy_end.receive_until("\r\n\r\n"));
        proxy_end.send("HTTP/1.1 200 OK\r\nx: 1\r\n\r\nbehind");
        ASSERT_TRUE(net::wait_any(attempt.wants(), net::deadline{5s}));
        std::optional<bool> was_given;
        try {
            const failing_allocation failing{index};
            const auto stepped = attempt.step(now);
            was_given = stepped && stepped->has_value();
        } catch (const std::bad_alloc&) {
            ++failure_count;
        }
        if (was_given) {
            EXPECT_TRUE(*was_given);
            is_finished = true;
            continue;
        }
        const auto again = attempt.step(now);
        ASSERT_FALSE(again) << "what was read is missing";
        EXPECT_EQ(again.error(), errc::system_error);
        EXPECT_TRUE(attempt.wants().empty());
    }
    EXPECT_GT(failure_count, 5U);
}

}  // namespace
}  // namespace mint::http
