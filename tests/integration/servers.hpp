#pragma once

#include "support/test_server.hpp"

#include <string_view>

namespace mint::test {

/// Which WebSocket implementation stands at the other end.
enum class peer { npm_ws, python_websockets, python_aiohttp };

[[nodiscard]] std::string_view name_of(peer p) noexcept;

/// That server; started at the first use and kept until the program ends. See servers/ for what each can do.
[[nodiscard]] test_server& server_of(peer p);

/// The most able of them, on node's HTTP server.
[[nodiscard]] inline test_server& node_server() { return server_of(peer::npm_ws); }

}  // namespace mint::test
