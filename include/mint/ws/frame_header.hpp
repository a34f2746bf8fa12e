#pragma once

#include <mint/base/bytes.hpp>
#include <mint/base/error.hpp>
#include <mint/ws/opcode.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>

namespace mint::ws {

/// Which end of the connection: decides who masks (RFC 6455 §5.1).
enum class role : std::uint8_t { client, server };

/// RSV1, RSV2, RSV3 as they stand in a frame's first octet.
inline constexpr std::uint8_t rsv1 = 0x40;
inline constexpr std::uint8_t rsv2 = 0x20;
inline constexpr std::uint8_t rsv3 = 0x10;

/// The longest header: 2 octets, 8 of length, 4 of masking key.
inline constexpr std::size_t max_frame_header_size = 14;

/// The 2 to 14 octets before a payload (RFC 6455 §5.2).
struct frame_header {
    opcode code = opcode::binary;
    bool fin = true;
    std::uint8_t rsv = 0;  ///< any of rsv1, rsv2, rsv3
    bool masked = false;
    std::array<std::byte, 4> masking_key{};  ///< as on the wire; zero where not masked
    std::uint64_t payload_size = 0;          ///< octets; below 2^63
    std::uint8_t size = 2;                   ///< of the header itself, in octets

    friend bool operator==(const frame_header&, const frame_header&) = default;
};

/// Parses the frame header at the front of `input`, sent by the peer of `receiver`.
///
/// Returns the header; nothing when `input` is too short to hold it (give it again with more octets behind it); or the
/// rule the peer broke, as soon as the octets that break it are there: masking, reserved bits other than
/// `allowed_rsv`, reserved opcodes, control frames fragmented or over 125, lengths not minimal or with their top bit
/// set. Reads at most 14 octets, keeps no state. RFC 6455 §5.2, §5.5.
[[nodiscard]] std::expected<std::optional<frame_header>, errc> parse_frame_header(
    byte_view input, role receiver, std::uint8_t allowed_rsv = 0) noexcept;

/// Writes `header` to the front of `output`, with the shortest length there is; returns the octets written.
/// `header.size` is not looked at. Precondition: `output.size() >= max_frame_header_size`.
std::size_t write_frame_header(const frame_header& header, byte_span output) noexcept;

}  // namespace mint::ws
