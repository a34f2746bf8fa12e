#include "base/endian.hpp"
#include "http2/client_state.hpp"
#include "http2/request_fields.hpp"

#include <mint/http2/client_machine.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

namespace mint::http2 {

namespace {

using detail::client_state;
using detail::outgoing_head;
using detail::stream;

constexpr std::size_t max_window = 0x7FFF'FFFF;

/// What an idle connection keeps for its next frames.
constexpr std::size_t idle_capacity = 16 * 1024;

/// Lends the caller's list to the machine for one call, and gives what came to be since the last one.
class lent_list {
  public:
    lent_list(client_state& state, std::vector<response>& out) : state_(state) {
        out.insert(out.end(), std::make_move_iterator(state.late.begin()), std::make_move_iterator(state.late.end()));
        state.late.clear();
        state.out = &out;
    }
    lent_list(const lent_list&) = delete;
    lent_list& operator=(const lent_list&) = delete;
    ~lent_list() { state_.out = nullptr; }

  private:
    client_state& state_;
};

/// A new stream that waits, or goes out at once.
std::expected<request_ref, error> start(client_state& state, outgoing_head&& head, bool is_connect, bool is_head,
                                        const request_body& body) {
    if (state.is_full()) return std::unexpected(errc::too_many_streams);
    if (auto allowed = state.engine.check_size(head.fields); !allowed) return std::unexpected(allowed.error());
    const request_ref ref{state.next_ref};
    state.act([&] {
        stream& s = state.streams.add(ref);
        ++state.next_ref;
        ++state.unanswered_count;
        s.is_connect = is_connect;
        s.is_head = is_head;
        s.has_content = head.has_content;
        s.takes_content = is_connect || std::holds_alternative<streamed_body>(body);
        s.content_left = head.content_length;
        if (const auto* whole = std::get_if<whole_body>(&body)) {
            if (s.queue.push(whole->content, client_machine::no_limit)) state.content_queued += whole->content.size();
        }
        if (!s.takes_content) s.queue.end();
        s.head = std::make_unique<outgoing_head>(std::move(head));
        state.streams.wait(s);
        state.advance();
    });
    return ref;
}

/// The stream that takes content under this ref, or why there is none.
std::expected<stream*, error> streaming(client_state& state, request_ref ref) {
    stream* const s = state.streams.find(ref);
    if (s != nullptr && s->takes_content) return s;
    return std::unexpected(state.is_ours(ref) ? errc::request_body_not_streaming : errc::unknown_request);
}

/// How much content of this stream goes out at once, and so needs no copy of its own: nothing is before it, the windows
/// are open, and the output isn't full.
std::size_t room_at_once(const client_state& state, const stream& s) {
    constexpr std::size_t limit = detail::nghttp2_engine::output_limit - 64;  // the headers of frames that fit into it
    if (!s.queue.is_empty() || s.queue.is_kept() || s.is_waiting() || state.engine.is_paused()) return 0;
    return std::min(limit - std::min(state.output.size(), limit), state.engine.send_window(s));
}

/// Queues content, and sends what may be sent by now; the stream may be no more then.
std::expected<void, error> queue(client_state& state, stream& s, byte_view content) {
    if (state.followed != nullptr) {
        state.act([] {});
        if (state.failure) return std::unexpected(errc::failed_already);
    }
    const std::size_t room = room_at_once(state, s);
    const bool is_lent = content.size() <= room;
    if (is_lent) {
        s.queue.lend(content);
    } else if (!s.queue.push(content, state.options.max_queued_size)) {
        return std::unexpected(errc::send_queue_full);
    }
    state.content_queued += content.size();
    if (s.content_left) *s.content_left -= content.size();
    if (s.is_waiting()) return {};
    state.act([&] {
        state.engine.resume(s);
        state.engine.flush();
        if (!is_lent) return;
        s.queue.end_loan();
        state.follow(s, room - content.size());
    });
    return {};
}

std::expected<void, error> check(const settings_change& change) {
    const auto is_over = [](const std::optional<std::uint32_t>& value, std::uint32_t max) {
        return value && *value > max;
    };
    if (is_over(change.initial_window_size, max_window)) {
        return std::unexpected(error{errc::invalid_argument, "initial_window_size"});
    }
    if (is_over(change.max_frame_size, 16'777'215) || (change.max_frame_size && *change.max_frame_size < 16'384)) {
        return std::unexpected(error{errc::invalid_argument, "max_frame_size"});
    }
    return {};
}

}  // namespace

client_machine::client_machine(client_options options) : state_(std::make_unique<state>(std::move(options))) {}
client_machine::client_machine(client_machine&&) noexcept = default;
client_machine& client_machine::operator=(client_machine&&) noexcept = default;
client_machine::~client_machine() = default;

std::expected<request_ref, error> client_machine::request(const request_head& head, const request_body& body) {
    if (!state_) return std::unexpected(errc::connection_closed);
    if (const auto refused = state_->refusal()) return std::unexpected(*refused);
    auto section = detail::head_of_request(state_->options, head, body);
    if (!section) return std::unexpected(std::move(section.error()));
    return start(*state_, std::move(*section), false, head.method == "HEAD", body);
}

std::expected<request_ref, error> client_machine::connect(const connect_head& head, std::vector<field>* sent) {
    if (!state_) return std::unexpected(errc::connection_closed);
    if (const auto refused = state_->refusal()) return std::unexpected(*refused);
    auto section = detail::head_of_connect(state_->options, head);
    if (!section) return std::unexpected(std::move(section.error()));
    if (extended_connect() == extended_connect::disabled) {
        return std::unexpected(error{errc::extended_connect_disabled, state_->options.authority});
    }
    if (sent != nullptr) *sent = section->fields;
    return start(*state_, std::move(*section), true, false, no_body{});
}

std::expected<void, error> client_machine::stream_request_body(request_ref ref, byte_view content) {
    if (!state_) return std::unexpected(errc::connection_closed);
    const auto found = streaming(*state_, ref);
    if (!found) return std::unexpected(found.error());
    stream& s = **found;
    if (s.content_left && content.size() > *s.content_left) return std::unexpected(errc::content_length_mismatch);
    if (content.empty()) return {};
    if (!state_->hold(s, content)) return queue(*state_, s, content);
    if (s.content_left) *s.content_left -= content.size();
    return {};
}

std::expected<void, error> client_machine::stream_request_body(request_ref ref, const eof& end) {
    if (!state_) return std::unexpected(errc::connection_closed);
    const auto found = streaming(*state_, ref);
    if (!found) return std::unexpected(found.error());
    stream& s = **found;
    if (s.content_left && *s.content_left > 0) return std::unexpected(errc::content_length_mismatch);
    if (s.is_connect && !end.trailers.empty()) return std::unexpected(errc::forbidden_trailer);
    auto trailers = detail::trailers_of(end.trailers);
    if (!trailers) return std::unexpected(std::move(trailers.error()));
    if (auto allowed = state_->engine.check_size(*trailers); !allowed) return allowed;
    state_->act([&] {
        s.queue.end(std::move(*trailers));
        s.takes_content = false;
        if (s.is_waiting()) return;
        state_->engine.resume(s);
        state_->advance();
    });
    return {};
}

std::expected<void, error> client_machine::cancel_request(request_ref ref) {
    if (!state_) return std::unexpected(errc::connection_closed);
    stream* const s = state_->streams.find(ref);
    if (s == nullptr || !s->is_announced) {
        if (state_->is_ours(ref)) return {};
        return std::unexpected(errc::unknown_request);
    }
    state_->act([&] {
        if (!s->is_answered) --state_->unanswered_count;
        s->is_answered = true;
        s->takes_content = false;
        if (s->is_waiting()) {
            state_->streams.stop_waiting(*s);
            state_->close_stream(*s);
        } else {
            state_->engine.reset(*s, detail::error_code::cancel);
        }
        state_->advance();
    });
    return {};
}

std::expected<void, error> client_machine::consumed(request_ref ref, std::size_t size) {
    if (!state_) return std::unexpected(errc::connection_closed);
    stream* const s = state_->streams.find(ref);
    if (s == nullptr) {
        if (state_->is_ours(ref)) return {};
        return std::unexpected(errc::unknown_request);
    }
    if (state_->options.connection.credit == credit::automatic) return {};
    if (size > s->unconsumed_size) return std::unexpected(error{errc::invalid_argument, "more than was given out"});
    s->unconsumed_size -= size;
    if (s->is_answered) return {};  // nothing more is to come
    state_->act([&] {
        state_->engine.consume(*s, size);
        state_->engine.flush();
    });
    return {};
}

std::expected<request_ref, error> client_machine::ping() {
    if (!state_) return std::unexpected(errc::connection_closed);
    std::array<std::byte, 8> payload{};
    mint::detail::store_big_endian(payload.data(), ++state_->ping_counter);
    return ping(payload);
}

std::expected<request_ref, error> client_machine::ping(std::span<const std::byte, 8> payload) {
    if (!state_) return std::unexpected(errc::connection_closed);
    if (state_->failure) return std::unexpected(errc::failed_already);
    if (wants_close()) return std::unexpected(errc::connection_closed);
    const request_ref ref{state_->next_ref};
    detail::ping_payload sent{};
    std::ranges::copy(payload, sent.begin());
    state_->act([&] {
        state_->pings.insert({sent, {.ref = ref}});
        ++state_->next_ref;
        state_->engine.ping(sent);
        state_->engine.flush();
    });
    return ref;
}

std::expected<void, error> client_machine::put_settings(const settings_change& change) {
    if (!state_) return std::unexpected(errc::connection_closed);
    if (auto checked = check(change); !checked) return checked;
    if (state_->failure) return std::unexpected(errc::failed_already);
    if (wants_close()) return std::unexpected(errc::connection_closed);
    if (change.initial_window_size && !state_->may_become_initial_window(*change.initial_window_size)) {
        return std::unexpected(error{errc::invalid_argument, "initial_window_size: with that of set_window_size"});
    }
    state_->act([&] {
        state_->engine.put_settings(change);
        state_->engine.flush();
    });
    return {};
}

void client_machine::close() {
    if (!state_) return;
    if (state_->is_over() || std::exchange(state_->is_closing, true)) return;
    state_->act([&] { state_->advance(); });
}

std::expected<void, error> client_machine::receive(byte_view input, std::vector<response>& out) {
    return receive(input, out, false);
}

std::expected<void, error> client_machine::receive_to_tunnel(byte_view& input, std::vector<response>& out) {
    return receive(input, out, true);
}

std::expected<void, error> client_machine::receive(byte_view& input, std::vector<response>& out, bool stops_at_tunnel) {
    if (!state_) return std::unexpected(errc::connection_closed);
    const lent_list lent{*state_, out};
    if (state_->failure) return std::unexpected(*state_->failure);
    if (state_->is_peer_done) return std::unexpected(errc::connection_closed);
    std::expected<void, error> result;
    state_->run([&] { result = state_->receive(input, stops_at_tunnel); });
    return result;
}

std::expected<void, error> client_machine::receive_eof(std::vector<response>& out) {
    if (!state_) return std::unexpected(errc::connection_closed);
    const lent_list lent{*state_, out};
    if (state_->failure) return std::unexpected(*state_->failure);
    if (std::exchange(state_->is_peer_done, true)) return std::unexpected(errc::connection_closed);
    error reason{errc::connection_closed};
    if (state_->goaway) {
        reason.detail = "GOAWAY " + std::string{detail::name(*state_->goaway)};
    } else if (!state_->has_settings) {
        reason.detail = "before the server's SETTINGS";
    }
    state_->act([&] {
        state_->engine.flush();  // octets of half a frame may have ended the connection before
        if (!state_->engine.failure()) state_->end_all(reason);
    });
    if (state_->failure) return std::unexpected(*state_->failure);
    return std::unexpected(std::move(reason));
}

std::size_t client_machine::send(buffer& out, std::size_t at_most) {
    if (!state_) return 0;
    buffer& output = state_->output;
    if (state_->followed != nullptr) state_->act([] {});
    std::size_t sent = 0;
    while (!output.empty() && sent < at_most) {
        const std::size_t size = std::min(at_most - sent, output.size());
        if (out.empty() && size == output.size()) {
            std::swap(out, output);
        } else {
            out.append(output.view().first(size));
            output.consume(size);
        }
        sent += size;
        if (!output.empty()) break;
        state_->engine.output_was_taken();
        if (state_->is_over() || !state_->engine.is_paused()) break;
        state_->act([&] { state_->advance(); });
    }
    if (output.empty() && output.capacity() > idle_capacity) output.release();
    return sent;
}

void client_machine::take(buffer& out) {
    if (!state_) return;
    if (state_->output.empty()) return;
    if (state_->followed != nullptr) state_->act([] {});
    std::swap(out, state_->output);
    state_->output.clear();
    state_->engine.output_was_taken();
    if (!state_->is_over() && state_->engine.is_paused()) {
        state_->act([&] { state_->advance(); });
    }
}

std::expected<void, error> client_machine::set_window_size(std::size_t size) {
    if (!state_) return std::unexpected(errc::connection_closed);
    if (size > max_window) return std::unexpected(errc::invalid_argument);
    if (state_->is_over()) return std::unexpected(errc::connection_closed);
    state_->act([&] {
        state_->engine.set_window_size(nullptr, static_cast<std::int32_t>(size));
        state_->engine.flush();
    });
    return {};
}

std::expected<void, error> client_machine::set_window_size(request_ref ref, std::size_t size) {
    if (!state_) return std::unexpected(errc::connection_closed);
    if (size > max_window) return std::unexpected(errc::invalid_argument);
    stream* const s = state_->streams.find(ref);
    if (s == nullptr) return std::unexpected(errc::unknown_request);
    if (s->is_waiting()) return std::unexpected(error{errc::invalid_argument, "not sent yet"});
    state_->act([&] {
        s->receive_window = static_cast<std::int32_t>(size);
        state_->has_set_windows = true;
        state_->engine.set_window_size(s, s->receive_window);
        state_->engine.flush();
    });
    return {};
}

}  // namespace mint::http2
