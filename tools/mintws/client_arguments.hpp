#pragma once

#include "client_options.hpp"
#include "command_line.hpp"

#include <expected>
#include <span>

namespace mintws {

/// The command line of `mintws URL`.
[[nodiscard]] std::expected<client_options, early_end> parse_client(std::span<const char* const> arguments);

}  // namespace mintws
