#pragma once

#include <mint/base/bytes.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace mint::http2::detail {

/// Cuts a stream of octets at the ends of frames (RFC 9113 §4.1), and keeps frame headers whole: what comes behind a
/// frame isn't looked at before that frame was dealt with, so that nothing depends on how the octets are split.
class frame_splitter {
  public:
    struct piece {
        byte_view octets;      ///< the next ones: all of a header or none of it, and payload. May be empty
        std::size_t consumed;  ///< of `input`
        bool ends_frame;       ///< `octets` are the last of it
    };

    /// The part at the front of `input` that belongs to the current frame. The octets lie in `input`, or in this object
    /// until the next call. Precondition: `input` isn't empty.
    [[nodiscard]] piece next(byte_view input) noexcept;

    /// Where the frame starts that the last piece belongs to, in octets since the first one.
    [[nodiscard]] std::uint64_t frame_offset() const noexcept { return frame_offset_; }

    /// Bytes that came in all.
    [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }

    /// True if none of an unfinished frame came.
    [[nodiscard]] bool is_between_frames() const noexcept { return header_have_ == 0 && payload_left_ == 0; }

    /// The length of its payload.
    [[nodiscard]] std::size_t payload_size() const noexcept { return payload_size_; }

  private:
    static constexpr std::size_t header_size = 9;

    piece next_header(byte_view input) noexcept;

    std::uint64_t offset_ = 0;
    std::uint64_t frame_offset_ = 0;
    std::array<std::byte, header_size> header_{};  ///< of which `header_have_` are there
    std::size_t header_have_ = 0;
    std::size_t payload_size_ = 0;
    std::size_t payload_left_ = 0;
};

/// Whether `frame` starts with the header of a DATA frame, as far as it goes.
[[nodiscard]] inline bool starts_data(byte_view frame) noexcept { return frame.size() > 3 && frame[3] == std::byte{0}; }

/// The start of what a server sends: the head of a SETTINGS frame that acknowledges nothing (RFC 9113 §3.4). Other
/// protocols differ in their first octets.
class server_preface {
  public:
    /// Looks at the next octets; false once they can't be HTTP/2.
    [[nodiscard]] bool accepts(byte_view input) noexcept;

    /// True once enough was seen: nothing needs to be looked at any more.
    [[nodiscard]] bool is_complete() const noexcept { return seen_ == looked_at; }

  private:
    static constexpr std::size_t looked_at = 5;  // length, type, flags

    std::size_t seen_ = 0;
};

}  // namespace mint::http2::detail
