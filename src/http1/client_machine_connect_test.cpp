// CONNECT and the tunnel behind its 2xx (RFC 9110 §9.3.6).
#include "support/http1_talk.hpp"

#include <mint/http1/client_machine.hpp>

#include <cstddef>
#include <malloc.h>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mint::http1 {
namespace {

using testing::fails;
using testing::get;
using testing::gets;
using testing::no_fields;
using testing::peer_end;
using testing::talk;
using testing::upgrade_fields;

constexpr std::string_view authority = "example.org:443";
constexpr std::string_view established = "HTTP/1.1 200 Connection established\r\n\r\n";
const std::string opened = "#1 status 200 Connection established\n#1 headers\n";

void ask_for_tunnel(client_machine& machine, buffer& out) { EXPECT_TRUE(machine.connect(authority, no_fields, out)); }

TEST(http1_connect, a_200_makes_a_tunnel_and_is_not_done) {
    EXPECT_EQ(talk(ask_for_tunnel, established), opened);
    EXPECT_EQ(talk(ask_for_tunnel, established, peer_end::ends), opened + "#1 done\n");
}

TEST(http1_connect, octets_behind_the_answer_are_the_tunnels) {
    EXPECT_EQ(talk(ask_for_tunnel, std::string{established} + "\x16\x03\x03HTTP/1.1 200 OK\r\n\r\n"),
              opened + "#1 data \x16\x03\x03HTTP/1.1 200 OK\r\n\r\n\n");
}

TEST(http1_connect, octets_in_the_same_input_come_with_the_same_call) {
    client_machine machine{{.host = "h"}};
    buffer sent;
    ask_for_tunnel(machine, sent);
    const std::string input = std::string{established} + "hello";
    std::vector<response> out;
    ASSERT_TRUE(machine.receive(as_bytes(input), out));
    ASSERT_EQ(out.size(), 3u);
    const byte_view data = std::get<responses::data>(out[2]).bytes;
    EXPECT_EQ(as_text(data), "hello");
    EXPECT_EQ(as_text(data).data(), input.data() + established.size()) << "a view, not a copy";
    EXPECT_TRUE(machine.is_tunnel());
    EXPECT_EQ(machine.tunnel_ref(), request_ref{1});
    EXPECT_EQ(machine.request(get, no_body{}, sent).error(), errc::already_upgraded);
    EXPECT_EQ(machine.connect(authority, no_fields, sent).error(), errc::already_upgraded);
    sent.clear();
    ASSERT_TRUE(machine.stream_request_body(request_ref{1}, as_bytes("\x16\x03"), sent));
    EXPECT_EQ(sent.text(), "\x16\x03");
}

TEST(http1_connect, any_2xx_makes_a_tunnel) {
    for (const char* code : {"200", "201", "204", "205", "206", "299"}) {
        EXPECT_EQ(talk(ask_for_tunnel, "HTTP/1.1 " + std::string{code} + " x\r\n\r\nab"),
                  "#1 status " + std::string{code} + " x\n#1 headers\n#1 data ab\n");
    }
}

TEST(http1_connect, an_answer_in_http_1_0_will_do) {
    EXPECT_EQ(talk(ask_for_tunnel, "HTTP/1.0 200 Connection Established\r\nProxy-agent: p\r\n\r\nab"),
              "#1 status 200 Connection Established\n#1 headers Proxy-agent: p\n#1 data ab\n");
}

TEST(http1_connect, framing_fields_of_a_2xx_mean_nothing) {
    EXPECT_EQ(talk(ask_for_tunnel,
                   "HTTP/1.1 200 x\r\ncontent-length: 0\r\ntransfer-encoding: chunked\r\ncontent-length: x\r\n"
                   "connection: close\r\n\r\nabcdef"),
              "#1 status 200 x\n#1 headers content-length: 0 | transfer-encoding: chunked | content-length: x | "
              "connection: close\n#1 data abcdef\n");
    EXPECT_EQ(talk(ask_for_tunnel, "HTTP/1.0 200 x\r\ntransfer-encoding: chunked\r\n\r\n"),
              "#1 status 200 x\n#1 headers transfer-encoding: chunked\n");
}

TEST(http1_connect, interim_responses_may_come_first) {
    EXPECT_EQ(talk(ask_for_tunnel, "HTTP/1.1 100 x\r\n\r\nHTTP/1.1 102 x\r\na: b\r\n\r\n" + std::string{established}),
              "#1 interim 100\n#1 interim 102 a: b\n" + opened);
}

TEST(http1_connect, a_101_is_no_answer_to_it) {
    EXPECT_EQ(talk(ask_for_tunnel, "HTTP/1.1 101 x\r\nupgrade: websocket\r\n\r\n"), fails("unexpected_data"));
}

TEST(http1_connect, any_other_status_is_an_ordinary_response) {
    EXPECT_EQ(talk(ask_for_tunnel, "HTTP/1.1 407 No\r\ncontent-length: 4\r\n\r\nbody"),
              "#1 status 407 No\n#1 headers content-length: 4\n#1 data body\n#1 done\n");
    EXPECT_EQ(talk(ask_for_tunnel, "HTTP/1.1 302 x\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"),
              "#1 status 302 x\n#1 headers transfer-encoding: chunked\n#1 data a\n#1 done\n");
    EXPECT_EQ(talk(ask_for_tunnel, "HTTP/1.0 403 Filtered\r\n\r\nhello", peer_end::ends),
              "#1 status 403 Filtered\n#1 headers\n#1 data hello\n#1 done\n");
    EXPECT_EQ(talk(ask_for_tunnel, "HTTP/1.1 502 x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n"),
              "#1 status 502 x\n#1 headers content-length: 1 | transfer-encoding: chunked\n" +
                  fails("invalid_transfer_encoding @35"));
}

TEST(http1_connect, a_refusal_leaves_the_connection_to_the_next_one) {
    client_machine machine{{.host = "h"}};
    buffer sent;
    std::vector<response> out;
    ask_for_tunnel(machine, sent);
    ASSERT_TRUE(machine.receive(as_bytes("HTTP/1.1 407 No\r\ncontent-length: 4\r\n\r\nbo"), out));
    EXPECT_TRUE(machine.is_open_for_requests()) << "no tunnel will come of it";
    EXPECT_EQ(machine.connect(authority, no_fields, sent).error(), errc::upgrade_in_progress) << "unfinished";
    ASSERT_TRUE(machine.receive(as_bytes("dy"), out));
    sent.clear();
    ASSERT_TRUE(machine.connect(authority, {{"proxy-authorization", "Basic eA=="}}, sent));
    EXPECT_EQ(sent.text(),
              "CONNECT example.org:443 HTTP/1.1\r\nhost: example.org:443\r\nuser-agent: mint/0.1\r\n"
              "proxy-authorization: Basic eA==\r\n\r\n");
    ASSERT_TRUE(machine.receive(as_bytes(established), out));
    EXPECT_EQ(machine.tunnel_ref(), request_ref{2});
}

TEST(http1_connect, a_refusal_that_closes_ends_the_connection) {
    client_machine machine{{.host = "h"}};
    buffer sent;
    std::vector<response> out;
    ask_for_tunnel(machine, sent);
    ASSERT_TRUE(machine.receive(as_bytes("HTTP/1.0 407 No\r\ncontent-length: 0\r\n\r\n"), out));
    EXPECT_TRUE(machine.wants_close());
    EXPECT_EQ(machine.connect(authority, no_fields, sent).error(), errc::connection_closed);
}

TEST(http1_connect, waits_alone) {
    client_machine machine{{.host = "h"}};
    buffer sent;
    std::vector<response> out;
    ASSERT_TRUE(machine.request(get, no_body{}, sent));
    EXPECT_EQ(machine.connect(authority, no_fields, sent).error(), errc::upgrade_in_progress);
    ASSERT_TRUE(machine.receive(as_bytes("HTTP/1.1 204 \r\n\r\n"), out));
    ask_for_tunnel(machine, sent);
    const std::size_t size = sent.size();
    EXPECT_FALSE(machine.is_open_for_requests());
    EXPECT_EQ(machine.open_request_count(), 1u);
    EXPECT_EQ(machine.request(get, no_body{}, sent).error(), errc::upgrade_in_progress);
    EXPECT_EQ(machine.upgrade({.method = "GET", .target = "/", .fields = upgrade_fields}, sent).error(),
              errc::upgrade_in_progress);
    EXPECT_EQ(machine.connect(authority, no_fields, sent).error(), errc::upgrade_in_progress);
    EXPECT_EQ(sent.size(), size);
}

TEST(http1_connect, a_refused_call_changes_nothing) {
    client_machine machine{{.host = "h"}};
    buffer sent;
    EXPECT_EQ(machine.connect("example.org", no_fields, sent).error(), errc::invalid_host);
    EXPECT_TRUE(sent.empty());
    EXPECT_EQ(machine.open_request_count(), 0u);
    EXPECT_EQ(machine.connect(authority, no_fields, sent), request_ref{1});
}

TEST(http1_connect, the_end_before_an_answer_is_an_error) {
    EXPECT_EQ(talk(ask_for_tunnel, "", peer_end::ends), fails("headers_cut_short"));
    EXPECT_EQ(talk(ask_for_tunnel, "HTTP/1.1 200 OK\r\n", peer_end::ends), fails("headers_cut_short @17"));
}

TEST(http1_connect, the_answer_is_bounded) {
    const client_options options{
        .host = "h", .limits = {.max_header_section_size = 64, .max_field_count = 2, .max_interim_response_count = 1}};
    EXPECT_EQ(talk(ask_for_tunnel, "HTTP/1.1 200 " + std::string(100, 'x'), peer_end::stays_open, options),
              fails("header_section_too_big @64"));
    EXPECT_TRUE(talk(ask_for_tunnel, "HTTP/1.1 200 x\r\na: 1\r\nb: 2\r\nc: 3\r\n\r\n", peer_end::stays_open, options)
                    .starts_with("#1 error too_many_fields"));
    EXPECT_TRUE(talk(ask_for_tunnel, "HTTP/1.1 100 x\r\n\r\nHTTP/1.1 100 x\r\n\r\n", peer_end::stays_open, options)
                    .starts_with("#1 interim 100\n#1 error too_many_fields"));
}

TEST(http1_connect, a_2xx_to_another_method_is_no_tunnel) {
    EXPECT_EQ(talk(gets(1), "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\na"),
              "#1 status 200 OK\n#1 headers content-length: 1\n#1 data a\n#1 done\n");
}

TEST(http1_forwarding, an_upgrade_is_refused_and_nothing_written) {
    client_machine machine{{.host = "example.org", .forward_prefix = "http://example.org"}};
    buffer sent;
    EXPECT_EQ(machine.upgrade({.method = "GET", .target = "/", .fields = upgrade_fields}, sent).error(),
              errc::forwarding_connection);
    EXPECT_TRUE(sent.empty());
    ASSERT_TRUE(machine.request(get, no_body{}, sent)) << "the connection lives on";
    EXPECT_EQ(sent.text(), "GET http://example.org/ HTTP/1.1\r\nhost: example.org\r\nuser-agent: mint/0.1\r\n\r\n");
}

// Each WebSocket through a proxy may keep one such machine.
TEST(http1_connect, a_tunnel_holds_at_most_96_octets_of_heap) {
    const std::size_t before = mallinfo2().uordblks;
    std::vector<client_machine> machines;
    constexpr std::size_t count = 1000;
    machines.reserve(count);
    const std::size_t of_vector = mallinfo2().uordblks - before;
    for (std::size_t i = 0; i < count; ++i) {
        client_machine machine{{.host = "a.host.with.a.name.of.some.length.example"}};
        buffer sent;
        std::vector<response> out;
        ask_for_tunnel(machine, sent);
        ASSERT_TRUE(machine.receive(as_bytes(established.substr(0, 20)), out));
        ASSERT_TRUE(machine.receive(as_bytes(established.substr(20)), out));
        machines.push_back(std::move(machine));
    }
    const std::size_t held = mallinfo2().uordblks - before - of_vector;
    EXPECT_LE(held / count, 96u);  // a sanitizer's allocator counts nothing: only the other builds can fail here
}

}  // namespace
}  // namespace mint::http1
