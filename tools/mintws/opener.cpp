#include "opener.hpp"

#include "milliseconds.hpp"
#include "opening_report.hpp"
#include "standard_streams.hpp"

#include <algorithm>
#include <chrono>
#include <poll.h>
#include <utility>
#include <vector>

#include <fmt/core.h>

namespace mintws {

using namespace std::chrono_literals;

namespace {

using clock = mint::opening::clock;

// For a refusal's content to come; it is shown as far as it came.
constexpr auto content_time = 2s;

// Until a descriptor is ready or the time is there; false for a signal.
bool wait(const std::vector<mint::net::interest>& wants, clock::time_point until, const signals& interrupts) {
    std::vector<pollfd> ready{{.fd = interrupts.descriptor(), .events = POLLIN, .revents = 0}};
    for (const auto& w : wants) {
        const int events = (w.wanted.read ? POLLIN : 0) | (w.wanted.write ? POLLOUT : 0);
        ready.push_back({.fd = w.descriptor, .events = static_cast<short>(events), .revents = 0});
    }
    ::poll(ready.data(), ready.size(), milliseconds_until(until));
    return ready.front().revents == 0;
}

}  // namespace

std::expected<mint::opened_websocket, exit_status> open_websocket(const mint::url& target,
                                                                  const mint::open_options& options, bool is_verbose,
                                                                  bool is_quiet, const signals& interrupts) {
    opening_report report{options, is_verbose, is_quiet};
    auto attempt = mint::opening::start(target, options, clock::now());
    if (!attempt)
        return std::unexpected(report.failed(attempt.error(), mint::http::connect_stage::finished, target, {}));
    auto refused_until = clock::time_point::max();
    while (true) {
        const auto now = clock::now();
        // The clock is ours: a refusal is over at the latest when we say that all time is.
        auto opened = attempt->step(refused_until <= now ? clock::time_point::max() : now);
        report.show_exchanges(attempt->exchanges(), !opened || *opened);
        if (!opened) {
            return std::unexpected(
                report.failed(opened.error(), attempt->failed_stage(), target, attempt->exchanges()));
        }
        if (*opened) return std::move(**opened);
        report.show_stage(*attempt);

        const auto& exchange = attempt->exchanges().back();
        const bool goes_on = mint::is_redirect(exchange.status_code) && options.redirects.max_count > 0;
        if (exchange.status_code == 0 || goes_on) {
            refused_until = clock::time_point::max();
        } else if (refused_until == clock::time_point::max()) {
            refused_until = now + content_time;
        }
        if (!wait(attempt->wants(), std::min(attempt->deadline(), refused_until), interrupts)) {
            static_cast<void>(interrupts.take());
            tell("mintws: interrupted while {}\n", attempt->describe());
            return std::unexpected(exit_status::interrupted);
        }
    }
}

}  // namespace mintws
