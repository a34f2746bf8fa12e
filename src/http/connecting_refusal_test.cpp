#include "support/scripted_peer.hpp"

#include <mint/http/connecting.hpp>
#include <mint/net/wait.hpp>

#include <chrono>
#include <string>

#include <gtest/gtest.h>

namespace mint::http {
namespace {

using mint::testing::scripted_peer;
using namespace std::chrono_literals;

TEST(connecting_refusal, is_read_in_bounded_steps_with_the_clock_looked_at_between_them) {
    scripted_peer proxy_end;
    const connect_options options{.timeout = 100ms,
                                  .proxy = parse_proxy("http://127.0.0.1:" + std::to_string(proxy_end.port())).value(),
                                  .max_refusal_size = 1U << 20U};
    auto now = connecting::time_point{} + 1000h;
    auto attempt = connecting::start(scheme::https, "origin.example", 443, options, now).value();
    while (attempt.stage() != connect_stage::proxy) {
        ASSERT_TRUE(attempt.step(now));
        if (attempt.stage() != connect_stage::proxy) {
            ASSERT_TRUE(net::wait_any(attempt.wants(), net::deadline{5s}));
        }
    }
    proxy_end.accept();
    proxy_end.send("HTTP/1.1 407 x\r\ncontent-length: 9000000\r\n\r\n" + std::string(500'000, 'x'));
    ASSERT_TRUE(net::wait_any(attempt.wants(), net::deadline{5s}));
    ASSERT_TRUE(attempt.step(now));
    EXPECT_LE(attempt.deadline(), now) << "there is more to read at once";
    now += 100ms;
    const auto stepped = attempt.step(now);
    ASSERT_FALSE(stepped) << "the time is over, whatever there is to read";
    EXPECT_EQ(stepped.error().refusal->status_code, 407);
    EXPECT_LT(stepped.error().refusal->content.size(), 500'000U);
}

}  // namespace
}  // namespace mint::http
