#include "ws/close_payload.hpp"

#include <array>
#include <string>

#include <gtest/gtest.h>

namespace mint::ws::detail {
namespace {

std::string payload_of(int code, std::string_view reason) {
    std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
    return payload.append(reason);
}

std::optional<broken_close> check(std::string_view payload) {
    return check_close_payload(as_bytes(payload), payload.size(), true);
}

TEST(close_payload, may_be_empty) {
    EXPECT_EQ(check(""), std::nullopt);
    EXPECT_EQ(parse_close_payload({}), close{});
}

TEST(close_payload, of_one_octet_is_too_short_before_it_is_there) {
    EXPECT_EQ(check("a"), (broken_close{errc::close_payload_too_short, 0}));
    EXPECT_EQ(check_close_payload({}, 1, true), (broken_close{errc::close_payload_too_short, 0}));
}

TEST(close_payload, takes_exactly_the_codes_that_may_be_on_the_wire) {
    for (int code = 0; code <= 0xFFFF; ++code) {
        const bool allowed =
            (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
        const auto expected = allowed ? std::nullopt : std::optional{broken_close{errc::close_code_not_allowed, 0}};
        ASSERT_EQ(check(payload_of(code, "")), expected) << code;
        const auto to_send = check_close_to_send({static_cast<close_code>(code), ""});
        ASSERT_EQ(to_send, allowed ? std::nullopt : std::optional{errc::invalid_close_code}) << code;
    }
}

TEST(close_payload, reason_breaks_at_its_first_bad_octet) {
    EXPECT_EQ(check(payload_of(1000, "ab\xFFzz")), (broken_close{errc::close_reason_not_utf8, 4}));
    const std::string payload = payload_of(1000, "ab\xFFzz");
    EXPECT_EQ(check_close_payload(as_bytes(payload).first(4), payload.size(), true), std::nullopt);
    EXPECT_EQ(check_close_payload(as_bytes(payload).first(5), payload.size(), true),
              (broken_close{errc::close_reason_not_utf8, 4}));
}

TEST(close_payload, reason_may_not_end_inside_a_character) {
    EXPECT_EQ(check(payload_of(1000, "a\xC3")), (broken_close{errc::close_reason_not_utf8, 4}));
}

TEST(close_payload, reason_goes_unchecked_where_peers_are_trusted) {
    const std::string payload = payload_of(1000, "\xFF");
    EXPECT_EQ(check_close_payload(as_bytes(payload), payload.size(), false), std::nullopt);
}

TEST(close_payload, reads_what_it_wrote) {
    for (const close& sent : {close{}, close{close_code::normal, ""},
                              close{close_code{4999},
                                    "gr\xC3\xBC\xC3\x9F"
                                    "e"}}) {
        std::array<std::byte, max_control_payload_size> payload{};
        const std::size_t size = write_close_payload(sent, payload);
        EXPECT_EQ(parse_close_payload(byte_view{payload}.first(size)), sent);
    }
}

TEST(close_payload, to_be_sent_has_a_reason_only_with_a_code) {
    EXPECT_EQ(check_close_to_send({std::nullopt, "why"}), errc::invalid_close_reason);
    EXPECT_EQ(check_close_to_send({std::nullopt, ""}), std::nullopt);
}

TEST(close_payload, to_be_sent_has_a_reason_of_at_most_123_octets) {
    EXPECT_EQ(check_close_to_send({close_code::normal, std::string(123, 'x')}), std::nullopt);
    EXPECT_EQ(check_close_to_send({close_code::normal, std::string(124, 'x')}), errc::control_payload_too_big);
}

TEST(close_payload, to_be_sent_has_a_reason_in_utf8) {
    EXPECT_EQ(check_close_to_send({close_code::normal, "\xED\xA0\x80"}), errc::invalid_close_reason);
}

}  // namespace
}  // namespace mint::ws::detail
