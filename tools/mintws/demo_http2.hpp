#pragma once

#include "demo.hpp"
#include "exit_status.hpp"

namespace mintws {

/// Holds ten conversations with an echo server at once, and makes an ordinary request, all on one HTTP/2 connection
/// (RFC 8441); prints what happens on each stream. Success only if each reply was what it must be.
[[nodiscard]] exit_status run_demo_http2(const demo_options& options);

}  // namespace mintws
