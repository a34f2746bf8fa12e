#pragma once

#include <mint/version.hpp>

#include <cstdint>
#include <optional>

namespace mint::http2 {

/// One side's parameters (RFC 9113 §6.5.2, RFC 8441 §3). The values here hold until a SETTINGS frame changes them; an
/// empty one means no limit, and before the server's first frame, which `extended_connect::unknown` tells, that nobody
/// knows: `connection_options::assumed_max_streams` holds then.
struct settings {
    std::uint32_t header_table_size = 4096;  ///< octets of HPACK's dynamic table
    bool enable_push = true;
    std::optional<std::uint32_t> max_concurrent_streams = {};
    std::uint32_t initial_window_size = 65'535;  ///< octets that a new stream may send without credit
    std::uint32_t max_frame_size = 16'384;
    std::optional<std::uint32_t> max_header_list_size = {};  ///< names, values and 32 octets for each field
    bool enable_connect_protocol = false;                    ///< extended CONNECT; the server's setting alone
    friend bool operator==(const settings&, const settings&) = default;
};

/// What a SETTINGS frame of ours is to change; the rest stays. See `client_machine::put_settings`.
struct settings_change {
    std::optional<std::uint32_t> header_table_size = {};
    std::optional<std::uint32_t> max_concurrent_streams = {};  ///< counts pushed streams
    std::optional<std::uint32_t> initial_window_size = {};     ///< up to 2^31-1; also of the streams that are open
    std::optional<std::uint32_t> max_frame_size = {};          ///< 16,384 to 2^24-1
    std::optional<std::uint32_t> max_header_list_size = {};  ///< advice to the server; the limit that holds is another
};

/// Whether the server takes extended CONNECT, and so WebSockets. Unknown until its first SETTINGS frame came: what it
/// says is no part of the octets that open a connection, and may come much later.
enum class extended_connect : std::uint8_t { unknown, enabled, disabled };

/// Who says that received content was used up, and so when the server may send more of it.
enum class credit : std::uint8_t {
    automatic,  ///< the machine, as soon as it has given the content out
    manual,  ///< the caller, with `consumed` for what each responses::data had: a message may be larger than a window
};

}  // namespace mint::http2
