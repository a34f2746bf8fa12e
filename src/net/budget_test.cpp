#include "net/budget.hpp"

#include <gtest/gtest.h>

namespace mint::net::detail {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr time_point first = time_point::min();
constexpr time_point last = time_point::max();
constexpr time_point zero{};

TEST(budget, saturates_at_both_ends_of_the_clock) {
    for (const time_point now : {first, first + 1ns, zero - 1ns, zero, zero + 1ns, last - 1ns, last}) {
        EXPECT_EQ(end_of(milliseconds::max(), now), last);
        EXPECT_EQ(end_of(milliseconds::min(), now), now);
        EXPECT_EQ(end_of(0ms, now), now);
        EXPECT_GE(after(now, time_point::duration::max()), last - 1ns);
        EXPECT_EQ(after(now, time_point::duration::min()), now);
        EXPECT_EQ(left_until(now, last), now == last ? milliseconds::max() : 0ms);
        EXPECT_EQ(left_until(last, now), milliseconds::max());
        EXPECT_EQ(left_until(first, now), 0ms);
        EXPECT_GE(after(now, 250ms), now);
    }
    EXPECT_EQ(time_between(first, last), time_point::duration::max());
    EXPECT_EQ(time_between(first, zero), time_point::duration::max());
    EXPECT_EQ(time_between(last, first), 0ns);
    EXPECT_EQ(time_between(zero - 1h, zero + 1h), 2h);
    EXPECT_EQ(end_of(5ms, first), first + 5ms);
    EXPECT_EQ(end_of(5ms, last - 1ms), last);
}

TEST(budget, rounds_up_what_is_left) {
    EXPECT_EQ(left_until(zero + 1ns, zero), 1ms);
    EXPECT_EQ(left_until(zero + 2ms, zero), 2ms);
    EXPECT_EQ(left_until(last - 1ns, first), std::chrono::ceil<milliseconds>(time_point::duration::max()));
}

}  // namespace
}  // namespace mint::net::detail
