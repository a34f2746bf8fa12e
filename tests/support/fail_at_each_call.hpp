#pragma once

#include <cstddef>
#include <functional>

namespace mint::testing {

/// System calls that can be made to fail; joined by `|`.
enum class calls : unsigned {
    socket = 1U << 0U,
    connect = 1U << 1U,
    send = 1U << 2U,  ///< sendmsg as well
    recv = 1U << 3U,  ///< recvfrom as well
    poll = 1U << 4U,
    setsockopt = 1U << 5U,
    getsockopt = 1U << 6U,
    shutdown = 1U << 7U,
    fcntl = 1U << 8U,
    epoll = 1U << 9U,  ///< epoll_create1, epoll_ctl, epoll_wait
    bind = 1U << 10U,
};

[[nodiscard]] constexpr calls operator|(calls a, calls b) noexcept {
    return static_cast<calls>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}

/// How a call fails.
struct call_fault {
    calls which;

    /// errno; 0 makes `send` and `recv` move one octet where they were asked for more.
    int error = 0;

    /// The calls behind the failed one fail as well.
    bool lasts = false;
};

/// Runs `scenario` again and again. In run n the n-th of the calls named fails, until a run makes fewer than n of them:
/// that one, in which nothing failed, is the last. Returns how many calls a run without faults makes.
///
/// Counted are the calling thread's calls on the sockets and epolls that it made in the scenario, so that a peer in the
/// same thread, made before, is left alone. Throws std::runtime_error if a run left such a descriptor open, or where
/// there is no end of calls.
std::size_t fail_at_each_call(const call_fault& fault, const std::function<void()>& scenario);

/// The calls that `part` makes, counted in the same way, none of them failing. For calls on descriptors made before.
[[nodiscard]] std::size_t count_calls(calls which, const std::function<void()>& part);

}  // namespace mint::testing
