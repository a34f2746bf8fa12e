#pragma once

#include <mint/base/buffer.hpp>
#include <mint/base/bytes.hpp>
#include <mint/base/error.hpp>
#include <mint/base/headers.hpp>
#include <mint/base/request.hpp>
#include <mint/base/response.hpp>
#include <mint/base/url.hpp>
#include <mint/http/attachments.hpp>
#include <mint/http/connect_options.hpp>
#include <mint/http/machine.hpp>
#include <mint/http/read_buffer.hpp>
#include <mint/http/socket_message.hpp>
#include <mint/http/watched.hpp>
#include <mint/http2/settings.hpp>
#include <mint/net/transport.hpp>
#include <mint/net/wait.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace mint {
class opening;
class websocket;
}  // namespace mint

namespace mint::http {

/// For `recv` and `flush`: wait as long as it takes.
inline constexpr std::chrono::milliseconds no_timeout = std::chrono::milliseconds::max();

enum class direction : std::uint8_t { read, write };

/// One HTTP connection over a socket: requests out, responses in, nothing in between.
///
/// It starts no thread, calls nothing back, and changes only inside a call of its owner's. Made by `connect`.
/// Move-only; not for two threads at once. Destroying it closes the socket at once and waits for nothing.
///
/// Sending never blocks: what the socket doesn't take is queued up to `connect_options::max_queued_size`, goes out with
/// later calls (each sending and receiving call tries first), and `wants_write` says that the caller's loop should wait
/// for the socket to be writable. A refused send (errc::send_queue_full) queued nothing; an empty queue takes a block
/// of any size.
///
/// HTTP/2 carries any number of requests and WebSockets side by side, each with a ref and a queue of its own. What the
/// server gives no credit for waits in its queue and keeps nobody else waiting. The protocol's own duties (SETTINGS,
/// PING, credit) are done by the receiving calls: so keep receiving.
///
/// In active mode the caller's loop hands a socket_message to `stream`; in passive mode `recv` waits itself. A
/// moved-from connection is closed: each call says so, and it may be assigned to and destroyed.
class connection : private detail::watched {
  public:
    connection(connection&&) noexcept;
    connection& operator=(connection&&) noexcept;
    ~connection();

    /// Sends a request; its responses carry the ref. HTTP/1.1 pipelines: responses come in the order of the requests.
    /// HTTP/2 doesn't, and where the server allows no more streams the request waits for one. Errors as
    /// http1::client_machine::request and http2::client_machine::request, and send_queue_full; nothing was sent then.
    /// After connection_reset, as after any other of TCP's errors, only receiving is left: the peer may have answered
    /// before it ended. On a connection that served before and ended meanwhile it is connection_closed with an offset,
    /// which `retry_of` makes retry::now; receiving gives what came before.
    [[nodiscard]] std::expected<request_ref, error> request(std::string_view method, std::string_view target,
                                                            const headers& fields = {},
                                                            const request_body& body = no_body{});

    /// Sends octets of a request's body; on a connection that became a WebSocket, encoded frames. All or nothing is
    /// taken. Where the socket takes all there is no copy (HTTP/2: one). errc::send_queue_full, connection_closed,
    /// connection_reset, and those of the machine's stream_request_body.
    [[nodiscard]] std::expected<void, error> stream_request_body(request_ref ref, byte_view content);

    /// Ends a streamed body; on a WebSocket it ends our direction once everything queued went out: of the connection,
    /// or of the HTTP/2 stream (END_STREAM).
    [[nodiscard]] std::expected<void, error> stream_request_body(request_ref ref, const eof& end);

    /// Between these two what is sent is only queued, and then goes out together: one system call for many messages.
    /// Nested ones count as one. A receiving call or `flush` in between sends what there is all the same. `uncork` has
    /// the errors of a send, and none where nothing waits.
    void cork() noexcept { ++cork_count_; }
    [[nodiscard]] std::expected<void, error> uncork();

    /// Active mode: takes what the socket has ready, with one read of at most `scratch.size()` octets, and sends what
    /// waits. Returns the responses that came of it, often none. Never blocks.
    ///
    /// errc::unknown_message when `message` is another connection's, wrong_mode in passive mode: nothing was done.
    /// errc::connection_closed if the connection ended with no request open, and for each call after its end. A broken
    /// connection or protocol gives an error with the responses before it. What the peer sent before its end or reset
    /// is delivered first. The responses view `scratch`: valid until the next receiving call with it.
    [[nodiscard]] std::expected<response_list, stream_error> stream(const socket_message& message,
                                                                    read_buffer& scratch);

    /// Passive mode: waits for octets and returns the responses that came of them; sends what waits in the meantime.
    ///
    /// With `byte_count` 0 it returns as soon as anything was read, even where that completes no response, and as soon
    /// as what was queued when it was called has gone out: so a caller whose send was refused calls it. Else when just
    /// that many octets of the connection were read, those of earlier calls that timed out included. errc::timeout
    /// leaves the connection as it was, and loses nothing; wrong_mode in active mode; invalid_argument where
    /// `byte_count` is over `scratch.size()`; else as `stream`. A negative `timeout` counts as 0.
    [[nodiscard]] std::expected<response_list, stream_error> recv(std::size_t byte_count,
                                                                  std::chrono::milliseconds timeout,
                                                                  read_buffer& scratch);

    /// Waits until everything queued was handed to the system. errc::timeout loses nothing. It doesn't read: a peer
    /// that stops reading until its own octets are taken makes it wait for ever; `recv` and `stream` do both. For the
    /// same reason it doesn't wait for what the server gives no credit for (HTTP/2).
    [[nodiscard]] std::expected<void, error> flush(std::chrono::milliseconds timeout);

    /// Switches how the connection receives; holds for a WebSocket on it as well. What a `recv` with a `byte_count`
    /// left unread, or read before it timed out, comes with the next `stream`, for which no message may come: see
    /// `may_have_more`. errc::connection_closed.
    [[nodiscard]] std::expected<void, error> set_mode(http::mode mode);

    /// Gives up a request: on HTTP/1.1 that closes the connection, for there is no other way (RFC 9112 §9.5); on HTTP/2
    /// it is RST_STREAM with CANCEL, and none of its responses come any more. errc::unknown_request.
    [[nodiscard]] std::expected<void, error> cancel_request(request_ref ref);

    /// Closes the socket at once; queued octets are dropped, and octets of the peer's that weren't read may make the
    /// system drop what it still had to send. On HTTP/2 a GOAWAY is tried first. May be called at any time, any number
    /// of times.
    void close() noexcept;

    /// Ends an HTTP/2 connection in good order: GOAWAY; no further request is taken, those under way are carried on,
    /// and the connection closes when the last is over. errc::http2_only, connection_closed.
    [[nodiscard]] std::expected<void, error> go_away();

    /// Sends PING; responses::pong with this ref answers it. errc::http2_only, and those of
    /// http2::client_machine::ping.
    [[nodiscard]] std::expected<request_ref, error> ping();
    [[nodiscard]] std::expected<request_ref, error> ping(std::span<const std::byte, 8> payload);

    /// Sends SETTINGS; see http2::client_machine::put_settings. errc::http2_only, invalid_argument, connection_closed.
    [[nodiscard]] std::expected<void, error> put_settings(const http2::settings_change& change);

    /// With credit::manual in `connect_options::http2`: `size` octets of this request's data need no more room, and the
    /// server may send as many again. On HTTP/1.1 it does nothing, for there TCP does it. errc::invalid_argument for
    /// more than was given out, unknown_request.
    [[nodiscard]] std::expected<void, error> consumed(request_ref ref, std::size_t size);

    /// Sets how much the server may send without credit, on the connection or for one request; see
    /// http2::client_machine::set_window_size. errc::http2_only, invalid_argument, unknown_request.
    [[nodiscard]] std::expected<void, error> set_window_size(std::size_t size);
    [[nodiscard]] std::expected<void, error> set_window_size(request_ref ref, std::size_t size);

    [[nodiscard]] http::protocol protocol() const noexcept { return machine_.protocol(); }
    [[nodiscard]] http::mode mode() const noexcept { return mode_; }

    /// For read: octets may still come; false once the peer's end was read. For write: octets may still be sent; on a
    /// WebSocket also after the peer's end, until our own direction is ended. Both are false after `close` and after an
    /// error that ends the connection.
    [[nodiscard]] bool is_open(direction d) const noexcept {
        if (!transport_.is_open()) return false;
        return d == direction::read ? is_read_open_ : is_write_open_ && !machine_.wants_shutdown();
    }
    [[nodiscard]] bool is_open() const noexcept { return is_open(direction::read) || is_open(direction::write); }

    /// True while anything of that request is left: its response isn't complete, its content isn't ended, or it is a
    /// WebSocket that isn't ended in both directions. HTTP/2 keeps its stream for so long.
    [[nodiscard]] bool is_open(request_ref ref) const noexcept;

    /// True if a request may be sent: open, no upgrade under way, not announced to be the last. It changes in receiving
    /// calls only: before an idle connection is used again, ask it by `recv(0, 0ms, scratch)`, which gives
    /// errc::timeout if the connection lives, or by `stream`. The server may still close it while the request is under
    /// way: errc::connection_closed, which `retry_of` calls `now`.
    [[nodiscard]] bool is_open_for_requests() const noexcept;

    /// Requests whose response isn't complete; 0 once an HTTP/1.1 connection is a WebSocket's. Over HTTP/2 a WebSocket
    /// is one until its peer ended it.
    [[nodiscard]] std::size_t open_request_count() const noexcept;

    /// Octets that may be given to `stream_request_body` now and need nothing more of the server to go out: on HTTP/2
    /// what its credit allows beyond what waits. Never more than would be taken without errc::send_queue_full; on
    /// HTTP/1.1 with an empty queue, any number. A request that waits for a stream counts as if it had one.
    /// errc::unknown_request.
    [[nodiscard]] std::expected<std::size_t, error> request_body_window(request_ref ref) const;

    /// True if the last receiving call took all that it had room for, or octets that were read already wait in here, so
    /// that there may be more to read at once: what an edge-triggered loop must ask, for the socket won't tell it
    /// again. A level-triggered one asks it after `connect` and after `set_mode`.
    [[nodiscard]] bool may_have_more() const noexcept {
        return (may_have_more_ || holds_unread() || transport_.may_have_more()) && wants_read();
    }

    /// The descriptor to wait on, for the caller's own loop; -1 when closed. The connection stays its owner.
    [[nodiscard]] int socket() const noexcept { return transport_.descriptor(); }

    /// What to wait for on `socket()`.
    [[nodiscard]] bool wants_read() const noexcept {
        return is_open(direction::read) && !transport_.read_waits_for_write();
    }
    ///
    /// In active mode it is writable too while bytes that were read already wait in here, such as those that came with
    /// the answer to an upgrade: the socket doesn't tell of them, but is writable, and `stream` gives them.
    [[nodiscard]] bool wants_write() const noexcept { return may_write() || has_unread(); }

    /// Octets that wait for the socket, and on HTTP/2 for the server's credit. Over TLS one record more, encrypted
    /// already, may wait beside them.
    [[nodiscard]] std::size_t queued_size() const noexcept {
        return transport_.is_open() ? queue_.size() + machine_.queued_size() : 0;
    }

    /// HTTP/2: octets of one request's content that wait, for credit or for their turn. On HTTP/1.1 as without a ref.
    [[nodiscard]] std::size_t queued_size(request_ref ref) const noexcept;

    /// What each side's SETTINGS say, as far as they are known (of ours, what the server acknowledged); nothing on
    /// HTTP/1.1.
    [[nodiscard]] std::optional<http2::settings> server_settings() const noexcept;
    [[nodiscard]] std::optional<http2::settings> client_settings() const noexcept;

    /// Whether the server takes WebSockets on this HTTP/2 connection (RFC 8441 §3): unknown until its SETTINGS came. On
    /// HTTP/1.1 it is disabled, and `websocket::upgrade` needs none.
    [[nodiscard]] http2::extended_connect extended_connect() const noexcept;

    /// HTTP/2's windows, in octets of content; nothing on HTTP/1.1, 0 for an unknown ref. What the server's credit
    /// allows to send, on the connection and for a request; and what it may send itself.
    [[nodiscard]] std::optional<std::size_t> send_window() const noexcept;
    [[nodiscard]] std::optional<std::size_t> send_window(request_ref ref) const noexcept;
    [[nodiscard]] std::optional<std::size_t> receive_window() const noexcept;
    [[nodiscard]] std::optional<std::size_t> receive_window(request_ref ref) const noexcept;

    /// True if TLS reaches to the target: `https`.
    [[nodiscard]] bool is_secure() const noexcept { return is_secure_; }

    /// Version, cipher, certificate and the like of the TLS with the target; nothing without it.
    [[nodiscard]] std::optional<net::tls_info> tls() const;

    /// What the target's server gave for a shorter handshake next time (`connect_options::session`), the newest; empty
    /// where it gave none, or there is no TLS; on a resumed connection the one offered, until there is a newer one.
    /// With TLS 1.3 it comes behind the handshake, mostly with the first response.
    [[nodiscard]] net::tls_session session() const;

    /// True once the peer's end was read over TLS without its close_notify (RFC 8446 §6.1): on a WebSocket harmless
    /// behind a Close frame, for which done is delivered as ever. Where a response was awaited it was
    /// errc::tls_truncated.
    [[nodiscard]] bool was_truncated() const noexcept { return was_truncated_; }

    [[nodiscard]] connection_id id() const noexcept { return id_; }

    /// True if `stream` would take this message: it is this connection's.
    [[nodiscard]] bool owns(const socket_message& message) const noexcept { return message.id == id_; }

  private:
    friend class connecting;
    friend class mint::opening;
    friend class mint::websocket;
    friend class mint::mailbox;

    connection(net::transport transport, connection_id id, detail::machine&& machine, const connect_options& options,
               bool is_secure);

    [[nodiscard]] std::expected<request_ref, error> upgrade(std::string_view target, const headers& fields,
                                                            std::string* head);
    [[nodiscard]] std::expected<request_ref, error> connect(const http2::connect_head& head,
                                                            std::vector<field>* sent = nullptr);

    template <class Call>
    [[nodiscard]] std::invoke_result_t<Call, http2::client_machine&> on_http2(Call call);
    [[nodiscard]] std::expected<void, error> cancel_stream(request_ref ref);
    [[nodiscard]] std::expected<void, error> send_on_stream(request_ref ref, byte_view content);
    [[nodiscard]] std::expected<void, error> admit(request_ref ref, std::size_t size);
    [[nodiscard]] std::expected<void, error> make_room(std::size_t size);
    template <class Write>
    [[nodiscard]] auto send_written(bool is_wanted, std::size_t size, Write write) -> decltype(write());
    void drop_unsent(const std::expected<request_ref, error>& asked);
    static void drop_unsent(const std::expected<void, error>&) noexcept {}
    [[nodiscard]] error reason_unsent(const std::expected<request_ref, error>& asked, error reason) const;
    [[nodiscard]] static error reason_unsent(const std::expected<void, error>&, error reason) noexcept {
        return reason;
    }
    [[nodiscard]] std::expected<void, error> send_in_tunnel(byte_view content);
    [[nodiscard]] std::expected<void, error> send_unless_corked();
    [[nodiscard]] std::expected<void, error> send_queued();
    [[nodiscard]] std::expected<void, error> write_queue();
    void say_goodbye() noexcept;
    [[nodiscard]] bool has_octets() const noexcept {
        return !queue_.empty() || (is_write_open_ && transport_.is_open() && machine_.wants_write());
    }
    [[nodiscard]] bool has_unsent() const noexcept { return has_octets() || transport_.wants_write(); }
    [[nodiscard]] bool may_write() const noexcept {
        return transport_.wants_write() || (has_octets() && !transport_.write_waits_for_read());
    }
    [[nodiscard]] bool holds_unread() const noexcept { return kept_ || machine_.has_responses(); }
    [[nodiscard]] bool has_unread() const noexcept {
        return mode_ == mode::active && (holds_unread() || transport_.has_unread()) && wants_read();
    }
    [[nodiscard]] error fail_writing(const net::io_result& failed);

    [[nodiscard]] std::expected<response_list, stream_error> stream_to_tunnel(read_buffer& scratch);
    [[nodiscard]] std::string_view unfinished_head() const noexcept {
        const auto* const m = machine_.http1();
        return m != nullptr ? m->unfinished_head() : std::string_view{};
    }
    [[nodiscard]] net::io_result read_before(const net::deadline& until, byte_span space, bool returns_when_sent);
    [[nodiscard]] std::size_t take_kept(byte_span space) noexcept;
    void keep(byte_view octets);
    [[nodiscard]] std::expected<response_list, stream_error> deliver(byte_view octets, const net::io_result& last,
                                                                     read_buffer& scratch);
    [[nodiscard]] std::expected<void, error> take_end(const net::io_result& last, read_buffer& scratch);
    void settle() noexcept;

    net::transport transport_;
    http::mode mode_;
    bool is_read_open_ : 1 = true;
    bool is_write_open_ : 1 = true;
    bool write_failed_ : 1 = false;  // and what was queued then is lost
    bool may_have_more_ : 1 = false;
    bool was_reset_ : 1 = false;  // a send found it, and so the system won't tell it to a read any more
    bool is_secure_ : 1;
    bool was_truncated_ : 1 = false;
    bool stops_at_tunnel_ : 1 = false;  // what follows the answer to an upgrade is kept
    std::uint32_t cork_count_ = 0;
    detail::machine machine_;
    buffer queue_;                     // octets that wait for the socket; next to no heap when empty
    std::unique_ptr<buffer> kept_;     // read and not given out: by a `recv` that timed out, or after an answer
    detail::attachments attachments_;  // of upgrades, until their `create`
    std::size_t max_queued_size_;
    connection_id id_;
    request_ref last_ref_{};
};

}  // namespace mint::http
