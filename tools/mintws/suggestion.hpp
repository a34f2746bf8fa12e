#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace mintws {

/// The name that was most likely meant by `typed`: at most two letters added, left out, replaced, or swapped with the
/// next one. Nothing if none is so close.
[[nodiscard]] std::optional<std::string> closest(std::string_view typed, std::span<const std::string> names);

/// The URL of a WebSocket that was most likely meant: `ws://localhost:9000` by `localhost:9000`, `wss://host/` by
/// `https://host/`. Nothing if `typed` says no more than that. User and password aren't in it.
[[nodiscard]] std::optional<std::string> websocket_form(std::string_view typed);

}  // namespace mintws
