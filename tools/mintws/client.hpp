#pragma once

#include "arguments.hpp"
#include "exit_status.hpp"

namespace mintws {

/// `mintws URL`: connects, upgrades, talks, closes.
[[nodiscard]] exit_status run_client(const client_options& options);

}  // namespace mintws
