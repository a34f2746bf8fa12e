#pragma once

#include <cstdint>
#include <string_view>

namespace mint::http2::detail {

/// Why a stream or connection is ended: the codes of RST_STREAM and GOAWAY (RFC 9113 §7). Peers may send others.
enum class error_code : std::uint32_t {
    no_error = 0x0,
    protocol_error = 0x1,
    internal_error = 0x2,
    flow_control_error = 0x3,
    settings_timeout = 0x4,
    stream_closed = 0x5,
    frame_size_error = 0x6,
    refused_stream = 0x7,
    cancel = 0x8,
    compression_error = 0x9,
    connect_error = 0xa,
    enhance_your_calm = 0xb,
    inadequate_security = 0xc,
    http_1_1_required = 0xd,
};

/// The name as the RFC writes it, e.g. "REFUSED_STREAM"; "unknown code" for others.
[[nodiscard]] std::string_view name(error_code code) noexcept;

}  // namespace mint::http2::detail
