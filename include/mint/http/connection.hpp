#pragma once

#include <mint/base/buffer.hpp>
#include <mint/base/bytes.hpp>
#include <mint/base/error.hpp>
#include <mint/base/headers.hpp>
#include <mint/base/request.hpp>
#include <mint/base/response.hpp>
#include <mint/base/url.hpp>
#include <mint/http/connect_options.hpp>
#include <mint/http/read_buffer.hpp>
#include <mint/http/socket_message.hpp>
#include <mint/http/watched.hpp>
#include <mint/http1/client_machine.hpp>
#include <mint/net/transport.hpp>
#include <mint/net/wait.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string_view>

namespace mint {
class websocket;
}

namespace mint::http {

namespace detail {

/// What a layer above leaves with a connection.
struct attachment {
    attachment() noexcept = default;
    attachment(const attachment&) = delete;
    attachment& operator=(const attachment&) = delete;
    virtual ~attachment() = default;
};

}  // namespace detail

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
/// In active mode the caller's loop hands a socket_message to `stream`; in passive mode `recv` waits itself. A
/// moved-from connection is closed, and may only be asked for that, assigned to and destroyed.
class connection : private detail::watched {
  public:
    connection(connection&&) noexcept;
    connection& operator=(connection&&) noexcept;
    ~connection();

    /// Sends a request; its responses carry the ref. HTTP/1.1 pipelines: responses come in the order of the requests.
    /// Errors as http1::client_machine::request, and send_queue_full; nothing was sent then. After connection_reset, as
    /// after any other of TCP's errors, only receiving is left: the peer may have answered before it ended.
    [[nodiscard]] std::expected<request_ref, error> request(std::string_view method, std::string_view target,
                                                            const headers& fields = {},
                                                            const request_body& body = no_body{});

    /// Sends octets of a request's body; on a connection that became a WebSocket, encoded frames. All or nothing is
    /// taken. Where the socket takes all there is no copy. errc::send_queue_full, connection_closed, connection_reset,
    /// and those of http1::client_machine::stream_request_body.
    [[nodiscard]] std::expected<void, error> stream_request_body(request_ref ref, byte_view content);

    /// Ends a streamed body; on a WebSocket it ends our direction of the connection once everything queued went out.
    [[nodiscard]] std::expected<void, error> stream_request_body(request_ref ref, const eof& end);

    /// Active mode: takes what the socket has ready, with one read of at most `scratch.size()` octets, and sends what
    /// waits. Returns the responses that came of it, often none. Never blocks.
    ///
    /// errc::unknown_message when `message` is another connection's, wrong_mode in passive mode: nothing was done. A
    /// broken connection or protocol gives an error with the responses before it. What the peer sent before its end or
    /// reset is delivered first. The responses view `scratch`: valid until the next receiving call with it.
    [[nodiscard]] std::expected<response_list, stream_error> stream(const socket_message& message,
                                                                    read_buffer& scratch);

    /// Passive mode: waits for octets and returns the responses that came of them; sends what waits in the meantime.
    ///
    /// With `byte_count` 0 it returns as soon as anything was read, even where that completes no response, and as soon
    /// as what was queued when it was called has gone out: so a caller whose send was refused calls it. Else when just
    /// that many octets of the connection were read, those of earlier calls that timed out included. errc::timeout
    /// leaves the connection as it was, and loses nothing; wrong_mode in active mode; invalid_argument where
    /// `byte_count` is over `scratch.size()`; else as `stream`.
    [[nodiscard]] std::expected<response_list, stream_error> recv(std::size_t byte_count,
                                                                  std::chrono::milliseconds timeout,
                                                                  read_buffer& scratch);

    /// Waits until everything queued was handed to the system. errc::timeout loses nothing. It doesn't read: a peer
    /// that stops reading until its own octets are taken makes it wait for ever; `recv` and `stream` do both.
    [[nodiscard]] std::expected<void, error> flush(std::chrono::milliseconds timeout);

    /// Switches how the connection receives; holds for a WebSocket on it as well. What a `recv` with a `byte_count`
    /// left unread, or read before it timed out, comes with the next `stream`, for which no message may come: see
    /// `may_have_more`. errc::connection_closed.
    [[nodiscard]] std::expected<void, error> set_mode(http::mode mode);

    /// Gives up a request: on HTTP/1.1 that closes the connection, for there is no other way (RFC 9112 §9.5).
    /// errc::unknown_request.
    [[nodiscard]] std::expected<void, error> cancel_request(request_ref ref);

    /// Closes the socket at once; queued octets are dropped, and octets of the peer's that weren't read may make the
    /// system drop what it still had to send. May be called at any time, any number of times.
    void close() noexcept;

    [[nodiscard]] http::protocol protocol() const noexcept { return protocol::http1; }
    [[nodiscard]] http::mode mode() const noexcept { return mode_; }

    /// For read: octets may still come; false once the peer's end was read. For write: octets may still be sent; on a
    /// WebSocket also after the peer's end, until our own direction is ended. Both are false after `close` and after an
    /// error that ends the connection.
    [[nodiscard]] bool is_open(direction d) const noexcept {
        if (!transport_.is_open()) return false;
        return d == direction::read ? is_read_open_ : is_write_open_ && !machine_.wants_shutdown();
    }
    [[nodiscard]] bool is_open() const noexcept { return is_open(direction::read) || is_open(direction::write); }

    /// True if a request may be sent: open, no upgrade under way, not announced to be the last.
    [[nodiscard]] bool is_open_for_requests() const noexcept;

    /// Requests whose response isn't complete; 0 once the connection is a WebSocket's.
    [[nodiscard]] std::size_t open_request_count() const noexcept;

    /// Octets that `stream_request_body` would take now without errc::send_queue_full; with an empty queue, any number.
    /// errc::unknown_request.
    [[nodiscard]] std::expected<std::size_t, error> request_body_window(request_ref ref) const;

    /// True if the last receiving call took all that it had room for, or octets that were read already wait in here, so
    /// that there may be more to read at once: what an edge-triggered loop must ask, for the socket won't tell it
    /// again. A level-triggered one asks it after `connect` and after `set_mode`.
    [[nodiscard]] bool may_have_more() const noexcept {
        return (may_have_more_ || kept_ || transport_.may_have_more()) && wants_read();
    }

    /// The descriptor to wait on, for the caller's own loop; -1 when closed. The connection stays its owner.
    [[nodiscard]] int socket() const noexcept { return transport_.descriptor(); }

    /// What to wait for on `socket()`.
    [[nodiscard]] bool wants_read() const noexcept {
        return is_open(direction::read) && !transport_.read_waits_for_write();
    }
    [[nodiscard]] bool wants_write() const noexcept {
        return transport_.wants_write() || (!queue_.empty() && !transport_.write_waits_for_read());
    }

    /// Octets that wait for the socket. Over TLS one record more, encrypted already, may wait beside them.
    [[nodiscard]] std::size_t queued_size() const noexcept { return queue_.size(); }

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
    friend class mint::websocket;
    friend class mint::mailbox;

    connection(net::transport transport, connection_id id, http1::client_options&& machine,
               const connect_options& options, bool is_secure);

    [[nodiscard]] std::expected<request_ref, error> upgrade(std::string_view target, const headers& fields,
                                                            std::string* head);

    [[nodiscard]] std::expected<void, error> admit(request_ref ref, std::size_t size);
    [[nodiscard]] std::expected<void, error> make_room(std::size_t size);
    template <class Write>
    [[nodiscard]] auto send_written(bool is_wanted, std::size_t size, Write write) -> decltype(write());
    [[nodiscard]] std::expected<void, error> send_in_tunnel(byte_view content);
    [[nodiscard]] std::expected<void, error> send_queued();
    [[nodiscard]] bool has_unsent() const noexcept { return !queue_.empty() || transport_.wants_write(); }
    [[nodiscard]] error fail_writing(const net::io_result& failed);

    [[nodiscard]] net::io_result read_before(const net::deadline& until, byte_span space, bool returns_when_sent);
    [[nodiscard]] std::size_t take_kept(byte_span space) noexcept;
    void keep(byte_view octets);
    [[nodiscard]] std::expected<response_list, stream_error> deliver(byte_view octets, const net::io_result& last,
                                                                     read_buffer& scratch);
    [[nodiscard]] std::expected<void, error> take_end(const net::io_result& last, read_buffer& scratch);
    void settle() noexcept;

    net::transport transport_;
    http::mode mode_;
    bool is_read_open_ = true;
    bool is_write_open_ = true;
    bool write_failed_ = false;  // and what was queued then is lost
    bool may_have_more_ = false;
    bool was_reset_ = false;  // a send found it, and so the system won't tell it to a read any more
    bool is_secure_;
    bool was_truncated_ = false;
    http1::client_machine machine_;
    buffer queue_;                                    // octets that wait for the socket; no heap when empty
    std::unique_ptr<buffer> kept_;                    // read by a `recv` that timed out
    std::unique_ptr<detail::attachment> attachment_;  // a WebSocket upgrade's, until its `create`
    std::size_t max_queued_size_;
    connection_id id_;
    request_ref last_ref_{};
};

}  // namespace mint::http
