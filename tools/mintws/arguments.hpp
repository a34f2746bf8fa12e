#pragma once

#include "client_options.hpp"
#include "command_line.hpp"
#include "demo.hpp"
#include "echo_server.hpp"

#include <expected>
#include <span>
#include <variant>

namespace mintws {

using command = std::variant<client_options, echo_options, demo_options>;

/// `arguments` without the program's name. Asks neither the environment nor the user.
[[nodiscard]] std::expected<command, early_end> parse_arguments(std::span<const char* const> arguments);

}  // namespace mintws
