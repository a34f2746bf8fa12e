#pragma once

#include <mint/base/buffer.hpp>
#include <mint/base/bytes.hpp>
#include <mint/base/error.hpp>
#include <mint/base/limits.hpp>
#include <mint/base/request.hpp>
#include <mint/base/response.hpp>
#include <mint/http2/connection_options.hpp>
#include <mint/http2/settings.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mint::http2 {

struct client_options {
    /// What `:authority` says, where the request has no host field of its own: a host, perhaps with a port.
    std::string authority = {};

    /// Whether `:scheme` is https or http.
    bool is_secure = true;

    /// Written where the request has no user-agent field of its own; empty for none.
    std::string user_agent = "mint/0.1";

    connection_options connection = {};

    /// Content that may wait in one stream's queue, for its window or for the socket. Each stream has its own bound, so
    /// that one which stands still fills nobody else's.
    std::size_t max_queued_size = default_max_queued_size;

    /// max_header_section_size is compared with the decoded list, 32 octets added for each field (RFC 9113 §6.5.2),
    /// over all header sections of a response, interim ones too; max_field_count likewise. A response over them is
    /// errc::header_list_too_big, and the other streams live on.
    http_limits limits = {};

    /// The ref of the first request; each next is one more. Makes refs of several machines distinct.
    std::uint64_t first_ref = 1;
};

/// A request's pseudo-fields and fields; see request.hpp for the body.
struct request_head {
    std::string_view method;  ///< a token; case counts
    std::string_view target;  ///< origin-form or `*`
    const headers& fields;
};

/// An extended CONNECT (RFC 8441 §4).
struct connect_head {
    std::string_view protocol;  ///< a token: `websocket`
    std::string_view target;    ///< origin-form
    const headers& fields;

    /// `http` or `https`, for `:scheme`; empty for the connection's own.
    std::string_view scheme = {};
};

/// One HTTP/2 connection seen from the client, without the connection: requests to octets, octets to responses (RFC
/// 9113, RFC 8441, RFC 7541).
///
/// Order of calls: commands at any time, in any order; `receive` whatever arrives, in any split; `receive_eof` once
/// when the peer ends its direction; `send` takes the octets to be sent, while `wants_write`. There are some from the
/// start: the preface and our SETTINGS. Each `receive` may make more, for it acknowledges and gives credit. Move-only;
/// a moved-from machine may only be destroyed or assigned to.
///
/// Requests wait by themselves for what they need: a stream, where the server allows no more of them, and extended
/// CONNECT for the server's first SETTINGS frame. Content waits for its windows. Streams share the connection fairly,
/// by octets sent; a command's octets are never behind more than 72 KiB of others' content.
///
/// Errors of one stream come as responses::error, and the others live on. After a broken rule of the connection every
/// request that has no complete response gets responses::error, `receive` returns the error and repeats it, and `send`
/// gives a GOAWAY that names it. Each refusal of a caller's mistake changes nothing.
///
/// The work is linear in the octets received, however they are split. Throws nothing but std::bad_alloc; where
/// `receive`, `send` or a command throws it and the protocol's state is lost by it, the machine has failed.
class client_machine {
  public:
    static constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();

    /// Options outside their range are brought into it.
    explicit client_machine(client_options options = {});
    client_machine(client_machine&&) noexcept;
    client_machine& operator=(client_machine&&) noexcept;
    ~client_machine();

    /// Sends a request: the pseudo-fields, user-agent, the caller's fields in order and in lower case, content-length
    /// where the length is known, and a whole body. A host field becomes `:authority`.
    ///
    /// Refused, with nothing sent: errc::invalid_method (also CONNECT), invalid_request_target, invalid_host,
    /// content_length_mismatch, invalid_field_value (the user-agent), reserved_field (connection, keep-alive,
    /// proxy-connection, transfer-encoding, upgrade, or te other than trailers, which HTTP/2 has no place for; the
    /// detail names it), too_many_streams (also where max_waiting_request_count wait), going_away (the server takes no
    /// more, or `close` was called), connection_closed (also when no stream identifiers are left), failed_already.
    [[nodiscard]] std::expected<request_ref, error> request(const request_head& head, const request_body& body);

    /// Asks for a stream that carries another protocol (RFC 8441 §4). Any 2xx makes it a tunnel: status and headers,
    /// then data; done when the peer ends its direction. Any other answer is an ordinary response.
    ///
    /// May be called before the server's SETTINGS came: the request goes out when they allow it, and content that was
    /// streamed meanwhile behind it. If they don't, the ref is answered by responses::error with
    /// errc::extended_connect_disabled; once that is known this is returned at once. content-length is refused as well:
    /// errc::reserved_field; and a protocol that is no token, or another scheme: errc::invalid_argument. Else as
    /// `request`.
    ///
    /// `sent`, if it is given, gets the field section as it goes out, pseudo-fields first.
    [[nodiscard]] std::expected<request_ref, error> connect(const connect_head& head,
                                                            std::vector<field>* sent = nullptr);

    /// True if `receive` would give something without more bytes: call it with none. Commands may find the end of
    /// requests too.
    [[nodiscard]] bool has_responses() const noexcept;

    /// Queues content of a streamed request or of a tunnel. It goes out as the windows allow; what several calls give
    /// before octets are taken may go in one frame. A response that is complete doesn't end this direction: a tunnel
    /// that the peer has ended can still be answered, unless the peer reset it.
    ///
    /// errc::send_queue_full where more than max_queued_size would wait: nothing was queued, but an empty queue takes
    /// one block of any size. errc::unknown_request, request_body_not_streaming, content_length_mismatch (past the
    /// length).
    [[nodiscard]] std::expected<void, error> stream_request_body(request_ref ref, byte_view content);

    /// Ends that direction behind what is queued: END_STREAM, with trailer fields or without.
    /// errc::content_length_mismatch when octets are missing, and then the body stays open; forbidden_trailer,
    /// reserved_field; in a tunnel no trailers may be sent. Where all content went out before and the stream's window
    /// is at 0, END_STREAM waits until the server gives credit, though it needs none.
    [[nodiscard]] std::expected<void, error> stream_request_body(request_ref ref, const eof& end);

    /// Ends a request in both directions: RST_STREAM with CANCEL, or nothing where it hasn't been sent yet. No more
    /// responses come for it; what the server still sends is dropped, and credited. errc::unknown_request for a ref
    /// that was never given; nothing happens for one that is over.
    [[nodiscard]] std::expected<void, error> cancel_request(request_ref ref);

    /// Says that `size` octets of data of this request need no more room (credit::manual): the server may send as many
    /// again. errc::invalid_argument for more than were given out, unknown_request as `cancel_request`.
    [[nodiscard]] std::expected<void, error> consumed(request_ref ref, std::size_t size);

    /// Sends PING; its answer is responses::pong with this ref. Without a payload a counter is sent. errc::going_away
    /// and the others don't apply; errc::connection_closed, failed_already.
    [[nodiscard]] std::expected<request_ref, error> ping();
    [[nodiscard]] std::expected<request_ref, error> ping(std::span<const std::byte, 8> payload);

    /// Sends SETTINGS. They hold, and `client_settings` has them, once the server acknowledged them.
    /// errc::invalid_argument for a value outside its range, or one that would take a window of `set_window_size` past
    /// 2^31-1; the detail names it.
    [[nodiscard]] std::expected<void, error> put_settings(const settings_change& change);

    /// Sends GOAWAY with NO_ERROR: no further request is taken, and nothing more may be pushed. Requests taken before
    /// are carried on, those that wait for a stream as well; `wants_close` tells when all are over.
    void close();

    /// Takes the next octets received; appends what they complete to `out`. Data responses view `input`.
    ///
    /// On a broken rule the responses before it are in `out`, then one responses::error for each request without a
    /// complete response; the error is returned: one of the HTTP/2 group or a limit's. Octets behind it are dropped.
    [[nodiscard]] std::expected<void, error> receive(byte_view input, std::vector<response>& out);

    /// As `receive`, but once headers made a stream a tunnel it stops before the next frame with content: that and what
    /// follows it stays in `input`, to be received later. Else `input` is empty afterwards.
    [[nodiscard]] std::expected<void, error> receive_to_tunnel(byte_view& input, std::vector<response>& out);

    /// The peer ended its direction. Each request without a complete response gets responses::error: those that were
    /// never sent errc::request_not_processed, the others errc::connection_closed, which is returned as well.
    [[nodiscard]] std::expected<void, error> receive_eof(std::vector<response>& out);

    /// Appends octets to be sent, at most `at_most` of them; returns how many. They may be cut anywhere.
    ///
    /// Where `out` is empty and all of it fits, `out` and the machine exchange their storage instead of copying.
    std::size_t send(buffer& out, std::size_t at_most = no_limit);

    /// The same without copying and without a bound: exchanges storage with `out`, which must be empty, for the octets
    /// that are ready; that of `out` is used on. More may be ready at once: see `wants_write`.
    void take(buffer& out);

    /// True while `send` would give something. What waits for a window doesn't count: it needs `receive` first.
    [[nodiscard]] bool wants_write() const noexcept;

    /// Octets that `send` would give, and those that wait for a window.
    [[nodiscard]] std::size_t queued_size() const noexcept;

    /// Octets of that request's content that wait, for a window or for their turn. 0 for an unknown ref.
    [[nodiscard]] std::size_t queued_size(request_ref ref) const noexcept;

    /// True if another request may be made: it is sent, or waits.
    [[nodiscard]] bool is_open_for_requests() const noexcept;

    /// True once the connection is of no more use: after an error, after the peer's end, or when either side sent
    /// GOAWAY and no stream is left. The caller sends what `send` gives, and closes it.
    [[nodiscard]] bool wants_close() const noexcept;

    /// Requests without a complete response, with those that wait to be sent and those that were pushed.
    [[nodiscard]] std::size_t open_request_count() const noexcept;

    /// True if `ref` takes content: its body isn't ended, or it is a tunnel, or a CONNECT that may become one.
    [[nodiscard]] bool is_streaming(request_ref ref) const noexcept;

    /// True while anything of this request is left: its stream, in either direction, or its place to wait for one.
    [[nodiscard]] bool is_open(request_ref ref) const noexcept;

    /// True while its response isn't complete.
    [[nodiscard]] bool awaits_response(request_ref ref) const noexcept;

    /// True once a 2xx answered this CONNECT, and until the stream is over.
    [[nodiscard]] bool is_tunnel(request_ref ref) const noexcept;

    /// `client_options::authority`.
    [[nodiscard]] const std::string& authority() const noexcept;

    [[nodiscard]] http2::extended_connect extended_connect() const noexcept;

    /// What the server's SETTINGS say so far, and what ours do, as far as the server acknowledged them.
    [[nodiscard]] settings server_settings() const noexcept;
    [[nodiscard]] settings client_settings() const noexcept;

    /// Octets of content that the server's credit allows to be sent now: for that request (the lesser of its own and
    /// the connection's; 0 for an unknown ref), and for the connection.
    [[nodiscard]] std::size_t send_window(request_ref ref) const noexcept;
    [[nodiscard]] std::size_t send_window() const noexcept;

    /// Octets that the server may still send: on the connection; for that request, 0 for an unknown ref.
    [[nodiscard]] std::size_t receive_window() const noexcept;
    [[nodiscard]] std::size_t receive_window(request_ref ref) const noexcept;

    /// Sets how much the server may send without credit, for the connection or for one request that was sent. A larger
    /// window is told at once; a smaller one takes effect by withheld credit. A request keeps its size whatever becomes
    /// of initial_window_size. errc::invalid_argument outside 0 to 2^31-1, unknown_request.
    [[nodiscard]] std::expected<void, error> set_window_size(std::size_t size);
    [[nodiscard]] std::expected<void, error> set_window_size(request_ref ref, std::size_t size);

  private:
    [[nodiscard]] std::expected<void, error> receive(byte_view& input, std::vector<response>& out,
                                                     bool stops_at_tunnel);

    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace mint::http2
