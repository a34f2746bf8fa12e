#pragma once

#include <mint/version.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace mint {

/// One value per rule that can be broken or thing that can fail; docs/errors.md has the table with what to do.
///
/// The order within a group is the table's; the numbers are no part of the interface.
enum class errc : std::uint8_t {
    // The caller's own mistakes: the call changed nothing and sent nothing.
    invalid_argument,        ///< an option or argument outside its range; `detail` names it
    invalid_url,             ///< not a ws, wss, http or https URL (RFC 6455 §3, RFC 3986)
    invalid_host,            ///< a host with characters that no Host field may carry (RFC 9110 §7.2)
    invalid_method,          ///< a method that is no token (RFC 9110 §9.1)
    invalid_request_target,  ///< empty, no leading slash, a space, control or fragment in it (RFC 9112 §3.2)
    invalid_field_name,      ///< a field name that is no token (RFC 9110 §5.1)
    invalid_field_value,     ///< CR, LF, NUL or another control in a field value (RFC 9110 §5.5)
    reserved_field,          ///< a field that the library itself writes for this request
    invalid_subprotocol,     ///< a subprotocol that is no token, or is offered twice (RFC 6455 §4.1)
    invalid_extension,  ///< an offer with no token, offered twice, or with another one's reserved bit (RFC 6455 §9)
    invalid_text,       ///< text to be sent isn't UTF-8 (RFC 6455 §5.6)
    control_payload_too_big,     ///< a ping, pong or close to be sent is over 125 octets (RFC 6455 §5.5)
    invalid_close_code,          ///< a close code that may not be sent (RFC 6455 §7.4)
    invalid_close_reason,        ///< a reason that isn't UTF-8, or one without a code (RFC 6455 §5.5.1)
    message_type_mismatch,       ///< a piece of text inside a binary message or the reverse (RFC 6455 §5.4)
    data_after_close,            ///< a frame to be sent after a Close was sent (RFC 6455 §5.5.1)
    unknown_request,             ///< a request_ref that this connection doesn't have
    request_body_not_streaming,  ///< body octets for a request that wants none (any more)
    request_body_is_streaming,   ///< a new request while another one's body isn't finished (RFC 9112 §9.3.2)
    content_length_mismatch,     ///< more or fewer body octets than content-length says (RFC 9112 §6.2)
    forbidden_trailer,           ///< a trailer field that framing or routing needs earlier (RFC 9110 §6.5.1)
    not_a_websocket,             ///< `create` for a request that was no upgrade, or was used already
    already_upgraded,            ///< an HTTP request on an HTTP/1.1 connection that became a WebSocket
    upgrade_in_progress,         ///< another request while an HTTP/1.1 upgrade waits for its answer
    scheme_mismatch,             ///< ws on a TLS connection or wss on a cleartext one
    wrong_mode,                  ///< `recv` in active mode or `stream` in passive mode
    http2_only,                  ///< asked of an HTTP/1.1 connection what HTTP/2 alone has
    other_requests_open,         ///< what waits for one request's responses would lose those of the others (HTTP/2)
    unknown_message,             ///< a socket_message of another connection
    send_queue_full,             ///< not queued: what waits to be sent would pass its limit; offer the same later
    too_many_streams,            ///< as many requests as the server allows are open, and no more may wait (HTTP/2)
    forwarding_connection,       ///< an upgrade on a connection whose requests a proxy forwards (RFC 9110 §7.8)
    invalid_certificate_file,    ///< a certificate, key or CA of the caller's that can't be used; `detail` says which
    failed_already,              ///< the stream failed before; the first error is repeated where it is known
    extension_out_of_step,       ///< an extension broke a message to be sent off, no data can follow (RFC 6455 §9)

    // The opening handshake (RFC 6455 §4.1, §4.2.2).
    upgrade_refused,              ///< a status other than 101; `refusal` has status and fields
    upgrade_field_missing,        ///< no Upgrade field, or it doesn't name websocket
    connection_field_missing,     ///< no Connection field, or it doesn't name upgrade
    accept_missing,               ///< no Sec-WebSocket-Accept
    accept_repeated,              ///< several Sec-WebSocket-Accept fields
    accept_mismatch,              ///< a Sec-WebSocket-Accept for another key
    subprotocol_not_offered,      ///< the server chose a subprotocol that wasn't offered
    subprotocol_repeated,         ///< several subprotocols chosen
    subprotocol_missing,          ///< the server chose none, and `create_options::require_subprotocol` is set
    extension_not_offered,        ///< the server chose an extension that wasn't offered; `detail` names it
    invalid_extension_field,      ///< Sec-WebSocket-Extensions breaks its grammar (RFC 6455 §9.1)
    extension_repeated,           ///< the server chose an extension twice; `detail` names it
    invalid_extension_parameter,  ///< an answer that the offer doesn't allow; `detail` names extension and parameter
    extended_connect_disabled,    ///< no WebSockets over HTTP/2 (RFC 8441 §3); `detail`: where HTTP/1.1 may have them

    // Redirects (RFC 9110 §15.4): none of these was followed; `refusal` has the response.
    too_many_redirects,     ///< more than redirect_policy::max_count
    redirect_to_cleartext,  ///< from wss or https to ws or http
    invalid_redirect,       ///< no Location, several, or one that is no URL to follow

    // Proxies.
    proxy_refused,        ///< a CONNECT answered by another status than 2xx; `refusal` has it (RFC 9110 §9.3.6)
    socks_refused,        ///< a SOCKS5 proxy said no; `detail` has its reason (RFC 1928 §6, RFC 1929 §2)
    invalid_socks_reply,  ///< an answer that isn't SOCKS5 (RFC 1928)

    // TLS (RFC 8446, RFC 5246). `detail` has what is known: names, the alert, the library's own words.
    certificate_not_trusted,    ///< no chain to a CA that is trusted: unknown CA, self-signed
    certificate_expired,        ///< a certificate of the chain is not valid yet, or no longer
    certificate_name_mismatch,  ///< issued for other names (RFC 9525); `detail` has both
    certificate_invalid,        ///< refused for another reason: purpose, signature, revoked, a weak key
    pinned_key_mismatch,        ///< not the public key that `tls_options::pinned_keys` asks for
    tls_alert,                  ///< the server ended it with an alert (RFC 8446 §6.2); `detail` names it
    tls_protocol_error,         ///< the peer's octets aren't TLS, or not a TLS that we accept
    tls_truncated,              ///< the end came without close_notify (RFC 8446 §6.1): something may be missing
    tls_handshake_cut_short,    ///< the end, or a reset, came inside the handshake (RFC 8446 §4)
    prohibited_cipher_suite,    ///< HTTP/2 on a suite that it may not have (RFC 9113 §9.2.2); `detail` names it
    alpn_mismatch,              ///< a protocol that wasn't offered, or none where HTTP/2 must be (RFC 7301 §3.2)

    // WebSocket framing (RFC 6455 §5): the peer broke it.
    reserved_bit_set,          ///< RSV1, RSV2 or RSV3 without an extension that defines it (§5.2)
    reserved_opcode,           ///< opcode 3–7 or B–F (§5.2)
    masked_server_frame,       ///< a server masked a frame (§5.1)
    unmasked_client_frame,     ///< a client did not mask a frame (§5.1)
    length_not_minimal,        ///< a length in more octets than it needs (§5.2)
    length_top_bit_set,        ///< a 64-bit length of 2^63 or more (§5.2)
    control_frame_fragmented,  ///< FIN clear on a ping, pong or close (§5.5)
    control_frame_too_big,     ///< a control frame of over 125 octets (§5.5)
    unexpected_continuation,   ///< a continuation without a message (§5.4)
    expected_continuation,     ///< a new message inside an unfinished one (§5.4)
    invalid_compressed_data,   ///< a message that is no DEFLATE, or half of it (RFC 7692 §7.2.2)
    extension_failed,          ///< an extension's own rule; `detail` has its words (RFC 6455 §9)
    invalid_utf8,              ///< text that isn't UTF-8; `offset` is the first bad octet's (§8.1)
    close_payload_too_short,   ///< a Close with one octet (§5.5.1)
    close_code_not_allowed,    ///< a Close with a code that may not be on the wire (§7.4)
    close_reason_not_utf8,     ///< a Close whose reason isn't UTF-8 (§5.5.1)

    // Limits of ours that the peer passed; `detail` names the limit and its value.
    frame_too_big,
    message_too_big,
    too_many_fragments,
    header_section_too_big,
    too_many_fields,          ///< or too many interim responses
    header_list_too_big,      ///< HTTP/2: a response's fields decoded, their number, or its interim responses
    too_many_continuations,   ///< HTTP/2: CONTINUATION frames of one header section (RFC 9113 §10.5)
    too_many_control_frames,  ///< HTTP/2: SETTINGS or PING frames that bring nothing (RFC 9113 §10.5)
    too_many_empty_frames,    ///< HTTP/2: empty DATA frames that end nothing (RFC 9113 §10.5)
    too_many_key_updates,     ///< TLS: KeyUpdates in a row, without data between them (RFC 8446 §4.6.3)

    // HTTP/1.1 syntax (RFC 9112): the peer broke it.
    invalid_status_line,        ///< §4
    invalid_field_line,         ///< §5: no colon, space before it, a bad name or value, a fold first
    invalid_line_end,           ///< §2.2: a bare CR or LF where CRLF must be
    invalid_content_length,     ///< §6.3: no number, too big, or two that differ
    invalid_transfer_encoding,  ///< §6.1: chunked isn't last, is repeated, or comes with content-length
    invalid_chunk,              ///< §7.1
    unexpected_data,            ///< octets that answer no request
    unsupported_http_version,   ///< not HTTP/1.0 or 1.1
    body_cut_short,             ///< the end came before the body's end (§8)
    headers_cut_short,          ///< the end came inside or before the header section

    // HTTP/2 (RFC 9113): the peer broke it, and the connection with it; `detail` says how.
    not_http2,                 ///< what came first isn't a SETTINGS frame (§3.4)
    invalid_frame,             ///< a frame that may not come here, or says what it may not (§5.4.1)
    invalid_frame_size,        ///< a frame over max_frame_size, or of a size that its type can't have (§4.2)
    invalid_settings,          ///< a value that a setting can't have, or can't become (§6.5.2, RFC 8441 §3)
    frame_on_closed_stream,    ///< content or fields behind the stream's end (§5.1)
    flow_control_error,        ///< more content than the connection's credit, or credit past 2^31-1 (§6.9.1)
    header_compression_error,  ///< a field section that HPACK can't decode (§4.3, RFC 7541)

    // HTTP/2: one request failed, and the others live on.
    malformed_response,      ///< fields or content that no response can have (RFC 9113 §8.1.1)
    stream_window_exceeded,  ///< more content than the stream's credit, or credit past 2^31-1 (RFC 9113 §6.9.1)
    stream_reset,            ///< the server ended it by RST_STREAM; `detail` has the code (RFC 9113 §6.4)
    http1_required,          ///< the server wants it over HTTP/1.1 (RFC 9113 §7, HTTP_1_1_REQUIRED)
    request_not_processed,   ///< the server did nothing with it: safe to send again, elsewhere (RFC 9113 §8.7)
    going_away,              ///< no more requests here, for one side said GOAWAY; open ones go on (RFC 9113 §6.8)

    // The transport. `system` has errno where the system gave one.
    name_not_found,
    connection_refused,
    host_unreachable,
    connection_reset,
    connection_closed,           ///< the peer ended the connection, or it was closed here before
    closed_without_close_frame,  ///< the end came without a Close frame: 1006 (RFC 6455 §7.1.5)
    timeout,                     ///< the time given ran out; the connection stays as it was
    connect_timeout,             ///< the time for connecting ran out
    system_error,                ///< any other failure of a system call; `detail` names the call
};

/// Groups of errc, for callers that don't care which rule it was.
enum class condition : std::uint8_t {
    misuse,              ///< the caller's mistake; nothing changed
    handshake_failed,    ///< no WebSocket came to be
    proxy_failed,        ///< a proxy said no, or didn't speak its protocol
    tls_failed,          ///< no secure connection, or its end isn't the peer's word
    protocol_violation,  ///< the peer broke the WebSocket or HTTP protocol
    limit_exceeded,      ///< a limit of ours
    transport_failed,    ///< names, sockets, the network
    timed_out,
    closed,
};

enum class fault : std::uint8_t { caller, peer, network };

/// The response that refused an upgrade or a CONNECT, see headers.hpp: status, fields, and perhaps the content.
struct refused_response;

/// What went wrong. A regular type; cheap where there is no `detail`.
struct error {
    error(errc c) noexcept : code(c) {}  // implicit: `return std::unexpected(errc::…)` is how the library reads
    error(errc c, std::string d) noexcept : code(c), detail(std::move(d)) {}

    errc code;

    /// errno, where a system call failed; else 0.
    int system = 0;

    /// Position of the broken octet or of the frame or line it stands in: counted in octets received since the first
    /// one this machine was given (for a WebSocket: since the handshake's end). 0 where it means nothing.
    std::uint64_t offset = 0;

    /// Names and numbers for a person, for example the field or the limit; may be empty. Never the peer's raw octets.
    std::string detail;

    /// With errc::upgrade_refused, proxy_refused and those of redirects only.
    std::shared_ptr<const refused_response> refusal;

    [[nodiscard]] mint::condition condition() const noexcept;
    [[nodiscard]] mint::fault fault() const noexcept;

    /// Whether the connection can still be used after this error.
    [[nodiscard]] bool connection_survives() const noexcept;

    /// The code for the Close frame that answers this error; 0 where none should be sent (RFC 6455 §7.1.7, §7.4).
    [[nodiscard]] std::uint16_t close_code() const noexcept;

    friend bool operator==(const error& e, errc c) noexcept { return e.code == c; }
};

/// The enumerator's name, e.g. "masked_server_frame".
[[nodiscard]] std::string_view name(errc code) noexcept;

/// One sentence without a full stop, e.g. "the server masked a frame".
[[nodiscard]] std::string_view describe(errc code) noexcept;

/// Where the rule stands, e.g. "RFC 6455 §5.1"; empty for what no RFC rules.
[[nodiscard]] std::string_view section(errc code) noexcept;

[[nodiscard]] condition condition_of(errc code) noexcept;
[[nodiscard]] fault fault_of(errc code) noexcept;

/// One line for a person: what, detail, offset, the system's own words.
[[nodiscard]] std::string to_string(const error& e);

}  // namespace mint
