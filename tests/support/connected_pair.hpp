#pragma once

#include "support/scripted_peer.hpp"

#include <mint/http/connect.hpp>
#include <mint/http/connection.hpp>
#include <mint/net/wait.hpp>
#include <mint/websocket/websocket.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

namespace mint::testing {

/// Long enough for anything that does come, on however slow a machine.
inline constexpr std::chrono::milliseconds patience{10'000};
inline const http::connect_options in_passive_mode{.mode = http::mode::passive};

/// Responses with octets of their own: they outlive the read_buffer's next use.
struct transcript {
    std::vector<int> status_codes;
    std::vector<headers> sections;
    std::string data;
    std::vector<int> interim_codes;
    std::vector<errc> errors;
    std::size_t done_count = 0;

    void add(http::response_list list) {
        for (const response& r : list) {
            if (const auto* status = std::get_if<responses::status>(&r)) status_codes.push_back(status->code);
            if (const auto* fields = std::get_if<responses::headers>(&r)) sections.push_back(fields->fields);
            if (const auto* octets = std::get_if<responses::data>(&r)) data += as_text(octets->bytes);
            if (const auto* interim = std::get_if<responses::interim>(&r)) interim_codes.push_back(interim->code);
            if (const auto* failed = std::get_if<responses::error>(&r)) errors.push_back(failed->reason.code);
            if (std::holds_alternative<responses::done>(r)) ++done_count;
        }
    }
};

/// A connection and the peer at its other end.
struct connected_pair {
    explicit connected_pair(const http::connect_options& options = {}, int peer_receive_buffer_size = 0)
        : conn(http::connect(scheme::http, "127.0.0.1", peer.port(), options).value()) {
        peer.accept(peer_receive_buffer_size);
    }

    [[nodiscard]] static http::connect_options passive() { return {.mode = http::mode::passive}; }

    /// Makes a WebSocket of the connection, in the mode that it has; `behind` comes with the answer.
    void upgrade(std::string_view behind = {}) {
        ref = websocket::upgrade(ws_scheme::ws, conn, "/").value();
        peer.accept_upgrade(behind);
        receive_until([](const transcript& t) { return !t.sections.empty(); });
        ASSERT_EQ(received.status_codes, std::vector{101});
        ws.emplace(websocket::create(conn, ref, 101, received.sections.front()).value());
    }

    /// Waits until the socket is readable.
    void wait_readable() const { net::wait(conn.socket(), {.read = true}, net::deadline{patience}).value(); }

    /// One receiving call in either mode, whose responses go to `received`; the error if there was one.
    std::optional<error> receive() {
        const bool is_active = conn.mode() == http::mode::active;
        if (is_active && conn.is_open(http::direction::read)) wait_readable();
        const auto result = is_active ? conn.stream({.id = conn.id()}, scratch) : conn.recv(0, patience, scratch);
        received.add(result ? *result : result.error().responses);
        if (result) return std::nullopt;
        return result.error().reason;
    }

    template <class Predicate>
    void receive_until(Predicate is_enough) {
        while (!is_enough(received)) {
            if (const auto failed = receive()) FAIL() << to_string(*failed);
        }
    }

    /// Receives until an error, and returns it.
    error receive_until_error() {
        while (true) {
            if (auto failed = receive()) return *failed;
        }
    }

    scripted_peer peer;
    http::connection conn;
    http::read_buffer scratch;
    transcript received;
    request_ref ref{};
    std::optional<websocket> ws;
};

}  // namespace mint::testing
