#pragma once

// What our end-to-end programs share: connecting, opening a WebSocket, and the heap.

#include "compare/client_meter.hpp"

#include <mint/mint.hpp>

#include <algorithm>
#include <cstddef>
#include <expected>
#include <malloc.h>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace compare {

/// The value, or an end with the reason: a benchmark has no use for a broken connection.
template <class Value>
Value must(std::expected<Value, mint::error> result) {
    if (!result) arguments::fail(mint::to_string(result.error()));
    if constexpr (!std::is_void_v<Value>) return *std::move(result);
}

inline mint::http::response_list must(
    const std::expected<mint::http::response_list, mint::http::stream_error>& result) {
    if (!result) arguments::fail(mint::to_string(result.error().reason));
    return *result;
}

/// A connection in passive mode; HTTP/2 in cleartext is by prior knowledge.
inline mint::http::connection connect(const arguments& args, mint::http::protocol protocol) {
    mint::http::connect_options options;
    options.protocols = {protocol};
    options.mode = mint::http::mode::passive;
    options.max_queued_size = 4 * 1024 * 1024;  // a whole window of the largest messages
    if (args.is_tls) {
        static const auto tls = must(mint::net::tls_context::create({.insecure = true}));
        options.tls_context = tls;
    }
    const auto scheme = args.is_tls ? mint::scheme::https : mint::scheme::http;
    return must(mint::http::connect(scheme, "127.0.0.1", args.port, options));
}

/// Asks for a WebSocket and waits for it, and for nothing else on this connection.
inline mint::websocket open(const arguments& args, mint::http::connection& conn, mint::http::read_buffer& scratch,
                            const mint::create_options& options = {}, std::string_view target = "/") {
    const auto scheme = args.is_tls ? mint::ws_scheme::wss : mint::ws_scheme::ws;
    const auto ref = must(mint::websocket::upgrade(scheme, conn, target));
    const auto answer = must(mint::websocket::recv_upgrade(conn, ref, mint::http::no_timeout, scratch));
    return must(mint::websocket::create(conn, ref, answer.status_code, answer.fields, options));
}

/// One WebSocket and its connection: all that a program keeps for each.
struct peer {
    mint::http::connection conn;
    mint::websocket ws;
};

inline peer open(const arguments& args, mint::http::mode mode, mint::http::read_buffer& scratch,
                 mint::http::protocol protocol = mint::http::protocol::http1) {
    auto conn = connect(args, protocol);
    auto ws = open(args, conn, scratch, {.mode = mode});
    return {std::move(conn), std::move(ws)};
}

/// Asks for many WebSockets at once on an HTTP/2 connection that has no others yet, the first one for a target of its
/// own; in the order of their refs.
inline std::vector<mint::websocket> open_many(const arguments& args, mint::http::connection& conn, std::size_t count,
                                              mint::http::read_buffer& scratch, std::string_view first_target = "/") {
    const auto scheme = args.is_tls ? mint::ws_scheme::wss : mint::ws_scheme::ws;
    for (std::size_t i = 0; i < count; ++i) {
        must(mint::websocket::upgrade(scheme, conn, i == 0 ? first_target : "/"));
    }
    std::vector<mint::websocket> sockets;
    sockets.reserve(count);
    int status = 0;
    while (sockets.size() < count) {
        for (const mint::response& response : must(conn.recv(0, mint::http::no_timeout, scratch))) {
            if (const auto* line = std::get_if<mint::responses::status>(&response)) status = line->code;
            const auto* section = std::get_if<mint::responses::headers>(&response);
            if (section == nullptr) continue;
            sockets.push_back(must(mint::websocket::create(conn, section->ref, status, section->fields)));
        }
    }
    std::ranges::sort(sockets, {}, &mint::websocket::ref);
    return sockets;
}

/// Heap in use, with the allocator's own overhead and with the blocks that it maps one by one.
inline std::size_t heap_size() {
    const auto info = ::mallinfo2();
    return info.uordblks + info.hblkhd;
}

}  // namespace compare
