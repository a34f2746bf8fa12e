#pragma once

#include <mint/base/error.hpp>

#include <cstdint>
#include <string_view>

namespace mint {

/// Whether the same is worth another attempt, and how soon.
enum class retry : std::uint8_t {
    never,       ///< it would end the same way: something must change first
    now,         ///< nothing is wrong: again at once, once
    backoff,     ///< it may work later: wait a random time, longer after each failure
    overloaded,  ///< the peer has too much to do: as `backoff`, longer, and at least its Retry-After (`retry_after`)
};

/// Whether another attempt is worth it after `reason`: of the request, or of a new connection where this one is over.
///
/// A refusal is judged by its status: `never`, except 408, 425 and 5xx other than 501 and 505 (`backoff`), 429, 503,
/// and those with a Retry-After (`overloaded`). After errc::http1_required the attempt must be made with HTTP/1.1.
/// errc::connection_closed with an offset is `now`: the server closed an idle connection while the request was on its
/// way. errc::timeout is `now` as well: call `recv` again on the same connection, and don't send the request again.
/// Whether a request may be sent twice isn't known here: after any error but errc::request_not_processed the server may
/// have acted on it, so repeat only what may be done twice (RFC 9110 §9.2.2). A policy, no rule: a program that knows
/// its server better decides by itself. docs/errors.md has every case.
///
/// For a WebSocket whose Close frame came give that as well: `retry_of(reason, close)` in ws/retry.hpp.
[[nodiscard]] retry retry_of(const error& reason) noexcept;

/// The enumerator's name, e.g. "backoff".
[[nodiscard]] std::string_view name(retry decision) noexcept;

}  // namespace mint
