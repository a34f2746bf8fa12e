#include "echo_http2.hpp"

#include <mint/http2/client_machine.hpp>
#include <mint/ws/codec.hpp>

#include <map>
#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

namespace mintws {
namespace {

using mint::request_ref;
namespace responses = mint::responses;

/// A client and the server, and all that each has said to the other.
struct talk {
    struct exchange {
        int status = 0;
        mint::headers fields;
        std::string data;
        bool is_done = false;
        bool has_failed = false;
    };

    /// Until neither has anything to say.
    void run() {
        bool has_moved = true;
        while (has_moved) {
            has_moved = false;
            mint::buffer out;
            while (client.wants_write()) client.send(out);
            if (!out.empty()) server.receive(out.view(), frames);
            has_moved = !out.empty();
            out.clear();
            server.give(out);
            std::vector<mint::response> got;
            ASSERT_TRUE(out.empty() || client.receive(out.view(), got));
            has_moved = has_moved || !out.empty();
            for (const auto& r : got) take(r);
        }
    }

    void take(const mint::response& r) {
        exchange& e = all[mint::ref_of(r)];
        if (const auto* s = std::get_if<responses::status>(&r)) e.status = s->code;
        if (const auto* h = std::get_if<responses::headers>(&r)) e.fields = h->fields;
        if (const auto* d = std::get_if<responses::data>(&r)) e.data += mint::as_text(d->bytes);
        if (std::holds_alternative<responses::done>(r)) e.is_done = true;
        if (std::holds_alternative<responses::error>(r)) e.has_failed = true;
    }

    request_ref websocket(const mint::headers& fields = {{"sec-websocket-version", "13"}},
                          std::string_view protocol = "websocket") {
        return client.connect({.protocol = protocol, .target = "/", .fields = fields}).value();
    }

    request_ref request(std::string_view method) {
        return client.request({.method = method, .target = "/", .fields = {}}, mint::no_body{}).value();
    }

    mint::http2::client_machine client{{.authority = "h", .is_secure = false}};
    echo_http2 server{mint::websocket_limits{}};
    std::vector<mint::ws::frame> frames;
    std::map<request_ref, exchange> all;
};

std::string text_frame(std::string_view text) {
    mint::ws::codec codec;
    return std::string{codec.encode(mint::ws::text{text})->text()};
}

TEST(echo_http2, many_websockets_echo_beside_requests) {
    talk t;
    std::vector<request_ref> refs;
    for (int i = 0; i < 5; ++i) refs.push_back(t.websocket());
    const auto page = t.request("GET");
    const auto head = t.request("HEAD");
    t.run();
    EXPECT_EQ(t.all[page].data, "mintws echo\n");
    EXPECT_EQ(t.all[head].data, "");
    EXPECT_TRUE(t.all[page].is_done && t.all[head].is_done);
    for (const auto ref : refs) {
        ASSERT_TRUE(t.client.is_tunnel(ref));
        ASSERT_TRUE(t.client.stream_request_body(ref, mint::as_bytes(text_frame("hi"))));
    }
    t.run();
    for (const auto ref : refs) EXPECT_EQ(t.all[ref].data, "\x81\x02hi");
}

TEST(echo_http2, a_close_is_answered_and_ends_the_stream) {
    talk t;
    const auto ref = t.websocket();
    t.run();
    mint::ws::codec codec;
    const auto farewell = codec.encode(mint::ws::close{mint::ws::close_code::normal});
    ASSERT_TRUE(t.client.stream_request_body(ref, farewell->view()));
    t.run();
    EXPECT_EQ(t.all[ref].data, "\x88\x02\x03\xE8");
    EXPECT_TRUE(t.all[ref].is_done);
    ASSERT_TRUE(t.client.stream_request_body(ref, mint::eof{}));
    t.run();
    EXPECT_FALSE(t.client.is_open(ref));
}

TEST(echo_http2, a_broken_frame_is_answered_with_its_close_code) {
    talk t;
    const auto ref = t.websocket();
    t.run();
    ASSERT_TRUE(t.client.stream_request_body(ref, mint::as_bytes("\x81\x02hi")));  // not masked
    t.run();
    const std::string_view data = t.all[ref].data;
    EXPECT_EQ(data.substr(0, 1), "\x88");
    EXPECT_EQ(data.substr(2, 2), "\x03\xEA");
    EXPECT_NE(data.find("mask"), std::string_view::npos) << "the reason says which rule";
}

TEST(echo_http2, the_first_subprotocol_is_chosen) {
    talk t;
    const auto ref = t.websocket({{"sec-websocket-version", "13"}, {"sec-websocket-protocol", "a, b"}});
    t.run();
    EXPECT_EQ(t.all[ref].fields.find("sec-websocket-protocol"), "a");
}

TEST(echo_http2, what_is_no_websocket_is_refused) {
    talk t;
    const auto version = t.websocket({{"sec-websocket-version", "12"}});
    const auto list = t.websocket({{"sec-websocket-version", "13"}, {"sec-websocket-protocol", "a b"}});
    const auto other = t.websocket({}, "connect-udp");
    const auto method = t.request("DELETE");
    t.run();
    EXPECT_EQ(t.all[version].status, 400);
    EXPECT_EQ(t.all[version].fields.find("sec-websocket-version"), "13");
    EXPECT_EQ(t.all[list].status, 400);
    EXPECT_EQ(t.all[other].status, 501);
    EXPECT_EQ(t.all[method].status, 405);
    for (const auto& [ref, e] : t.all) EXPECT_TRUE(e.is_done) << e.status;
}

TEST(echo_http2, a_client_that_takes_nothing_gets_no_more_credit) {
    talk t;
    const auto ref = t.websocket();
    t.run();
    ASSERT_TRUE(t.client.set_window_size(ref, 0));
    const std::string message = text_frame(std::string(100'000, 'x'));
    std::size_t accepted = 0;
    for (int i = 0; i < 200; ++i) {
        if (!t.client.stream_request_body(ref, mint::as_bytes(message))) break;
        t.run();
        accepted += message.size();
    }
    EXPECT_GT(t.client.queued_size(ref), 0U) << "held back at its window";
    EXPECT_LT(accepted - t.client.queued_size(ref), 8U << 20U) << "window and what waits are bounds";
    ASSERT_TRUE(t.client.set_window_size(ref, 100'000'000));
    t.run();
    EXPECT_EQ(t.client.queued_size(ref), 0U);
}

TEST(echo_http2, says_goodbye_to_everyone) {
    talk t;
    const auto ref = t.websocket();
    t.run();
    t.server.say_goodbye();
    t.run();
    EXPECT_EQ(t.all[ref].data, "\x88\x12\x03\xE9the server stops");
    EXPECT_TRUE(t.all[ref].is_done);
    EXPECT_FALSE(t.client.is_open_for_requests());
}

TEST(echo_http2, what_is_no_http2_is_over) {
    echo_http2 server{mint::websocket_limits{}};
    std::vector<mint::ws::frame> frames;
    server.receive(mint::as_bytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nGET / HTTP/1.1\r\n\r\n"), frames);
    mint::buffer out;
    server.give(out);
    EXPECT_TRUE(server.is_over());
}

}  // namespace
}  // namespace mintws
