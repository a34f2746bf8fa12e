#pragma once

#include "resolve.hpp"

#include <mint/base/url.hpp>
#include <mint/websocket/opening.hpp>
#include <mint/ws/close_code.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mintws {

/// `user:password`, or a user whose password is still to be asked for.
struct login {
    std::string username;
    std::optional<std::string> password;
};

/// How standard input becomes messages.
enum class input_form : unsigned char {
    lines,
    nul_separated,
    chunks,  ///< each read, as it comes
};

/// `mintws URL`: everything the command line said, checked.
struct client_options {
    mint::url url;

    /// How the WebSocket is opened; what the environment and the keyboard add isn't in it yet: see preparing.hpp.
    mint::open_options open;
    std::optional<login> auth;         ///< for the server
    std::optional<login> proxy_login;  ///< for the proxy, whoever named that
    std::optional<std::string> proxy;  ///< a URL; empty for none; where this isn't set the environment counts
    std::optional<std::string> no_proxy;
    std::vector<resolved_host> resolved;  ///< the later one counts

    std::vector<std::string> first_messages;
    bool sends_binary = false;
    input_form input = input_form::lines;  ///< where it isn't a terminal, which gives lines

    bool closes_at_end_of_input = true;
    std::chrono::milliseconds wait{0};           ///< between the end of input and the Close
    std::optional<std::uint64_t> message_count;  ///< close after so many messages received
    mint::ws::close_code close_code = mint::ws::close_code::normal;
    std::string close_reason;

    std::chrono::milliseconds close_timeout{5'000};
    std::chrono::milliseconds ping_interval{0};  ///< 0: no pings of our own
    std::chrono::milliseconds ping_timeout{10'000};
    std::uint64_t max_message_size = 64 * 1024 * 1024;

    bool is_verbose = false;
    bool is_quiet = false;
    bool reports_close = false;
    bool has_timestamps = false;
};

}  // namespace mintws
