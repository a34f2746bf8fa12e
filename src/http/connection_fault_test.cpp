#include "support/connected_pair.hpp"
#include "support/fail_at_each_call.hpp"

#include <mint/http/connection.hpp>

#include <cerrno>
#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace mint::http {
namespace {

using mint::testing::calls;
using mint::testing::fail_at_each_call;
using mint::testing::patience;
using mint::testing::scripted_peer;
using mint::testing::transcript;

/// What a conversation came to: all of it, or an error.
struct outcome {
    transcript received;
    std::optional<error> failure;
    std::string heard;  ///< by the peer
};

/// A request, its response, an upgrade, octets each way, and the end: everything that a connection does.
outcome converse(scripted_peer& peer, mode m) {
    outcome result;
    peer.drop_waiting();  // of runs that failed while they connected
    const auto note = [&](const auto& done) {
        if (!done && !result.failure) result.failure = done.error();
        return done.has_value();
    };
    auto conn = connect(scheme::http, "127.0.0.1", peer.port(), {.mode = m});
    if (!note(conn)) return result;
    peer.accept();
    read_buffer scratch;
    const auto receive_until = [&](auto is_enough) {
        while (!is_enough(result.received)) {
            // In active mode it doesn't wait: the peer has sent already, and what a fault hides is there at the next
            // call.
            const auto list =
                m == mode::active ? conn->stream({conn->id(), true, true}, scratch) : conn->recv(0, patience, scratch);
            result.received.add(list ? *list : list.error().responses);
            if (!list) {
                if (!result.failure) result.failure = list.error().reason;
                return false;
            }
        }
        return true;
    };
    const auto flush = [&] { return note(conn->flush(patience)); };

    if (!note(conn->request("GET", "/")) || !flush()) return result;
    EXPECT_FALSE(peer.receive_until("\r\n\r\n").empty());
    peer.send("HTTP/1.1 401 Unauthorized\r\ncontent-length: 2\r\n\r\nno");
    if (!receive_until([](const transcript& t) { return t.done_count == 1; })) return result;

    const auto ref = websocket::upgrade(ws_scheme::ws, *conn, "/");
    if (!note(ref) || !flush()) return result;
    peer.accept_upgrade("behind");
    if (!receive_until([](const transcript& t) { return t.data == "nobehind"; })) return result;
    if (!note(websocket::create(*conn, *ref, 101, result.received.sections.back()))) return result;

    if (!note(conn->stream_request_body(*ref, as_bytes("to the peer"))) || !flush()) return result;
    result.heard = peer.receive(11);
    peer.send("back");
    if (!receive_until([](const transcript& t) { return t.data == "nobehindback"; })) return result;
    if (!note(conn->stream_request_body(*ref, eof{}))) return result;
    if (!peer.receive_all().empty()) result.heard += "?";
    peer.finish();
    receive_until([](const transcript& t) { return t.done_count == 2; });
    EXPECT_TRUE(result.failure || !conn->is_open());
    return result;
}

class connection_fault : public ::testing::TestWithParam<mode> {
  protected:
    static void expect_complete(const outcome& o) {
        ASSERT_FALSE(o.failure) << to_string(*o.failure);
        EXPECT_EQ(o.received.data, "nobehindback");
        EXPECT_EQ(o.heard, "to the peer");
        EXPECT_EQ(o.received.done_count, 2U);
    }
};

TEST_P(connection_fault, never_matters_where_it_is_an_interruption) {
    scripted_peer peer;
    const auto interruptible = calls::send | calls::recv | calls::poll;
    const std::size_t call_count = fail_at_each_call({.which = interruptible, .error = EINTR},
                                                     [&] { expect_complete(converse(peer, GetParam())); });
    EXPECT_GE(call_count, 8U);
}

TEST_P(connection_fault, never_matters_where_one_octet_is_moved) {
    scripted_peer peer;
    for (const bool lasts : {false, true}) {
        fail_at_each_call({.which = calls::send | calls::recv, .error = 0, .lasts = lasts},
                          [&] { expect_complete(converse(peer, GetParam())); });
    }
}

TEST_P(connection_fault, never_matters_where_the_socket_is_not_ready_after_all) {
    scripted_peer peer;
    fail_at_each_call({.which = calls::send | calls::recv, .error = EAGAIN},
                      [&] { expect_complete(converse(peer, GetParam())); });
}

TEST_P(connection_fault, is_reported_and_leaves_nothing_behind) {
    const auto any = calls::socket | calls::connect | calls::send | calls::recv | calls::poll | calls::getsockopt |
                     calls::setsockopt | calls::fcntl;
    for (const int system : {ECONNRESET, ENOMEM, EBADF}) {
        for (const bool lasts : {false, true}) {
            scripted_peer peer;
            fail_at_each_call({.which = any, .error = system, .lasts = lasts}, [&] {
                const outcome o = converse(peer, GetParam());
                if (!o.failure) {
                    expect_complete(o);
                } else {
                    EXPECT_EQ(o.failure->system, system) << to_string(*o.failure);
                }
            });
        }
    }
}

INSTANTIATE_TEST_SUITE_P(modes, connection_fault, ::testing::Values(mode::active, mode::passive),
                         [](const auto& m) { return m.param == mode::active ? "active" : "passive"; });

}  // namespace
}  // namespace mint::http
