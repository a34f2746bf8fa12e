#include "support/frame_script.hpp"
#include "support/http2_pair.hpp"

#include <mint/websocket/websocket.hpp>
#include <mint/ws/permessage_deflate.hpp>

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mint {
namespace {

namespace h2 = mint::testing::h2;
using mint::testing::close_frame;
using mint::testing::http2_pair;
using mint::testing::in_passive_mode;
using mint::testing::patience;
using mint::testing::text_frame;
using mint::testing::wire;

const std::string normal_close{
    "\x03\xE8"
    "bye"};

request_ref ask(http2_pair& pair, const upgrade_options& options = {}, std::string_view target = "/chat") {
    return websocket::upgrade(ws_scheme::ws, pair.conn, target, {{"origin", "http://o"}}, options).value();
}

TEST(websocket_http2, is_asked_for_by_extended_connect) {
    http2_pair pair;
    pair.open();
    ask(pair, {.subprotocols = {"a", "b"}});
    EXPECT_EQ(pair.frame_that_starts("HEADERS"),
              "HEADERS #1 | :method: CONNECT | :protocol: websocket | :scheme: http | :path: /chat | :authority: "
              "127.0.0.1:" +
                  std::to_string(pair.peer.port()) +
                  " | user-agent: mint/0.1 | sec-websocket-version: 13 | sec-websocket-protocol: a, b | origin: "
                  "http://o\n");
}

TEST(websocket_http2, waits_for_the_servers_settings) {
    http2_pair pair;
    const auto ref = ask(pair);
    const auto ordinary = pair.conn.request("GET", "/").value();
    EXPECT_TRUE(pair.frame_that_starts("HEADERS").find(":method: GET") != std::string::npos) << "goes at once";
    pair.open();
    EXPECT_TRUE(pair.frame_that_starts("HEADERS").find(":protocol: websocket") != std::string::npos);
    pair.peer.send(h2::headers(3, {{":status", "200"}}));
    pair.receive_until([&] { return pair.received[ref].sections.size() == 1; });
    EXPECT_TRUE(pair.conn.is_open(ordinary));
}

TEST(websocket_http2, that_the_server_takes_none_is_known_and_says_where_to_go) {
    http2_pair pair;
    const auto ref = ask(pair);
    pair.open(h2::settings());
    pair.receive_until([&] { return pair.received[ref].errors.size() == 1; });
    EXPECT_EQ(pair.received[ref].errors, std::vector{errc::extended_connect_disabled});
    EXPECT_EQ(pair.conn.extended_connect(), http2::extended_connect::disabled);
    const auto again = websocket::upgrade(ws_scheme::ws, pair.conn, "/");
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error(), errc::extended_connect_disabled);
    EXPECT_EQ(again.error().detail, "127.0.0.1:" + std::to_string(pair.peer.port()));
    EXPECT_TRUE(pair.conn.request("GET", "/")) << "other requests go on";
}

TEST(websocket_http2, any_2xx_opens_it) {
    for (const char* const status : {"200", "204", "299"}) {
        http2_pair pair;
        pair.open();
        const auto ref = ask(pair);
        pair.peer.send(h2::headers(1, {{":status", status}, {"sec-websocket-accept", "nonsense"}}) +
                       h2::data(1, wire(text_frame, "hi")));
        pair.receive_until([&] { return !pair.received[ref].data.empty(); });
        auto ws = pair.create(ref);
        std::vector<ws::frame> frames;
        ASSERT_TRUE(ws.decode(as_bytes(pair.received[ref].data), frames));
        EXPECT_EQ(std::get<ws::text>(frames.at(0)).payload, "hi");
        EXPECT_EQ(websocket::create(pair.conn, ref, 200, {}).error(), errc::not_a_websocket) << "once";
    }
}

TEST(websocket_http2, sends_masked_frames) {
    http2_pair pair;
    pair.open();
    auto ws = pair.create(pair.open_websocket(1));
    buffer out;
    ASSERT_TRUE(ws.send(pair.conn, ws::text{"hello"}, out));
    while (pair.frames.content_of(1).size() < 11) (void)pair.next_frame();
    const std::string octets = pair.frames.content_of(1);
    EXPECT_EQ(octets.substr(0, 2), "\x81\x85");
    std::string text;
    for (std::size_t i = 0; i < 5; ++i) text += static_cast<char>(octets[6 + i] ^ octets[2 + i % 4]);
    EXPECT_EQ(text, "hello");
}

TEST(websocket_http2, a_refusal_has_status_fields_and_body_and_harms_nobody) {
    http2_pair pair;
    pair.open();
    const auto live = pair.open_websocket(1);
    const auto ref = ask(pair);
    pair.peer.send(h2::headers(3, {{":status", "403"}, {"why", "because"}}) + h2::data(3, "no", h2::end_stream) +
                   h2::rst_stream(3, 0));
    pair.receive_until([&] { return pair.received[ref].done_count == 1; });
    EXPECT_EQ(pair.received[ref].data, "no");
    EXPECT_TRUE(pair.received[ref].errors.empty()) << "a reset behind a complete response is none";
    const auto ws = websocket::create(pair.conn, ref, 403, pair.received[ref].sections.at(0));
    ASSERT_FALSE(ws);
    EXPECT_EQ(ws.error(), errc::upgrade_refused);
    EXPECT_EQ(ws.error().refusal->status_code, 403);
    EXPECT_EQ(ws.error().refusal->fields.find("why"), "because");
    EXPECT_TRUE(pair.conn.is_open(live));
}

TEST(websocket_http2, an_answer_that_breaks_a_rule_resets_its_stream_alone) {
    http2_pair pair;
    pair.open();
    const auto live = pair.open_websocket(1);
    const auto ref = ask(pair);
    pair.peer.send(h2::headers(3, {{":status", "200"}, {"sec-websocket-extensions", "x-made-up"}}));
    pair.receive_until([&] { return !pair.received[ref].sections.empty(); });
    EXPECT_EQ(websocket::create(pair.conn, ref, 200, pair.received[ref].sections[0]).error(),
              errc::extension_not_offered);
    EXPECT_EQ(pair.frame_that_starts("RST_STREAM"), "RST_STREAM #3 CANCEL\n");
    EXPECT_FALSE(pair.conn.is_open(ref));
    EXPECT_TRUE(pair.conn.is_open(live));
}

TEST(websocket_http2, upgrades_are_interleaved_and_each_has_its_own_choices) {
    http2_pair pair;
    pair.open();
    const auto a = ask(pair, {.subprotocols = {"a"}});
    const auto b = ask(pair, {.subprotocols = {"b"}});
    pair.peer.send(h2::headers(3, {{":status", "200"}, {"sec-websocket-protocol", "b"}}) +
                   h2::headers(1, {{":status", "200"}, {"sec-websocket-protocol", "b"}}));
    pair.receive_until([&] { return !pair.received[a].sections.empty(); });
    EXPECT_EQ(pair.create(b).subprotocol(), "b");
    EXPECT_EQ(websocket::create(pair.conn, a, 200, pair.received[a].sections[0]).error(),
              errc::subprotocol_not_offered);
}

TEST(websocket_http2, may_be_ended_by_its_answer) {
    http2_pair pair;
    pair.open();
    const auto ref = ask(pair);
    pair.peer.send(h2::headers(1, {{":status", "200"}}, h2::end_headers | h2::end_stream));
    pair.receive_until([&] { return pair.received[ref].done_count == 1; });
    auto ws = pair.create(ref);
    EXPECT_EQ(ws.codec().end_of_input().error(), errc::closed_without_close_frame);
}

TEST(websocket_http2, fields_of_http1_connections_are_refused) {
    http2_pair pair;
    pair.open();
    for (const char* const name : {"upgrade", "connection", "sec-websocket-key", "transfer-encoding", "keep-alive"}) {
        headers fields;
        ASSERT_TRUE(fields.append(name, "x"));
        EXPECT_EQ(websocket::upgrade(ws_scheme::ws, pair.conn, "/", fields).error(), errc::reserved_field) << name;
    }
    EXPECT_EQ(websocket::upgrade(ws_scheme::wss, pair.conn, "/").error(), errc::scheme_mismatch);
    EXPECT_EQ(pair.conn.open_request_count(), 0U);
}

TEST(websocket_http2, a_refused_send_encodes_nothing) {
    http2_pair pair{{.max_queued_size = 100}};
    pair.open(h2::settings({{h2::enable_connect_protocol, 1}, {h2::initial_window_size, 0}}));
    auto ws = pair.create(pair.open_websocket(1));
    buffer out;
    const std::string text(80, 'x');
    ASSERT_TRUE(ws.send(pair.conn, ws::text{text}, out));
    EXPECT_EQ(ws.send(pair.conn, ws::text{text}, out).error(), errc::send_queue_full);
    EXPECT_TRUE(ws.send(pair.conn, ws::close{}, out)) << "a small one still fits";
    EXPECT_TRUE(ws.codec().is_close_sent());
}

TEST(websocket_http2, recv_upgrade_waits_for_the_answer) {
    http2_pair pair{in_passive_mode};
    const auto ref = ask(pair);
    pair.peer.send(h2::settings({{h2::enable_connect_protocol, 1}}) + h2::headers(1, {{":status", "200"}}) +
                   h2::data(1, "x"));
    const auto answer = websocket::recv_upgrade(pair.conn, ref, patience, pair.scratch);
    ASSERT_TRUE(answer) << to_string(answer.error());
    EXPECT_EQ(answer->status_code, 200);
    EXPECT_TRUE(answer->data.empty());
    ASSERT_FALSE(pair.receive());
    EXPECT_EQ(pair.received[ref].data, "x");
}

TEST(websocket_http2, recv_upgrade_says_at_once_that_there_are_none) {
    http2_pair pair{in_passive_mode};
    const auto ref = ask(pair);
    pair.peer.send(h2::settings());
    EXPECT_EQ(websocket::recv_upgrade(pair.conn, ref, patience, pair.scratch).error(), errc::extended_connect_disabled);
}

TEST(websocket_http2, recv_upgrade_does_not_drop_what_others_await) {
    http2_pair pair{in_passive_mode};
    const auto ref = ask(pair);
    const auto other = pair.conn.request("GET", "/").value();
    EXPECT_EQ(websocket::recv_upgrade(pair.conn, ref, patience, pair.scratch).error(), errc::other_requests_open);
    EXPECT_TRUE(pair.conn.is_open(other));
    EXPECT_TRUE(pair.conn.is_open(ref));
}

TEST(websocket_http2_close, keeps_the_connection) {
    http2_pair pair{in_passive_mode};
    pair.open();
    auto ws = pair.create(pair.open_websocket(1));
    pair.peer.send(h2::data(1, wire(close_frame, normal_close), h2::end_stream));
    const auto theirs = ws.close(pair.conn, {ws::close_code::normal}, patience, pair.scratch);
    ASSERT_TRUE(theirs) << to_string(theirs.error());
    EXPECT_EQ(theirs->reason, "bye");
    EXPECT_TRUE(pair.conn.is_open_for_requests());
    EXPECT_EQ(pair.conn.open_request_count(), 0U);
    const auto next = pair.open_websocket(3);
    EXPECT_TRUE(pair.conn.is_open(next));
}

TEST(websocket_http2_close, does_not_drop_what_others_await) {
    http2_pair pair{in_passive_mode};
    pair.open();
    auto ws = pair.create(pair.open_websocket(1));
    const auto other = pair.conn.request("GET", "/").value();
    EXPECT_EQ(ws.close(pair.conn, {ws::close_code::normal}, patience, pair.scratch).error(), errc::other_requests_open);
    EXPECT_FALSE(ws.codec().is_close_sent());
    EXPECT_TRUE(pair.conn.is_open(other));
}

TEST(websocket_http2_close, a_stream_that_was_reset_is_an_error_and_the_connection_lives) {
    http2_pair pair{in_passive_mode};
    pair.open();
    auto ws = pair.create(pair.open_websocket(1));
    pair.peer.send(h2::rst_stream(1, 2));
    EXPECT_EQ(ws.close(pair.conn, {ws::close_code::normal}, patience, pair.scratch).error(), errc::stream_reset);
    EXPECT_TRUE(pair.conn.is_open());
}

TEST(websocket_http2, a_close_behind_the_peers_end_waits_for_nothing) {
    http2_pair pair{in_passive_mode};
    pair.open();
    const auto ref = pair.open_websocket(1);
    auto ws = pair.create(ref);
    pair.peer.send(h2::data(1, "", h2::end_stream));
    pair.receive_until([&] { return pair.received[ref].done_count == 1; });
    pair.peer.send(h2::rst_stream(1, 0));
    EXPECT_EQ(ws.close(pair.conn, {}, patience, pair.scratch).error(), errc::closed_without_close_frame);
    EXPECT_TRUE(pair.conn.is_open());
}

TEST(websocket_http2, a_close_of_a_stream_that_is_gone_says_how_it_ended) {
    for (const bool has_close : {false, true}) {
        http2_pair pair{in_passive_mode};
        pair.open();
        const auto ref = pair.open_websocket(1);
        auto ws = pair.create(ref);
        pair.peer.send((has_close ? h2::data(1, wire(close_frame, normal_close)) : std::string{}) +
                       h2::rst_stream(1, 8));
        pair.receive_until([&] { return pair.received[ref].errors.size() == 1; });
        std::vector<ws::frame> frames;
        ASSERT_TRUE(ws.decode(as_bytes(pair.received[ref].data), frames));
        buffer out;
        EXPECT_EQ(ws.send(pair.conn, ws::text{"late"}, out).error(), errc::stream_reset) << "and no misuse";
        const auto closed = ws.close(pair.conn, {}, patience, pair.scratch);
        EXPECT_EQ(closed.has_value(), has_close);
        if (!has_close) {
            EXPECT_EQ(closed.error(), errc::closed_without_close_frame);
        }
    }
}

TEST(websocket_http2, a_close_just_before_a_reset_is_not_lost) {
    for (const std::uint32_t code : {0U, 8U}) {
        http2_pair pair{in_passive_mode};
        pair.open();
        auto ws = pair.create(pair.open_websocket(1));
        pair.peer.send(h2::data(1, wire(close_frame, normal_close)) + h2::rst_stream(1, code));
        const auto theirs = ws.close(pair.conn, {}, patience, pair.scratch);
        ASSERT_TRUE(theirs) << to_string(theirs.error());
        EXPECT_EQ(theirs->reason, "bye");
    }
}

TEST(websocket_http2, negotiates_extensions) {
    http2_pair pair;
    pair.open();
    const auto deflate = ws::permessage_deflate::create().value();
    const auto ref = ask(pair, {.extensions = {deflate}});
    EXPECT_NE(pair.frame_that_starts("HEADERS").find(
                  "| sec-websocket-extensions: permessage-deflate; client_max_window_bits"),
              std::string::npos);
    pair.peer.send(h2::headers(1, {{":status", "200"}, {"sec-websocket-extensions", "permessage-deflate"}}) +
                   h2::data(1, wire(0xC1, std::string{"\xf2\x48\xcd\xc9\xc9\x07\x00", 7})));
    pair.receive_until([&] { return !pair.received[ref].data.empty(); });
    auto ws = pair.create(ref);
    ASSERT_EQ(ws.extensions().size(), 1U);
    EXPECT_EQ(ws.extensions()[0].name, "permessage-deflate");
    std::vector<ws::frame> frames;
    ASSERT_TRUE(ws.decode(as_bytes(pair.received[ref].data), frames));
    EXPECT_EQ(std::get<ws::text>(frames.at(0)).payload, "Hello");

    const auto refused = ask(pair, {.extensions = {deflate}});
    pair.peer.send(h2::headers(3, {{":status", "200"}, {"sec-websocket-extensions", "permessage-deflate; x"}}));
    pair.receive_until([&] { return !pair.received[refused].sections.empty(); });
    EXPECT_EQ(websocket::create(pair.conn, refused, 200, pair.received[refused].sections[0]).error(),
              errc::invalid_extension_parameter);
}

}  // namespace
}  // namespace mint
