#pragma once

#include <algorithm>
#include <chrono>

namespace mint::net::detail {

using time_point = std::chrono::steady_clock::time_point;

/// The time between two points, at most as long as the clock's type has room for, and never below zero.
[[nodiscard]] constexpr time_point::duration time_between(time_point from, time_point to) noexcept {
    if (to <= from) return time_point::duration::zero();
    // Only a point before the clock's zero can be too far from one after it.
    if (from < time_point{} && to > time_point::max() + from.time_since_epoch()) return time_point::duration::max();
    return to - from;
}

/// `now` and a time after it; what is too far away for the clock is never, `time_point::max()`.
[[nodiscard]] constexpr time_point after(time_point now, time_point::duration time) noexcept {
    if (time <= time_point::duration::zero()) return now;
    return time < time_between(now, time_point::max()) ? now + time : time_point::max();
}

/// When a timeout that begins now is over; one too far away for the clock is never, `time_point::max()`.
[[nodiscard]] constexpr time_point end_of(std::chrono::milliseconds timeout, time_point now) noexcept {
    if (timeout <= std::chrono::milliseconds::zero()) return now;
    const auto longest = std::chrono::floor<std::chrono::milliseconds>(time_between(now, time_point::max()));
    return timeout < longest ? after(now, timeout) : time_point::max();
}

/// What is left of it, rounded up; `milliseconds::max()` for never.
[[nodiscard]] constexpr std::chrono::milliseconds left_until(time_point until, time_point now) noexcept {
    using std::chrono::milliseconds;
    if (until == time_point::max()) return milliseconds::max();
    return std::chrono::ceil<milliseconds>(time_between(now, until));
}

}  // namespace mint::net::detail
