#pragma once

#include "exit_status.hpp"
#include "opening_report.hpp"

#include <mint/base/error.hpp>
#include <mint/base/url.hpp>

#include <string>

namespace mintws {

/// Why a demo ended early: a line for a person, and how to exit.
struct demo_failure {
    std::string text;
    exit_status status = exit_status::protocol_error;
};

/// Of an error before the WebSocket was there. `was_connected`: the server was asked for it already.
[[nodiscard]] inline demo_failure failed_to_open(const mint::error& e, const mint::url& url, bool was_connected) {
    using mint::http::connect_stage;
    const bool is_cut = e == mint::errc::connection_reset || e == mint::errc::connection_closed;
    const bool is_tls = url.is_secure && is_cut && !was_connected;
    return {mint::to_string(e), status_of(e, is_tls ? connect_stage::tls : connect_stage::finished, was_connected)};
}

/// Of an error after that.
[[nodiscard]] inline demo_failure failed_later(const mint::error& e) {
    return {mint::to_string(e), status_of(e, mint::http::connect_stage::finished, true)};
}

}  // namespace mintws
