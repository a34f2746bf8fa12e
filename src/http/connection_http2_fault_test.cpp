#include "support/connected_pair.hpp"
#include "support/count_allocations.hpp"
#include "support/fail_at_each_call.hpp"
#include "support/http2_pair.hpp"

#include <mint/http/connection.hpp>

#include <cerrno>
#include <new>
#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace mint::http {
namespace {

namespace h2 = mint::testing::h2;
using mint::testing::calls;
using mint::testing::fail_at_each_call;
using mint::testing::failing_allocation;
using mint::testing::http2_pair;
using mint::testing::patience;
using mint::testing::scripted_peer;
using mint::testing::transcript;

/// What a conversation came to: all of it, or an error.
struct http2_outcome {
    transcript received;
    std::optional<error> failure;
    std::string heard;  ///< by the peer
};

const std::string settings = h2::settings({{h2::enable_connect_protocol, 1}}) + h2::settings_ack();

/// SETTINGS, a WebSocket, octets each way, and its end in both directions, with the GOAWAY that closes: everything that
/// a stream does.
http2_outcome converse_over_http2(scripted_peer& peer, mode m) {
    http2_outcome result;
    peer.drop_waiting();  // of runs that failed while they connected
    const auto note = [&](const auto& done) {
        if (!done && !result.failure) result.failure = done.error();
        return done.has_value();
    };
    auto conn = connect(scheme::http, "127.0.0.1", peer.port(), {.protocols = {protocol::http2}, .mode = m});
    if (!note(conn)) return result;
    peer.accept();
    h2::client_frames frames;
    read_buffer scratch;
    const auto receive_until = [&](auto is_enough) {
        while (!is_enough(result.received)) {
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

    const auto ref = websocket::upgrade(ws_scheme::ws, *conn, "/");
    if (!note(ref)) return result;
    peer.send(settings);
    if (!receive_until([&](const transcript&) {
            return conn->queued_size() == 0 && conn->server_settings()->enable_connect_protocol;
        }))
        return result;
    peer.send(h2::headers(1, {{":status", "200"}}) + h2::data(1, "behind"));
    if (!receive_until([](const transcript& t) { return t.data == "behind"; })) return result;
    if (!note(websocket::create(*conn, *ref, 200, result.received.sections.back()))) return result;

    if (!note(conn->stream_request_body(*ref, as_bytes("to the peer"))) || !note(conn->flush(patience))) return result;
    if (!note(conn->stream_request_body(*ref, eof{})) || !note(conn->go_away())) return result;
    peer.send(h2::data(1, "back", h2::end_stream));
    receive_until([](const transcript& t) { return t.done_count == 1; });
    if (result.failure) return result;
    EXPECT_FALSE(conn->is_open()) << "nothing is left";
    (void)frames.read(as_bytes(peer.receive_all()));
    result.heard = frames.content_of(1);
    return result;
}

class http2_fault : public ::testing::TestWithParam<mode> {
  protected:
    static void expect_complete(const http2_outcome& o) {
        ASSERT_FALSE(o.failure) << to_string(*o.failure);
        EXPECT_EQ(o.received.data, "behindback");
        EXPECT_EQ(o.heard, "to the peer");
        EXPECT_EQ(o.received.done_count, 1U);
        EXPECT_TRUE(o.received.errors.empty());
    }
};

TEST_P(http2_fault, never_matters_where_it_is_an_interruption) {
    scripted_peer peer;
    const auto interruptible = calls::send | calls::recv | calls::poll;
    const std::size_t call_count = fail_at_each_call({.which = interruptible, .error = EINTR},
                                                     [&] { expect_complete(converse_over_http2(peer, GetParam())); });
    EXPECT_GE(call_count, 8U);
}

TEST_P(http2_fault, never_matters_where_one_octet_is_moved) {
    scripted_peer peer;
    for (const bool lasts : {false, true}) {
        fail_at_each_call({.which = calls::send | calls::recv, .error = 0, .lasts = lasts},
                          [&] { expect_complete(converse_over_http2(peer, GetParam())); });
    }
}

TEST_P(http2_fault, never_matters_where_the_socket_is_not_ready_after_all) {
    scripted_peer peer;
    fail_at_each_call({.which = calls::send | calls::recv, .error = EAGAIN},
                      [&] { expect_complete(converse_over_http2(peer, GetParam())); });
}

TEST_P(http2_fault, is_reported_and_leaves_nothing_behind) {
    const auto any = calls::socket | calls::connect | calls::send | calls::recv | calls::poll | calls::getsockopt |
                     calls::setsockopt | calls::fcntl;
    for (const int system : {ECONNRESET, ENOMEM, EBADF}) {
        for (const bool lasts : {false, true}) {
            scripted_peer peer;
            fail_at_each_call({.which = any, .error = system, .lasts = lasts}, [&] {
                const http2_outcome o = converse_over_http2(peer, GetParam());
                if (!o.failure) expect_complete(o);
            });
        }
    }
}

INSTANTIATE_TEST_SUITE_P(modes, http2_fault, ::testing::Values(mode::active, mode::passive),
                         [](const auto& m) { return m.param == mode::active ? "active" : "passive"; });

TEST(http2_out_of_memory, ends_the_connection_and_never_hides_what_is_missing) {
    std::size_t failure_count = 0;
    bool is_finished = false;
    for (std::size_t index = 0; !is_finished; ++index) {
        http2_pair pair;
        pair.open();
        const auto ref = pair.open_websocket(1);
        pair.peer.send(h2::data(1, "abc") + h2::headers(1, {{"t", "v"}}, h2::end_headers | h2::end_stream));
        net::wait(pair.conn.socket(), {.read = true}, net::deadline{patience}).value();
        try {
            const failing_allocation failing{index};
            const auto sent = pair.conn.stream_request_body(ref, as_bytes("content"));
            const auto list = pair.conn.stream({.id = pair.conn.id()}, pair.scratch);
            is_finished = sent && list;
        } catch (const std::bad_alloc&) {
            ++failure_count;
            const auto again = pair.conn.stream({.id = pair.conn.id()}, pair.scratch);
            EXPECT_FALSE(again && pair.conn.is_open(ref)) << index;
        }
    }
    EXPECT_GE(failure_count, 2U);
}

}  // namespace
}  // namespace mint::http
