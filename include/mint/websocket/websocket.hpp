#pragma once

#include <mint/base/buffer.hpp>
#include <mint/base/bytes.hpp>
#include <mint/base/error.hpp>
#include <mint/base/headers.hpp>
#include <mint/base/request.hpp>
#include <mint/base/response.hpp>
#include <mint/base/url.hpp>
#include <mint/http/connection.hpp>
#include <mint/websocket/upgrade_options.hpp>
#include <mint/ws/codec.hpp>
#include <mint/ws/frame.hpp>

#include <chrono>
#include <cstddef>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mint {

/// What a server answered to an upgrade; see `websocket::recv_upgrade`.
struct upgrade_answer {
    int status_code = 0;
    headers fields;

    /// The start of a refusal's body, as far as it came with the fields; lent by the read_buffer of the call. Frames
    /// come with the next receiving call.
    std::vector<byte_view> data;

    /// Nothing more comes for this request, done and error neither: the refusal is complete or was cut short, or the
    /// peer ended its direction of the HTTP/2 stream with the fields.
    bool is_ended = false;
};

/// A WebSocket on an HTTP connection: the state that turns frames into octets and back, apart from the connection.
///
/// The way of a conversation (examples/01_blocking.cpp and 02_own_epoll_loop.cpp):
///
///     auto conn = http::connect(scheme::http, "localhost", 9000);         // any HTTP connection
///     auto ref = websocket::upgrade(ws_scheme::ws, *conn, "/");           // asks for a WebSocket on it
///     … websocket::stream(*conn, message, scratch) …                      // until responses::headers for ref came
///     auto ws = websocket::create(*conn, *ref, status, fields);           // checks the answer
///     ws->encode(ws::text{"hello"}, out);                                 // frame → octets
///     websocket::stream_request_body(*conn, *ref, out.view());            // octets → connection
///     … ws->decode(data.bytes, frames) …                                  // each responses::data for ref → frames
///
/// A value: a copy is an independent fork of the whole state. It holds no socket and no reference to the connection,
/// answers no ping and echoes no Close: the caller does.
class websocket {
  public:
    /// Sends the opening handshake (RFC 6455 §4.1; over HTTP/2 extended CONNECT, RFC 8441 §5) for `target`, with the
    /// caller's fields behind it; `origin`, `authorization`, `cookie` and a `host` of the caller's own are welcome.
    ///
    /// The answer comes as responses for the ref: status and headers, then data; no done while the WebSocket lives.
    ///
    /// Over HTTP/2 any number may be asked for, in any order and before the server's SETTINGS came: it goes out when
    /// they allow it. If they don't, its answer is responses::error with errc::extended_connect_disabled, and once that
    /// is known it is returned here; the detail names the host and port to connect to with HTTP/1.1.
    /// errc::scheme_mismatch, forwarding_connection, reserved_field (a field that the handshake writes),
    /// invalid_subprotocol, invalid_extension, invalid_request_target, upgrade_in_progress (responses are awaited on
    /// this HTTP/1.1 connection), already_upgraded, connection_closed, and those of a send. Nothing was sent then.
    [[nodiscard]] static std::expected<request_ref, error> upgrade(ws_scheme scheme, http::connection& conn,
                                                                   std::string_view target, const headers& fields = {},
                                                                   const upgrade_options& options = {});

    /// Checks the answer and makes the WebSocket; once for each upgrade, for until then the connection keeps what was
    /// offered. Data that came behind the answer is the
    /// caller's to `decode`.
    ///
    /// Any status but 101, and over HTTP/2 any but a 2xx: errc::upgrade_refused, with status and fields in `refusal`;
    /// the body comes as data, and the connection lives on where HTTP keeps it alive: another upgrade, with credentials
    /// say, may follow. An answer that breaks a rule of the handshake (ws/handshake.hpp) closes the connection, for it
    /// can't be used any more; over HTTP/2 it resets the stream.
    /// errc::not_a_websocket for a ref that isn't an upgrade's on this connection or had its `create` already.
    [[nodiscard]] static std::expected<websocket, error> create(http::connection& conn, request_ref ref,
                                                                int status_code, const headers& fields,
                                                                const create_options& options = {});

    /// Waits for the answer to an upgrade, in passive mode: for programs that do nothing else meanwhile.
    /// Over HTTP/2 no other request may be open: errc::other_requests_open. Over HTTP/1.1 responses to others are not
    /// expected then, and end it with errc::unknown_request. Errors as `recv`, and what failed the request, as
    /// extended_connect_disabled.
    [[nodiscard]] static std::expected<upgrade_answer, error> recv_upgrade(http::connection& conn, request_ref ref,
                                                                           std::chrono::milliseconds timeout,
                                                                           http::read_buffer& scratch);

    /// The connection's own calls under the names that go with a WebSocket; they serve ordinary requests as well.
    [[nodiscard]] static std::expected<http::response_list, http::stream_error> stream(
        http::connection& conn, const http::socket_message& message, http::read_buffer& scratch) {
        return conn.stream(message, scratch);
    }
    [[nodiscard]] static std::expected<http::response_list, http::stream_error> recv(http::connection& conn,
                                                                                     std::size_t byte_count,
                                                                                     std::chrono::milliseconds timeout,
                                                                                     http::read_buffer& scratch) {
        return conn.recv(byte_count, timeout, scratch);
    }
    [[nodiscard]] static std::expected<void, error> stream_request_body(http::connection& conn, request_ref ref,
                                                                        byte_view octets) {
        return conn.stream_request_body(ref, octets);
    }
    [[nodiscard]] static std::expected<void, error> stream_request_body(http::connection& conn, request_ref ref,
                                                                        const eof& end) {
        return conn.stream_request_body(ref, end);
    }

    /// Frame → octets, appended to `out`. See ws::codec::encode.
    template <class Frame>
    [[nodiscard]] std::expected<void, error> encode(const Frame& frame, buffer& out,
                                                    const ws::encode_options& options = {}) {
        static_assert(ws::detail::required_frame<Frame>::is_there);
        return codec_.encode(frame, out, options);
    }
    template <class Frame>
    [[nodiscard]] std::expected<buffer, error> encode(const Frame& frame, const ws::encode_options& options = {}) {
        static_assert(ws::detail::required_frame<Frame>::is_there);
        return codec_.encode(frame, options);
    }

    /// Octets of a data response → frames, which replace those in `out`. See ws::codec::decode: after a broken rule
    /// `out` has the frames before it; send a Close with the error's `close_code()`, then close.
    [[nodiscard]] std::expected<void, error> decode(byte_view octets, std::vector<ws::frame>& out) {
        return codec_.decode(octets, out);
    }

    /// The same of as much of the front of `octets` as one call may make, which it takes off: for compressed messages
    /// in pieces, again and again until none are left. See ws::codec::decode_some.
    [[nodiscard]] std::expected<void, error> decode_some(byte_view& octets, std::vector<ws::frame>& out) {
        return codec_.decode_some(octets, out);
    }

    /// Encodes a frame into `scratch` and sends it: whole, or not at all.
    ///
    /// errc::send_queue_full (too much waits already; the room is asked for before anything is encoded),
    /// connection_closed, and the errors of `encode`: each but errc::extension_out_of_step leaves the connection and
    /// this WebSocket as they were, and the same frame may be sent again later, after others or never. connection_reset
    /// and the like mean that only receiving is left; over HTTP/2 stream_reset that this WebSocket is over, which may
    /// be known before its last responses were looked at. `scratch` may serve any number of WebSockets; the frame must
    /// not view it.
    template <class Frame>
    [[nodiscard]] std::expected<void, error> send(http::connection& conn, const Frame& frame, buffer& scratch,
                                                  const ws::encode_options& options = {}) {
        static_assert(ws::detail::required_frame<Frame>::is_there);
        const std::size_t size = codec_.max_encoded_size(ws::payload_size(frame));
        if (auto admitted = conn.admit(ref_, size); !admitted) return admitted;
        scratch.clear();
        if (auto encoded = codec_.encode(frame, scratch, options); !encoded) return encoded;
        return conn.stream_request_body(ref_, scratch.view());
    }

    /// Ends the conversation in good order, in passive mode: sends `farewell` if no Close was sent yet, waits for the
    /// peer's Close and then for the end of the connection, and closes it (RFC 6455 §7.1.1). Over HTTP/2 that is the
    /// stream's end (see `mint::closing`), and the connection lives on.
    ///
    /// Returns the peer's Close; an empty one where the caller decoded that before. Messages that still come are
    /// dropped, and pings stay unanswered. errc::wrong_mode, other_requests_open (over HTTP/2, for their responses
    /// would be dropped as well), and for a `farewell` that may not be sent those of `encode`: nothing was done then.
    /// errc::timeout, closed_without_close_frame, and those of `recv` and `decode`: the connection is closed all the
    /// same, and over HTTP/2 the stream is reset. A peer that sent its Close and doesn't end the connection is no
    /// error.
    [[nodiscard]] std::expected<ws::owned_close, error> close(http::connection& conn, const ws::close& farewell,
                                                              std::chrono::milliseconds timeout,
                                                              http::read_buffer& scratch);

    /// The request that became this WebSocket.
    [[nodiscard]] request_ref ref() const noexcept { return ref_; }

    /// The subprotocol that the server chose; empty for none.
    [[nodiscard]] std::string_view subprotocol() const noexcept {
        return subprotocol_ ? std::string_view{*subprotocol_} : std::string_view{};
    }

    /// The extensions that the server accepted, with its parameters; empty for none.
    [[nodiscard]] const std::vector<list_element>& extensions() const noexcept { return codec_.extensions().answers(); }

    /// The codec itself: `receive_space`, `end_of_input`, its state.
    [[nodiscard]] ws::codec& codec() noexcept { return codec_; }
    [[nodiscard]] const ws::codec& codec() const noexcept { return codec_; }

  private:
    friend class opening;

    websocket(request_ref ref, std::shared_ptr<const std::string> subprotocol, const ws::codec_options& options,
              ws::negotiated_extensions extensions);

    [[nodiscard]] static std::expected<request_ref, error> upgrade(ws_scheme scheme, http::connection& conn,
                                                                   std::string_view target, const headers& fields,
                                                                   const upgrade_options& options, std::string* head);
    void abandon(http::connection& conn);
    [[nodiscard]] bool is_stream_gone(const http::connection& conn) const noexcept;
    [[nodiscard]] bool has_stream_ended(const http::connection& conn) const noexcept;
    void recv_stream_end(http::connection& conn, const net::deadline& until, http::read_buffer& scratch);
    [[nodiscard]] std::expected<void, error> recv_close(http::connection& conn, const net::deadline& until,
                                                        http::read_buffer& scratch, ws::owned_close& theirs);

    request_ref ref_;
    std::shared_ptr<const std::string> subprotocol_;
    ws::codec codec_;
};

}  // namespace mint
