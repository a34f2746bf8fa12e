#include <mint/ws/handshake.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mint::ws {
namespace {

/// Counts up, so that a key can be foreseen.
class counting_source : public random_source {
  protected:
    void refill(std::span<std::byte, block_size> block) noexcept override {
        for (std::byte& octet : block) octet = std::byte{next_++};
    }

  private:
    unsigned char next_ = 1;
};

// The example of RFC 6455 §1.3.
const handshake_offer example_offer{.key = "dGhlIHNhbXBsZSBub25jZQ==", .subprotocols = {"chat", "superchat"}};
constexpr const char* example_accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

headers good_answer() {
    return {
        {"Upgrade", "websocket"}, {"Connection", "Upgrade"}, {"Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="}};
}

headers answer_with(std::string_view name, std::string_view value) {
    headers fields = good_answer();
    EXPECT_TRUE(fields.append(name, value));
    return fields;
}

headers answer_replacing(std::string_view name, std::string_view value) {
    headers fields = good_answer();
    EXPECT_TRUE(fields.set(name, value));
    return fields;
}

headers answer_without(std::string_view name) {
    headers fields = good_answer();
    fields.erase(name);
    return fields;
}

errc refusal_of(const headers& fields) {
    const auto result = check_response(example_offer, 101, fields);
    EXPECT_FALSE(result);
    return result ? errc::invalid_argument : result.error().code;
}

TEST(handshake_accept, is_that_of_the_rfc_example) { EXPECT_EQ(accept_for(example_offer.key), example_accept); }

TEST(handshake_accept, belongs_to_one_key_only) {
    EXPECT_NE(accept_for("AAAAAAAAAAAAAAAAAAAAAA=="), accept_for("AAAAAAAAAAAAAAAAAAAAAQ=="));
}

TEST(handshake_offer, key_is_sixteen_random_octets_in_base64) {
    counting_source random;
    const auto offer = make_offer({}, random);
    ASSERT_TRUE(offer);
    EXPECT_EQ(offer->key, "AQIDBAUGBwgJCgsMDQ4PEA==");
}

TEST(handshake_offer, key_is_fresh_each_time) {
    counting_source random;
    EXPECT_NE(make_offer({}, random)->key, make_offer({}, random)->key);
    EXPECT_NE(make_offer()->key, make_offer()->key);
}

// Erratum 3150: the two spare bits of the last letter are zero.
TEST(handshake_offer, key_has_zero_pad_bits) {
    for (int i = 0; i < 64; ++i) {
        const std::string key = make_offer()->key;
        ASSERT_EQ(key.size(), 24u);
        EXPECT_NE(std::string_view{"AQgw"}.find(key[21]), std::string_view::npos) << key;
        EXPECT_EQ(key.substr(22), "==");
    }
}

TEST(handshake_offer, refuses_a_subprotocol_that_is_no_token) {
    for (const char* bad : {"", "a b", "a,b", "a\r\nx: y", "\xC3\xA4", "a;b", "\"a\""}) {
        const auto offer = make_offer({"chat", bad});
        ASSERT_FALSE(offer) << bad;
        EXPECT_EQ(offer.error(), errc::invalid_subprotocol);
    }
}

TEST(handshake_offer, refuses_a_subprotocol_offered_twice) {
    const auto offer = make_offer({"a", "b", "a"});
    ASSERT_FALSE(offer);
    EXPECT_EQ(offer.error(), errc::invalid_subprotocol);
}

TEST(handshake_offer, subprotocols_that_differ_in_case_are_two) { EXPECT_TRUE(make_offer({"chat", "Chat"})); }

TEST(handshake_request, has_the_required_fields_then_the_callers) {
    const auto fields = request_fields(example_offer, {{"Origin", "http://localhost"}, {"cookie", "a=b"}});
    ASSERT_TRUE(fields);
    const headers expected{{"upgrade", "websocket"},
                           {"connection", "Upgrade"},
                           {"sec-websocket-version", "13"},
                           {"sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="},
                           {"sec-websocket-protocol", "chat, superchat"},
                           {"Origin", "http://localhost"},
                           {"cookie", "a=b"}};
    EXPECT_EQ(*fields, expected);
}

TEST(handshake_request, without_subprotocols_has_no_field_for_them) {
    const auto fields = request_fields({.key = example_offer.key, .subprotocols = {}}, {});
    ASSERT_TRUE(fields);
    EXPECT_FALSE(fields->contains("sec-websocket-protocol"));
    EXPECT_FALSE(fields->contains("sec-websocket-extensions"));
}

TEST(handshake_request, refuses_each_field_that_it_writes_itself) {
    for (const char* name : {"upgrade", "connection", "sec-websocket-key", "sec-websocket-version",
                             "sec-websocket-accept", "sec-websocket-protocol", "sec-websocket-extensions",
                             "transfer-encoding", "content-length", "Sec-WebSocket-Key"}) {
        headers extra;
        ASSERT_TRUE(extra.append(name, "x"));
        const auto fields = request_fields(example_offer, extra);
        ASSERT_FALSE(fields) << name;
        EXPECT_EQ(fields.error(), errc::reserved_field);
        EXPECT_EQ(fields.error().detail, name);
    }
}

TEST(handshake_request, a_host_of_the_callers_is_welcome) {
    const auto fields = request_fields(example_offer, {{"Host", "example.org"}});
    ASSERT_TRUE(fields);
    EXPECT_EQ(fields->find("host"), "example.org");
}

TEST(handshake_request, refuses_a_line_break_in_the_offer) {
    EXPECT_FALSE(request_fields({.key = "x\r\ny", .subprotocols = {}}, {}));
    EXPECT_FALSE(request_fields({.key = "x", .subprotocols = {"a\r\nb"}}, {}));
}

TEST(handshake_response, accepts_the_rfc_example) {
    const auto result = check_response(example_offer, 101, answer_with("Sec-WebSocket-Protocol", "chat"));
    ASSERT_TRUE(result);
    EXPECT_EQ(result->subprotocol, "chat");
}

TEST(handshake_response, any_other_status_is_a_refusal_with_status_and_fields) {
    for (const int status : {100, 103, 200, 204, 302, 401, 403, 407, 426, 500, 503}) {
        const auto result = check_response(example_offer, status, good_answer());
        ASSERT_FALSE(result) << status;
        EXPECT_EQ(result.error(), errc::upgrade_refused);
        ASSERT_TRUE(result.error().refusal);
        EXPECT_EQ(result.error().refusal->status_code, status);
        EXPECT_EQ(result.error().refusal->fields, good_answer());
    }
}

TEST(handshake_response, upgrade_and_connection_compare_without_case) {
    headers fields = answer_replacing("upgrade", "WebSocket");
    ASSERT_TRUE(fields.set("connection", "uPGRADE"));
    EXPECT_TRUE(check_response(example_offer, 101, fields));
}

TEST(handshake_response, connection_may_list_more_over_several_lines) {
    EXPECT_TRUE(check_response(example_offer, 101, answer_replacing("connection", "keep-alive,\tUpgrade")));
    headers fields = answer_replacing("connection", "keep-alive");
    ASSERT_TRUE(fields.append("CONNECTION", "upgrade"));
    EXPECT_TRUE(check_response(example_offer, 101, fields));
}

TEST(handshake_response, upgrade_may_list_more_over_several_lines) {
    EXPECT_TRUE(check_response(example_offer, 101, answer_replacing("upgrade", "h2c , websocket")));
    headers fields = answer_replacing("upgrade", "h2c");
    ASSERT_TRUE(fields.append("Upgrade", "websocket"));
    EXPECT_TRUE(check_response(example_offer, 101, fields));
}

TEST(handshake_response, refuses_a_missing_or_other_upgrade) {
    EXPECT_EQ(refusal_of(answer_without("upgrade")), errc::upgrade_field_missing);
    for (const char* other : {"", "h2c", "websockets", "web socket", "xwebsocket", "\"websocket\""}) {
        EXPECT_EQ(refusal_of(answer_replacing("upgrade", other)), errc::upgrade_field_missing) << other;
    }
}

TEST(handshake_response, refuses_a_missing_or_other_connection) {
    EXPECT_EQ(refusal_of(answer_without("connection")), errc::connection_field_missing);
    for (const char* other : {"", "close", "upgraded", "keep-alive", "keep-alive upgrade"}) {
        EXPECT_EQ(refusal_of(answer_replacing("connection", other)), errc::connection_field_missing) << other;
    }
}

TEST(handshake_response, refuses_a_missing_accept) {
    EXPECT_EQ(refusal_of(answer_without("sec-websocket-accept")), errc::accept_missing);
}

TEST(handshake_response, refuses_two_accepts_even_if_both_are_right) {
    EXPECT_EQ(refusal_of(answer_with("sec-websocket-accept", example_accept)), errc::accept_repeated);
    EXPECT_EQ(refusal_of(answer_with("sec-websocket-accept", "x")), errc::accept_repeated);
}

TEST(handshake_response, refuses_an_accept_for_another_key) {
    for (const char* bad : {"", "x", "S3PPLMBITXAQ9KYGZZHZRBK+XOO=", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo",
                            "\"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\"", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=, x"}) {
        EXPECT_EQ(refusal_of(answer_replacing("sec-websocket-accept", bad)), errc::accept_mismatch) << bad;
    }
}

TEST(handshake_response, an_error_shows_the_field_that_broke_the_rule) {
    const auto detail_of = [](const headers& fields) {
        const auto result = check_response(example_offer, 101, fields);
        EXPECT_FALSE(result);
        return result ? "" : result.error().detail;
    };
    EXPECT_EQ(detail_of(answer_replacing("upgrade", "h2c\xFF")), "Upgrade: h2c\\xFF");
    EXPECT_EQ(detail_of(answer_replacing("upgrade", "")), "Upgrade is empty");
    EXPECT_EQ(detail_of(answer_without("upgrade")), "no Upgrade");
    EXPECT_EQ(detail_of(answer_replacing("connection", "keep-alive")), "Connection: keep-alive");
    EXPECT_TRUE(detail_of(answer_replacing("sec-websocket-accept", "AAAA")).starts_with("Sec-WebSocket-Accept: AAAA"));
    EXPECT_EQ(detail_of(answer_with("sec-websocket-accept", "x")),
              std::string{"Sec-WebSocket-Accept: "} + example_accept + ", x");
    EXPECT_EQ(detail_of(answer_with("sec-websocket-protocol", "other")), "Sec-WebSocket-Protocol: other");
    EXPECT_EQ(detail_of(answer_with("sec-websocket-protocol", "chat, superchat")),
              "Sec-WebSocket-Protocol: chat, superchat");
    EXPECT_EQ(detail_of(answer_with("sec-websocket-extensions", "a; =")), "Sec-WebSocket-Extensions: a; =");
    EXPECT_LT(detail_of(answer_with("sec-websocket-extensions", std::string(10'000, 'x'))).size(), 200U);
}

TEST(handshake_response, an_empty_choice_is_told_as_empty_over_both_protocols) {
    for (const char* name : {"Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions"}) {
        const auto over_http1 = check_response(example_offer, 101, answer_with(name, ""));
        ASSERT_FALSE(over_http1);
        EXPECT_EQ(over_http1.error().detail, std::string{name} + " is empty");
        headers fields;
        ASSERT_TRUE(fields.append(name, ""));
        const auto over_http2 = check_connect_response(example_offer, 200, fields);
        ASSERT_FALSE(over_http2);
        EXPECT_EQ(over_http2.error().detail, std::string{name} + " is empty");
    }
}

TEST(handshake_response, blanks_around_accept_do_not_count) {
    const std::string padded = " \t" + std::string{example_accept} + "\t ";
    EXPECT_TRUE(check_response(example_offer, 101, answer_replacing("sec-websocket-accept", padded)));
}

TEST(handshake_response, no_subprotocol_chosen_is_empty) {
    const auto result = check_response(example_offer, 101, good_answer());
    ASSERT_TRUE(result);
    EXPECT_EQ(result->subprotocol, "");
}

TEST(handshake_response, refuses_a_subprotocol_that_was_not_offered) {
    for (const char* bad : {"", "Chat", "other", "chat;x=1", "cha"}) {
        EXPECT_EQ(refusal_of(answer_with("sec-websocket-protocol", bad)), errc::subprotocol_not_offered) << bad;
    }
    const handshake_offer none{.key = example_offer.key, .subprotocols = {}};
    const auto result = check_response(none, 101, answer_with("sec-websocket-protocol", "chat"));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error(), errc::subprotocol_not_offered);
}

TEST(handshake_response, refuses_several_subprotocols) {
    EXPECT_EQ(refusal_of(answer_with("sec-websocket-protocol", "chat, superchat")), errc::subprotocol_repeated);
    headers fields = answer_with("sec-websocket-protocol", "chat");
    ASSERT_TRUE(fields.append("sec-websocket-protocol", "chat"));
    EXPECT_EQ(refusal_of(fields), errc::subprotocol_repeated);
}

TEST(handshake_response, refuses_an_extension_that_was_not_offered) {
    const auto result =
        check_response(example_offer, 101, answer_with("Sec-WebSocket-Extensions", "permessage-deflate; x=\"1\", b"));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error(), errc::extension_not_offered);
    EXPECT_EQ(result.error().detail, "permessage-deflate");
    EXPECT_EQ(refusal_of(answer_with("sec-websocket-extensions", "constructor")), errc::extension_not_offered);
}

// Erratum 3433: the field may stand on several lines, which are one list.
TEST(handshake_response, extension_lines_are_one_list) {
    headers fields = answer_with("sec-websocket-extensions", "a");
    ASSERT_TRUE(fields.append("sec-websocket-extensions", "b; c"));
    EXPECT_EQ(refusal_of(fields), errc::extension_not_offered);
    ASSERT_TRUE(fields.append("sec-websocket-extensions", "d; ="));
    EXPECT_EQ(refusal_of(fields), errc::invalid_extension_field);
}

TEST(handshake_response, refuses_an_extension_field_that_breaks_the_grammar) {
    for (const char* bad : {"", ",", "a b", "a;", "a; =1", "a; b=", "a; b=\"", "a; b=\"x", ";a", "a=b", "a; b=c d",
                            "a; b=\"c d\"", "a; b=\"\""}) {
        EXPECT_EQ(refusal_of(answer_with("sec-websocket-extensions", bad)), errc::invalid_extension_field) << bad;
    }
}

}  // namespace
}  // namespace mint::ws
