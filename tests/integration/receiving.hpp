#pragma once

#include <mint/http/connection.hpp>
#include <mint/http/read_buffer.hpp>

#include <chrono>
#include <expected>

namespace mint::test {

inline constexpr std::chrono::milliseconds long_enough{20'000};  // what only a broken test or library waits for

/// The next responses of `conn`: by `recv` in passive mode; in active mode by a loop of our own, poll(2) and `stream`.
/// errc::timeout in both.
[[nodiscard]] std::expected<http::response_list, http::stream_error> receive_some(
    http::connection& conn, http::read_buffer& scratch, std::chrono::milliseconds timeout = long_enough);

/// Waits for the socket as its owner's loop would. False when the time is over.
[[nodiscard]] bool wait_for(const http::connection& conn, std::chrono::milliseconds timeout,
                            http::socket_message& message);

}  // namespace mint::test
