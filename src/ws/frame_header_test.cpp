#include "support/frame_script.hpp"

#include <mint/ws/frame_header.hpp>

#include <gtest/gtest.h>

namespace mint::ws {
namespace {

using testing::octets;

std::expected<std::optional<frame_header>, errc> parse(const std::string& input, role receiver = role::client,
                                                       std::uint8_t allowed_rsv = 0) {
    return parse_frame_header(as_bytes(input), receiver, allowed_rsv);
}

errc rule_broken_by(const std::string& input, role receiver = role::client, std::uint8_t allowed_rsv = 0) {
    const auto parsed = parse(input, receiver, allowed_rsv);
    return parsed ? errc::failed_already : parsed.error();
}

/// The rule must be known from these octets on, and from no fewer.
void expect_broken_at_last_octet(const std::string& input, errc rule, role receiver = role::client) {
    EXPECT_EQ(rule_broken_by(input, receiver), rule);
    EXPECT_EQ(rule_broken_by(input + std::string(20, '\xFF'), receiver), rule);
    for (std::size_t size = 0; size < input.size(); ++size) {
        const auto parsed = parse(input.substr(0, size), receiver);
        ASSERT_TRUE(parsed.has_value()) << size;
        EXPECT_FALSE(parsed->has_value()) << size;
    }
}

TEST(frame_header, reads_every_length_form) {
    for (const std::uint64_t size : {0ULL, 1ULL, 125ULL, 126ULL, 65'535ULL, 65'536ULL, (1ULL << 63U) - 1}) {
        for (const bool masked : {false, true}) {
            frame_header header;
            header.masked = masked;
            if (masked) header.masking_key = {std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};
            header.payload_size = size;
            std::array<std::byte, max_frame_header_size> output{};
            const std::size_t written = write_frame_header(header, output);
            header.size = static_cast<std::uint8_t>(written);
            const std::size_t length_size = size < 126 ? 0 : size < 65'536 ? 2 : 8;
            EXPECT_EQ(written, 2 + length_size + (masked ? 4 : 0));
            const auto receiver = masked ? role::server : role::client;
            for (std::size_t part = 0; part < written; ++part) {
                const auto parsed = parse_frame_header(byte_view{output}.first(part), receiver);
                ASSERT_TRUE(parsed.has_value());
                EXPECT_FALSE(parsed->has_value()) << part;
            }
            const auto parsed = parse_frame_header(output, receiver);
            ASSERT_TRUE(parsed.has_value());
            ASSERT_TRUE(parsed->has_value());
            EXPECT_EQ(**parsed, header);
        }
    }
}

TEST(frame_header, reads_every_opcode_and_fin) {
    for (const int first : {0x00, 0x01, 0x02, 0x80, 0x81, 0x82, 0x88, 0x89, 0x8A}) {
        const auto parsed = parse(octets({first, 0}));
        ASSERT_TRUE(parsed.has_value() && parsed->has_value()) << first;
        EXPECT_EQ((*parsed)->code, static_cast<opcode>(first & 0x0F));
        EXPECT_EQ((*parsed)->fin, (first & 0x80) != 0);
    }
}

TEST(frame_header, refuses_reserved_bits_at_the_first_octet) {
    for (const int rsv : {0x10, 0x20, 0x40, 0x70}) {
        for (const int code : {0x0, 0x1, 0x2, 0x8, 0x9, 0xA}) {
            expect_broken_at_last_octet(octets({0x80 | rsv | code}), errc::reserved_bit_set);
        }
    }
}

TEST(frame_header, takes_allowed_reserved_bits_on_first_frames_of_messages_only) {
    for (const int code : {0x1, 0x2}) {
        const auto parsed = parse(octets({0x80 | 0x40 | code, 0}), role::client, rsv1);
        ASSERT_TRUE(parsed.has_value() && parsed->has_value());
        EXPECT_EQ((*parsed)->rsv, rsv1);
    }
    for (const int code : {0x0, 0x8, 0x9, 0xA}) {
        EXPECT_EQ(rule_broken_by(octets({0x80 | 0x40 | code, 0}), role::client, rsv1), errc::reserved_bit_set);
    }
    EXPECT_EQ(rule_broken_by(octets({0x80 | 0x60 | 0x1, 0}), role::client, rsv1), errc::reserved_bit_set);
}

TEST(frame_header, refuses_reserved_opcodes_at_the_first_octet) {
    for (const int code : {0x3, 0x4, 0x5, 0x6, 0x7, 0xB, 0xC, 0xD, 0xE, 0xF}) {
        expect_broken_at_last_octet(octets({0x80 | code}), errc::reserved_opcode);
        EXPECT_TRUE(is_reserved(static_cast<opcode>(code)));
    }
}

TEST(frame_header, refuses_fragmented_control_frames_at_the_first_octet) {
    for (const int code : {0x8, 0x9, 0xA}) expect_broken_at_last_octet(octets({code}), errc::control_frame_fragmented);
}

TEST(frame_header, refuses_control_frames_over_125_octets_at_the_second_octet) {
    for (const int code : {0x88, 0x89, 0x8A}) {
        expect_broken_at_last_octet(octets({code, 126}), errc::control_frame_too_big);
        expect_broken_at_last_octet(octets({code, 127}), errc::control_frame_too_big);
        EXPECT_TRUE(parse(octets({code, 125})).value().has_value());
    }
}

TEST(frame_header, refuses_masked_frames_from_servers) {
    expect_broken_at_last_octet(octets({0x81, 0x80}), errc::masked_server_frame);
}

TEST(frame_header, refuses_unmasked_frames_from_clients) {
    expect_broken_at_last_octet(octets({0x81, 0x00}), errc::unmasked_client_frame, role::server);
}

TEST(frame_header, refuses_16_bit_lengths_that_fit_7_bits) {
    expect_broken_at_last_octet(octets({0x82, 126, 0, 125}), errc::length_not_minimal);
    expect_broken_at_last_octet(octets({0x82, 126, 0, 0}), errc::length_not_minimal);
    EXPECT_TRUE(parse(octets({0x82, 126, 0, 126})).value().has_value());
}

TEST(frame_header, refuses_64_bit_lengths_that_fit_16_bits_once_that_is_sure) {
    expect_broken_at_last_octet(octets({0x82, 127, 0, 0, 0, 0, 0, 0}), errc::length_not_minimal);
    EXPECT_TRUE(parse(octets({0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0})).value().has_value());
}

TEST(frame_header, refuses_64_bit_lengths_with_their_top_bit_set) {
    expect_broken_at_last_octet(octets({0x82, 127, 0x80}), errc::length_top_bit_set);
    expect_broken_at_last_octet(octets({0x82, 127, 0xFF}), errc::length_top_bit_set);
}

}  // namespace
}  // namespace mint::ws
