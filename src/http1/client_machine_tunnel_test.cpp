// Upgrades and the tunnel behind a 101 (RFC 9110 §7.8).
#include "support/http1_talk.hpp"

#include <mint/http1/client_machine.hpp>

#include <cstddef>
#include <malloc.h>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mint::http1 {
namespace {

using testing::ask_upgrade;
using testing::get;
using testing::gets;
using testing::no_fields;
using testing::peer_end;
using testing::talk;
using testing::upgrade_fields;

constexpr std::string_view switching = "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\r\n";
const std::string switched = "#1 status 101 Switching Protocols\n#1 headers upgrade: websocket\n";
const request_head upgrade{.method = "GET", .target = "/chat", .fields = upgrade_fields};

struct tunnel {
    client_machine machine{{.host = "h"}};
    buffer sent;
    std::vector<response> out;

    tunnel() {
        EXPECT_TRUE(machine.upgrade(upgrade, sent));
        EXPECT_TRUE(machine.receive(as_bytes(switching), out));
        out.clear();
        sent.clear();
    }
};

TEST(http1_tunnel, a_101_is_status_and_headers_and_not_done) { EXPECT_EQ(talk(ask_upgrade, switching), switched); }

TEST(http1_tunnel, octets_behind_the_101_are_data) {
    EXPECT_EQ(talk(ask_upgrade, std::string{switching} + "\x81\x01x HTTP/1.1 200 OK\r\n\r\n"),
              switched + "#1 data \x81\x01x HTTP/1.1 200 OK\r\n\r\n\n");
}

TEST(http1_tunnel, octets_in_the_same_input_come_with_the_same_call) {
    client_machine machine{{.host = "h"}};
    buffer sent;
    ASSERT_TRUE(machine.upgrade(upgrade, sent));
    const std::string input = std::string{switching} + "frame";
    std::vector<response> out;
    ASSERT_TRUE(machine.receive(as_bytes(input), out));
    ASSERT_EQ(out.size(), 3u);
    const auto& data = std::get<responses::data>(out[2]);
    EXPECT_EQ(as_text(data.bytes), "frame");
    EXPECT_EQ(as_text(data.bytes).data(), input.data() + switching.size()) << "a view, not a copy";
}

TEST(http1_tunnel, length_fields_of_a_101_mean_nothing) {
    EXPECT_EQ(
        talk(ask_upgrade,
             "HTTP/1.1 101 x\r\ncontent-length: 3\r\nTransfer-Encoding: chunked\r\ncontent-length: x\r\n\r\nabcdef"),
        "#1 status 101 x\n#1 headers content-length: 3 | Transfer-Encoding: chunked | content-length: x\n"
        "#1 data abcdef\n");
}

TEST(http1_tunnel, interim_responses_may_come_before_the_101) {
    EXPECT_EQ(talk(ask_upgrade, "HTTP/1.1 100 x\r\n\r\nHTTP/1.1 103 x\r\na: b\r\n\r\n" + std::string{switching}),
              "#1 interim 100\n#1 interim 103 a: b\n" + switched);
}

TEST(http1_tunnel, the_peers_end_is_done) {
    EXPECT_EQ(talk(ask_upgrade, std::string{switching} + "x", peer_end::ends), switched + "#1 data x\n#1 done\n");
}

TEST(http1_tunnel, octets_after_the_peers_end_are_refused) {
    tunnel t;
    ASSERT_TRUE(t.machine.receive_eof(t.out));
    EXPECT_EQ(t.machine.receive(as_bytes("x"), t.out).error(), errc::connection_closed);
    EXPECT_EQ(t.machine.receive_eof(t.out).error(), errc::connection_closed);
}

TEST(http1_tunnel, octets_go_out_as_they_are) {
    tunnel t;
    ASSERT_TRUE(t.machine.stream_request_body(request_ref{1}, as_bytes("\r\n0"), t.sent));
    EXPECT_EQ(t.sent.text(), "\r\n0");
    EXPECT_TRUE(t.machine.is_streaming(request_ref{1}));
    EXPECT_EQ(t.machine.stream_request_body(request_ref{2}, as_bytes("x"), t.sent).error(), errc::unknown_request);
}

TEST(http1_tunnel, ending_our_side_asks_for_a_shutdown_and_sends_nothing) {
    tunnel t;
    EXPECT_FALSE(t.machine.wants_shutdown());
    EXPECT_EQ(t.machine.stream_request_body(request_ref{1}, eof{{{"a", "b"}}}, t.sent).error(),
              errc::forbidden_trailer);
    ASSERT_TRUE(t.machine.stream_request_body(request_ref{1}, eof{}, t.sent));
    EXPECT_TRUE(t.sent.empty());
    EXPECT_TRUE(t.machine.wants_shutdown());
    EXPECT_FALSE(t.machine.wants_close());
    EXPECT_EQ(t.machine.stream_request_body(request_ref{1}, as_bytes("x"), t.sent).error(),
              errc::request_body_not_streaming);
    EXPECT_TRUE(t.machine.receive(as_bytes("still here"), t.out));
    ASSERT_TRUE(t.machine.receive_eof(t.out));
    EXPECT_TRUE(t.machine.wants_close());
}

TEST(http1_tunnel, the_peers_end_leaves_our_side_open) {
    tunnel t;
    ASSERT_TRUE(t.machine.receive_eof(t.out));
    EXPECT_FALSE(t.machine.wants_close());
    EXPECT_TRUE(t.machine.stream_request_body(request_ref{1}, as_bytes("x"), t.sent));
}

TEST(http1_tunnel, takes_no_request) {
    tunnel t;
    EXPECT_TRUE(t.machine.is_tunnel());
    EXPECT_EQ(t.machine.tunnel_ref(), request_ref{1});
    EXPECT_EQ(t.machine.open_request_count(), 0u);
    EXPECT_FALSE(t.machine.is_open_for_requests());
    EXPECT_EQ(t.machine.request(get, no_body{}, t.sent).error(), errc::already_upgraded);
    EXPECT_EQ(t.machine.upgrade(upgrade, t.sent).error(), errc::already_upgraded);
}

TEST(http1_tunnel, an_upgrade_waits_alone) {
    client_machine machine{{.host = "h"}};
    buffer sent;
    ASSERT_TRUE(machine.request(get, no_body{}, sent));
    EXPECT_EQ(machine.upgrade(upgrade, sent).error(), errc::upgrade_in_progress);
    std::vector<response> out;
    ASSERT_TRUE(machine.receive(as_bytes("HTTP/1.1 204 \r\n\r\n"), out));
    ASSERT_TRUE(machine.upgrade(upgrade, sent));
    EXPECT_FALSE(machine.is_open_for_requests());
    EXPECT_EQ(machine.request(get, no_body{}, sent).error(), errc::upgrade_in_progress);
    EXPECT_EQ(machine.upgrade(upgrade, sent).error(), errc::upgrade_in_progress);
}

TEST(http1_tunnel, an_upgrade_has_both_of_its_fields) {
    client_machine machine{{.host = "h"}};
    buffer sent;
    const headers no_connection{{"upgrade", "websocket"}};
    const headers no_upgrade{{"connection", "upgrade"}};
    for (const headers* fields : {&no_fields, &no_connection, &no_upgrade}) {
        EXPECT_EQ(machine.upgrade({.method = "GET", .target = "/", .fields = *fields}, sent).error(),
                  errc::invalid_argument);
    }
    EXPECT_TRUE(sent.empty());
}

TEST(http1_tunnel, a_refused_upgrade_leaves_the_connection_to_the_next_request) {
    EXPECT_EQ(talk(ask_upgrade, "HTTP/1.1 403 No\r\ncontent-length: 4\r\n\r\nbody"),
              "#1 status 403 No\n#1 headers content-length: 4\n#1 data body\n#1 done\n");
    client_machine machine{{.host = "h"}};
    buffer sent;
    std::vector<response> out;
    ASSERT_TRUE(machine.upgrade(upgrade, sent));
    ASSERT_TRUE(machine.receive(as_bytes("HTTP/1.1 401 No\r\ncontent-length: 4\r\n\r\nbo"), out));
    EXPECT_TRUE(machine.is_open_for_requests()) << "no tunnel will come of it";
    ASSERT_TRUE(machine.receive(as_bytes("dy"), out));
    ASSERT_TRUE(machine.upgrade(upgrade, sent));
    ASSERT_TRUE(machine.receive(as_bytes(switching), out));
    EXPECT_EQ(machine.tunnel_ref(), request_ref{2});
}

TEST(http1_tunnel, a_refusal_until_the_end_is_bounded_by_nothing_kept) {
    EXPECT_EQ(talk(ask_upgrade, "HTTP/1.1 200 OK\r\n\r\nhello", peer_end::ends),
              "#1 status 200 OK\n#1 headers\n#1 data hello\n#1 done\n");
}

// Thousands of idle WebSockets keep one such machine each.
TEST(http1_tunnel, holds_at_most_96_octets_of_heap) {
    const std::size_t before = mallinfo2().uordblks;
    std::vector<client_machine> machines;
    constexpr std::size_t count = 1000;
    machines.reserve(count);
    const std::size_t of_vector = mallinfo2().uordblks - before;
    for (std::size_t i = 0; i < count; ++i) {
        client_machine machine{{.host = "a.host.with.a.name.of.some.length.example"}};
        buffer sent;
        std::vector<response> out;
        ASSERT_TRUE(machine.upgrade(upgrade, sent));
        ASSERT_TRUE(machine.receive(as_bytes(switching.substr(0, 20)), out));
        ASSERT_TRUE(machine.receive(as_bytes(switching.substr(20)), out));
        machines.push_back(std::move(machine));
    }
    const std::size_t held = mallinfo2().uordblks - before - of_vector;
    EXPECT_LE(held / count, 96u);  // a sanitizer's allocator counts nothing: only the other builds can fail here
}

}  // namespace
}  // namespace mint::http1
