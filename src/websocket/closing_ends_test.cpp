#include <mint/websocket/closing.hpp>
#include <mint/websocket/opening.hpp>

#include <chrono>

#include <gtest/gtest.h>

namespace mint {
namespace {

using namespace std::chrono_literals;
using time_point = closing::time_point;

TEST(closing_at_the_ends_of_the_clock, has_its_deadline) {
    constexpr request_ref ref{1};
    constexpr auto longest = std::chrono::milliseconds::max();
    EXPECT_EQ(closing(ref, time_point::min(), 5s).deadline(), time_point::min() + 5s);
    EXPECT_EQ(closing(ref, time_point::min(), longest).deadline(), time_point::max());
    EXPECT_EQ(closing(ref, time_point::max() - 1ms, 5s).deadline(), time_point::max());
    EXPECT_EQ(closing(ref, time_point{}, longest).deadline(), time_point::max());
    EXPECT_EQ(closing(ref, time_point{}, std::chrono::milliseconds::min()).deadline(), time_point{});
}

TEST(opening_at_the_ends_of_the_clock, has_its_deadline) {
    for (const time_point now : {time_point::min(), time_point{}, time_point::max() - 1ms}) {
        // An address of TEST-NET-1 (RFC 5737), which nobody has.
        auto attempt = opening::start(*parse_url("ws://192.0.2.1/"), {}, now);
        ASSERT_TRUE(attempt) << to_string(attempt.error());
        const auto stepped = attempt->step(now);
        if (!stepped) {
            EXPECT_NE(stepped.error(), errc::connect_timeout);
        } else {
            EXPECT_GE(attempt->deadline(), now);
        }
        const auto late = attempt->step(time_point::max());
        EXPECT_FALSE(late);
    }
}

}  // namespace
}  // namespace mint
