#pragma once

#include "exit_status.hpp"

#include <mint/websocket/opening.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mintws {

/// Tells a person on standard error how the opening of a WebSocket goes: with `is_verbose` each step, else what failed.
class opening_report {
  public:
    opening_report(const mint::open_options& options, bool is_verbose, bool is_quiet) noexcept
        : options_(options), is_verbose_(is_verbose), is_quiet_(is_quiet) {}

    /// `* connecting to 127.0.0.1:443`, where that is news.
    void show_stage(const mint::opening& attempt);

    /// What of the requests and answers is new, as curl shows it. `is_over`: nothing more comes. A fallback is told of
    /// unless `is_quiet` is set.
    void show_exchanges(const std::vector<mint::opening_exchange>& exchanges, bool is_over);

    /// Says what failed, shows a refusal and what could be done about it; returns how to exit.
    [[nodiscard]] exit_status failed(const mint::error& e, mint::http::connect_stage failed_stage,
                                     const mint::url& target,
                                     const std::vector<mint::opening_exchange>& exchanges) const;

  private:
    void show_fallback(const mint::opening_exchange& exchange) const;
    void show_request(const mint::opening_exchange& exchange) const;

    const mint::open_options& options_;
    bool is_verbose_;
    bool is_quiet_;
    std::string stage_;
    std::size_t asked_ = 0;     // requests shown
    std::size_t answered_ = 0;  // answers shown
};

/// How to exit for an error of opening, in this stage. `was_connected`: the server was asked for a WebSocket already.
[[nodiscard]] exit_status status_of(const mint::error& e, mint::http::connect_stage failed_stage,
                                    bool was_connected) noexcept;

}  // namespace mintws
