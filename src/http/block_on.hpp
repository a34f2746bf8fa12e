#pragma once

#include <mint/base/error.hpp>
#include <mint/net/wait.hpp>

#include <chrono>
#include <expected>
#include <utility>

namespace mint::http::detail {

/// Steps a value such as `connecting` until it gives what it is for, and waits in between.
template <class Result, class Attempt>
[[nodiscard]] std::expected<Result, error> block_on(std::expected<Attempt, error> started) {
    if (!started) return std::unexpected(std::move(started.error()));
    while (true) {
        auto stepped = started->step(std::chrono::steady_clock::now());
        if (!stepped) return std::unexpected(std::move(stepped.error()));
        if (*stepped) return std::move(**stepped);
        // That the time is over `step` finds out for itself.
        const auto waited = net::wait_any(started->wants(), net::deadline{started->deadline()});
        if (!waited && waited.error() != errc::timeout) return std::unexpected(waited.error());
    }
}

}  // namespace mint::http::detail
