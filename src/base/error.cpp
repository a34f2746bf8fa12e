#include <mint/base/error.hpp>
#include <mint/base/headers.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <system_error>

namespace mint {
namespace {

/// All that is fixed about an errc; docs/errors.md shows the same table with what to do.
struct rule {
    errc code;
    std::string_view name;
    mint::condition condition;
    mint::fault fault;
    bool survives;
    std::uint16_t close_code;
    std::string_view section;
    std::string_view description;
};

constexpr std::size_t rule_count = static_cast<std::size_t>(errc::system_error) + 1;

constexpr rule misuse(errc code, std::string_view name, std::string_view section, std::string_view description) {
    return {code, name, condition::misuse, fault::caller, true, 0, section, description};
}
constexpr rule handshake(errc code, std::string_view name, std::string_view section, std::string_view description) {
    return {code, name, condition::handshake_failed, fault::peer, false, 0, section, description};
}
constexpr rule framing(errc code, std::string_view name, std::uint16_t close, std::string_view section,
                       std::string_view description) {
    return {code, name, condition::protocol_violation, fault::peer, false, close, section, description};
}
constexpr rule limit(errc code, std::string_view name, std::uint16_t close, std::string_view section,
                     std::string_view description) {
    return {code, name, condition::limit_exceeded, fault::peer, false, close, section, description};
}
constexpr rule http(errc code, std::string_view name, std::string_view section, std::string_view description) {
    return {code, name, condition::protocol_violation, fault::peer, false, 0, section, description};
}
constexpr rule transport(errc code, std::string_view name, std::string_view description) {
    return {code, name, condition::transport_failed, fault::network, false, 0, "", description};
}

constexpr rule redirect(errc code, std::string_view name, std::string_view section, std::string_view description) {
    return {code, name, condition::handshake_failed, fault::peer, true, 0, section, description};
}
constexpr rule proxy(errc code, std::string_view name, std::string_view section, std::string_view description) {
    return {code, name, condition::proxy_failed, fault::peer, false, 0, section, description};
}
constexpr rule tls(errc code, std::string_view name, std::string_view section, std::string_view description) {
    return {code, name, condition::tls_failed, fault::peer, false, 0, section, description};
}

constexpr rule one_request(errc code, std::string_view name, mint::condition condition, std::string_view section,
                           std::string_view description) {
    return {code, name, condition, fault::peer, true, 0, section, description};
}

using enum errc;
constexpr std::array<rule, rule_count> rules{{
    misuse(invalid_argument, "invalid_argument", "", "an argument or option is outside its range"),
    misuse(invalid_url, "invalid_url", "RFC 3986 §3", "the URL can't be used"),
    misuse(invalid_host, "invalid_host", "RFC 9110 §7.2", "the host is no name and no address"),
    misuse(invalid_method, "invalid_method", "RFC 9110 §9.1", "the method is no token"),
    misuse(invalid_request_target, "invalid_request_target", "RFC 9112 §3.2",
           "the request target has no leading slash, or a character it may not have"),
    misuse(invalid_field_name, "invalid_field_name", "RFC 9110 §5.1", "the field name is no token"),
    misuse(invalid_field_value, "invalid_field_value", "RFC 9110 §5.5",
           "the field value has a character it may not have"),
    misuse(reserved_field, "reserved_field", "RFC 6455 §4.1", "the library writes this field itself"),
    misuse(invalid_subprotocol, "invalid_subprotocol", "RFC 6455 §4.1", "a subprotocol is no token, or offered twice"),
    misuse(invalid_extension, "invalid_extension", "RFC 6455 §9", "the extension can't be offered"),
    misuse(invalid_text, "invalid_text", "RFC 6455 §5.6", "the text to be sent isn't UTF-8"),
    misuse(control_payload_too_big, "control_payload_too_big", "RFC 6455 §5.5",
           "the payload of a control frame to be sent is over 125 octets"),
    misuse(invalid_close_code, "invalid_close_code", "RFC 6455 §7.4", "this close code may not be sent"),
    misuse(invalid_close_reason, "invalid_close_reason", "RFC 6455 §5.5.1",
           "the close reason isn't UTF-8, or comes without a code"),
    misuse(message_type_mismatch, "message_type_mismatch", "RFC 6455 §5.4",
           "a message of the other type is unfinished in this direction"),
    misuse(data_after_close, "data_after_close", "RFC 6455 §5.5.1", "a Close frame was sent already"),
    misuse(unknown_request, "unknown_request", "", "the connection has no such request"),
    misuse(request_body_not_streaming, "request_body_not_streaming", "", "the request takes no more body"),
    misuse(request_body_is_streaming, "request_body_is_streaming", "RFC 9112 §9.3.2",
           "the body of the request before isn't finished"),
    misuse(content_length_mismatch, "content_length_mismatch", "RFC 9112 §6.2",
           "the body is longer or shorter than its content-length"),
    misuse(forbidden_trailer, "forbidden_trailer", "RFC 9110 §6.5.1", "this field may not be a trailer here"),
    misuse(not_a_websocket, "not_a_websocket", "", "the request is no upgrade that waits for its WebSocket"),
    misuse(already_upgraded, "already_upgraded", "RFC 9110 §7.8", "the connection has become a WebSocket"),
    misuse(upgrade_in_progress, "upgrade_in_progress", "RFC 9110 §7.8",
           "an upgrade and other requests can't wait on one connection at a time"),
    misuse(scheme_mismatch, "scheme_mismatch", "RFC 6455 §3", "the scheme doesn't fit the connection"),
    misuse(wrong_mode, "wrong_mode", "", "the connection is in the other mode"),
    misuse(http2_only, "http2_only", "", "only HTTP/2 has this, and the connection speaks HTTP/1.1"),
    misuse(other_requests_open, "other_requests_open", "",
           "responses to the connection's other requests would be lost"),
    misuse(unknown_message, "unknown_message", "", "the message is another connection's"),
    misuse(send_queue_full, "send_queue_full", "", "too much waits to be sent already"),
    misuse(too_many_streams, "too_many_streams", "RFC 9113 §5.1.2", "the server allows no more requests at a time"),
    misuse(forwarding_connection, "forwarding_connection", "RFC 9110 §7.8",
           "an upgrade can't pass a proxy that forwards requests: connect by a tunnel"),
    misuse(invalid_certificate_file, "invalid_certificate_file", "",
           "a certificate, key or CA of the caller's can't be used"),
    {failed_already, "failed_already", condition::closed, fault::caller, false, 0, "RFC 6455 §7.1.7",
     "the stream failed before"},
    {extension_out_of_step, "extension_out_of_step", condition::closed, fault::caller, false, 0, "RFC 6455 §9",
     "an extension broke off a message to be sent, and no data can follow"},

    {upgrade_refused, "upgrade_refused", condition::handshake_failed, fault::peer, true, 0, "RFC 6455 §4.1",
     "the server refused the upgrade"},
    handshake(upgrade_field_missing, "upgrade_field_missing", "RFC 6455 §4.1",
              "the answer's Upgrade field doesn't name websocket"),
    handshake(connection_field_missing, "connection_field_missing", "RFC 6455 §4.1",
              "the answer's Connection field doesn't name upgrade"),
    handshake(accept_missing, "accept_missing", "RFC 6455 §4.1", "the answer has no Sec-WebSocket-Accept"),
    handshake(accept_repeated, "accept_repeated", "RFC 6455 §11.3.3", "the answer has several Sec-WebSocket-Accept"),
    handshake(accept_mismatch, "accept_mismatch", "RFC 6455 §4.1", "the Sec-WebSocket-Accept belongs to another key"),
    handshake(subprotocol_not_offered, "subprotocol_not_offered", "RFC 6455 §4.1",
              "the server chose a subprotocol that wasn't offered"),
    handshake(subprotocol_repeated, "subprotocol_repeated", "RFC 6455 §11.3.4",
              "the server chose several subprotocols"),
    handshake(subprotocol_missing, "subprotocol_missing", "RFC 6455 §4.1",
              "the server chose none of the subprotocols offered"),
    handshake(extension_not_offered, "extension_not_offered", "RFC 6455 §4.1",
              "the server chose an extension that wasn't offered"),
    handshake(invalid_extension_field, "invalid_extension_field", "RFC 6455 §9.1",
              "the answer's Sec-WebSocket-Extensions breaks its grammar"),
    handshake(extension_repeated, "extension_repeated", "RFC 6455 §9.1", "the server chose an extension twice"),
    handshake(invalid_extension_parameter, "invalid_extension_parameter", "RFC 6455 §9.1",
              "the server chose a parameter that the offer doesn't allow"),
    one_request(extended_connect_disabled, "extended_connect_disabled", condition::handshake_failed, "RFC 8441 §3",
                "the server takes no WebSockets over HTTP/2"),

    redirect(too_many_redirects, "too_many_redirects", "RFC 9110 §15.4", "more redirects than the policy allows"),
    redirect(redirect_to_cleartext, "redirect_to_cleartext", "RFC 9110 §15.4",
             "the server redirects from a secure connection to one in clear text"),
    redirect(invalid_redirect, "invalid_redirect", "RFC 9110 §10.2.2", "the redirect can't be followed"),

    proxy(proxy_refused, "proxy_refused", "RFC 9110 §9.3.6", "the proxy refused to connect"),
    proxy(socks_refused, "socks_refused", "RFC 1928 §6", "the SOCKS proxy refused to connect"),
    proxy(invalid_socks_reply, "invalid_socks_reply", "RFC 1928", "the SOCKS proxy's answer isn't SOCKS 5"),

    tls(certificate_not_trusted, "certificate_not_trusted", "RFC 5280 §6.1",
        "the server's certificate isn't issued by a trusted CA"),
    tls(certificate_expired, "certificate_expired", "RFC 5280 §4.1.2.5",
        "the server's certificate isn't valid at this time"),
    tls(certificate_name_mismatch, "certificate_name_mismatch", "RFC 9525 §6",
        "the server's certificate is for another name"),
    tls(certificate_invalid, "certificate_invalid", "RFC 5280 §6.1", "the server's certificate can't be accepted"),
    tls(pinned_key_mismatch, "pinned_key_mismatch", "", "the server's public key isn't the one that was pinned"),
    tls(errc::tls_alert, "tls_alert", "RFC 8446 §6.2", "the server refused with a TLS alert"),
    tls(tls_protocol_error, "tls_protocol_error", "RFC 8446", "the peer doesn't speak TLS as it should"),
    tls(tls_truncated, "tls_truncated", "RFC 8446 §6.1", "the connection ended without TLS's close_notify"),
    tls(tls_handshake_cut_short, "tls_handshake_cut_short", "RFC 8446 §4",
        "the connection ended inside the TLS handshake"),
    tls(prohibited_cipher_suite, "prohibited_cipher_suite", "RFC 9113 §9.2.2",
        "HTTP/2 isn't allowed on the cipher suite that the server chose"),
    tls(alpn_mismatch, "alpn_mismatch", "RFC 7301 §3.2", "the server chose no application protocol that was offered"),

    framing(reserved_bit_set, "reserved_bit_set", 1002, "RFC 6455 §5.2", "a reserved bit is set"),
    framing(reserved_opcode, "reserved_opcode", 1002, "RFC 6455 §5.2", "the opcode is reserved"),
    framing(masked_server_frame, "masked_server_frame", 1002, "RFC 6455 §5.1", "the server masked a frame"),
    framing(unmasked_client_frame, "unmasked_client_frame", 1002, "RFC 6455 §5.1", "the client didn't mask a frame"),
    framing(length_not_minimal, "length_not_minimal", 1002, "RFC 6455 §5.2",
            "the payload length takes more octets than it needs"),
    framing(length_top_bit_set, "length_top_bit_set", 1002, "RFC 6455 §5.2",
            "the 64-bit payload length has its top bit set"),
    framing(control_frame_fragmented, "control_frame_fragmented", 1002, "RFC 6455 §5.5",
            "a control frame is fragmented"),
    framing(control_frame_too_big, "control_frame_too_big", 1002, "RFC 6455 §5.5",
            "a control frame is over 125 octets"),
    framing(unexpected_continuation, "unexpected_continuation", 1002, "RFC 6455 §5.4",
            "a continuation frame continues nothing"),
    framing(expected_continuation, "expected_continuation", 1002, "RFC 6455 §5.4",
            "a new message starts inside an unfinished one"),
    framing(invalid_compressed_data, "invalid_compressed_data", 1007, "RFC 7692 §7.2.2",
            "the compressed message is corrupt or truncated"),
    framing(extension_failed, "extension_failed", 1002, "RFC 6455 §9", "an extension can't make sense of the message"),
    framing(invalid_utf8, "invalid_utf8", 1007, "RFC 6455 §8.1", "the text isn't UTF-8"),
    framing(close_payload_too_short, "close_payload_too_short", 1002, "RFC 6455 §5.5.1",
            "the Close frame's payload is one octet"),
    framing(close_code_not_allowed, "close_code_not_allowed", 1002, "RFC 6455 §7.4",
            "the Close frame has a code that may not be sent"),
    framing(close_reason_not_utf8, "close_reason_not_utf8", 1007, "RFC 6455 §5.5.1",
            "the Close frame's reason isn't UTF-8"),

    limit(frame_too_big, "frame_too_big", 1009, "RFC 6455 §10.4", "the frame is over the limit"),
    limit(message_too_big, "message_too_big", 1009, "RFC 6455 §10.4", "the message is over the limit"),
    limit(too_many_fragments, "too_many_fragments", 1008, "RFC 6455 §10.4", "the message has too many fragments"),
    limit(header_section_too_big, "header_section_too_big", 0, "RFC 9110 §5.4", "the header section is over the limit"),
    limit(too_many_fields, "too_many_fields", 0, "RFC 9110 §5.4",
          "the response has too many fields or interim responses"),
    one_request(header_list_too_big, "header_list_too_big", condition::limit_exceeded, "RFC 9113 §10.5.1",
                "the fields, decoded, are over the limit"),
    limit(too_many_continuations, "too_many_continuations", 0, "RFC 9113 §10.5",
          "a header section comes in too many frames"),
    limit(too_many_control_frames, "too_many_control_frames", 0, "RFC 9113 §10.5",
          "too many frames came that bring nothing"),
    limit(too_many_empty_frames, "too_many_empty_frames", 0, "RFC 9113 §10.5", "too many empty frames came"),
    limit(too_many_key_updates, "too_many_key_updates", 0, "RFC 8446 §4.6.3",
          "too many KeyUpdates came without data between them"),

    http(invalid_status_line, "invalid_status_line", "RFC 9112 §4", "the status line is malformed"),
    http(invalid_field_line, "invalid_field_line", "RFC 9112 §5", "a field line is malformed"),
    http(invalid_line_end, "invalid_line_end", "RFC 9112 §2.2", "a line doesn't end with CR LF"),
    http(invalid_content_length, "invalid_content_length", "RFC 9112 §6.3", "the content-length is invalid"),
    http(invalid_transfer_encoding, "invalid_transfer_encoding", "RFC 9112 §6.1", "the transfer-encoding is invalid"),
    http(invalid_chunk, "invalid_chunk", "RFC 9112 §7.1", "a chunk is malformed"),
    http(unexpected_data, "unexpected_data", "RFC 9112 §9.2", "the server sent what answers no request"),
    http(unsupported_http_version, "unsupported_http_version", "RFC 9112 §2.3", "the answer isn't HTTP/1.1"),
    http(body_cut_short, "body_cut_short", "RFC 9112 §8", "the connection ended inside a response's content"),
    http(headers_cut_short, "headers_cut_short", "RFC 9112 §8",
         "the connection ended before a response's header section did"),

    http(not_http2, "not_http2", "RFC 9113 §3.4", "the peer doesn't speak HTTP/2"),
    http(invalid_frame, "invalid_frame", "RFC 9113 §5.4.1", "a frame breaks a rule of HTTP/2"),
    http(invalid_frame_size, "invalid_frame_size", "RFC 9113 §4.2", "a frame has a size that it may not have"),
    http(invalid_settings, "invalid_settings", "RFC 9113 §6.5.2", "a setting has a value that it may not have"),
    http(frame_on_closed_stream, "frame_on_closed_stream", "RFC 9113 §5.1", "a frame came behind its stream's end"),
    http(flow_control_error, "flow_control_error", "RFC 9113 §6.9.1", "the connection's flow control was broken"),
    http(header_compression_error, "header_compression_error", "RFC 9113 §4.3", "a field section can't be decoded"),

    one_request(malformed_response, "malformed_response", condition::protocol_violation, "RFC 9113 §8.1.1",
                "the response is malformed"),
    one_request(stream_window_exceeded, "stream_window_exceeded", condition::protocol_violation, "RFC 9113 §6.9.1",
                "the stream's flow control was broken"),
    one_request(stream_reset, "stream_reset", condition::closed, "RFC 9113 §6.4", "the server reset the stream"),
    one_request(http1_required, "http1_required", condition::closed, "RFC 9113 §7",
                "the server wants the request over HTTP/1.1"),
    one_request(request_not_processed, "request_not_processed", condition::closed, "RFC 9113 §8.7",
                "the server didn't process the request"),
    one_request(going_away, "going_away", condition::closed, "RFC 9113 §6.8",
                "no more requests are taken on this connection"),

    transport(name_not_found, "name_not_found", "the host's name wasn't found"),
    transport(connection_refused, "connection_refused", "the connection was refused"),
    transport(host_unreachable, "host_unreachable", "the host can't be reached"),
    transport(connection_reset, "connection_reset", "the connection was reset"),
    {connection_closed, "connection_closed", condition::closed, fault::network, false, 0, "",
     "the connection is closed"},
    {closed_without_close_frame, "closed_without_close_frame", condition::closed, fault::peer, false, 0,
     "RFC 6455 §7.1.5", "the connection ended without a Close frame"},
    {timeout, "timeout", condition::timed_out, fault::network, true, 0, "", "the time ran out"},
    {connect_timeout, "connect_timeout", condition::timed_out, fault::network, false, 0, "",
     "the time for connecting ran out"},
    transport(system_error, "system_error", "a system call failed"),
}};

consteval bool is_in_order() {
    for (std::size_t i = 0; i < rules.size(); ++i) {
        if (static_cast<std::size_t>(rules[i].code) != i || rules[i].description.empty()) return false;
    }
    return true;
}
static_assert(is_in_order(), "a row is missing or out of place");

[[nodiscard]] const rule& rule_of(errc code) noexcept { return rules[static_cast<std::size_t>(code)]; }

}  // namespace

std::string_view name(errc code) noexcept { return rule_of(code).name; }
std::string_view describe(errc code) noexcept { return rule_of(code).description; }
std::string_view section(errc code) noexcept { return rule_of(code).section; }
condition condition_of(errc code) noexcept { return rule_of(code).condition; }
fault fault_of(errc code) noexcept { return rule_of(code).fault; }

condition error::condition() const noexcept { return condition_of(code); }
fault error::fault() const noexcept { return fault_of(code); }
bool error::connection_survives() const noexcept { return rule_of(code).survives; }
std::uint16_t error::close_code() const noexcept { return rule_of(code).close_code; }

std::string to_string(const error& e) {
    std::string text{describe(e.code)};
    if (!e.detail.empty()) text += ": " + e.detail;
    if (e.refusal) text += " (status " + std::to_string(e.refusal->status_code) + ")";
    if (e.offset != 0) text += " (at octet " + std::to_string(e.offset) + ")";
    if (e.system != 0) text += " (" + std::system_category().message(e.system) + ")";
    if (const std::string_view where = section(e.code); !where.empty()) text += " [" + std::string{where} + "]";
    return text;
}

}  // namespace mint
