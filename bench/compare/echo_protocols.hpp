#pragma once

// What the benchmarks' server speaks on one connection: octets in, octets out. It trusts its clients, and judges
// nothing.

#include "compare/echo_frames.hpp"

#include <mint/base/buffer.hpp>
#include <mint/base/bytes.hpp>
#include <mint/ws/handshake.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <unordered_map>
#include <utility>

#include <nghttp2/nghttp2.h>

namespace compare {

/// One connection's protocol.
class protocol {
  public:
    protocol() = default;
    protocol(const protocol&) = delete;
    protocol& operator=(const protocol&) = delete;
    virtual ~protocol() = default;

    /// False when the connection is of no more use.
    virtual bool take(mint::byte_view octets) = 0;

    /// What is written at once; streams take turns at each.
    static constexpr std::size_t write_size = 64 * 1024;

    /// Appends what is to be written, about `write_size` octets at most; all of it on HTTP/1.1.
    virtual void give(mint::buffer& out) = 0;
};

class http1 final : public protocol {
  public:
    bool take(mint::byte_view octets) override {
        if (is_open_) {
            echo_.take(octets, output_);
            return true;
        }
        request_ += mint::as_text(octets);
        if (!request_.ends_with("\r\n\r\n")) return true;
        const std::size_t path_at = request_.find(' ') + 1;
        echo_ =
            frame_echo{answer_for(std::string_view{request_}.substr(path_at, request_.find(' ', path_at) - path_at))};
        constexpr std::string_view name = "sec-websocket-key: ";
        std::size_t at = request_.find(name);
        if (at == std::string::npos) return false;
        at += name.size();
        const std::string key = request_.substr(at, request_.find('\r', at) - at);
        output_.append("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n");
        output_.append("Sec-WebSocket-Accept: " + mint::ws::accept_for(key) + "\r\n\r\n");
        is_open_ = true;
        return true;
    }

    void give(mint::buffer& out) override {
        std::swap(out, output_);
        output_.clear();
    }

  private:
    bool is_open_ = false;
    std::string request_;
    frame_echo echo_;
    mint::buffer output_;
};

struct free_session {
    void operator()(nghttp2_session* s) const noexcept { nghttp2_session_del(s); }
    void operator()(nghttp2_option* o) const noexcept { nghttp2_option_del(o); }
    void operator()(nghttp2_session_callbacks* c) const noexcept { nghttp2_session_callbacks_del(c); }
};

/// Takes every request for a WebSocket (RFC 8441).
class http2 final : public protocol {
  public:
    http2() {
        constexpr std::uint32_t stream_window = 16 * 1024 * 1024;
        constexpr std::int32_t connection_window = 1024 * 1024 * 1024;
        constexpr std::uint32_t stream_count = 1'000'000;
        nghttp2_option* option = nullptr;
        nghttp2_option_new(&option);
        const std::unique_ptr<nghttp2_option, free_session> options{option};
        nghttp2_option_set_no_http_messaging(option, 1);
        nghttp2_option_set_no_closed_streams(option, 1);
        nghttp2_session* made = nullptr;
        if (nghttp2_session_server_new2(&made, callbacks(), this, option) != 0) std::abort();
        session_.reset(made);
        const std::array<nghttp2_settings_entry, 3> settings{{
            {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, stream_count},
            {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, stream_window},
            {NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1},
        }};
        nghttp2_submit_settings(made, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
        nghttp2_session_set_local_window_size(made, NGHTTP2_FLAG_NONE, 0, connection_window);
    }

    bool take(mint::byte_view octets) override {
        return nghttp2_session_mem_recv(session_.get(), reinterpret_cast<const std::uint8_t*>(octets.data()),
                                        octets.size()) >= 0;
    }

    void give(mint::buffer& out) override {
        output_ = &out;
        while (out.size() < write_size) {
            const std::uint8_t* data = nullptr;
            const ssize_t size = nghttp2_session_mem_send(session_.get(), &data);
            if (size <= 0) break;
            out.append(mint::byte_view{reinterpret_cast<const std::byte*>(data), static_cast<std::size_t>(size)});
        }
        output_ = nullptr;
    }

  private:
    struct stream {
        frame_echo echo{};
        mint::buffer output;
        bool is_deferred = false;  // for want of content
        bool is_ended = false;
    };

    static const nghttp2_session_callbacks* callbacks() {
        static const auto all = [] {
            nghttp2_session_callbacks* made = nullptr;
            nghttp2_session_callbacks_new(&made);
            nghttp2_session_callbacks_set_on_header_callback(made, &on_header);
            nghttp2_session_callbacks_set_on_data_chunk_recv_callback(made, &on_data);
            nghttp2_session_callbacks_set_on_frame_recv_callback(made, &on_frame);
            nghttp2_session_callbacks_set_on_stream_close_callback(made, &on_close);
            nghttp2_session_callbacks_set_send_data_callback(made, &send_data);
            return std::unique_ptr<nghttp2_session_callbacks, free_session>{made};
        }();
        return all.get();
    }

    static stream* find(nghttp2_session* session, std::int32_t id) {
        return static_cast<stream*>(nghttp2_session_get_stream_user_data(session, id));
    }

    static void resume(nghttp2_session* session, std::int32_t id, stream& s) {
        if (!std::exchange(s.is_deferred, false)) return;
        nghttp2_session_resume_data(session, id);
    }

    static int on_header(nghttp2_session*, const nghttp2_frame*, const std::uint8_t* name, std::size_t name_size,
                         const std::uint8_t* value, std::size_t size, std::uint8_t, void* user_data) {
        const auto text = [](const std::uint8_t* octets, std::size_t count) {
            return std::string_view{reinterpret_cast<const char*>(octets), count};
        };
        if (text(name, name_size) == ":path") {
            static_cast<http2*>(user_data)->answer_ = answer_for(text(value, size));
        }
        return 0;
    }

    static int on_data(nghttp2_session* session, std::uint8_t, std::int32_t id, const std::uint8_t* data,
                       std::size_t size, void*) {
        stream* const s = find(session, id);
        if (s == nullptr) return 0;
        s->echo.take({reinterpret_cast<const std::byte*>(data), size}, s->output);
        resume(session, id, *s);
        return 0;
    }

    static int on_frame(nghttp2_session* session, const nghttp2_frame* frame, void* user_data) {
        const std::int32_t id = frame->hd.stream_id;
        if (frame->hd.type == NGHTTP2_HEADERS && find(session, id) == nullptr) {
            open(session, id, *static_cast<http2*>(user_data));
        }
        if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return 0;
        if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) return 0;
        stream* const s = find(session, id);
        if (s == nullptr) return 0;
        s->is_ended = true;
        resume(session, id, *s);
        return 0;
    }

    static void open(nghttp2_session* session, std::int32_t id, http2& self) {
        static std::string name = ":status";
        static std::string value = "200";
        const auto octets = [](std::string& text) { return reinterpret_cast<std::uint8_t*>(text.data()); };
        const nghttp2_nv status{octets(name), octets(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
        stream& made = self.streams_[id];
        made.echo = frame_echo{self.answer_};
        nghttp2_data_provider content{};
        content.source.ptr = &made;
        content.read_callback = &read_content;
        nghttp2_session_set_stream_user_data(session, id, &made);
        if (nghttp2_submit_response(session, id, &status, 1, &content) != 0) std::abort();
    }

    static int on_close(nghttp2_session*, std::int32_t id, std::uint32_t, void* user_data) {
        static_cast<http2*>(user_data)->streams_.erase(id);
        return 0;
    }

    static ssize_t read_content(nghttp2_session*, std::int32_t, std::uint8_t*, std::size_t max_size,
                                std::uint32_t* flags, nghttp2_data_source* source, void*) {
        stream& s = *static_cast<stream*>(source->ptr);
        if (s.output.empty() && !s.is_ended) {
            s.is_deferred = true;
            return NGHTTP2_ERR_DEFERRED;
        }
        *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
        const std::size_t size = std::min(max_size, s.output.size());
        if (s.is_ended && size == s.output.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
        return static_cast<ssize_t>(size);
    }

    static int send_data(nghttp2_session*, nghttp2_frame*, const std::uint8_t* header, std::size_t size,
                         nghttp2_data_source* source, void* user_data) {
        constexpr std::size_t header_size = 9;
        mint::buffer& out = *static_cast<http2*>(user_data)->output_;
        stream& s = *static_cast<stream*>(source->ptr);
        out.append(mint::byte_view{reinterpret_cast<const std::byte*>(header), header_size});
        out.append(s.output.view().first(size));
        s.output.consume(size);
        return 0;
    }

    std::unordered_map<std::int32_t, stream> streams_;
    std::unique_ptr<nghttp2_session, free_session> session_;
    answer answer_{};                 // that the request being read asks for
    mint::buffer* output_ = nullptr;  // while `give` runs
};

}  // namespace compare
