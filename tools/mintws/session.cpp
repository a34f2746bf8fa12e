#include "session.hpp"

#include <mint/base/overloaded.hpp>

#include <algorithm>
#include <utility>

namespace mintws {

using namespace std::chrono_literals;
namespace ws = mint::ws;

namespace {

// After the closing handshake the server closes the connection (RFC 6455 §7.1.1); some need a hint.
constexpr auto draining_time = 1s;

std::optional<session::time_point> earliest(std::initializer_list<std::optional<session::time_point>> times) {
    std::optional<session::time_point> result;
    for (const auto& t : times) {
        if (t && (!result || *t < *result)) result = t;
    }
    return result;
}

bool is_over(const std::optional<session::time_point>& deadline, session::time_point now) {
    return deadline && *deadline <= now;
}

}  // namespace

session::session(session_options options, time_point now) : options_(std::move(options)) {
    if (options_.ping_interval > 0ms) ping_at_ = now + options_.ping_interval;
}

void session::on_frame(const ws::frame& received, time_point now, action_list& out) {
    if (state_ != state::open && state_ != state::closing) return;
    std::visit(mint::overloaded{
                   [&](const ws::text&) { on_message(received, now, out); },
                   [&](const ws::binary&) { on_message(received, now, out); },
                   [&](const ws::ping& f) {
                       if (state_ == state::open) out.emplace_back(actions::send_pong{f.payload});
                   },
                   [&](const ws::pong&) { pong_until_.reset(); },
                   [&](const ws::close& f) { on_close(f, now, out); },
               },
               received);
}

void session::on_end_of_input(time_point now, action_list& out) {
    if (std::exchange(input_ended_, true) || state_ != state::open || !options_.closes_at_end_of_input) return;
    if (options_.wait > 0ms) {
        close_at_ = now + options_.wait;
    } else if (!options_.message_count) {  // those that were asked for are waited for
        close_as_told(now, out);
    }
}

void session::on_bad_input(time_point now, action_list& out) {
    settle(exit_status::usage);
    if (state_ == state::open) close_as_told(now, out);
}

void session::on_output_closed(time_point now, action_list& out) {
    prints_ = false;
    if (state_ == state::open) close_as_told(now, out);
}

void session::on_output_failed(time_point now, action_list& out) {
    settle(exit_status::unwritten);
    on_output_closed(now, out);
}

// A pong can't stand inside a frame (RFC 6455 §5.4), so that a large one keeps it back.
void session::on_sign_of_life(time_point now) noexcept {
    if (pong_until_) pong_until_ = now + options_.ping_timeout;
}

void session::on_interrupt(time_point now, action_list& out) {
    if (std::exchange(was_interrupted_, true) || state_ == state::draining) return end_with(exit_status::interrupted);
    if (state_ == state::open) close_as_told(now, out);
}

void session::on_protocol_error(const mint::error& broken, time_point now, action_list& out) {
    if (state_ == state::done) return;
    settle(exit_status::protocol_error);
    if (state_ == state::open) {
        const auto code = broken.close_code();
        close(code == 0 ? std::nullopt : std::optional{ws::close_code{code}}, {}, now, out);
    }
    drain(now);
}

void session::on_connection_end() {
    if (state_ == state::draining) {
        state_ = state::done;
    } else {
        end_with(exit_status::abnormal);
    }
}

void session::on_time(time_point now, action_list& out) {
    if (is_over(end_until_, now)) {
        // A peer that doesn't end the connection after the closing handshake is put up with.
        return state_ == state::closing ? end_with(exit_status::timed_out) : end_with(exit_status::success);
    }
    if (is_over(pong_until_, now)) return end_with(exit_status::timed_out);
    if (state_ != state::open) return;
    if (is_over(ping_at_, now)) {
        out.emplace_back(actions::send_ping{});
        ping_at_ = now + options_.ping_interval;
        if (!pong_until_) pong_until_ = now + options_.ping_timeout;
    }
    if (is_over(close_at_, now)) close_as_told(now, out);
}

std::optional<session::time_point> session::deadline() const noexcept {
    return earliest({close_at_, ping_at_, pong_until_, end_until_});
}

void session::close(std::optional<ws::close_code> code, const std::string& reason, time_point now, action_list& out) {
    out.emplace_back(actions::send_close{code, reason});
    sent_code_ = code;
    state_ = state::closing;
    close_at_.reset();
    ping_at_.reset();
    pong_until_.reset();
    end_until_ = now + options_.close_timeout;
}

void session::on_message(const ws::frame& message, time_point now, action_list& out) {
    if (!prints_) return;
    out.emplace_back(actions::print{message});
    if (!options_.message_count || ++message_count_ < *options_.message_count) return;
    prints_ = false;
    if (state_ == state::open) close_as_told(now, out);
}

void session::on_close(const ws::close& received, time_point now, action_list& out) {
    received_code_ = received.code.value_or(ws::close_code::no_status_received);
    received_reason_ = received.reason;
    const bool is_good = !received.code || *received.code == ws::close_code::normal ||
                         *received.code == ws::close_code::going_away || received.code == sent_code_;
    settle(is_good ? exit_status::success : exit_status::abnormal);
    if (state_ == state::open) close(received.code, {}, now, out);
    drain(now);
}

void session::drain(time_point now) {
    state_ = state::draining;
    end_until_ = now + draining_time;
}

void session::end_with(exit_status s) {
    if (state_ == state::done) return;
    settle(s);
    state_ = state::done;
}

}  // namespace mintws
