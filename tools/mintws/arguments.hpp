#pragma once

#include "demo.hpp"
#include "echo_server.hpp"
#include "exit_status.hpp"

#include <mint/base/headers.hpp>
#include <mint/base/url.hpp>
#include <mint/ws/close_code.hpp>

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace mintws {

/// `mintws URL`: everything the command line said, checked.
struct client_options {
    mint::url url;
    mint::headers fields;  ///< of the opening handshake, with origin and authorization
    std::vector<std::string> subprotocols;
    std::vector<std::string> first_messages;
    bool sends_binary = false;

    bool closes_at_end_of_input = true;
    std::chrono::milliseconds wait{0};           ///< between the end of input and the Close
    std::optional<std::uint64_t> message_count;  ///< close after so many messages received
    mint::ws::close_code close_code = mint::ws::close_code::normal;
    std::string close_reason;

    std::chrono::milliseconds connect_timeout{30'000};  ///< connecting; and again the handshake
    std::chrono::milliseconds close_timeout{5'000};
    std::chrono::milliseconds ping_interval{0};  ///< 0: no pings of our own
    std::chrono::milliseconds ping_timeout{10'000};
    std::uint64_t max_message_size = 64 * 1024 * 1024;

    bool is_verbose = false;
    bool is_quiet = false;
    bool reports_close = false;
    bool has_timestamps = false;
};

using command = std::variant<client_options, echo_options, demo_options>;

/// Instead of a command: what to print, to stdout with success and to stderr else, and how to end.
struct early_end {
    std::string text;
    exit_status status;
};

/// `arguments` without the program's name.
[[nodiscard]] std::expected<command, early_end> parse_arguments(std::span<const char* const> arguments);

}  // namespace mintws
