#pragma once

#include "client_options.hpp"
#include "exit_status.hpp"

namespace mintws {

/// `mintws URL`: opens the WebSocket, talks, closes.
[[nodiscard]] exit_status run_client(const client_options& options);

}  // namespace mintws
