#include "ws/put_frame_header.hpp"

#include <mint/ws/frame_header.hpp>

#include <algorithm>

namespace mint::ws {
namespace {

constexpr std::uint8_t fin_bit = 0x80;
constexpr std::uint8_t rsv_bits = rsv1 | rsv2 | rsv3;
constexpr std::uint8_t mask_bit = 0x80;
constexpr std::uint8_t length_follows_16 = 126;
constexpr std::uint8_t length_follows_64 = 127;

/// Reads what is there of a big-endian number.
std::uint64_t number(byte_view octets) noexcept {
    std::uint64_t value = 0;
    for (const std::byte octet : octets) value = value << 8U | std::to_integer<std::uint64_t>(octet);
    return value;
}

std::optional<errc> broken_rule_of_first_octet(const frame_header& header, std::uint8_t allowed_rsv) noexcept {
    const bool starts_message = header.code == opcode::text || header.code == opcode::binary;
    if ((header.rsv & ~(starts_message ? allowed_rsv : 0)) != 0) return errc::reserved_bit_set;
    if (is_reserved(header.code)) return errc::reserved_opcode;
    if (is_control(header.code) && !header.fin) return errc::control_frame_fragmented;
    return std::nullopt;
}

/// The rules of the extended length, of which `octets` are there and `size`, 2 or 8, are needed (RFC 6455 §5.2).
std::optional<errc> broken_rule_of_length(byte_view octets, std::size_t size) noexcept {
    if (size == 2) {
        if (octets.size() == 2 && number(octets) < length_follows_16) return errc::length_not_minimal;
        return std::nullopt;
    }
    if (!octets.empty() && (octets[0] & std::byte{0x80}) != std::byte{0}) return errc::length_top_bit_set;
    // Six leading zeros leave a number that fits into 16 bits.
    if (octets.size() >= 6 && number(octets.first(6)) == 0) return errc::length_not_minimal;
    return std::nullopt;
}

}  // namespace

std::expected<std::optional<frame_header>, errc> parse_frame_header(byte_view input, role receiver,
                                                                    std::uint8_t allowed_rsv) noexcept {
    if (input.empty()) return std::nullopt;
    const auto first = std::to_integer<std::uint8_t>(input[0]);
    frame_header header;
    header.code = static_cast<opcode>(first & 0x0FU);
    header.fin = (first & fin_bit) != 0;
    header.rsv = static_cast<std::uint8_t>(first & rsv_bits);
    if (const auto rule = broken_rule_of_first_octet(header, allowed_rsv)) return std::unexpected(*rule);

    if (input.size() < 2) return std::nullopt;
    const auto second = std::to_integer<std::uint8_t>(input[1]);
    header.masked = (second & mask_bit) != 0;
    header.payload_size = second & ~unsigned{mask_bit};
    if (header.masked && receiver == role::client) return std::unexpected(errc::masked_server_frame);
    if (!header.masked && receiver == role::server) return std::unexpected(errc::unmasked_client_frame);
    if (is_control(header.code) && header.payload_size >= length_follows_16) {
        return std::unexpected(errc::control_frame_too_big);
    }

    std::size_t position = 2;
    if (header.payload_size >= length_follows_16) {
        const std::size_t length_size = header.payload_size == length_follows_64 ? 8 : 2;
        const byte_view octets = input.subspan(2, std::min(length_size, input.size() - 2));
        if (const auto rule = broken_rule_of_length(octets, length_size)) return std::unexpected(*rule);
        if (octets.size() < length_size) return std::nullopt;
        header.payload_size = number(octets);
        position += length_size;
    }
    if (header.masked) {
        if (input.size() < position + header.masking_key.size()) return std::nullopt;
        std::ranges::copy(input.subspan(position, header.masking_key.size()), header.masking_key.begin());
        position += header.masking_key.size();
    }
    header.size = static_cast<std::uint8_t>(position);
    return header;
}

std::size_t write_frame_header(const frame_header& header, byte_span output) noexcept {
    const auto first =
        static_cast<std::uint8_t>((header.fin ? fin_bit : 0) | header.rsv | static_cast<std::uint8_t>(header.code));
    std::byte* at = detail::put_frame_header(output.data(), first, header.masked, header.payload_size);
    if (header.masked) at = std::ranges::copy(header.masking_key, at).out;
    return static_cast<std::size_t>(at - output.data());
}

}  // namespace mint::ws
