#include "net/budget.hpp"

#include <mint/net/socket.hpp>
#include <mint/net/wait.hpp>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <poll.h>
#include <span>
#include <utility>
#include <vector>

namespace mint::net {

using std::chrono::milliseconds;

deadline::deadline(milliseconds timeout) noexcept
    // For ever needs no clock.
    : at_(timeout == milliseconds::max() ? clock::time_point::max() : detail::end_of(timeout, clock::now())) {}

milliseconds deadline::left() const noexcept {
    if (is_never()) return milliseconds::max();
    return detail::left_until(at_, clock::now());
}

namespace {

/// Until one of the entries has something to say.
std::expected<void, error> poll_until(std::span<pollfd> entries, const deadline& until) {
    constexpr milliseconds longest{std::numeric_limits<int>::max()};
    while (true) {
        const milliseconds left = until.left();
        const int timeout = until.is_never() ? -1 : static_cast<int>(std::min(left, longest).count());
        const int ready = ::poll(entries.data(), entries.size(), timeout);
        if (ready > 0) return {};
        if (ready < 0 && errno != EINTR) return std::unexpected(error_of(errno, "poll"));
        if (left == milliseconds::zero() && ready == 0) return std::unexpected(errc::timeout);
    }
}

pollfd entry_of(int descriptor, readiness wanted) noexcept {
    pollfd entry{};
    entry.fd = descriptor;
    entry.events = static_cast<short>((wanted.read ? POLLIN : 0) | (wanted.write ? POLLOUT : 0));
    return entry;
}

}  // namespace

std::expected<void, error> wait_any(std::span<const interest> wanted, const deadline& until) {
    std::vector<pollfd> entries;
    entries.reserve(wanted.size());
    for (const interest& i : wanted) entries.push_back(entry_of(i.descriptor, i.wanted));
    return poll_until(entries, until);
}

std::expected<readiness, error> wait(int descriptor, readiness wanted, const deadline& until) {
    pollfd entry = entry_of(descriptor, wanted);
    if (auto waited = poll_until({&entry, 1}, until); !waited) return std::unexpected(std::move(waited.error()));
    // An error or a hang-up is for whoever reads or writes next to find out about.
    const bool is_broken = (entry.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0;
    return readiness{.read = wanted.read && (is_broken || (entry.revents & POLLIN) != 0),
                     .write = wanted.write && (is_broken || (entry.revents & POLLOUT) != 0)};
}

}  // namespace mint::net
