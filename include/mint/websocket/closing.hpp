#pragma once

#include <mint/base/error.hpp>
#include <mint/base/request.hpp>
#include <mint/http/connection.hpp>
#include <mint/http/read_buffer.hpp>

#include <chrono>
#include <expected>

namespace mint {

/// How long the peer's end is waited for behind the closing handshake.
inline constexpr std::chrono::milliseconds closing_grace{2'000};

/// The end of one WebSocket behind its closing handshake, for event loops: one of many on a connection, or the only
/// one.
///
/// Over HTTP/2 our direction is ended at once by END_STREAM, for some servers wait for that; then the peer has the
/// grace time to end its own, else the stream is reset with CANCEL: done earlier that makes peers lose the Close frame.
/// Over HTTP/1.1 the server has the grace time to close the connection first, as it should; it is closed then (RFC 6455
/// §7.1.1, RFC 8441 §5).
///
///     mint::closing end{ref, clock::now()};                     // a Close was sent and one received
///     while (!*end.step(conn, responses, clock::now())) { … }   // with what each receiving call gave
///
/// Step each of them behind every receiving call and behind `uncork`, also with no response of its own: the end of our
/// direction may go out later, and no response tells of that.
///
/// The clock is the caller's: only the times given count. A value; it holds no reference to the connection.
class closing {
  public:
    using time_point = std::chrono::steady_clock::time_point;

    /// Begins when a Close was sent and one received, or when the peer ended the stream without one. What is queued
    /// goes out first.
    closing(request_ref ref, time_point now, std::chrono::milliseconds grace = closing_grace) noexcept;

    /// Looks for the end in what a receiving call gave (an empty list where only time passed), and does what is due.
    /// True once the stream is over: nothing of it is left, and no response comes for the ref in a later list. The
    /// errors are those of a send.
    [[nodiscard]] std::expected<bool, error> step(http::connection& conn, http::response_list responses,
                                                  time_point now);

    /// When to call `step` at the latest; `time_point::max()` once it is over.
    [[nodiscard]] time_point deadline() const noexcept { return is_over_ ? time_point::max() : until_; }

    [[nodiscard]] bool is_over() const noexcept { return is_over_; }

    /// True if the end didn't come in time, and the stream was reset or the connection closed.
    [[nodiscard]] bool was_cancelled() const noexcept { return was_cancelled_; }

  private:
    [[nodiscard]] std::expected<void, error> end_direction(http::connection& conn);

    request_ref ref_;
    time_point until_;
    bool is_ended_ = false;  ///< our direction
    bool has_peer_ended_ = false;
    bool is_over_ = false;
    bool was_cancelled_ = false;
};

}  // namespace mint
