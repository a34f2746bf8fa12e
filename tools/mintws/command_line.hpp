#pragma once

#include "exit_status.hpp"

#include <mint/base/url.hpp>

#include <chrono>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

namespace mintws {

/// Instead of a command: what to print, to stdout with success and to stderr else, and how to end.
struct early_end {
    std::string text;
    exit_status status;
};

/// The end of a command line with a mistake in it.
[[nodiscard]] early_end wrong_use(std::string_view program, const std::string& problem);

/// Parses, or says why there is nothing to do.
[[nodiscard]] std::optional<early_end> parse(CLI::App& app, std::span<const char* const> arguments);

/// A URL of ws or wss. The error is a line for a person, as those below.
[[nodiscard]] std::expected<mint::url, std::string> websocket_url(const std::string& text);

[[nodiscard]] std::expected<std::chrono::milliseconds, std::string> duration(std::string_view option, double seconds);

}  // namespace mintws
