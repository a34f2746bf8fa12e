#include "support/connected_pair.hpp"
#include "support/frame_script.hpp"

#include <mint/websocket/websocket.hpp>

#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

namespace mint {
namespace {

using mint::testing::connected_pair;
using mint::testing::patience;
using mint::testing::scripted_peer;
using mint::testing::text_frame;
using mint::testing::wire;
using namespace std::chrono_literals;

static_assert(sizeof(websocket) <= 296, "thousands of idle WebSockets keep one each");
static_assert(std::is_copy_constructible_v<websocket> && std::is_nothrow_move_constructible_v<websocket>);

/// The frames of one text in `octets`.
std::string decoded_text(websocket& ws, std::string_view octets) {
    std::vector<ws::frame> frames;
    EXPECT_TRUE(ws.decode(as_bytes(octets), frames));
    std::string result;
    for (const ws::frame& f : frames) result += std::get<ws::text>(f).payload;
    return result;
}

TEST(websocket, asks_as_the_rfc_says) {
    connected_pair pair;
    const auto ref = websocket::upgrade(ws_scheme::ws, pair.conn, "/chat?room=1", {{"origin", "http://localhost"}},
                                        {.subprotocols = {"chat", "superchat"}});
    ASSERT_TRUE(ref);
    const std::string request = pair.peer.receive_until("\r\n\r\n");
    EXPECT_EQ(request.find("GET /chat?room=1 HTTP/1.1\r\n"), 0U);
    for (const char* line : {"upgrade: websocket\r\n", "connection: Upgrade\r\n", "sec-websocket-version: 13\r\n",
                             "sec-websocket-protocol: chat, superchat\r\n", "origin: http://localhost\r\n"}) {
        EXPECT_NE(request.find(line), std::string::npos) << request;
    }
}

TEST(websocket, draws_the_key_from_the_source_given) {
    mint::testing::fixed_random random{{0, 0, 0, 0}};
    connected_pair pair;
    ASSERT_TRUE(websocket::upgrade(ws_scheme::ws, pair.conn, "/", {}, {.random = &random}));
    EXPECT_NE(pair.peer.receive_until("\r\n\r\n").find("sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"),
              std::string::npos);
}

TEST(websocket, exchanges_frames) {
    for (const auto& options : {http::connect_options{}, connected_pair::passive()}) {
        connected_pair pair{options};
        pair.upgrade();
        EXPECT_EQ(pair.ws->ref(), pair.ref);
        EXPECT_EQ(pair.ws->subprotocol(), "");
        EXPECT_EQ(pair.conn.open_request_count(), 0U);
        buffer out;
        ASSERT_TRUE(pair.ws->send(pair.conn, ws::text{"hello"}, out));
        EXPECT_EQ(pair.peer.receive(11).substr(0, 2), (std::string{static_cast<char>(0x81), static_cast<char>(0x85)}));
        pair.peer.send(wire(text_frame, "world"));
        pair.receive_until([](const auto& t) { return t.data.size() == 7; });
        EXPECT_EQ(decoded_text(*pair.ws, pair.received.data), "world");
    }
}

TEST(websocket, loses_no_frame_behind_the_answer_however_it_is_split) {
    const std::string behind = wire(text_frame, "first") + wire(text_frame, "second");
    std::size_t answer_size = 1;
    for (std::size_t split = 0; split <= answer_size; ++split) {
        connected_pair pair;
        const auto ref = websocket::upgrade(ws_scheme::ws, pair.conn, "/");
        ASSERT_TRUE(ref);
        const std::string answer = scripted_peer::answer_to(pair.peer.receive_until("\r\n\r\n")) + behind;
        answer_size = answer.size();
        pair.peer.send(std::string_view{answer}.substr(0, split));
        ASSERT_FALSE(split > 0 && pair.receive());
        pair.peer.send(std::string_view{answer}.substr(split));
        pair.receive_until([&](const auto& t) { return t.data.size() == behind.size(); });
        ASSERT_EQ(pair.received.status_codes, std::vector{101});
        auto ws = websocket::create(pair.conn, *ref, 101, pair.received.sections.front());
        ASSERT_TRUE(ws);
        EXPECT_EQ(decoded_text(*ws, pair.received.data), "firstsecond");
    }
}

TEST(websocket, gets_frames_that_came_before_create_as_data) {
    connected_pair pair;
    const auto ref = websocket::upgrade(ws_scheme::ws, pair.conn, "/");
    ASSERT_TRUE(ref);
    pair.peer.accept_upgrade();
    pair.receive_until([](const auto& t) { return !t.sections.empty(); });
    pair.peer.send(wire(text_frame, "early"));
    pair.receive_until([](const auto& t) { return t.data.size() == 7; });
    auto ws = websocket::create(pair.conn, *ref, 101, pair.received.sections.front());
    ASSERT_TRUE(ws);
    EXPECT_EQ(decoded_text(*ws, pair.received.data), "early");
}

TEST(websocket, skips_interim_responses) {
    connected_pair pair{connected_pair::passive()};
    const auto ref = websocket::upgrade(ws_scheme::ws, pair.conn, "/");
    ASSERT_TRUE(ref);
    const std::string request = pair.peer.receive_until("\r\n\r\n");
    pair.peer.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" +
                   scripted_peer::answer_to(request));
    const auto answer = websocket::recv_upgrade(pair.conn, *ref, patience, pair.scratch);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status_code, 101);
    EXPECT_FALSE(answer->fields.contains("link"));
    EXPECT_TRUE(websocket::create(pair.conn, *ref, answer->status_code, answer->fields));
}

TEST(websocket, may_be_asked_for_again_after_a_refusal) {
    connected_pair pair;
    const auto refused = websocket::upgrade(ws_scheme::ws, pair.conn, "/");
    ASSERT_TRUE(refused);
    EXPECT_EQ(pair.conn.request("GET", "/").error(), errc::upgrade_in_progress);
    EXPECT_FALSE(pair.conn.is_open_for_requests());
    ASSERT_FALSE(pair.peer.receive_until("\r\n\r\n").empty());
    pair.peer.send("HTTP/1.1 401 Unauthorized\r\nwww-authenticate: Basic\r\ncontent-length: 2\r\n\r\nno");
    pair.receive_until([](const auto& t) { return t.done_count == 1; });
    const auto failed = websocket::create(pair.conn, *refused, 401, pair.received.sections.front());
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error(), errc::upgrade_refused);
    ASSERT_TRUE(failed.error().refusal);
    EXPECT_EQ(failed.error().refusal->status_code, 401);
    EXPECT_EQ(failed.error().refusal->fields.find("www-authenticate"), "Basic");
    EXPECT_EQ(pair.received.data, "no");

    ASSERT_TRUE(pair.conn.request("GET", "/"));
    ASSERT_FALSE(pair.peer.receive_until("\r\n\r\n").empty());
    pair.peer.send("HTTP/1.1 204 No Content\r\n\r\n");
    pair.receive_until([](const auto& t) { return t.done_count == 2; });

    const auto ref = websocket::upgrade(ws_scheme::ws, pair.conn, "/", {{"authorization", "Basic eDp5"}});
    ASSERT_TRUE(ref);
    EXPECT_NE(pair.peer.accept_upgrade().find("authorization: Basic eDp5\r\n"), std::string::npos);
    pair.receive_until([](const auto& t) { return t.status_codes.size() == 3; });
    EXPECT_TRUE(websocket::create(pair.conn, *ref, 101, pair.received.sections.back()));
}

TEST(websocket, may_be_asked_for_again_though_the_refusal_was_never_checked) {
    connected_pair pair;
    const auto refused = websocket::upgrade(ws_scheme::ws, pair.conn, "/");
    ASSERT_TRUE(refused);
    ASSERT_FALSE(pair.peer.receive_until("\r\n\r\n").empty());
    pair.peer.send("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n");
    pair.receive_until([](const auto& t) { return t.done_count == 1; });
    pair.received = {};
    pair.upgrade();
    EXPECT_EQ(websocket::create(pair.conn, *refused, 503, {}).error(), errc::not_a_websocket);
    EXPECT_TRUE(pair.conn.is_open());
}

TEST(websocket, closes_the_connection_where_the_answer_breaks_a_rule) {
    const std::pair<const char*, errc> cases[] = {
        {"HTTP/1.1 101 x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: AAAA\r\n\r\n",
         errc::accept_mismatch},
        {"HTTP/1.1 101 x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n", errc::accept_missing},
    };
    for (const auto& [answer, rule] : cases) {
        connected_pair pair;
        const auto ref = websocket::upgrade(ws_scheme::ws, pair.conn, "/");
        ASSERT_TRUE(ref);
        ASSERT_FALSE(pair.peer.receive_until("\r\n\r\n").empty());
        pair.peer.send(answer);
        pair.receive_until([](const auto& t) { return !t.sections.empty(); });
        const auto failed = websocket::create(pair.conn, *ref, 101, pair.received.sections.front());
        ASSERT_FALSE(failed);
        EXPECT_EQ(failed.error(), rule);
        EXPECT_FALSE(pair.conn.is_open());
    }
}

TEST(websocket, knows_the_subprotocol_chosen) {
    connected_pair pair;
    const auto ref = websocket::upgrade(ws_scheme::ws, pair.conn, "/", {}, {.subprotocols = {"chat"}});
    ASSERT_TRUE(ref);
    pair.peer.accept_upgrade({}, "Sec-WebSocket-Protocol: chat\r\n");
    pair.receive_until([](const auto& t) { return !t.sections.empty(); });
    const auto ws = websocket::create(pair.conn, *ref, 101, pair.received.sections.front());
    ASSERT_TRUE(ws);
    EXPECT_EQ(ws->subprotocol(), "chat");
    const websocket copy = *ws;
    EXPECT_EQ(copy.subprotocol(), "chat");
}

TEST(websocket, insists_on_a_subprotocol_only_where_told_to) {
    for (const bool is_required : {false, true}) {
        for (const bool is_offered : {false, true}) {
            connected_pair pair;
            upgrade_options offer;
            if (is_offered) offer.subprotocols = {"chat"};
            const auto ref = websocket::upgrade(ws_scheme::ws, pair.conn, "/", {}, offer);
            ASSERT_TRUE(ref);
            pair.peer.accept_upgrade();
            pair.receive_until([](const auto& t) { return !t.sections.empty(); });
            const auto ws = websocket::create(pair.conn, *ref, 101, pair.received.sections.front(),
                                              {.require_subprotocol = is_required});
            if (is_required && is_offered) {
                ASSERT_FALSE(ws);
                EXPECT_EQ(ws.error(), errc::subprotocol_missing);
                EXPECT_FALSE(pair.conn.is_open());
            } else {
                EXPECT_TRUE(ws);
            }
        }
    }
}

TEST(websocket, is_refused_before_anything_is_sent) {
    connected_pair pair;
    EXPECT_EQ(websocket::upgrade(ws_scheme::wss, pair.conn, "/").error(), errc::scheme_mismatch);
    EXPECT_EQ(websocket::upgrade(ws_scheme::ws, pair.conn, "no-slash").error(), errc::invalid_request_target);
    EXPECT_EQ(websocket::upgrade(ws_scheme::ws, pair.conn, "/ x").error(), errc::invalid_request_target);
    EXPECT_EQ(websocket::upgrade(ws_scheme::ws, pair.conn, "/", {{"sec-websocket-key", "x"}}).error(),
              errc::reserved_field);
    EXPECT_EQ(websocket::upgrade(ws_scheme::ws, pair.conn, "/", {}, {.subprotocols = {"a b"}}).error(),
              errc::invalid_subprotocol);
    ASSERT_TRUE(pair.conn.request("GET", "/first"));
    EXPECT_EQ(websocket::upgrade(ws_scheme::ws, pair.conn, "/").error(), errc::upgrade_in_progress);
    EXPECT_EQ(pair.peer.receive_until("\r\n\r\n").find("GET /first "), 0U);
}

TEST(websocket, is_refused_on_a_connection_that_is_one_already_or_closed) {
    connected_pair pair;
    pair.upgrade();
    EXPECT_EQ(websocket::upgrade(ws_scheme::ws, pair.conn, "/").error(), errc::already_upgraded);
    EXPECT_EQ(pair.conn.request("GET", "/").error(), errc::already_upgraded);
    pair.conn.close();
    EXPECT_EQ(websocket::upgrade(ws_scheme::ws, pair.conn, "/").error(), errc::connection_closed);
}

TEST(websocket, is_made_once_and_of_an_upgrade_only) {
    connected_pair pair;
    EXPECT_EQ(websocket::create(pair.conn, request_ref{1}, 101, {}).error(), errc::not_a_websocket);
    const auto request = pair.conn.request("GET", "/");
    ASSERT_TRUE(request);
    EXPECT_EQ(websocket::create(pair.conn, *request, 200, {}).error(), errc::not_a_websocket);
    ASSERT_FALSE(pair.peer.receive_until("\r\n\r\n").empty());
    pair.peer.send("HTTP/1.1 204 No Content\r\n\r\n");
    pair.receive_until([](const auto& t) { return t.done_count == 1; });
    pair.received = {};
    pair.upgrade();
    EXPECT_EQ(websocket::create(pair.conn, pair.ref, 101, pair.received.sections.front()).error(),
              errc::not_a_websocket);
    EXPECT_TRUE(pair.conn.is_open());
}

TEST(websocket, is_not_made_before_the_answer_came) {
    connected_pair pair;
    const auto ref = websocket::upgrade(ws_scheme::ws, pair.conn, "/");
    ASSERT_TRUE(ref);
    EXPECT_EQ(websocket::create(pair.conn, *ref, 101, {}).error(), errc::not_a_websocket);
    pair.peer.accept_upgrade();
    pair.receive_until([](const auto& t) { return !t.sections.empty(); });
    EXPECT_TRUE(websocket::create(pair.conn, *ref, 101, pair.received.sections.front()));
}

TEST(websocket, switches_the_mode_where_told_to) {
    connected_pair pair;
    const auto ref = websocket::upgrade(ws_scheme::ws, pair.conn, "/");
    ASSERT_TRUE(ref);
    pair.peer.accept_upgrade();
    pair.receive_until([](const auto& t) { return !t.sections.empty(); });
    ASSERT_TRUE(websocket::create(pair.conn, *ref, 101, pair.received.sections.front(), {.mode = http::mode::passive}));
    EXPECT_EQ(pair.conn.mode(), http::mode::passive);
    pair.peer.send("x");
    EXPECT_TRUE(websocket::recv(pair.conn, 1, patience, pair.scratch));
}

TEST(websocket, a_refused_send_changes_nothing_and_may_be_repeated_or_dropped) {
    connected_pair pair{{.max_queued_size = 10}, 4096};
    pair.upgrade();
    buffer out;
    ASSERT_TRUE(pair.ws->send(pair.conn, ws::binary{as_bytes(std::string(16U << 20U, 'x'))}, out));
    ASSERT_TRUE(pair.conn.wants_write());
    EXPECT_EQ(pair.ws->send(pair.conn, ws::text{"a piece", false}, out).error(), errc::send_queue_full);
    EXPECT_FALSE(pair.ws->codec().is_message_open());
    EXPECT_EQ(pair.ws->send(pair.conn, ws::close{ws::close_code::normal}, out).error(), errc::send_queue_full);
    EXPECT_FALSE(pair.ws->codec().is_close_sent());
    while (pair.conn.wants_write()) {
        static_cast<void>(pair.peer.receive(1U << 20U));
        static_cast<void>(pair.conn.flush(0ms));
    }
    ASSERT_TRUE(pair.ws->send(pair.conn, ws::close{ws::close_code::normal}, out));
    const std::string farewell{out.text()};
    EXPECT_EQ(farewell.size(), 2U + 6U);
    ASSERT_TRUE(websocket::stream_request_body(pair.conn, pair.ref, eof{}));
    EXPECT_TRUE(pair.peer.receive_all().ends_with(farewell));
}

TEST(websocket, a_send_on_a_closed_or_foreign_connection_changes_nothing) {
    connected_pair pair;
    pair.upgrade();
    connected_pair other;
    buffer out;
    EXPECT_EQ(pair.ws->send(other.conn, ws::text{"x", false}, out).error(), errc::unknown_request);
    pair.conn.close();
    EXPECT_EQ(pair.ws->send(pair.conn, ws::text{"x", false}, out).error(), errc::connection_closed);
    EXPECT_FALSE(pair.ws->codec().is_message_open());
}

}  // namespace
}  // namespace mint
