#include <mint/base/headers.hpp>
#include <mint/base/retry.hpp>

// A new errc doesn't compile until it is classified here.
#pragma GCC diagnostic error "-Wswitch"

namespace mint {
namespace {

/// A response in place of the one hoped for (RFC 9110 §15).
[[nodiscard]] retry retry_of_refusal(const refused_response* refusal) noexcept {
    if (refusal == nullptr) return retry::never;
    const int status = refusal->status_code;
    const bool is_temporary =
        status == 408 || status == 425 || (status >= 500 && status <= 599 && status != 501 && status != 505);
    if (status == 429 || status == 503) return retry::overloaded;
    if (!is_temporary) return retry::never;
    return refusal->fields.contains("retry-after") ? retry::overloaded : retry::backoff;
}

}  // namespace

retry retry_of(const error& reason) noexcept {
    using enum errc;
    switch (reason.code) {
        case upgrade_refused:
        case proxy_refused: return retry_of_refusal(reason.refusal.get());

        // An offset: it served before, and closed an idle connection while the request was on its way.
        case connection_closed: return reason.offset > 0 ? retry::now : retry::backoff;

        // The server did nothing with the request, or the time of one call ran out and nothing was lost.
        case http1_required:
        case request_not_processed:
        case going_away:
        case timeout: return retry::now;

        // There will be room again.
        case send_queue_full:
        case too_many_streams:

        // A connection that worked, and broke.
        case failed_already:
        case extension_out_of_step:
        case reserved_bit_set:
        case reserved_opcode:
        case masked_server_frame:
        case unmasked_client_frame:
        case length_not_minimal:
        case length_top_bit_set:
        case control_frame_fragmented:
        case control_frame_too_big:
        case unexpected_continuation:
        case expected_continuation:
        case invalid_compressed_data:
        case extension_failed:
        case invalid_utf8:
        case close_payload_too_short:
        case close_code_not_allowed:
        case close_reason_not_utf8:
        case unexpected_data:
        case body_cut_short:
        case headers_cut_short:
        case invalid_frame:
        case invalid_frame_size:
        case invalid_settings:
        case frame_on_closed_stream:
        case flow_control_error:
        case header_compression_error:
        case stream_window_exceeded:
        case stream_reset:
        case tls_truncated:
        case connection_reset:
        case closed_without_close_frame:

        // The way there: networks, name servers and processes come back.
        case socks_refused:
        case tls_alert:
        case tls_handshake_cut_short:
        case name_not_found:
        case connection_refused:
        case host_unreachable:
        case connect_timeout:
        case system_error: return retry::backoff;

        // The caller's mistakes.
        case invalid_argument:
        case invalid_url:
        case invalid_host:
        case invalid_method:
        case invalid_request_target:
        case invalid_field_name:
        case invalid_field_value:
        case reserved_field:
        case invalid_subprotocol:
        case invalid_extension:
        case invalid_text:
        case control_payload_too_big:
        case invalid_close_code:
        case invalid_close_reason:
        case message_type_mismatch:
        case data_after_close:
        case unknown_request:
        case request_body_not_streaming:
        case request_body_is_streaming:
        case content_length_mismatch:
        case forbidden_trailer:
        case not_a_websocket:
        case already_upgraded:
        case upgrade_in_progress:
        case scheme_mismatch:
        case wrong_mode:
        case http2_only:
        case other_requests_open:
        case unknown_message:
        case forwarding_connection:
        case invalid_certificate_file:

        // The server answers, and not as a WebSocket server does that we could talk to.
        case upgrade_field_missing:
        case connection_field_missing:
        case accept_missing:
        case accept_repeated:
        case accept_mismatch:
        case subprotocol_not_offered:
        case subprotocol_repeated:
        case subprotocol_missing:
        case extension_not_offered:
        case invalid_extension_field:
        case extension_repeated:
        case invalid_extension_parameter:
        case extended_connect_disabled:
        case too_many_redirects:
        case redirect_to_cleartext:
        case invalid_redirect:
        case invalid_socks_reply:
        case invalid_status_line:
        case invalid_field_line:
        case invalid_line_end:
        case invalid_content_length:
        case invalid_transfer_encoding:
        case invalid_chunk:
        case unsupported_http_version:
        case not_http2:
        case malformed_response:

        // It isn't the server that was asked for, or speaks another protocol.
        case certificate_not_trusted:
        case certificate_expired:
        case certificate_name_mismatch:
        case certificate_invalid:
        case pinned_key_mismatch:
        case tls_protocol_error:
        case alpn_mismatch:
        case prohibited_cipher_suite:

        // A limit of ours, which must be raised first.
        case frame_too_big:
        case message_too_big:
        case too_many_fragments:
        case header_section_too_big:
        case too_many_fields:
        case header_list_too_big:
        case too_many_continuations:
        case too_many_control_frames:
        case too_many_empty_frames:
        case too_many_key_updates: return retry::never;
    }
    return retry::never;  // not an enumerator
}

std::string_view name(retry decision) noexcept {
    switch (decision) {
        case retry::never: return "never";
        case retry::now: return "now";
        case retry::backoff: return "backoff";
        case retry::overloaded: return "overloaded";
    }
    return "";
}

}  // namespace mint
