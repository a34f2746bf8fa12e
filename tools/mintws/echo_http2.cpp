#include "echo_http2.hpp"

#include "echo_extensions.hpp"

#include <mint/base/field_value.hpp>
#include <mint/base/headers.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <string>
#include <unordered_map>
#include <utility>

#include <nghttp2/nghttp2.h>

namespace mintws {

namespace {

constexpr std::size_t output_limit = 128 * 1024;   // of one `give`
constexpr std::size_t waiting_limit = 256 * 1024;  // of a stream's answers; over it there is no more credit
constexpr std::uint32_t stream_window = 1024 * 1024;
constexpr std::int32_t connection_window = 16 * 1024 * 1024;
constexpr std::uint32_t max_streams = 1000;

struct deleter {
    void operator()(nghttp2_session* s) const noexcept { nghttp2_session_del(s); }
    void operator()(nghttp2_option* o) const noexcept { nghttp2_option_del(o); }
    void operator()(nghttp2_session_callbacks* c) const noexcept { nghttp2_session_callbacks_del(c); }
};

/// One request, and the WebSocket that became of it.
struct stream {
    mint::headers fields;
    std::string method;
    std::string protocol;
    std::unique_ptr<echo_conversation> conversation;
    mint::buffer output;
    std::size_t uncredited_size = 0;
    bool is_last = false;  // nothing comes behind `output`
};

/// Header fields of a response, as the library wants them.
class field_list {
  public:
    void add(std::string name, std::string value) { texts_.emplace_back(std::move(name), std::move(value)); }

    [[nodiscard]] std::vector<nghttp2_nv> view() {
        std::vector<nghttp2_nv> all;
        all.reserve(texts_.size());
        for (auto& [name, value] : texts_) {
            all.push_back({reinterpret_cast<std::uint8_t*>(name.data()), reinterpret_cast<std::uint8_t*>(value.data()),
                           name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
        }
        return all;
    }

  private:
    std::vector<std::pair<std::string, std::string>> texts_;
};

}  // namespace

struct echo_http2::session {
    explicit session(const mint::websocket_limits& l) : limits(l) {
        nghttp2_option* option = nullptr;
        nghttp2_session_callbacks* callbacks = nullptr;
        nghttp2_session* made = nullptr;
        if (nghttp2_option_new(&option) != 0) throw std::bad_alloc{};
        const std::unique_ptr<nghttp2_option, deleter> options{option};
        nghttp2_option_set_no_auto_window_update(option, 1);
        if (nghttp2_session_callbacks_new(&callbacks) != 0) throw std::bad_alloc{};
        const std::unique_ptr<nghttp2_session_callbacks, deleter> all{callbacks};
        nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, &on_begin_headers);
        nghttp2_session_callbacks_set_on_header_callback(callbacks, &on_header);
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, &on_data);
        nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, &on_frame);
        nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, &on_close);
        if (nghttp2_session_server_new2(&made, callbacks, this, option) != 0) throw std::bad_alloc{};
        handle.reset(made);
        const std::array<nghttp2_settings_entry, 3> settings{{
            {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, max_streams},
            {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, stream_window},
            {NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1},
        }};
        nghttp2_submit_settings(made, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
        nghttp2_session_set_local_window_size(made, NGHTTP2_FLAG_NONE, 0, connection_window);
    }

    mint::websocket_limits limits;
    std::unique_ptr<nghttp2_session, deleter> handle;
    std::unordered_map<std::int32_t, stream> streams;
    std::vector<mint::ws::frame>* frames = nullptr;  // while octets are received
    std::size_t given_size = 0;                      // in this `give`
    bool is_broken = false;

    static session& of(void* user_data) noexcept { return *static_cast<session*>(user_data); }

    stream* find(std::int32_t id) {
        const auto found = streams.find(id);
        return found == streams.end() ? nullptr : &found->second;
    }

    static int on_begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
        if (frame->headers.cat == NGHTTP2_HCAT_REQUEST) of(user_data).streams[frame->hd.stream_id];
        return 0;
    }

    static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                         const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* user_data) {
        stream* const s = of(user_data).find(frame->hd.stream_id);
        if (s == nullptr || frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
        const std::string_view what{reinterpret_cast<const char*>(name), name_size};
        const std::string_view text{reinterpret_cast<const char*>(value), value_size};
        if (what == ":method") s->method = text;
        if (what == ":protocol") s->protocol = text;
        if (!what.starts_with(':')) static_cast<void>(s->fields.append(what, text));
        return 0;
    }

    static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
        session& self = of(user_data);
        const bool is_request = frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST;
        const bool ends = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
        const std::int32_t id = frame->hd.stream_id;
        stream* const s = self.find(id);
        if (s == nullptr) return 0;
        if (is_request) self.answer(id, *s);
        if (ends && (frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS)) self.end(id, *s);
        return 0;
    }

    static int on_data(nghttp2_session* handle, std::uint8_t, std::int32_t id, const std::uint8_t* data,
                       std::size_t size, void* user_data) {
        session& self = of(user_data);
        nghttp2_session_consume_connection(handle, size);
        stream* const s = self.find(id);
        if (s == nullptr) return 0;
        s->uncredited_size += size;
        if (s->conversation && !s->is_last) {
            s->conversation->receive({reinterpret_cast<const std::byte*>(data), size}, *self.frames, s->output);
            s->is_last = s->conversation->is_over();
            nghttp2_session_resume_data(handle, id);
        }
        self.give_credit(id, *s);
        return 0;
    }

    static int on_close(nghttp2_session*, std::int32_t id, std::uint32_t, void* user_data) {
        of(user_data).streams.erase(id);
        return 0;
    }

    void give_credit(std::int32_t id, stream& s) {
        if (s.output.size() > waiting_limit || s.uncredited_size == 0) return;
        nghttp2_session_consume_stream(handle.get(), id, std::exchange(s.uncredited_size, 0));
    }

    void end(std::int32_t id, stream& s) {
        s.is_last = true;
        nghttp2_session_resume_data(handle.get(), id);
    }

    void answer(std::int32_t id, stream& s) {
        if (s.method == "CONNECT" && s.protocol == "websocket") return answer_websocket(id, s);
        if (s.method == "CONNECT") return answer_page(id, s, 501, "only websocket is spoken here\n");
        if (s.method != "GET" && s.method != "HEAD") return answer_page(id, s, 405, "GET and HEAD only\n");
        answer_page(id, s, 200, "mintws echo\n");
    }

    void answer_websocket(std::int32_t id, stream& s) {
        if (s.fields.count("sec-websocket-version") != 1 || s.fields.find("sec-websocket-version") != "13") {
            return answer_page(id, s, 400, "only version 13 is spoken here\n");
        }
        const auto subprotocols = mint::parse_list(s.fields, "sec-websocket-protocol");
        if (!subprotocols) return answer_page(id, s, 400, "Sec-WebSocket-Protocol is no list of tokens\n");
        auto extensions = agree_on_extensions(s.fields);
        if (!extensions) return answer_page(id, s, 400, "Sec-WebSocket-Extensions is no list of extensions\n");
        field_list fields;
        fields.add(":status", "200");
        if (!subprotocols->empty()) fields.add("sec-websocket-protocol", subprotocols->front().name);
        if (!extensions->field.empty()) fields.add("sec-websocket-extensions", extensions->field);
        s.conversation = std::make_unique<echo_conversation>(limits, std::move(extensions->chain));
        s.fields = {};
        submit(id, s, fields);
    }

    void answer_page(std::int32_t id, stream& s, int status, std::string_view text) {
        field_list fields;
        fields.add(":status", std::to_string(status));
        fields.add("content-type", "text/plain");
        fields.add("content-length", std::to_string(text.size()));
        if (status == 405) fields.add("allow", "GET, HEAD");
        if (status == 400) fields.add("sec-websocket-version", "13");
        if (s.method != "HEAD") s.output.append(text);
        s.is_last = true;
        submit(id, s, fields);
    }

    void submit(std::int32_t id, stream& s, field_list& fields) {
        nghttp2_data_provider content{};
        content.source.ptr = &s;
        content.read_callback = &read_content;
        const auto list = fields.view();
        if (nghttp2_submit_response(handle.get(), id, list.data(), list.size(), &content) != 0) is_broken = true;
    }

    static ssize_t read_content(nghttp2_session*, std::int32_t id, std::uint8_t* room, std::size_t size,
                                std::uint32_t* flags, nghttp2_data_source* source, void* user_data) {
        session& self = of(user_data);
        stream& s = *static_cast<stream*>(source->ptr);
        if (s.output.empty() && !s.is_last) return NGHTTP2_ERR_DEFERRED;
        if (self.given_size >= output_limit) return NGHTTP2_ERR_PAUSE;
        const std::size_t taken = std::min(size, s.output.size());
        if (taken > 0) std::memcpy(room, s.output.view().data(), taken);
        s.output.consume(taken);
        self.given_size += taken;
        if (s.output.empty()) {
            s.output.release();
            if (s.is_last) *flags |= NGHTTP2_DATA_FLAG_EOF;
        }
        self.give_credit(id, s);
        return static_cast<ssize_t>(taken);
    }
};

echo_http2::echo_http2(const mint::websocket_limits& limits) : session_(std::make_unique<session>(limits)) {}
echo_http2::~echo_http2() = default;

void echo_http2::receive(mint::byte_view octets, std::vector<mint::ws::frame>& frames) {
    session_->frames = &frames;
    const auto taken = nghttp2_session_mem_recv(session_->handle.get(),
                                                reinterpret_cast<const std::uint8_t*>(octets.data()), octets.size());
    if (taken < 0) session_->is_broken = true;
}

void echo_http2::give(mint::buffer& out) {
    session_->given_size = 0;
    while (session_->given_size < output_limit) {
        const std::uint8_t* data = nullptr;
        const ssize_t size = nghttp2_session_mem_send(session_->handle.get(), &data);
        if (size < 0) session_->is_broken = true;
        if (size <= 0) return;
        out.append(mint::byte_view{reinterpret_cast<const std::byte*>(data), static_cast<std::size_t>(size)});
    }
}

void echo_http2::say_goodbye() {
    for (auto& [id, s] : session_->streams) {
        if (s.conversation && !s.is_last) s.conversation->say_goodbye(s.output);
        session_->end(id, s);
    }
    nghttp2_submit_goaway(session_->handle.get(), NGHTTP2_FLAG_NONE,
                          nghttp2_session_get_last_proc_stream_id(session_->handle.get()), NGHTTP2_NO_ERROR, nullptr,
                          0);
}

bool echo_http2::is_over() const noexcept {
    return session_->is_broken || (nghttp2_session_want_read(session_->handle.get()) == 0 &&
                                   nghttp2_session_want_write(session_->handle.get()) == 0);
}

}  // namespace mintws
