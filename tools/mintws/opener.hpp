#pragma once

#include "exit_status.hpp"
#include "signals.hpp"

#include <mint/websocket/opening.hpp>

#include <expected>

namespace mintws {

/// Opens the WebSocket, waiting for its descriptors and for signals, which end it at once. Shows what happens where
/// `is_verbose` is set, and nothing but failures where `is_quiet` is; says what failed on standard error, and then
/// returns how to exit.
[[nodiscard]] std::expected<mint::opened_websocket, exit_status> open_websocket(const mint::url& target,
                                                                                const mint::open_options& options,
                                                                                bool is_verbose, bool is_quiet,
                                                                                const signals& interrupts);

}  // namespace mintws
