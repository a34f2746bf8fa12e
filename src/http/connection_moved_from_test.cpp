// A moved-from connection is closed, and says so whatever it is asked.
#include "support/connected_pair.hpp"
#include "support/http2_pair.hpp"

#include <array>
#include <cstddef>
#include <utility>

#include <gtest/gtest.h>

namespace mint::http {
namespace {

using mint::testing::connected_pair;
using mint::testing::http2_pair;
using mint::testing::patience;

void expect_closed(connection& gone) {
    const request_ref ref{1};
    read_buffer scratch;
    std::array<std::byte, 8> payload{};
    const bool is_active = gone.mode() == mode::active;
    EXPECT_EQ(gone.request("GET", "/").error(), errc::connection_closed);
    EXPECT_EQ(gone.stream_request_body(ref, as_bytes("x")).error(), errc::connection_closed);
    EXPECT_EQ(gone.stream_request_body(ref, eof{}).error(), errc::connection_closed);
    EXPECT_EQ(websocket::upgrade(ws_scheme::ws, gone, "/").error(), errc::connection_closed);
    EXPECT_EQ(gone.stream({.id = gone.id(), .readable = true, .writable = true}, scratch).error().reason,
              is_active ? errc::connection_closed : errc::wrong_mode);
    EXPECT_EQ(gone.recv(0, patience, scratch).error().reason, is_active ? errc::wrong_mode : errc::connection_closed);
    EXPECT_EQ(gone.flush(patience).error(), errc::connection_closed);
    EXPECT_EQ(gone.set_mode(gone.mode()).error(), errc::connection_closed);
    EXPECT_FALSE(gone.cancel_request(ref));
    EXPECT_FALSE(gone.go_away());
    EXPECT_FALSE(gone.ping());
    EXPECT_FALSE(gone.ping(payload));
    EXPECT_FALSE(gone.put_settings({}));
    static_cast<void>(gone.consumed(ref, 1));  // over HTTP/1.1 it does nothing
    EXPECT_FALSE(gone.set_window_size(70'000));
    EXPECT_FALSE(gone.set_window_size(ref, 70'000));
    gone.cork();
    EXPECT_TRUE(gone.uncork());
    EXPECT_FALSE(gone.is_open());
    EXPECT_FALSE(gone.is_open(direction::write));
    EXPECT_FALSE(gone.is_open(ref));
    EXPECT_FALSE(gone.is_open_for_requests());
    EXPECT_EQ(gone.open_request_count(), 0U);
    EXPECT_FALSE(gone.request_body_window(ref));
    EXPECT_FALSE(gone.may_have_more());
    EXPECT_EQ(gone.socket(), -1);
    EXPECT_FALSE(gone.wants_read());
    EXPECT_FALSE(gone.wants_write());
    EXPECT_EQ(gone.queued_size(), 0U);
    EXPECT_EQ(gone.queued_size(ref), 0U);
    static_cast<void>(gone.server_settings());
    static_cast<void>(gone.client_settings());
    static_cast<void>(gone.extended_connect());
    EXPECT_EQ(gone.send_window().value_or(0), 0U);
    EXPECT_EQ(gone.send_window(ref).value_or(0), 0U);
    EXPECT_EQ(gone.receive_window().value_or(0), 0U);
    EXPECT_EQ(gone.receive_window(ref).value_or(0), 0U);
    EXPECT_FALSE(gone.tls());
    EXPECT_TRUE(gone.session().empty());
    EXPECT_FALSE(gone.was_truncated());
    gone.close();
    gone.close();
}

TEST(moved_from_connection, is_closed_whatever_it_is_asked) {
    for (const auto& options : {connect_options{}, connected_pair::passive()}) {
        connected_pair http1{options};
        connection kept = std::move(http1.conn);
        expect_closed(http1.conn);  // NOLINT(bugprone-use-after-move)
        EXPECT_TRUE(kept.request("GET", "/"));

        http2_pair http2{options};
        http2.open();
        connection kept2 = std::move(http2.conn);
        expect_closed(http2.conn);  // NOLINT(bugprone-use-after-move)
        EXPECT_TRUE(kept2.request("GET", "/"));
    }
}

TEST(moved_from_connection, works_again_once_one_is_moved_into_it) {
    connected_pair pair;
    connection kept = std::move(pair.conn);
    pair.conn = std::move(kept);
    EXPECT_TRUE(pair.conn.request("GET", "/"));
    EXPECT_FALSE(kept.request("GET", "/"));  // NOLINT(bugprone-use-after-move)
}

}  // namespace
}  // namespace mint::http
