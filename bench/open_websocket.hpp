#pragma once

// A WebSocket to a loopback_echo, for benchmarks: what can't fail there ends the program.

#include "loopback_echo.hpp"

#include <mint/http/connect.hpp>
#include <mint/websocket/websocket.hpp>

#include <expected>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace mint_bench {

/// The value, or an exception that ends the program.
template <class Value, class Error>
Value must(std::expected<Value, Error> result) {
    if (!result) throw std::runtime_error("a call failed that can't fail here");
    if constexpr (!std::is_void_v<Value>) return *std::move(result);
}

struct client {
    mint::http::connection conn;
    mint::websocket ws;
};

inline client open(const loopback_echo& server, mint::http::mode mode, mint::http::read_buffer& scratch) {
    auto conn =
        must(mint::http::connect(mint::scheme::http, "127.0.0.1", server.port(), {.mode = mint::http::mode::passive}));
    const auto ref = must(mint::websocket::upgrade(mint::ws_scheme::ws, conn, "/"));
    const auto answer = must(mint::websocket::recv_upgrade(conn, ref, mint::http::no_timeout, scratch));
    auto ws = must(mint::websocket::create(conn, ref, answer.status_code, answer.fields, {.mode = mode}));
    return {std::move(conn), std::move(ws)};
}

}  // namespace mint_bench
