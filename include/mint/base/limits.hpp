#pragma once

#include <mint/version.hpp>

#include <cstddef>
#include <cstdint>

namespace mint {

/// What a peer may make an HTTP machine hold. Each bound is compared before memory is taken.
struct http_limits {
    /// Status line and fields of one response, and its trailer section likewise. Enough for large cookies; a peer that
    /// sends more is refused with errc::header_section_too_big.
    std::size_t max_header_section_size = 64 * 1024;

    /// Fields of one response, trailers included.
    std::size_t max_field_count = 128;

    /// Interim (1xx) responses before the final one; a server that never ends them is cut off.
    std::size_t max_interim_response_count = 16;

    /// Requests waiting for their response on one HTTP/1.1 connection. At least 1.
    std::size_t max_pipelined_request_count = 64;
};

/// What a peer may make a WebSocket hold.
struct websocket_limits {
    /// Payload of one frame as it comes. With pieces delivered this may be as large as 2^63-1: nothing is held. Where
    /// it isn't below the message's limit, a frame may be larger than that by what extensions add to a message.
    std::uint64_t max_frame_size = 16 * 1024 * 1024;

    /// Payload of one message, all its fragments together, once extensions have made of it what it means. Where
    /// messages are delivered in pieces they may be of any size, and this bounds what extensions make in one call:
    /// permessage-deflate makes at most 1,032 octets of one, and `codec::decode_some` takes no more than fits.
    std::uint64_t max_message_size = 16 * 1024 * 1024;

    /// Frames of a fragmented message, empty ones included; a message of one frame always passes. Each costs the
    /// receiver work that no payload pays for.
    std::uint32_t max_fragment_count = 128 * 1024;
};

/// Octets that wait to be sent on one connection before a send is refused with errc::send_queue_full. An empty queue
/// takes one block of any size.
inline constexpr std::size_t default_max_queued_size = 1024 * 1024;

/// Octets of a refusal's content that an error carries: enough for a page that says why.
inline constexpr std::size_t default_max_refusal_size = 64 * 1024;

}  // namespace mint
