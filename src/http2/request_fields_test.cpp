#include "http2/request_fields.hpp"

#include <string>

#include <gtest/gtest.h>

namespace mint::http2::detail {
namespace {

const headers none;

std::string text_of(const std::vector<field>& list) {
    std::string text;
    for (const field& f : list) text += f.name + ": " + f.value + "\n";
    return text;
}

std::expected<outgoing_head, error> get(const headers& fields, const client_options& options = {.authority = "h"}) {
    return head_of_request(options, {.method = "GET", .target = "/", .fields = fields}, no_body{});
}

TEST(http2_request_fields, have_the_pseudo_fields_first) {
    const auto head = get(headers{{"X-A", "B"}, {"te", "trailers"}});
    ASSERT_TRUE(head);
    EXPECT_EQ(text_of(head->fields),
              ":method: GET\n:scheme: https\n:path: /\n:authority: h\nuser-agent: mint/0.1\nx-a: B\nte: trailers\n");
    EXPECT_FALSE(head->has_content);
}

TEST(http2_request_fields, a_host_field_is_the_authority) {
    const auto head = get(headers{{"Host", "example.org:8080"}, {"User-Agent", "me"}}, {.authority = "h"});
    ASSERT_TRUE(head);
    EXPECT_EQ(text_of(head->fields),
              ":method: GET\n:scheme: https\n:path: /\n:authority: example.org:8080\nuser-agent: me\n");
}

TEST(http2_request_fields, cleartext_has_the_scheme_http_and_an_empty_user_agent_none) {
    const auto head = get(none, {.authority = "h", .is_secure = false, .user_agent = ""});
    ASSERT_TRUE(head);
    EXPECT_EQ(text_of(head->fields), ":method: GET\n:scheme: http\n:path: /\n:authority: h\n");
}

TEST(http2_request_fields, refuse_what_http2_has_no_place_for) {
    for (const char* name : {"connection", "Keep-Alive", "proxy-connection", "transfer-encoding", "UPGRADE", "te"}) {
        headers fields;
        ASSERT_TRUE(fields.append(name, "gzip"));
        const auto head = get(fields);
        ASSERT_FALSE(head) << name;
        EXPECT_EQ(head.error(), errc::reserved_field);
        const auto connect =
            head_of_connect({.authority = "h"}, {.protocol = "websocket", .target = "/", .fields = fields});
        ASSERT_FALSE(connect) << name;
        EXPECT_EQ(connect.error(), errc::reserved_field);
        EXPECT_FALSE(connect.error().detail.empty());
    }
}

TEST(http2_request_fields, refuse_bad_methods_targets_hosts_and_user_agents) {
    const client_options options{.authority = "h"};
    const auto refused = [&](std::string_view method, std::string_view target) {
        const auto head = head_of_request(options, {.method = method, .target = target, .fields = none}, no_body{});
        return head ? errc::timeout : head.error().code;
    };
    EXPECT_EQ(refused("G T", "/"), errc::invalid_method);
    EXPECT_EQ(refused("CONNECT", "/"), errc::invalid_method);
    EXPECT_EQ(refused("GET", "a"), errc::invalid_request_target);
    EXPECT_EQ(refused("GET", "/a b"), errc::invalid_request_target);
    EXPECT_EQ(refused("GET", "*"), errc::invalid_request_target);
    EXPECT_EQ(refused("OPTIONS", "*"), errc::timeout);
    EXPECT_EQ(get(none, {.authority = "a b"}).error(), errc::invalid_host);
    EXPECT_EQ(get(none, {}).error(), errc::invalid_host);
    EXPECT_EQ(get(headers{{"host", "a"}, {"host", "a"}}).error(), errc::invalid_host);
    EXPECT_EQ(get(none, {.authority = "h", .user_agent = "a\nb"}).error(), errc::invalid_field_value);
}

TEST(http2_request_fields, announce_a_length_that_is_known) {
    const auto with = [](std::string_view method, const request_body& body, const headers& fields = none) {
        return head_of_request({.authority = "h", .user_agent = ""},
                               {.method = method, .target = "/", .fields = fields}, body);
    };
    const std::string head = ":scheme: https\n:path: /\n:authority: h\n";
    EXPECT_EQ(text_of(with("PUT", whole_body{as_bytes("abc")})->fields),
              ":method: PUT\n" + head + "content-length: 3\n");
    EXPECT_TRUE(with("PUT", whole_body{as_bytes("abc")})->has_content);
    EXPECT_EQ(text_of(with("POST", no_body{})->fields), ":method: POST\n" + head + "content-length: 0\n");
    EXPECT_FALSE(with("POST", no_body{})->has_content);
    EXPECT_EQ(text_of(with("PUT", streamed_body{})->fields), ":method: PUT\n" + head);
    EXPECT_TRUE(with("PUT", streamed_body{})->has_content);
    EXPECT_EQ(text_of(with("PUT", streamed_body{5})->fields), ":method: PUT\n" + head + "content-length: 5\n");
    const headers five{{"Content-Length", "5"}};
    EXPECT_EQ(with("PUT", streamed_body{}, five)->content_length, 5u);
    EXPECT_EQ(text_of(with("PUT", streamed_body{}, five)->fields), ":method: PUT\n" + head + "content-length: 5\n");
    EXPECT_EQ(with("PUT", streamed_body{4}, five).error(), errc::content_length_mismatch);
    EXPECT_EQ(with("PUT", whole_body{as_bytes("abc")}, five).error(), errc::content_length_mismatch);
    EXPECT_EQ(with("GET", no_body{}, five).error(), errc::content_length_mismatch);
    EXPECT_EQ(with("PUT", streamed_body{}, headers{{"content-length", "5, 5"}}).error(), errc::content_length_mismatch);
    EXPECT_EQ(with("PUT", streamed_body{}, headers{{"content-length", "5"}, {"content-length", "5"}}).error(),
              errc::content_length_mismatch);
}

TEST(http2_request_fields, of_an_extended_connect_are_those_of_rfc_8441) {
    const client_options options{.authority = "server.example.com", .user_agent = ""};
    const headers fields{{"Sec-WebSocket-Version", "13"}};
    const auto head = head_of_connect(options, {.protocol = "websocket", .target = "/chat", .fields = fields});
    ASSERT_TRUE(head);
    EXPECT_EQ(text_of(head->fields),
              ":method: CONNECT\n:protocol: websocket\n:scheme: https\n:path: /chat\n:authority: server.example.com\n"
              "sec-websocket-version: 13\n");
    EXPECT_TRUE(head->has_content);
    EXPECT_FALSE(head->content_length);
    const auto with_scheme =
        head_of_connect(options, {.protocol = "websocket", .target = "/", .fields = none, .scheme = "http"});
    EXPECT_EQ(with_scheme->fields.at(2).value, "http");
}

TEST(http2_request_fields, of_an_extended_connect_refuse_other_schemes_and_a_length) {
    const client_options options{.authority = "h"};
    const auto refused = [&](const connect_head& head) { return head_of_connect(options, head).error().code; };
    EXPECT_EQ(refused({.protocol = "websocket", .target = "/", .fields = none, .scheme = "wss"}),
              errc::invalid_argument);
    EXPECT_EQ(refused({.protocol = "", .target = "/", .fields = none}), errc::invalid_argument);
    EXPECT_EQ(refused({.protocol = "websocket", .target = "", .fields = none}), errc::invalid_request_target);
    const headers length{{"content-length", "0"}};
    EXPECT_EQ(refused({.protocol = "websocket", .target = "/", .fields = length}), errc::reserved_field);
}

TEST(http2_request_fields, trailers_are_in_lower_case_and_not_those_needed_earlier) {
    EXPECT_EQ(text_of(*trailers_of(headers{{"X-Sum", "1"}})), "x-sum: 1\n");
    const auto refused = trailers_of(headers{{"Host", "h"}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), errc::forbidden_trailer);
    EXPECT_EQ(refused.error().detail, "Host");
}

}  // namespace
}  // namespace mint::http2::detail
