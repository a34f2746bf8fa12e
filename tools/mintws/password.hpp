#pragma once

#include "signals.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace mintws {

/// Asks for a password at the terminal that standard input is, and doesn't show it. Nothing where a signal or the
/// terminal's end came instead.
[[nodiscard]] std::optional<std::string> ask_password(std::string_view question, const signals& interrupts);

}  // namespace mintws
