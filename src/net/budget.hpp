#pragma once

#include <algorithm>
#include <chrono>

namespace mint::net::detail {

using time_point = std::chrono::steady_clock::time_point;

/// When a timeout that begins now is over; one too far away for the clock is never, `time_point::max()`.
[[nodiscard]] inline time_point end_of(std::chrono::milliseconds timeout, time_point now) noexcept {
    if (timeout <= std::chrono::milliseconds::zero()) return now;
    const auto longest = std::chrono::floor<std::chrono::milliseconds>(time_point::max() - now);
    return timeout < longest ? now + timeout : time_point::max();
}

/// What is left of it, rounded up; `milliseconds::max()` for never.
[[nodiscard]] inline std::chrono::milliseconds left_until(time_point until, time_point now) noexcept {
    using std::chrono::milliseconds;
    if (until == time_point::max()) return milliseconds::max();
    return std::max(std::chrono::ceil<milliseconds>(until - now), milliseconds::zero());
}

}  // namespace mint::net::detail
