// one job: the third-party library, its callbacks and its errors, which no other file knows
#include "http2/nghttp2_engine.hpp"

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <cstring>
#include <deque>
#include <exception>
#include <limits>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nghttp2/nghttp2.h>

namespace mint::http2::detail {

namespace {

struct deleter {
    void operator()(nghttp2_session* s) const noexcept { nghttp2_session_del(s); }
    void operator()(nghttp2_option* o) const noexcept { nghttp2_option_del(o); }
    void operator()(nghttp2_session_callbacks* c) const noexcept { nghttp2_session_callbacks_del(c); }
};

/// The library's errors that mean nothing to us are those of misuse; it has no others here but a lack of memory.
void require_memory(int result) {
    if (result == NGHTTP2_ERR_NOMEM) throw std::bad_alloc{};
}

constexpr auto initial_window = NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE;
constexpr std::uint32_t unlimited = std::numeric_limits<std::uint32_t>::max();

std::optional<std::uint32_t> limit_or_none(std::uint32_t value) noexcept {
    if (value == unlimited) return std::nullopt;
    return value;
}

std::size_t to_size(std::int32_t window) noexcept {
    return static_cast<std::size_t>(std::max(window, std::int32_t{0}));
}

byte_view to_bytes(const std::uint8_t* data, std::size_t size) noexcept {
    return {reinterpret_cast<const std::byte*>(data), size};
}

std::string_view to_text(nghttp2_rcbuf* text) noexcept {
    const nghttp2_vec view = nghttp2_rcbuf_get_buf(text);
    return {reinterpret_cast<const char*>(view.base), view.len};
}

/// The library only reads them, in spite of its type.
std::uint8_t* octets_of(const std::string& text) noexcept {
    return reinterpret_cast<std::uint8_t*>(
        const_cast<char*>(text.data()));  // NOLINT(*-const-cast): nghttp2 only reads it
}

/// Credentials aren't to be found by guesses at what compresses well (RFC 7541 §7.1.3).
bool is_secret(const std::string& name) noexcept { return name == "authorization" || name == "proxy-authorization"; }

std::vector<nghttp2_nv> to_list(const std::vector<field>& fields) {
    std::vector<nghttp2_nv> list;
    list.reserve(fields.size());
    for (const field& f : fields) {
        const int flags = is_secret(f.name) ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE;
        list.push_back(
            {octets_of(f.name), octets_of(f.value), f.name.size(), f.value.size(), static_cast<std::uint8_t>(flags)});
    }
    return list;
}

/// Why the library ended the connection: the code of its GOAWAY, and the type of the frame that it called invalid.
errc errc_of(error_code code, std::optional<int> frame_type) noexcept {
    switch (code) {
        case error_code::flow_control_error:
            return frame_type == NGHTTP2_SETTINGS ? errc::invalid_settings : errc::flow_control_error;
        case error_code::protocol_error:
            return frame_type == NGHTTP2_SETTINGS ? errc::invalid_settings : errc::invalid_frame;
        case error_code::frame_size_error: return errc::invalid_frame_size;
        case error_code::compression_error: return errc::header_compression_error;
        case error_code::stream_closed: return errc::frame_on_closed_stream;
        case error_code::enhance_your_calm: return errc::too_many_control_frames;
        default: return errc::invalid_frame;
    }
}

}  // namespace

struct nghttp2_engine::session {
    session(const client_options& options, engine_listener& l, buffer& o)
        : listener(l),
          output(o),
          floods(options.connection.floods),
          gives_credit(options.connection.credit == credit::automatic) {
        const auto callbacks = make_callbacks();
        const auto option = make_options(options);
        nghttp2_session* made = nullptr;
        require_memory(nghttp2_session_client_new2(&made, callbacks.get(), this, option.get()));
        handle.reset(made);
    }

    engine_listener& listener;
    buffer& output;
    flood_limits floods;
    bool gives_credit;
    std::unique_ptr<nghttp2_session, deleter> handle;

    std::exception_ptr exception;     // thrown below the library's frames
    std::optional<error> failure;     // the connection's end
    std::optional<int> invalid_type;  // of a frame that the library called invalid
    std::uint64_t content_sent = 0;
    bool is_paused = false;
    bool is_terminated = false;  // our GOAWAY with the error was written
    bool has_settings = false;   // the server's
    std::size_t unsent_ack_count = 0;
    std::size_t unsent_credit_count = 0;  // WINDOW_UPDATE frames
    std::size_t stream_count = 0;
    std::size_t max_stream_count = 0;  // since output was taken
    std::size_t settings_count = 0;    // in a row
    std::size_t empty_data_count = 0;  // in a row
    std::size_t goaway_count = 0;
    bool takes_settings = false;             // the server's are what is received just now
    std::deque<std::uint32_t> window_sizes;  // of our SETTINGS that aren't acknowledged, oldest first

    static std::unique_ptr<nghttp2_session_callbacks, deleter> make_callbacks() {
        nghttp2_session_callbacks* made = nullptr;
        require_memory(nghttp2_session_callbacks_new(&made));
        nghttp2_session_callbacks_set_on_begin_frame_callback(made, &on_begin_frame);
        nghttp2_session_callbacks_set_on_begin_headers_callback(made, &on_begin_headers);
        nghttp2_session_callbacks_set_on_header_callback2(made, &on_header);
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(made, &on_data_chunk);
        nghttp2_session_callbacks_set_on_frame_recv_callback(made, &on_frame);
        nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(made, &on_invalid_frame);
        nghttp2_session_callbacks_set_on_frame_send_callback(made, &on_frame_sent);
        nghttp2_session_callbacks_set_on_stream_close_callback(made, &on_stream_close);
        nghttp2_session_callbacks_set_send_data_callback(made, &send_data);
        return std::unique_ptr<nghttp2_session_callbacks, deleter>{made};
    }

    static std::unique_ptr<nghttp2_option, deleter> make_options(const client_options& options) {
        constexpr std::size_t no_bound = 16 * 1024 * 1024;  // the caller's own fields need none
        nghttp2_option* made = nullptr;
        require_memory(nghttp2_option_new(&made));
        // What messages mean is the machine's: the library's own checks would depend on how content is split.
        nghttp2_option_set_no_http_messaging(made, 1);
        nghttp2_option_set_no_auto_window_update(made, options.connection.credit == credit::manual ? 1 : 0);
        nghttp2_option_set_peer_max_concurrent_streams(made, options.connection.assumed_max_streams);
        nghttp2_option_set_max_reserved_remote_streams(made, options.connection.max_pushed_stream_count);
        nghttp2_option_set_max_send_header_block_length(made, no_bound);
        nghttp2_option_set_max_continuations(made, options.connection.floods.max_continuation_count);
        const std::size_t max_acks = options.connection.floods.max_unsent_ack_count;
        nghttp2_option_set_max_outbound_ack(made, max_acks + std::min<std::size_t>(2, ~max_acks));  // ours comes first
        return std::unique_ptr<nghttp2_option, deleter>{made};
    }

    [[nodiscard]] stream* find(std::int32_t id) const noexcept {
        return static_cast<stream*>(nghttp2_session_get_stream_user_data(handle.get(), id));
    }

    /// Calls what may throw below the library's frames.
    template <class Call>
    int guarded(Call&& call) noexcept {
        try {
            return std::forward<Call>(call)();
        } catch (...) {
            exception = std::current_exception();
            return NGHTTP2_ERR_CALLBACK_FAILURE;
        }
    }

    int fail(errc code, std::string detail) {
        if (!failure) failure = error{code, std::move(detail)};
        return NGHTTP2_ERR_CALLBACK_FAILURE;
    }

    static session& of(void* user_data) noexcept { return *static_cast<session*>(user_data); }

    static int on_begin_frame(nghttp2_session*, const nghttp2_frame_hd* header, void* user_data) noexcept {
        session& self = of(user_data);
        const bool is_settings = header->type == NGHTTP2_SETTINGS;
        const bool is_ack = is_settings && (header->flags & NGHTTP2_FLAG_ACK) != 0;
        self.takes_settings = is_settings && !is_ack;
        if (is_ack) return self.guarded([&] { return self.begin_settings_ack(); });
        if (header->type != NGHTTP2_DATA || header->length == 0) return 0;
        return self.guarded([&] { return self.begin_data(*header); });
    }

    /// The library changes the windows next, and can't have them negative or over their maximum.
    int begin_settings_ack() {
        if (window_sizes.empty()) return 0;
        const std::int64_t before = nghttp2_session_get_local_settings(handle.get(), initial_window);
        const std::int64_t decrease = before - std::int64_t{window_sizes.front()};
        if (decrease != 0) listener.on_window_change(decrease);
        return 0;
    }

    /// Content over a window is refused before any of it is given out.
    int begin_data(const nghttp2_frame_hd& header) {
        if (header.length > to_size(nghttp2_session_get_local_window_size(handle.get()))) {
            return fail(errc::flow_control_error, "more content than the connection's window");
        }
        if (header.length > to_size(nghttp2_session_get_stream_local_window_size(handle.get(), header.stream_id))) {
            require_memory(nghttp2_submit_rst_stream(handle.get(), NGHTTP2_FLAG_NONE, header.stream_id,
                                                     NGHTTP2_FLOW_CONTROL_ERROR));
            if (stream* const s = find(header.stream_id)) listener.on_window_exceeded(*s);
        }
        return 0;
    }

    static int on_begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user_data) noexcept {
        session& self = of(user_data);
        return self.guarded([&] {
            stream* const s = self.find(frame->hd.stream_id);
            if (s == nullptr) return 0;
            if (frame->hd.type == NGHTTP2_PUSH_PROMISE) {
                return self.begin_promise(*s, frame->push_promise.promised_stream_id);
            }
            self.listener.on_section(*s);
            return 0;
        });
    }

    int begin_promise(stream& parent, std::int32_t id) {
        stream* const promised = listener.on_promise(parent, id);
        if (promised == nullptr) {
            require_memory(nghttp2_submit_rst_stream(handle.get(), NGHTTP2_FLAG_NONE, id, NGHTTP2_REFUSED_STREAM));
            return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
        }
        nghttp2_session_set_stream_user_data(handle.get(), id, promised);
        stream_added();
        return 0;
    }

    static int on_header(nghttp2_session*, const nghttp2_frame* frame, nghttp2_rcbuf* name, nghttp2_rcbuf* value,
                         std::uint8_t, void* user_data) noexcept {
        session& self = of(user_data);
        const std::int32_t id =
            frame->hd.type == NGHTTP2_PUSH_PROMISE ? frame->push_promise.promised_stream_id : frame->hd.stream_id;
        return self.guarded([&]() -> int {
            stream* const s = self.find(id);
            if (s == nullptr || self.listener.on_field(*s, to_text(name), to_text(value))) return 0;
            return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
        });
    }

    static int on_data_chunk(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* data,
                             std::size_t size, void* user_data) noexcept {
        session& self = of(user_data);
        return self.guarded([&] {
            self.settings_count = 0;
            self.empty_data_count = 0;
            if (!self.gives_credit) require_memory(nghttp2_session_consume_connection(self.handle.get(), size));
            if (stream* const s = self.find(id)) self.listener.on_data(*s, to_bytes(data, size));
            return 0;
        });
    }

    static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user_data) noexcept {
        session& self = of(user_data);
        return self.guarded([&] { return self.frame_received(*frame); });
    }

    int frame_received(const nghttp2_frame& frame) {
        const bool is_ack = (frame.hd.flags & NGHTTP2_FLAG_ACK) != 0;
        switch (frame.hd.type) {
            case NGHTTP2_DATA: return data_received(frame.data);
            case NGHTTP2_HEADERS: return headers_received(frame.headers);
            case NGHTTP2_PUSH_PROMISE: return promise_received(frame.push_promise);
            case NGHTTP2_RST_STREAM:
                if (stream* const s = find(frame.hd.stream_id)) {
                    listener.on_reset(*s, error_code{frame.rst_stream.error_code});
                }
                return 0;
            case NGHTTP2_SETTINGS:
                if (is_ack) {
                    if (!window_sizes.empty()) window_sizes.pop_front();
                    listener.on_window_changed();
                    return 0;
                }
                has_settings = true;
                if (++settings_count > floods.max_settings_count) {
                    return fail(errc::too_many_control_frames, "max_settings_count");
                }
                listener.on_settings();
                return count_answer();
            case NGHTTP2_PING: {
                if (!is_ack) return count_answer();
                ping_payload payload{};
                std::memcpy(payload.data(), frame.ping.opaque_data, payload.size());
                listener.on_pong(payload);
                return 0;
            }
            case NGHTTP2_GOAWAY:
                if (++goaway_count > floods.max_goaway_count) {
                    return fail(errc::too_many_control_frames, "max_goaway_count");
                }
                listener.on_goaway(frame.goaway.last_stream_id, error_code{frame.goaway.error_code});
                return 0;
            default: return 0;
        }
    }

    int data_received(const nghttp2_data& frame) {
        const bool ends = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
        if (frame.hd.length == frame.padlen && !ends && ++empty_data_count > floods.max_empty_data_count) {
            return fail(errc::too_many_empty_frames, "max_empty_data_count");
        }
        stream* const s = ends ? find(frame.hd.stream_id) : nullptr;
        if (s != nullptr) listener.on_end(*s);
        return 0;
    }

    int headers_received(const nghttp2_headers& frame) {
        settings_count = 0;
        stream* const s = find(frame.hd.stream_id);
        if (s == nullptr) return 0;
        const bool ends = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
        listener.on_section_end(*s, ends);
        if (ends) listener.on_end(*s);
        return 0;
    }

    int promise_received(const nghttp2_push_promise& frame) {
        stream* const parent = find(frame.hd.stream_id);
        stream* const promised = find(frame.promised_stream_id);
        if (parent != nullptr && promised != nullptr) listener.on_promise_end(*parent, *promised);
        return 0;
    }

    int count_answer() {
        if (++unsent_ack_count <= floods.max_unsent_ack_count) return 0;
        return fail(errc::too_many_control_frames, "max_unsent_ack_count");
    }

    /// A server that waits for its credit gets at most three of them for each window before it must read them.
    void credit_sent() {
        const std::size_t honest_count = 3 * (max_stream_count + 1);
        ++unsent_credit_count;
        if (unsent_credit_count <= honest_count) return;
        if (unsent_credit_count - honest_count <= floods.max_unsent_ack_count) return;
        fail(errc::too_many_control_frames, "max_unsent_ack_count");
    }

    void stream_added() noexcept { max_stream_count = std::max(max_stream_count, ++stream_count); }

    static int on_invalid_frame(nghttp2_session*, const nghttp2_frame* frame, int result, void* user_data) noexcept {
        session& self = of(user_data);
        self.invalid_type = frame->hd.type;
        if (result != NGHTTP2_ERR_FLOW_CONTROL || frame->hd.stream_id == 0) return 0;
        return self.guarded([&] {
            if (stream* const s = self.find(frame->hd.stream_id)) self.listener.on_window_exceeded(*s);
            return 0;
        });
    }

    static int on_frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* user_data) noexcept {
        session& self = of(user_data);
        return self.guarded([&] {
            if (frame->hd.type == NGHTTP2_GOAWAY) self.goaway_sent(frame->goaway);
            if (frame->hd.type == NGHTTP2_RST_STREAM) self.reset_sent(frame->rst_stream);
            if (frame->hd.type == NGHTTP2_WINDOW_UPDATE) self.credit_sent();
            return 0;
        });
    }

    void goaway_sent(const nghttp2_goaway& frame) {
        const error_code code{frame.error_code};
        if (code == error_code::no_error || failure) return;
        std::string detail{to_text_of(frame)};
        if (detail.empty()) detail = name(code);
        failure = error{errc_of(code, invalid_type), std::move(detail)};
    }

    static std::string_view to_text_of(const nghttp2_goaway& frame) noexcept {
        return {reinterpret_cast<const char*>(frame.opaque_data), frame.opaque_data_len};
    }

    /// The library can't go on behind a failure here: `flush` looks for it.
    void reset_sent(const nghttp2_rst_stream& frame) {
        const stream* const s = find(frame.hd.stream_id);
        if (s == nullptr || s->is_pushed) {
            count_answer();  // of ours there are no more than were asked for
            return;
        }
        // RFC 9113 §6.9.2: where SETTINGS take a window past its maximum, the connection ends. The library ends the
        // stream.
        const bool is_overflow = takes_settings && error_code{frame.error_code} == error_code::flow_control_error;
        if (is_overflow && !s->is_answered) fail(errc::flow_control_error, "SETTINGS: a window over 2^31-1");
    }

    static int on_stream_close(nghttp2_session*, std::int32_t id, std::uint32_t code, void* user_data) noexcept {
        session& self = of(user_data);
        if (self.failure) return 0;  // which is the reason then
        return self.guarded([&] {
            if (stream* const s = self.find(id)) {
                --self.stream_count;
                self.listener.on_closed(*s, error_code{code});
            }
            return 0;
        });
    }

    static ssize_t read_content(nghttp2_session*, std::int32_t id, std::uint8_t*, std::size_t max_size,
                                std::uint32_t* flags, nghttp2_data_source* source, void* user_data) noexcept {
        session& self = of(user_data);
        send_queue& queue = static_cast<stream*>(source->ptr)->queue;
        if (queue.is_empty() && !queue.is_ended()) return NGHTTP2_ERR_DEFERRED;
        if (self.output.size() >= output_limit) {
            self.is_paused = true;
            return NGHTTP2_ERR_PAUSE;
        }
        const std::size_t size = std::min(queue.size(), max_size);
        *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
        if (queue.is_ended() && size == queue.size()) {
            *flags |= NGHTTP2_DATA_FLAG_EOF;
            const int result = self.guarded([&] { return self.submit_trailers(id, queue, *flags); });
            if (result != 0) return result;
        }
        return static_cast<ssize_t>(size);
    }

    int submit_trailers(std::int32_t id, send_queue& queue, std::uint32_t& flags) {
        const auto trailers = queue.take_trailers();
        if (!trailers) return 0;
        flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
        const std::vector<nghttp2_nv> list = to_list(*trailers);
        const int result = nghttp2_submit_trailer(handle.get(), id, list.data(), list.size());
        require_memory(result);
        return result == 0 ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE;
    }

    static int send_data(nghttp2_session*, nghttp2_frame*, const std::uint8_t* header, std::size_t size,
                         nghttp2_data_source* source, void* user_data) noexcept {
        constexpr std::size_t header_size = 9;
        constexpr std::size_t max_frame_size = 16 * 1024;
        session& self = of(user_data);
        send_queue& queue = static_cast<stream*>(source->ptr)->queue;
        return self.guarded([&] {
            // What grows at all grows to its end at once: doubling would pass the size that the allocator keeps.
            if (header_size + size > self.output.available() && self.output.size() + size > max_frame_size) {
                self.output.reserve(output_limit + max_frame_size + header_size);
            }
            const byte_span room = self.output.prepare(header_size + size);
            std::memcpy(room.data(), header, header_size);
            if (size > 0) std::memcpy(room.data() + header_size, queue.front().data(), size);
            self.output.commit(header_size + size);
            queue.consume(size);
            self.content_sent += size;
            return 0;
        });
    }

    void rethrow() {
        if (exception) std::rethrow_exception(std::exchange(exception, nullptr));
    }

    void flush() {
        is_paused = false;
        while (true) {
            const std::uint8_t* data = nullptr;
            const ssize_t size = nghttp2_session_mem_send(handle.get(), &data);
            rethrow();
            require_memory(static_cast<int>(std::min<ssize_t>(size, 0)));
            if (size < 0) fail(errc::invalid_frame, nghttp2_strerror(static_cast<int>(size)));
            if (size <= 0) break;
            output.append(to_bytes(data, static_cast<std::size_t>(size)));
        }
        if (failure) terminate();
    }

    /// Tells the peer of the failure, once.
    void terminate() {
        const bool is_of_flow = failure->code == errc::flow_control_error;
        terminate(is_of_flow ? error_code::flow_control_error : error_code::enhance_your_calm);
    }

    void terminate(error_code code) {
        if (std::exchange(is_terminated, true)) return;
        require_memory(nghttp2_session_terminate_session(handle.get(), static_cast<std::uint32_t>(code)));
        flush();
    }

    [[nodiscard]] std::expected<void, error> receive(byte_view input, bool is_judged) {
        invalid_type.reset();
        const ssize_t result =
            nghttp2_session_mem_recv(handle.get(), reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
        rethrow();
        if (result < 0) {
            require_memory(static_cast<int>(result));
            if (result == NGHTTP2_ERR_TOO_MANY_CONTINUATIONS) {
                fail(errc::too_many_continuations, "max_continuation_count");
            }
            fail(errc::invalid_frame, nghttp2_strerror(static_cast<int>(result)));
        }
        if (!failure && is_judged && nghttp2_session_get_outbound_queue_size(handle.get()) > 0) flush();
        if (!failure) return {};
        terminate();
        return std::unexpected(*failure);
    }

    [[nodiscard]] std::uint32_t initial_window_size() const noexcept {
        return window_sizes.empty() ? nghttp2_session_get_local_settings(handle.get(), initial_window)
                                    : window_sizes.back();
    }

    void submit_settings(const std::vector<nghttp2_settings_entry>& entries) {
        std::uint32_t window_size = initial_window_size();
        for (const nghttp2_settings_entry& e : entries) {
            if (e.settings_id == initial_window) window_size = e.value;
        }
        window_sizes.push_back(window_size);
        require_memory(nghttp2_submit_settings(handle.get(), NGHTTP2_FLAG_NONE, entries.data(), entries.size()));
    }
};

nghttp2_engine::nghttp2_engine(const client_options& options, engine_listener& listener, buffer& output)
    : session_(std::make_unique<session>(options, listener, output)) {
    const auto list_size = std::min<std::size_t>(options.limits.max_header_section_size, unlimited - 1);
    std::vector<nghttp2_settings_entry> entries{
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, options.connection.initial_window_size},
        {NGHTTP2_SETTINGS_MAX_FRAME_SIZE, options.connection.max_frame_size},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(list_size)},
    };
    if (options.connection.accepts_push) {
        entries.push_back({NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, options.connection.max_pushed_stream_count});
    } else {
        entries.push_back({NGHTTP2_SETTINGS_ENABLE_PUSH, 0});
    }
    session_->submit_settings(entries);
    set_window_size(nullptr, static_cast<std::int32_t>(options.connection.connection_window_size));
    flush();
}

nghttp2_engine::~nghttp2_engine() = default;

std::expected<void, error> nghttp2_engine::receive(byte_view input, bool is_judged) {
    return session_->receive(input, is_judged);
}

void nghttp2_engine::terminate(error_code code) { session_->terminate(code); }

void nghttp2_engine::flush() { session_->flush(); }

const error* nghttp2_engine::failure() const noexcept { return session_->failure ? &*session_->failure : nullptr; }

bool nghttp2_engine::is_paused() const noexcept { return session_->is_paused; }

void nghttp2_engine::output_was_taken() noexcept {
    session_->unsent_ack_count = 0;
    session_->unsent_credit_count = 0;
    session_->max_stream_count = session_->stream_count;
}

std::expected<void, error> nghttp2_engine::check_size(const std::vector<field>& fields) const {
    constexpr std::size_t overhead = 32;  // of each field
    std::size_t size = 0;
    for (const field& f : fields) size += f.name.size() + f.value.size() + overhead;
    const auto limit = server_settings().max_header_list_size;
    if (!limit || size <= *limit) return {};
    return std::unexpected(error{errc::header_list_too_big, "the request's have " + std::to_string(size) +
                                                                " bytes, and the server's MAX_HEADER_LIST_SIZE is " +
                                                                std::to_string(*limit)});
}

bool nghttp2_engine::open(stream& s, const outgoing_head& head) {
    const std::vector<nghttp2_nv> list = to_list(head.fields);
    nghttp2_data_provider content{};
    content.source.ptr = &s;
    content.read_callback = &session::read_content;
    const std::int32_t id = nghttp2_submit_request(session_->handle.get(), nullptr, list.data(), list.size(),
                                                   head.has_content ? &content : nullptr, &s);
    if (id < 0) {
        require_memory(id);
        return false;
    }
    s.id = id;
    session_->stream_added();
    return true;
}

void nghttp2_engine::resume(stream& s) { require_memory(nghttp2_session_resume_data(session_->handle.get(), s.id)); }

void nghttp2_engine::reset(stream& s, error_code code) {
    require_memory(
        nghttp2_submit_rst_stream(session_->handle.get(), NGHTTP2_FLAG_NONE, s.id, static_cast<std::uint32_t>(code)));
}

bool nghttp2_engine::is_ended(const stream& s) const noexcept {
    return nghttp2_session_get_stream_local_close(session_->handle.get(), s.id) != 0;
}

void nghttp2_engine::put_settings(const settings_change& change) {
    std::vector<nghttp2_settings_entry> entries;
    const auto add = [&entries](nghttp2_settings_id id, const std::optional<std::uint32_t>& value) {
        if (value) entries.push_back({id, *value});
    };
    add(NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, change.header_table_size);
    add(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, change.max_concurrent_streams);
    add(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, change.initial_window_size);
    add(NGHTTP2_SETTINGS_MAX_FRAME_SIZE, change.max_frame_size);
    add(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, change.max_header_list_size);
    session_->submit_settings(entries);
}

void nghttp2_engine::ping(const ping_payload& payload) {
    require_memory(nghttp2_submit_ping(session_->handle.get(), NGHTTP2_FLAG_NONE,
                                       reinterpret_cast<const std::uint8_t*>(payload.data())));
}

void nghttp2_engine::go_away() {
    const std::int32_t last = nghttp2_session_get_last_proc_stream_id(session_->handle.get());
    require_memory(
        nghttp2_submit_goaway(session_->handle.get(), NGHTTP2_FLAG_NONE, last, NGHTTP2_NO_ERROR, nullptr, 0));
}

void nghttp2_engine::consume(stream& s, std::size_t size) {
    require_memory(nghttp2_session_consume_stream(session_->handle.get(), s.id, size));
}

void nghttp2_engine::set_window_size(const stream* s, std::int32_t size) {
    require_memory(nghttp2_session_set_local_window_size(session_->handle.get(), NGHTTP2_FLAG_NONE,
                                                         s == nullptr ? 0 : s->id, size));
}

std::uint32_t nghttp2_engine::initial_window_size() const noexcept { return session_->initial_window_size(); }

std::uint64_t nghttp2_engine::content_sent() const noexcept { return session_->content_sent; }

std::size_t nghttp2_engine::max_frame_size() const noexcept {
    return nghttp2_session_get_local_settings(session_->handle.get(), NGHTTP2_SETTINGS_MAX_FRAME_SIZE);
}

std::size_t nghttp2_engine::max_streams() const noexcept {
    return nghttp2_session_get_remote_settings(session_->handle.get(), NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
}

bool nghttp2_engine::has_identifiers() const noexcept {
    return nghttp2_session_get_next_stream_id(session_->handle.get()) <=
           static_cast<std::uint32_t>(std::numeric_limits<std::int32_t>::max());
}

settings nghttp2_engine::server_settings() const noexcept {
    const auto value = [this](nghttp2_settings_id id) {
        return nghttp2_session_get_remote_settings(session_->handle.get(), id);
    };
    settings all{.header_table_size = value(NGHTTP2_SETTINGS_HEADER_TABLE_SIZE),
                 .enable_push = value(NGHTTP2_SETTINGS_ENABLE_PUSH) != 0,
                 .initial_window_size = value(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE),
                 .max_frame_size = value(NGHTTP2_SETTINGS_MAX_FRAME_SIZE),
                 .max_header_list_size = limit_or_none(value(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE)),
                 .enable_connect_protocol = value(NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL) != 0};
    // Until they came the library holds what we assume.
    if (session_->has_settings) {
        all.max_concurrent_streams = limit_or_none(value(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS));
    }
    return all;
}

settings nghttp2_engine::client_settings() const noexcept {
    const auto value = [this](nghttp2_settings_id id) {
        return nghttp2_session_get_local_settings(session_->handle.get(), id);
    };
    return {.header_table_size = value(NGHTTP2_SETTINGS_HEADER_TABLE_SIZE),
            .enable_push = value(NGHTTP2_SETTINGS_ENABLE_PUSH) != 0,
            .max_concurrent_streams = limit_or_none(value(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS)),
            .initial_window_size = value(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE),
            .max_frame_size = value(NGHTTP2_SETTINGS_MAX_FRAME_SIZE),
            .max_header_list_size = limit_or_none(value(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE))};
}

std::size_t nghttp2_engine::send_window() const noexcept {
    return to_size(nghttp2_session_get_remote_window_size(session_->handle.get()));
}

std::size_t nghttp2_engine::send_window(const stream& s) const noexcept {
    const std::int32_t own = nghttp2_session_get_stream_remote_window_size(session_->handle.get(), s.id);
    return std::min(to_size(own), send_window());
}

std::size_t nghttp2_engine::receive_window() const noexcept {
    return to_size(nghttp2_session_get_local_window_size(session_->handle.get()));
}

std::size_t nghttp2_engine::receive_window(const stream& s) const noexcept {
    return to_size(nghttp2_session_get_stream_local_window_size(session_->handle.get(), s.id));
}

}  // namespace mint::http2::detail
