#pragma once

#include <algorithm>
#include <chrono>

#include <climits>

namespace mintws {

/// How long poll may wait: until `time`, rounded up; -1, without end, for the end of all time.
[[nodiscard]] inline int milliseconds_until(std::chrono::steady_clock::time_point time) {
    using clock = std::chrono::steady_clock;
    if (time == clock::time_point::max()) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(time - clock::now()).count();
    return static_cast<int>(std::clamp<std::chrono::milliseconds::rep>(left, 0, INT_MAX));
}

}  // namespace mintws
