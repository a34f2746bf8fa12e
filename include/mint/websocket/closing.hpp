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
/// Our direction is ended (END_STREAM; on HTTP/1.1 that of the connection). Then the peer has the grace time to end
/// its own; else the stream is reset with CANCEL, and on HTTP/1.1 the connection closed. Resetting at once would make
/// peers lose the Close frame, and some servers end a stream only when we did (RFC 6455 §7.1.1, RFC 8441 §5).
///
///     mint::closing end{ref, clock::now()};                     // a Close was sent and one received
///     while (!*end.step(conn, responses, clock::now())) { … }   // with what each receiving call gave
///
/// The clock is the caller's: only the times given count. A value; it holds no reference to the connection.
class closing {
  public:
    using time_point = std::chrono::steady_clock::time_point;

    /// Begins when a Close was sent and one received, or when the peer ended the stream without one. What is queued
    /// goes out first.
    closing(request_ref ref, time_point now, std::chrono::milliseconds grace = closing_grace) noexcept;

    /// Looks for the end in what a receiving call gave (an empty list where only time passed), and does what is due.
    /// True once the stream is over: nothing more comes for the ref, and nothing of it is left. The errors are those of
    /// the connection, which isn't usable then; errc::unknown_request where the ref is none of its.
    [[nodiscard]] std::expected<bool, error> step(http::connection& conn, http::response_list responses,
                                                  time_point now);

    /// When to call `step` at the latest; `time_point::max()` once it is over.
    [[nodiscard]] time_point deadline() const noexcept { return is_over_ ? time_point::max() : until_; }

    [[nodiscard]] bool is_over() const noexcept { return is_over_; }

    /// True if the peer didn't end in time, and the stream was reset.
    [[nodiscard]] bool was_cancelled() const noexcept { return was_cancelled_; }

  private:
    request_ref ref_;
    time_point until_;
    bool is_ended_ = false;  ///< our direction
    bool is_over_ = false;
    bool was_cancelled_ = false;
};

}  // namespace mint
