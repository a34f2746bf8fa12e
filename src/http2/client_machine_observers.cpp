#include "http2/client_state.hpp"

#include <mint/http2/client_machine.hpp>

#include <algorithm>
#include <string>

namespace mint::http2 {

using detail::stream;

bool client_machine::wants_write() const noexcept {
    if (!state_) return false;
    return !state_->output.empty();
}

bool client_machine::has_responses() const noexcept {
    if (!state_) return false;
    return !state_->late.empty();
}

std::size_t client_machine::queued_size() const noexcept {
    if (!state_) return 0;
    const std::size_t header_size = state_->held.empty() ? 0 : 9;
    return state_->output.size() + header_size +
           static_cast<std::size_t>(state_->content_queued - state_->engine.content_sent());
}

std::size_t client_machine::queued_size(request_ref ref) const noexcept {
    if (!state_) return 0;
    const stream* const s = state_->streams.find(ref);
    return s == nullptr ? 0 : s->queue.size();
}

bool client_machine::is_open_for_requests() const noexcept {
    if (!state_) return false;
    return !state_->refusal() && !state_->is_full();
}

bool client_machine::wants_close() const noexcept {
    if (!state_) return true;
    if (state_->is_over()) return true;
    return (state_->goaway || state_->has_sent_goaway) && state_->streams.size() == 0;
}

std::size_t client_machine::open_request_count() const noexcept {
    if (!state_) return 0;
    return state_->unanswered_count;
}

bool client_machine::is_streaming(request_ref ref) const noexcept {
    if (!state_) return false;
    const stream* const s = state_->streams.find(ref);
    return s != nullptr && s->takes_content;
}

bool client_machine::is_open(request_ref ref) const noexcept {
    if (!state_) return false;
    return state_->streams.find(ref) != nullptr;
}

bool client_machine::awaits_response(request_ref ref) const noexcept {
    if (!state_) return false;
    const stream* const s = state_->streams.find(ref);
    return s != nullptr && !s->is_answered;
}

bool client_machine::is_tunnel(request_ref ref) const noexcept {
    if (!state_) return false;
    const stream* const s = state_->streams.find(ref);
    return s != nullptr && s->is_tunnel;
}

const std::string& client_machine::authority() const noexcept {
    static const std::string none;
    if (!state_) return none;
    return state_->options.authority;
}

http2::extended_connect client_machine::extended_connect() const noexcept {
    if (!state_) return http2::extended_connect::disabled;
    if (!state_->has_settings) return extended_connect::unknown;
    return server_settings().enable_connect_protocol ? extended_connect::enabled : extended_connect::disabled;
}

settings client_machine::server_settings() const noexcept {
    if (!state_) return {};
    return state_->engine.server_settings();
}

settings client_machine::client_settings() const noexcept {
    if (!state_) return {};
    return state_->engine.client_settings();
}

std::size_t client_machine::send_window(request_ref ref) const noexcept {
    if (!state_) return 0;
    const stream* const s = state_->streams.find(ref);
    if (s == nullptr) return 0;
    if (s->is_waiting()) return std::min<std::size_t>(server_settings().initial_window_size, send_window());
    const std::size_t own = state_->engine.send_window(*s);
    return s == state_->followed ? own - state_->held.size() : std::min(own, send_window());
}

std::size_t client_machine::send_window() const noexcept {
    if (!state_) return 0;
    return state_->engine.send_window() - state_->held.size();
}

std::size_t client_machine::receive_window() const noexcept {
    if (!state_) return 0;
    return state_->engine.receive_window();
}

std::size_t client_machine::receive_window(request_ref ref) const noexcept {
    if (!state_) return 0;
    const stream* const s = state_->streams.find(ref);
    return s == nullptr || s->is_waiting() ? 0 : state_->engine.receive_window(*s);
}

}  // namespace mint::http2
