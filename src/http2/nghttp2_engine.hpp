#pragma once

#include "http2/error_code.hpp"
#include "http2/stream_table.hpp"

#include <mint/base/buffer.hpp>
#include <mint/base/bytes.hpp>
#include <mint/base/error.hpp>
#include <mint/base/headers.hpp>
#include <mint/http2/client_machine.hpp>
#include <mint/http2/settings.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace mint::http2::detail {

using ping_payload = std::array<std::byte, 8>;

/// What the engine tells about the octets received, in their order. It may be called back meanwhile, but for `receive`
/// and `flush`. Exceptions are taken through the C code in between, and end the connection.
class engine_listener {
  public:
    engine_listener() = default;
    engine_listener(const engine_listener&) = delete;
    engine_listener& operator=(const engine_listener&) = delete;

    /// A field section of a response starts; its fields follow.
    virtual void on_section(stream& s) = 0;

    /// A stream for the promised request, whose fields follow. Null refuses it.
    virtual stream* on_promise(stream& parent, std::int32_t id) = 0;

    /// False when no more fields of this section are wanted.
    virtual bool on_field(stream& s, std::string_view name, std::string_view value) = 0;

    virtual void on_section_end(stream& s, bool ends_stream) = 0;

    /// The promise is complete. It never is if the parent ended after it began.
    virtual void on_promise_end(stream& parent, stream& promised) = 0;

    virtual void on_data(stream& s, byte_view content) = 0;

    /// END_STREAM, behind the content or the fields.
    virtual void on_end(stream& s) = 0;

    /// A DATA frame of this stream is larger than its window; it was reset.
    virtual void on_window_exceeded(stream& s) = 0;

    /// RST_STREAM came. `on_closed` follows.
    virtual void on_reset(stream& s, error_code code) = 0;

    /// The engine knows this stream no more.
    virtual void on_closed(stream& s, error_code code) = 0;

    virtual void on_settings() = 0;

    /// The server's acknowledgement makes each stream's receive window smaller by `decrease`, or larger where that is
    /// negative: called before that happens, and behind it.
    virtual void on_window_change(std::int64_t decrease) = 0;
    virtual void on_window_changed() = 0;

    virtual void on_pong(const ping_payload& payload) = 0;

    /// Streams over `last_id` will be closed next.
    virtual void on_goaway(std::int32_t last_id, error_code code) = 0;

  protected:
    ~engine_listener() = default;
};

/// HTTP/2's frames, HPACK, flow control and stream states: the third-party library, in this one class. What messages
/// mean is the listener's.
///
/// All frames go to `output`; content only while it holds less than `output_limit`, with which a block of 64 KiB and
/// its frame headers go in one. A stream's content is taken from its queue. Neither moves.
class nghttp2_engine {
  public:
    static constexpr std::size_t output_limit = 72 * 1024;

    nghttp2_engine(const client_options& options, engine_listener& listener, buffer& output);
    nghttp2_engine(const nghttp2_engine&) = delete;
    nghttp2_engine& operator=(const nghttp2_engine&) = delete;
    ~nghttp2_engine();

    /// Takes the next octets, at most to the end of a frame, and flushes what answers them where it `is_judged`: at the
    /// frame's end, or at the header of one that is too big. At another place it would depend on how octets are split.
    /// An error is the connection's end: a GOAWAY was written, and nothing may be called any more but observers.
    [[nodiscard]] std::expected<void, error> receive(byte_view input, bool is_judged);

    /// Ends the connection for a reason of ours.
    void terminate(error_code code);

    /// Writes frames, as far as windows and `output_limit` allow.
    void flush();

    /// The connection's end, which `flush` may find as well; null while there is none.
    [[nodiscard]] const error* failure() const noexcept;

    /// True if `flush` stopped for `output_limit`, and so other streams' content is first.
    [[nodiscard]] bool is_paused() const noexcept;

    /// The caller took all output: acknowledgements in it count no more.
    void output_was_taken() noexcept;

    /// Whether the server takes a field section of this size, as far as it said (RFC 9113 §6.5.2).
    [[nodiscard]] std::expected<void, error> check_size(const std::vector<field>& fields) const;

    /// Sends the head of a stream, which gets its id. False when no identifiers are left.
    [[nodiscard]] bool open(stream& s, const outgoing_head& head);

    /// There is something new in its queue.
    void resume(stream& s);

    void reset(stream& s, error_code code);

    /// True if END_STREAM of ours went out, or the stream is no more.
    [[nodiscard]] bool is_ended(const stream& s) const noexcept;

    void put_settings(const settings_change& change);
    void ping(const ping_payload& payload);
    void go_away();

    /// Gives credit, for the stream alone: the connection's is given as content comes.
    void consume(stream& s, std::size_t size);
    void set_window_size(const stream* s, std::int32_t size);

    /// Of our last SETTINGS, acknowledged or not.
    [[nodiscard]] std::uint32_t initial_window_size() const noexcept;

    /// Octets of content that were taken from queues so far.
    [[nodiscard]] std::uint64_t content_sent() const noexcept;

    /// Of the server's frames, as far as it has acknowledged.
    [[nodiscard]] std::size_t max_frame_size() const noexcept;

    /// How many streams of ours the server allows now.
    [[nodiscard]] std::size_t max_streams() const noexcept;
    [[nodiscard]] bool has_identifiers() const noexcept;
    [[nodiscard]] settings server_settings() const noexcept;
    [[nodiscard]] settings client_settings() const noexcept;
    [[nodiscard]] std::size_t send_window() const noexcept;
    [[nodiscard]] std::size_t send_window(const stream& s) const noexcept;
    [[nodiscard]] std::size_t receive_window() const noexcept;
    [[nodiscard]] std::size_t receive_window(const stream& s) const noexcept;

  private:
    struct session;
    std::unique_ptr<session> session_;
};

}  // namespace mint::http2::detail
