#include "support/connected_pair.hpp"
#include "support/frame_script.hpp"

#include <mint/websocket/websocket.hpp>

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

namespace mint {
namespace {

using mint::testing::connected_pair;
using mint::testing::patience;
using mint::testing::scripted_peer;
using mint::testing::wire;
using namespace std::chrono_literals;

TEST(websocket_recv_upgrade, leaves_what_follows_the_answer_to_the_next_call) {
    connected_pair pair{connected_pair::passive()};
    const auto ref = websocket::upgrade(ws_scheme::ws, pair.conn, "/");
    ASSERT_TRUE(ref);
    pair.peer.accept_upgrade(wire(0x81, "hi"));
    const auto answer = websocket::recv_upgrade(pair.conn, *ref, patience, pair.scratch);
    ASSERT_TRUE(answer);
    auto ws = websocket::create(pair.conn, *ref, answer->status_code, answer->fields);
    ASSERT_TRUE(ws);
    EXPECT_TRUE(answer->data.empty());
    EXPECT_FALSE(answer->is_ended);
    EXPECT_FALSE(pair.receive());
    std::vector<ws::frame> frames;
    ASSERT_TRUE(ws->decode(as_bytes(pair.received.data), frames));
    ASSERT_EQ(frames.size(), 1U);
    EXPECT_EQ(std::get<ws::text>(frames.front()).payload, "hi");
}

TEST(websocket_recv_upgrade, gives_a_refusal_with_its_body) {
    connected_pair pair{connected_pair::passive()};
    const auto ref = websocket::upgrade(ws_scheme::ws, pair.conn, "/");
    ASSERT_TRUE(ref);
    ASSERT_FALSE(pair.peer.receive_until("\r\n\r\n").empty());
    pair.peer.send("HTTP/1.1 403 Forbidden\r\ntransfer-encoding: chunked\r\n\r\n2\r\nno\r\n0\r\nx-late: 1\r\n\r\n");
    const auto answer = websocket::recv_upgrade(pair.conn, *ref, patience, pair.scratch);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status_code, 403);
    EXPECT_FALSE(answer->fields.contains("x-late"));
    ASSERT_EQ(answer->data.size(), 1U);
    EXPECT_EQ(as_text(answer->data.front()), "no");
    EXPECT_TRUE(answer->is_ended);
    EXPECT_EQ(websocket::create(pair.conn, *ref, 403, answer->fields).error(), errc::upgrade_refused);
}

TEST(websocket_recv_upgrade, may_be_called_again_after_a_timeout) {
    connected_pair pair{connected_pair::passive()};
    const auto ref = websocket::upgrade(ws_scheme::ws, pair.conn, "/");
    ASSERT_TRUE(ref);
    const std::string answer = scripted_peer::answer_to(pair.peer.receive_until("\r\n\r\n"));
    pair.peer.send(std::string_view{answer}.substr(0, 40));
    EXPECT_EQ(websocket::recv_upgrade(pair.conn, *ref, 5ms, pair.scratch).error(), errc::timeout);
    pair.peer.send(std::string_view{answer}.substr(40));
    EXPECT_TRUE(websocket::recv_upgrade(pair.conn, *ref, patience, pair.scratch));
}

TEST(websocket_recv_upgrade, reports_why_no_answer_comes) {
    connected_pair cut{connected_pair::passive()};
    const auto ref = websocket::upgrade(ws_scheme::ws, cut.conn, "/");
    ASSERT_TRUE(ref);
    ASSERT_FALSE(cut.peer.receive_until("\r\n\r\n").empty());
    cut.peer.close();
    EXPECT_EQ(websocket::recv_upgrade(cut.conn, *ref, patience, cut.scratch).error(), errc::headers_cut_short);

    connected_pair active;
    const auto other = websocket::upgrade(ws_scheme::ws, active.conn, "/");
    ASSERT_TRUE(other);
    EXPECT_EQ(websocket::recv_upgrade(active.conn, *other, patience, active.scratch).error(), errc::wrong_mode);
}

TEST(websocket_recv_upgrade, expects_no_other_response) {
    connected_pair pair{connected_pair::passive()};
    const auto request = pair.conn.request("GET", "/");
    ASSERT_TRUE(request);
    pair.peer.send("HTTP/1.1 204 No Content\r\n\r\n");
    EXPECT_EQ(websocket::recv_upgrade(pair.conn, request_ref{}, patience, pair.scratch).error(), errc::unknown_request);
}

TEST(websocket_recv_upgrade, says_that_nothing_follows_a_refusal) {
    for (const std::string_view rest : {"content-length: 2\r\n\r\nno", "content-length: 9\r\n\r\nno"}) {
        connected_pair pair{connected_pair::passive()};
        const auto ref = websocket::upgrade(ws_scheme::ws, pair.conn, "/");
        ASSERT_TRUE(ref);
        ASSERT_FALSE(pair.peer.receive_until("\r\n\r\n").empty());
        pair.peer.send("HTTP/1.1 403 Forbidden\r\n" + std::string{rest});
        const auto answer = websocket::recv_upgrade(pair.conn, *ref, patience, pair.scratch);
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->is_ended, rest.find('9') == std::string_view::npos);
    }
}

}  // namespace
}  // namespace mint
