#include "http2/client_state.hpp"

#include "base/forbidden_trailer.hpp"
#include "base/visible.hpp"

#include <algorithm>
#include <string>

namespace mint::http2::detail {

namespace {

constexpr std::uint32_t initial_connection_window = 65'535;  // RFC 9113 §6.9.2

/// Content of one call that may be held back, for above it a frame costs less than the copy that would save it; all
/// that is held, which is one frame to every server; and what is kept for the next.
constexpr std::size_t max_held_content = 2 * 1024;
constexpr std::size_t max_held_size = 16 * 1024;
constexpr std::size_t held_idle_capacity = 4 * 1024;

client_options brought_into_range(client_options&& options) {
    options.connection.initial_window_size = std::min(options.connection.initial_window_size, max_window);
    options.connection.connection_window_size =
        std::clamp(options.connection.connection_window_size, initial_connection_window, max_window);
    options.connection.max_frame_size =
        std::clamp<std::uint32_t>(options.connection.max_frame_size, 16'384, 16'777'215);
    return std::move(options);
}

error malformed(const char* detail) { return {errc::malformed_response, detail}; }

/// RFC 9110 §6.4.1: a response that has no content, whatever its fields say.
bool has_no_content(const stream& s, int status) noexcept { return s.is_head || status == 204 || status == 304; }

}  // namespace

client_state::client_state(client_options&& o)
    : options(brought_into_range(std::move(o))), engine(options, *this, output), next_ref(options.first_ref) {}

std::optional<errc> client_state::refusal() const noexcept {
    if (failure) return errc::failed_already;
    if (is_peer_done) return errc::connection_closed;
    if (is_closing || goaway) return errc::going_away;
    if (!engine.has_identifiers()) return errc::connection_closed;
    return std::nullopt;
}

bool client_state::is_full() const noexcept {
    const std::size_t places = engine.max_streams() + std::min(options.connection.max_waiting_request_count,
                                                               client_machine::no_limit - engine.max_streams());
    return open_count + streams.waiting_count() >= places;
}

void client_state::lose() noexcept {
    try {
        failure = std::make_unique<const error>(errc::failed_already);
    } catch (const std::bad_alloc&) {
        is_peer_done = true;
    }
    followed = nullptr;
    held.release();
    streams.clear();
    promise.reset();
    unanswered_count = 0;
}

void client_state::follow(stream& s, std::size_t room) noexcept {
    followed = &s;
    follow_room = std::min(room, max_held_size);
}

bool client_state::hold(const stream& s, byte_view content) {
    if (&s != followed || content.size() > std::min(max_held_content, follow_room)) return false;
    // What is given back anyway grows in one step.
    if (held.size() + content.size() > held_idle_capacity) held.reserve(max_held_size);
    held.append(content);
    follow_room -= content.size();
    content_queued += content.size();
    return true;
}

void client_state::send_held() {
    stream* const s = std::exchange(followed, nullptr);
    if (held.empty()) return;
    s->queue.lend(held.view());
    engine.resume(*s);
    engine.flush();
    s->queue.end_loan();
    held.clear();
    if (held.capacity() > held_idle_capacity) held.release();
}

void client_state::advance() {
    do {
        start_waiting();
        engine.flush();  // may end streams, and so let others start
    } while (may_start);
}

void client_state::start_waiting() {
    may_start = false;
    if (goaway) return;
    while (open_count + settling_count < engine.max_streams()) {
        stream* const s = streams.next_waiting();
        if (s == nullptr) break;
        if (const auto allowed = engine.check_size(s->head->fields); !allowed) {
            give_error(*s, allowed.error());
            close_stream(*s);
        } else if (engine.open(*s, *s->head)) {
            ++open_count;
            if (has_settings) {
                s->head.reset();
                s->queue.forget();
            } else {
                s->queue.keep();  // the server may refuse it for a limit that wasn't known
            }
        } else {
            give_error(*s, {errc::request_not_processed, "no stream identifiers are left"});
            close_stream(*s);
        }
    }
    if (open_count < engine.max_streams() && streams.has_next()) probe();
    // What is taken is carried on: the library starts no stream behind our GOAWAY.
    if (is_closing && !has_sent_goaway && streams.waiting_count() == 0) {
        has_sent_goaway = true;
        engine.flush();
        engine.go_away();
    }
}

/// Some servers send RST_STREAM behind their END_STREAM, and until it went out count a stream whose end from here came
/// meanwhile: one more at their limit is a connection error to them. The answer to a PING says that they are past it.
void client_state::probe() {
    constexpr ping_payload payload{std::byte{'s'}, std::byte{'e'}, std::byte{'t'}, std::byte{'t'},
                                   std::byte{'l'}, std::byte{'e'}, std::byte{'d'}, std::byte{'?'}};
    if (probed_count > 0) return;
    pings.insert({payload, {.ref = {}, .is_probe = true}});
    probed_count = settling_count;
    engine.ping(payload);
}

std::expected<void, error> client_state::receive(byte_view& input, bool stops_at_tunnel) {
    if (!preface.is_complete() && !preface.accepts(input)) {
        engine.terminate(error_code::protocol_error);
        return fail({errc::not_http2, "the first octets are no SETTINGS frame"});
    }
    has_new_tunnel = false;
    const auto is_over = [&] { return input.empty() || (stops_at_tunnel && has_new_tunnel && starts_data(input)); };
    while (!is_over()) {
        const frame_splitter::piece piece = splitter.next(input);
        input = input.subspan(piece.consumed);
        if (piece.octets.empty()) continue;
        const bool is_judged = piece.ends_frame || splitter.payload_size() > engine.max_frame_size();
        if (auto received = engine.receive(piece.octets, is_judged); !received) {
            received.error().offset = splitter.frame_offset();
            return fail(std::move(received.error()));
        }
        if (is_judged && (may_start || is_over())) advance();
        if (const error* const found = engine.failure()) {
            error reason = *found;
            reason.offset = splitter.frame_offset();
            return fail(std::move(reason));
        }
    }
    // Servers may allow extended CONNECT in a second frame: all that was there to be read counts.
    if (has_settings && streams.holds_connects()) {
        refuse_connects();
        advance();
    }
    return {};
}

std::unexpected<error> client_state::fail(error reason) {
    failure = std::make_unique<const error>(reason);
    end_all(reason);
    return std::unexpected(std::move(reason));
}

void client_state::end_all(const error& reason) {
    // The ordinary race of an idle connection that the server closes; after GOAWAY it said what it takes.
    const bool was_idle =
        reason == errc::connection_closed && has_served && !goaway && splitter.is_between_frames() && !failure;
    for (stream* const s : streams.in_order()) {
        // A peer that doesn't speak HTTP/2 processed nothing, but sending again wouldn't help.
        const bool is_unsent = s->is_waiting() && reason != errc::not_http2;
        error own = is_unsent ? error{errc::request_not_processed, to_string(reason)} : reason;
        if (was_idle && !is_unsent && s->header_list_size == 0) {
            own.detail = "nothing of an answer came";
            own.offset = splitter.offset();
        }
        give_error(*s, std::move(own));
    }
    streams.clear();
    promise.reset();
    content_queued = engine.content_sent();
}

void client_state::give_error(stream& s, error reason) {
    if (s.is_answered) return;
    s.is_answered = true;
    if (!s.is_announced) return;
    --unanswered_count;
    give(responses::error{s.ref, std::move(reason)});
}

void client_state::fail_stream(stream& s, error reason, error_code code) {
    give_error(s, std::move(reason));
    s.takes_content = false;
    engine.reset(s, code);
}

void client_state::close_stream(stream& s) noexcept {
    content_queued -= s.queue.size();
    streams.erase(s.ref);
}

void client_state::on_section(stream& s) {
    s.head.reset();
    s.queue.forget();
    section.begin(s.has_status ? incoming_section::kind::trailers : incoming_section::kind::response);
}

bool client_state::on_field(stream& s, std::string_view name, std::string_view value) {
    if (s.is_answered) return false;
    s.header_list_size += incoming_section::size_of(name, value);
    if (s.header_list_size > options.limits.max_header_section_size) {
        fail_stream(s, {errc::header_list_too_big, "max_header_section_size"}, error_code::cancel);
        return false;
    }
    if (!name.starts_with(':') && ++s.field_count > options.limits.max_field_count) {
        fail_stream(s, {errc::header_list_too_big, "max_field_count"}, error_code::cancel);
        return false;
    }
    if (auto added = section.add(name, value); !added) {
        added.error().detail += ": " + mint::detail::visible(name) + ": " + mint::detail::visible(value);
        fail_stream(s, std::move(added.error()), error_code::protocol_error);
        return false;
    }
    return true;
}

void client_state::on_section_end(stream& s, bool ends_stream) {
    if (s.is_answered) return;
    if (auto complete = section.finish(); !complete) {
        return fail_stream(s, std::move(complete.error()), error_code::protocol_error);
    }
    if (section.what() == incoming_section::kind::trailers) {
        if (!ends_stream)
            return fail_stream(s, malformed("a second field section amid content"), error_code::protocol_error);
        headers trailers = section.take_fields();
        mint::detail::drop_forbidden_trailers(trailers);
        if (!trailers.empty()) give(responses::headers{s.ref, std::move(trailers)});
        return;
    }
    if (section.is_interim()) return interim_received(s, ends_stream);
    final_received(s);
}

void client_state::interim_received(stream& s, bool ends_stream) {
    if (ends_stream) return fail_stream(s, malformed("an interim response ends"), error_code::protocol_error);
    if (++s.interim_count > options.limits.max_interim_response_count) {
        return fail_stream(s, {errc::header_list_too_big, "max_interim_response_count"}, error_code::cancel);
    }
    give(responses::interim{s.ref, section.status(), section.take_fields()});
}

void client_state::final_received(stream& s) {
    const int status = section.status();
    s.has_status = true;
    s.is_tunnel = s.is_connect && status < 300;
    has_new_tunnel = has_new_tunnel || s.is_tunnel;
    s.is_refused = status >= 300;
    if (s.is_connect && !s.is_tunnel) {
        // What was meant for the tunnel is nothing for whoever refused it.
        s.takes_content = false;
        content_queued -= s.queue.size();
        s.queue.clear();
    }
    if (!s.is_tunnel) s.response_left = has_no_content(s, status) ? std::uint64_t{0} : section.content_length();
    give(responses::status{s.ref, status, {}});
    give(responses::headers{s.ref, section.take_fields()});
    if (section.broken_framing()) fail_stream(s, *section.broken_framing(), error_code::protocol_error);
}

void client_state::on_data(stream& s, byte_view content) {
    if (s.is_answered) return;
    if (!s.has_status) return fail_stream(s, malformed("content before a final status"), error_code::protocol_error);
    const bool is_too_much = s.response_left && content.size() > *s.response_left;
    if (is_too_much) content = content.first(static_cast<std::size_t>(*s.response_left));
    if (s.response_left) *s.response_left -= content.size();
    if (!content.empty()) {
        s.unconsumed_size += content.size();
        give(responses::data{s.ref, content});
    }
    if (is_too_much) fail_stream(s, malformed("more content than announced"), error_code::protocol_error);
}

void client_state::on_end(stream& s) {
    if (s.is_answered) return;
    if (!s.has_status) return fail_stream(s, malformed("no final status"), error_code::protocol_error);
    if (s.response_left && *s.response_left > 0 && !s.is_head) {
        return fail_stream(s, malformed("less content than announced"), error_code::protocol_error);
    }
    s.is_answered = true;
    has_served = true;
    --unanswered_count;
    give(responses::done{s.ref});
    // Content that nobody wants, or that a refused CONNECT leaves open for ever, would hold its stream: it waits for a
    // window that may never open.
    const bool is_refused = s.is_connect ? !s.is_tunnel : s.is_refused && !s.takes_content;
    if (is_refused && !engine.is_ended(s)) engine.reset(s, error_code::cancel);
}

void client_state::on_window_exceeded(stream& s) {
    s.takes_content = false;
    give_error(s, errc::stream_window_exceeded);
}

/// True if this stream went out before the server said that it takes fewer, and nothing of an answer came.
bool client_state::may_be_sent_again(const stream& s, error_code code) const noexcept {
    const bool may_be_started = !goaway && !has_sent_goaway && !failure;
    return code == error_code::refused_stream && went_over_limit && s.head && s.queue.is_kept() && !s.is_answered &&
           s.receive_window < 0 && may_be_started;
}

void client_state::on_reset(stream& s, error_code code) {
    if (may_be_sent_again(s, code)) return;
    if (code == error_code::http_1_1_required) return give_error(s, errc::http1_required);
    // Once there was an answer it can't be that nothing was done.
    if (code == error_code::refused_stream && !s.has_status)
        return give_error(s, {errc::request_not_processed, "REFUSED_STREAM"});
    give_error(s, {errc::stream_reset, std::string{name(code)}});
}

void client_state::on_closed(stream& s, error_code code) {
    if (may_be_sent_again(s, code)) {
        s.id = 0;
        content_queued += s.queue.rewind();
        streams.wait(s);
        --open_count;
        may_start = true;
        return;
    }
    on_reset(s, code);
    if (promise && promise->promised == &s) promise.reset();
    if (promise && promise->parent == s.ref) {
        // No response may tell of the promise any more, and so nobody would know its ref.
        fail_stream(*promise->promised, {errc::stream_reset}, error_code::cancel);
        promise.reset();
    }
    if (!s.is_pushed) {
        --open_count;
        if (s.has_content && code == error_code::no_error) ++settling_count;
        may_start = true;
    }
    close_stream(s);
}

void client_state::on_settings() {
    may_start = true;
    has_settings = true;
    went_over_limit = went_over_limit || open_count > engine.max_streams();
    if (engine.server_settings().enable_connect_protocol) streams.release_connects();
}

void client_state::refuse_connects() {
    for (stream* const s : streams.take_connects()) {
        give_error(*s, {errc::extended_connect_disabled, options.authority});
        close_stream(*s);
    }
}

void client_state::on_pong(const ping_payload& payload) {
    const auto found = pings.lower_bound(payload);
    if (found == pings.end() || found->first != payload) return;
    if (found->second.is_probe) {
        settling_count -= std::exchange(probed_count, 0);
        may_start = true;
    } else {
        give(responses::pong{found->second.ref});
    }
    pings.erase(found);
}

void client_state::on_goaway(std::int32_t last_id, error_code code) {
    const bool covers_less = !goaway || last_id < goaway_last_id;
    goaway = code;
    goaway_last_id = last_id;
    if (!covers_less) return;
    streams.stop_all_waiting();
    for (stream* const s : streams.in_order()) {
        if (s->is_pushed || (!s->is_waiting() && s->id <= last_id)) continue;
        // Once there was an answer it can't be that nothing was done.
        const errc reason = s->has_status ? errc::stream_reset : errc::request_not_processed;
        give_error(*s, {reason, "GOAWAY " + std::string{name(code)}});
        if (s->is_waiting()) close_stream(*s);
    }
}

}  // namespace mint::http2::detail
