#pragma once

#include <mint/websocket/opening.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace mintws {

/// How to exit when a WebSocket wasn't opened is in opening_report.hpp; this is what a person could do about it: lines,
/// often none. `target` is the last one, `now` is for Retry-After.
[[nodiscard]] std::vector<std::string> hints_for(const mint::error& failed, const mint::url& target,
                                                 const mint::open_options& options, std::chrono::sys_seconds now);

}  // namespace mintws
