#pragma once

#include <mint/base/error.hpp>
#include <mint/base/retry.hpp>
#include <mint/ws/close_code.hpp>
#include <mint/ws/frame.hpp>

#include <optional>

namespace mint {

/// Whether to open a WebSocket again that the peer closed with `code`: by what the code means (RFC 6455 §7.4.1 and
/// IANA's registry). docs/errors.md has every code.
///
/// Codes from 4000 on mean what the server says: `backoff` here, and a program that knows them decides by itself.
[[nodiscard]] retry retry_of(ws::close_code code) noexcept;

/// Whether to open a WebSocket again that ended by `reason`, after the peer's Close frame if one came.
///
/// The Close decides: it is the peer's own word, and what follows it, such as a connection that ends without good
/// order, says nothing more. A Close without a code is `backoff`: nobody said why. Without a Close `reason` decides.
[[nodiscard]] retry retry_of(const error& reason, const std::optional<ws::close>& received) noexcept;

/// The same for a WebSocket that ended by the peer's Close alone.
[[nodiscard]] retry retry_of(const ws::close& received) noexcept;
[[nodiscard]] retry retry_of(const ws::owned_close& received) noexcept;

}  // namespace mint
