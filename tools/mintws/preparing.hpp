#pragma once

#include "client_options.hpp"
#include "exit_status.hpp"
#include "signals.hpp"

#include <mint/http/proxy_environment.hpp>

#include <expected>
#include <optional>
#include <string>

namespace mintws {

/// What the process finds around it.
struct surroundings {
    mint::http::proxy_environment proxies;
    std::string key_log_file;  ///< SSLKEYLOGFILE
};

[[nodiscard]] surroundings read_surroundings();

/// Asks for the passwords that the command line left out. What went wrong was told to the user.
[[nodiscard]] std::expected<void, exit_status> ask_for_passwords(client_options& options, const signals& interrupts);

/// How to open the WebSocket: the command line's word, then that of the surroundings. The error is a line for a person.
/// Precondition: every login has its password.
[[nodiscard]] std::expected<mint::open_options, std::string> prepare(const client_options& options,
                                                                     const surroundings& around);

}  // namespace mintws
