#pragma once

#include "exit_status.hpp"

#include <mint/base/error.hpp>
#include <mint/ws/close_code.hpp>
#include <mint/ws/frame.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace mintws {

struct session_options {
    bool closes_at_end_of_input = true;
    std::chrono::milliseconds wait{0};
    std::optional<std::uint64_t> message_count = {};
    mint::ws::close_code close_code = mint::ws::close_code::normal;
    std::string close_reason = {};
    std::chrono::milliseconds close_timeout{5'000};
    std::chrono::milliseconds ping_interval{0};
    std::chrono::milliseconds ping_timeout{10'000};
};

/// What the session wants done, in order.
namespace actions {
struct send_ping {};
struct send_pong {
    mint::byte_view payload;  ///< of the ping answered
};
struct send_close {
    std::optional<mint::ws::close_code> code;
    std::string reason;
};
struct print {
    mint::ws::frame message;  ///< the frame that `on_frame` was given
};
}  // namespace actions
using action = std::variant<actions::send_ping, actions::send_pong, actions::send_close, actions::print>;

/// The life of one open WebSocket as the program sees it: what to do for each thing that happens, and how to exit. No
/// I/O, no clock.
///
/// Each `on_…` call appends to `out` what is to be done; ask `is_done` and `deadline` after it, and call `on_time` when
/// the deadline is there. Once done, calls change nothing.
class session {
  public:
    using time_point = std::chrono::steady_clock::time_point;
    using action_list = std::vector<action>;

    session(session_options options, time_point now);

    void on_frame(const mint::ws::frame& received, time_point now, action_list& out);
    void on_end_of_input(time_point now, action_list& out);

    /// Input that can't be sent, a line over the limit say.
    void on_bad_input(time_point now, action_list& out);

    /// Nobody reads our standard output any more: who did has enough.
    void on_output_closed(time_point now, action_list& out);

    /// Our standard output can't be written any more.
    void on_output_failed(time_point now, action_list& out);

    /// Any bytes came from the peer, or it took some of what stands before our ping: it lives.
    void on_sign_of_life(time_point now) noexcept;

    /// SIGINT or SIGTERM: closes; a second one ends at once.
    void on_interrupt(time_point now, action_list& out);

    void on_protocol_error(const mint::error& broken, time_point now, action_list& out);

    /// The peer ended the connection, or it broke.
    void on_connection_end();

    void on_time(time_point now, action_list& out);

    [[nodiscard]] std::optional<time_point> deadline() const noexcept;

    /// True while messages may be sent.
    [[nodiscard]] bool wants_input() const noexcept { return state_ == state::open && !input_ended_; }

    /// True while a pong, or any other sign of life, is waited for.
    [[nodiscard]] bool awaits_pong() const noexcept { return pong_until_.has_value(); }

    /// True once there was an interrupt.
    [[nodiscard]] bool was_interrupted() const noexcept { return was_interrupted_; }

    [[nodiscard]] bool is_done() const noexcept { return state_ == state::done; }

    /// How to exit; `success` while nothing else is known.
    [[nodiscard]] exit_status status() const noexcept { return status_.value_or(exit_status::success); }

    /// The code that the WebSocket was closed with: the peer's, 1005 without one, 1006 where no Close came
    /// (RFC 6455 §7.1.5). Meaningful once done.
    [[nodiscard]] mint::ws::close_code close_code() const noexcept { return received_code_; }
    [[nodiscard]] const std::string& close_reason() const noexcept { return received_reason_; }

  private:
    enum class state {
        open,
        closing,   // a Close was sent
        draining,  // the closing handshake is over, or pointless; the peer is to end the connection
        done,
    };

    void close(std::optional<mint::ws::close_code> code, const std::string& reason, time_point now, action_list& out);
    void close_as_told(time_point now, action_list& out) {
        close(options_.close_code, options_.close_reason, now, out);
    }
    void on_message(const mint::ws::frame& message, time_point now, action_list& out);
    void on_close(const mint::ws::close& received, time_point now, action_list& out);
    void drain(time_point now);
    void end_with(exit_status s);
    void settle(exit_status s) {
        if (!status_) status_ = s;
    }

    session_options options_;
    state state_ = state::open;
    bool input_ended_ = false;
    bool was_interrupted_ = false;
    bool prints_ = true;
    std::uint64_t message_count_ = 0;
    std::optional<exit_status> status_;
    mint::ws::close_code received_code_ = mint::ws::close_code::abnormal_closure;
    std::string received_reason_;
    std::optional<mint::ws::close_code> sent_code_;
    std::optional<time_point> close_at_;  // the end of `wait`
    std::optional<time_point> ping_at_;
    std::optional<time_point> pong_until_;
    std::optional<time_point> end_until_;  // of closing and draining
};

}  // namespace mintws
