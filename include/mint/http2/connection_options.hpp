#pragma once

#include <mint/http2/settings.hpp>

#include <cstddef>
#include <cstdint>

namespace mint::http2 {

/// Frames that cost work and bring nothing, or make us answer (RFC 9113 §10.5). There is no clock here, so that each is
/// counted against something else; a peer that passes one fails the connection.
struct flood_limits {
    /// CONTINUATION frames of one header section. errc::too_many_continuations.
    std::size_t max_continuation_count = 16;

    /// Frames that we answer each with one of ours, where the caller hasn't taken the answers with `send` yet: SETTINGS
    /// and PING, whose acknowledgements they are, and promises that are refused. A peer that makes us answer without
    /// reading would fill our memory. So many WINDOW_UPDATE frames may wait as well, beyond those that a server which
    /// waits for its credit can cause. errc::too_many_control_frames.
    std::size_t max_unsent_ack_count = 1000;

    /// SETTINGS frames in a row, with neither content nor header section between; each may touch every stream.
    /// errc::too_many_control_frames.
    std::size_t max_settings_count = 100;

    /// GOAWAY frames on one connection, of which a good end takes two; each may touch every stream.
    /// errc::too_many_control_frames.
    std::size_t max_goaway_count = 100;

    /// DATA frames in a row that are empty and end nothing, on all streams together. errc::too_many_empty_frames.
    std::size_t max_empty_data_count = 100;
};

/// How one HTTP/2 connection behaves: what its server may do, and what waits. A number outside its range is
/// errc::invalid_argument where a connection is made with it.
struct connection_options {
    /// Bytes that the server may send on one stream before we give credit. All of them may lie before a small message
    /// of another stream, which waits for them. 1 MiB keeps a link of 1 Gbit/s full at a round trip of 8 ms; a
    /// connection with few streams and a longer way wants more: bandwidth times round trip. 0 to 2^31-1.
    std::uint32_t initial_window_size = 1024 * 1024;

    /// The same for all streams together: sixteen of them at full speed. 65,535 to 2^31-1. The connection's credit is
    /// given back as soon as content was given out, so that a stream whose content nobody consumes holds only its own.
    std::uint32_t connection_window_size = 16 * 1024 * 1024;

    /// Octets of one frame's payload that the server may send; one over it is refused at its header. 16,384 to 2^24-1.
    std::uint32_t max_frame_size = 16 * 1024;

    http2::credit credit = credit::automatic;

    /// Whether the server may push (RFC 9113 §8.4). A promise for another authority or scheme than ours, or for another
    /// method than GET and HEAD, is refused.
    bool accepts_push = false;

    /// Pushed streams that the server may have open at a time.
    std::uint32_t max_pushed_stream_count = 100;

    /// Requests that may wait for a stream, where MAX_CONCURRENT_STREAMS of the server are open. With 0 such a request
    /// is refused: errc::too_many_streams.
    std::size_t max_waiting_request_count = 1000;

    /// How many streams may be open before the server's first SETTINGS frame came and says. What waits for that frame
    /// because it must, as extended CONNECT does, isn't open.
    std::uint32_t assumed_max_streams = 100;

    flood_limits floods = {};
};

}  // namespace mint::http2
