#include "http/proxy_handshake.hpp"

#include "support/every_split.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace mint::http::detail {
namespace {

using mint::testing::for_each_split;

proxy via(proxy_kind kind) { return {.kind = kind, .host = "proxy.example", .port = 3128}; }

/// What came of a proxy's answer, the same however it is split: the errc, or what is left over behind it.
struct outcome {
    std::optional<error> failed;
    std::string sent;
    std::string unread;
    bool is_done = false;
};

outcome answer(const proxy& p, std::string_view octets, const connect_options& options = {}, bool ends = false) {
    std::optional<outcome> first;
    for_each_split(octets, [&](const std::vector<byte_view>& chunks) {
        auto handshake = proxy_handshake::create(p, "origin.example", 443, options).value();
        buffer out;
        ASSERT_TRUE(handshake.start(out));
        outcome now;
        for (const byte_view chunk : chunks) {
            // Behind the proxy's answer the octets are the next layer's, which isn't there yet.
            if (now.is_done) {
                now.unread += as_text(chunk);
                continue;
            }
            auto received = handshake.receive(chunk, out);
            if (!received) {
                now.failed = received.error();
                break;
            }
            now.is_done = *received;
            if (now.is_done) now.unread = as_text(handshake.unread());
        }
        if (ends && !now.is_done && !now.failed) now.failed = handshake.receive_eof();
        now.sent = as_text(out.view());
        if (!first) first = now;
        EXPECT_EQ(now.is_done, first->is_done);
        EXPECT_EQ(now.sent, first->sent);
        EXPECT_EQ(now.unread, first->unread);
        ASSERT_EQ(now.failed.has_value(), first->failed.has_value());
        if (now.failed) {
            EXPECT_EQ(now.failed->code, first->failed->code);
        }
    });
    return *first;
}

TEST(proxy_handshake, takes_any_2xx_and_leaves_what_is_behind_it) {
    for (const char* head :
         {"HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.0 200 Connection established\r\n\r\n",
          "HTTP/1.1 204 x\r\ncontent-length: 5\r\n\r\n", "HTTP/1.1 200 x\r\ntransfer-encoding: chunked\r\n\r\n",
          "HTTP/1.1 103 Early\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"}) {
        const outcome o = answer(via(proxy_kind::http), std::string{head} + "\x16\x03\x01leftover");
        EXPECT_TRUE(o.is_done) << head;
        EXPECT_EQ(o.unread, "\x16\x03\x01leftover") << head;
        EXPECT_EQ(o.sent.find("CONNECT origin.example:443 HTTP/1.1\r\nhost: origin.example:443\r\n"), 0U) << o.sent;
    }
}

TEST(proxy_handshake, names_hosts_and_ports_as_the_proxy_must_see_them) {
    struct {
        const char* host;
        std::uint16_t port;
        const char* authority;
    } const cases[] = {
        {"h", 80, "h:80"},         {"h", 443, "h:443"},       {"h", 8080, "h:8080"},
        {"::1", 443, "[::1]:443"}, {"[::1]", 80, "[::1]:80"}, {"127.0.0.1", 9000, "127.0.0.1:9000"},
    };
    for (const auto& c : cases) {
        auto handshake = proxy_handshake::create(via(proxy_kind::http), c.host, c.port, {}).value();
        buffer out;
        ASSERT_TRUE(handshake.start(out));
        const std::string line = "CONNECT " + std::string{c.authority} + " HTTP/1.1\r\nhost: " + c.authority + "\r\n";
        EXPECT_EQ(as_text(out.view()).find(line), 0U) << as_text(out.view());
    }
}

TEST(proxy_handshake, gives_credentials_and_fields_to_the_proxy) {
    proxy p = via(proxy_kind::https);
    p.credentials = credentials{"Aladdin", "open sesame"};
    p.fields = headers{{"x-proxy", "1"}};
    const outcome o = answer(p, "HTTP/1.1 200 OK\r\n\r\n");
    EXPECT_NE(o.sent.find("\r\nx-proxy: 1\r\n"), std::string::npos);
    EXPECT_NE(o.sent.find("\r\nproxy-authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"), std::string::npos);
    p.fields = headers{{"proxy-authorization", "Bearer t"}};
    EXPECT_EQ(fields_for_proxy(p)->count("proxy-authorization"), 1U) << "the caller's own field wins";
}

TEST(proxy_handshake, gives_a_refusal_as_it_came) {
    struct {
        std::string_view octets;
        int status;
        std::string_view content;
        bool ends;
    } const cases[] = {
        {"HTTP/1.1 407 x\r\nproxy-authenticate: Basic realm=\"p\"\r\ncontent-length: 3\r\n\r\nwho", 407, "who", false},
        {"HTTP/1.1 403 x\r\ntransfer-encoding: chunked\r\n\r\n3\r\nno!\r\n0\r\n\r\n", 403, "no!", false},
        {"HTTP/1.0 500 Unable to connect\r\n\r\nsorry", 500, "sorry", true},
        {"HTTP/1.1 503 x\r\ncontent-length: 10\r\n\r\ncut", 503, "cut", true},
        {"HTTP/1.1 302 x\r\nlocation: http://elsewhere/\r\ncontent-length: 0\r\n\r\n", 302, "", false},
    };
    for (const auto& c : cases) {
        const outcome o = answer(via(proxy_kind::http), c.octets, {}, c.ends);
        ASSERT_TRUE(o.failed) << c.octets;
        ASSERT_EQ(*o.failed, errc::proxy_refused) << to_string(*o.failed);
        EXPECT_EQ(o.failed->refusal->status_code, c.status);
        EXPECT_EQ(o.failed->refusal->content, c.content);
    }
}

TEST(proxy_handshake, bounds_the_answer) {
    const outcome content = answer(via(proxy_kind::http), "HTTP/1.1 403 x\r\n\r\n0123456789", {.max_refusal_size = 4});
    ASSERT_TRUE(content.failed);
    ASSERT_EQ(*content.failed, errc::proxy_refused);
    EXPECT_EQ(content.failed->refusal->content, "0123");

    connect_options small;
    small.limits.max_header_section_size = 64;
    const std::string long_head = "HTTP/1.1 200 OK\r\nx: " + std::string(100, 'a') + "\r\n\r\n";
    const outcome head = answer(via(proxy_kind::http), long_head, small);
    ASSERT_TRUE(head.failed);
    EXPECT_EQ(*head.failed, errc::header_section_too_big);
}

TEST(proxy_handshake, refuses_what_is_no_answer) {
    const outcome garbage = answer(via(proxy_kind::http), "SSH-2.0-OpenSSH\r\n");
    ASSERT_TRUE(garbage.failed);
    EXPECT_EQ(*garbage.failed, errc::invalid_status_line);

    const outcome nothing = answer(via(proxy_kind::http), "", {}, true);
    ASSERT_TRUE(nothing.failed);
    EXPECT_EQ(*nothing.failed, errc::headers_cut_short);

    const outcome http = answer(via(proxy_kind::socks5), "HTTP/1.1 400 Bad Request\r\n\r\n");
    ASSERT_TRUE(http.failed);
    EXPECT_EQ(*http.failed, errc::invalid_socks_reply);
}

TEST(proxy_handshake, speaks_socks_and_leaves_what_is_behind_it) {
    using namespace std::string_literals;
    const outcome o = answer(via(proxy_kind::socks5), "\x05\x00\x05\x00\x00\x01\x01\x02\x03\x04\x00\x50"s + "behind");
    EXPECT_TRUE(o.is_done);
    EXPECT_EQ(o.unread, "behind");
    const outcome refused = answer(via(proxy_kind::socks5), "\x05\x00\x05\x05\x00\x01\x01\x02\x03\x04\x00\x50"s);
    ASSERT_TRUE(refused.failed);
    EXPECT_EQ(*refused.failed, errc::socks_refused);
}

}  // namespace
}  // namespace mint::http::detail
