#include "http2_peers.hpp"
#include "multiplexed.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mint::test {
namespace {

/// Many WebSockets and requests on one connection, against each server.
class http2_streams : public ::testing::TestWithParam<http2_peer_and_tls> {
  protected:
    [[nodiscard]] static http2_peer server() { return std::get<0>(GetParam()); }
    [[nodiscard]] static bool is_secure() { return std::get<1>(GetParam()); }

    /// How many WebSockets it has at a time: lighttpd says that it has 8 streams; apache doesn't say, and lets others
    /// wait.
    [[nodiscard]] static std::size_t room() {
        if (server() == http2_peer::apache) return 5;
        return server() == http2_peer::lighttpd ? 7 : 20;
    }

    [[nodiscard]] static bool ends_streams_well() { return server() != http2_peer::hypercorn; }
};

INSTANTIATE_TEST_SUITE_P(servers, http2_streams,
                         ::testing::Combine(::testing::ValuesIn(every_http2_peer), in_cleartext_and_over_tls()),
                         name_of_http2);

TEST_P(http2_streams, many_are_open_at_once_beside_a_request) {
    for (const auto mode : {http::mode::active, http::mode::passive}) {
        multiplexed all{server(), is_secure(), mode};
        std::vector<request_ref> refs;
        for (std::size_t i = 0; i < room(); ++i) refs.push_back(all.ask());
        for (const auto ref : refs) all.create(ref);
        const auto page =
            all.get(server() == http2_peer::apache || server() == http2_peer::lighttpd ? "/index.html" : "/hello");
        for (std::size_t i = 0; i < refs.size(); ++i) all.send_text(refs[i], "number " + std::to_string(i));
        for (std::size_t i = refs.size(); i-- > 0;) EXPECT_EQ(all.next_text(refs[i]), "number " + std::to_string(i));
        all.receive_until([&] { return all.at(page).is_over(); });
        EXPECT_EQ(all.at(page).status_code, 200);
        EXPECT_EQ(all.connection().open_request_count(), refs.size());
        if (!ends_streams_well()) continue;
        for (const auto ref : refs) all.close(ref);
        EXPECT_EQ(all.connection().open_request_count(), 0U);
        EXPECT_TRUE(all.connection().is_open_for_requests());
    }
}

TEST_P(http2_streams, more_than_the_server_has_room_for_come_one_after_the_other) {
    if (!ends_streams_well()) return;
    constexpr std::size_t count = 25;
    multiplexed all{server(), is_secure()};
    std::vector<request_ref> waiting;
    for (std::size_t i = 0; i < count; ++i) waiting.push_back(all.ask());
    std::size_t done = 0;
    while (!waiting.empty()) {
        all.receive_until(
            [&] { return std::ranges::any_of(waiting, [&](request_ref r) { return all.at(r).has_fields; }); });
        const auto next = std::ranges::find_if(waiting, [&](request_ref r) { return all.at(r).has_fields; });
        const request_ref ref = *next;
        waiting.erase(next);
        all.create(ref);
        all.send_text(ref, "hello");
        EXPECT_EQ(all.next_text(ref), "hello");
        all.close(ref);
        ++done;
    }
    EXPECT_EQ(done, count);
}

TEST_P(http2_streams, large_messages_of_several_go_side_by_side) {
    multiplexed all{server(), is_secure()};
    const std::string payload(1U << 20U, 'x');
    std::vector<request_ref> refs;
    for (int i = 0; i < 4; ++i) refs.push_back(all.ask());
    for (const auto ref : refs) all.create(ref);
    for (const auto ref : refs) all.send_text(ref, payload);
    for (const auto ref : refs) EXPECT_TRUE(all.next_text(ref) == payload);
}

TEST_P(http2_streams, a_refusal_has_its_status_and_harms_nobody) {
    multiplexed all{server(), is_secure()};
    const auto live = all.ask();
    all.create(live);
    const auto refused = all.ask("/403");
    all.receive_until([&] { return all.at(refused).is_over(); });
    EXPECT_FALSE(all.at(refused).failure);
    EXPECT_EQ(all.at(refused).status_code, 403);
    EXPECT_EQ(all.at(refused).body, server() == http2_peer::hypercorn ? "" : "nope!\n");
    const auto ws = websocket::create(all.connection(), refused, 403, all.at(refused).fields);
    ASSERT_FALSE(ws);
    EXPECT_EQ(ws.error(), errc::upgrade_refused);
    all.send_text(live, "still there");
    EXPECT_EQ(all.next_text(live), "still there");
    if (!ends_streams_well()) return;
    const auto again = all.ask();
    all.create(again);
    all.send_text(again, "and again");
    EXPECT_EQ(all.next_text(again), "and again");
}

TEST_P(http2_streams, a_cancelled_websocket_is_gone_and_the_others_live) {
    multiplexed all{server(), is_secure()};
    const auto gone = all.ask();
    const auto live = all.ask();
    all.create(gone);
    all.create(live);
    ASSERT_TRUE(all.connection().cancel_request(gone));
    EXPECT_FALSE(all.connection().is_open(gone));
    for (int i = 0; i < 3; ++i) {
        all.send_text(live, "still there");
        EXPECT_EQ(all.next_text(live), "still there");
    }
    EXPECT_FALSE(all.at(gone).is_over()) << "nothing comes for it any more";
}

TEST_P(http2_streams, one_that_nobody_reads_keeps_nobody_waiting) {
    // hypercorn sends in the order in which it was asked; haproxy has one connection to the backend for both, and one
    // window.
    if (server() == http2_peer::hypercorn || server() == http2_peer::haproxy_h2) return;
    auto& listening = http2_server_of(server(), is_secure());
    multiplexed all{
        listening.port(), is_secure(), {.http2 = {.initial_window_size = 100'000, .credit = http2::credit::manual}}};
    const auto stuck = all.ask();
    const auto live = all.ask();
    all.create(stuck);
    all.create(live);
    all.send_text(stuck, "!send 3000000");
    all.receive_until([&] { return all.connection().receive_window(stuck) < 50'000U; });
    for (int i = 0; i < 100; ++i) {
        all.send_text(live, "hello");
        EXPECT_EQ(all.next_text(live), "hello");
        ASSERT_TRUE(all.connection().consumed(live, 7));
    }
    EXPECT_TRUE(all.at(stuck).inbox.empty());
    // Read on now: what was received is credited, and the rest follows.
    ASSERT_TRUE(all.connection().consumed(stuck, 100'000 - all.connection().receive_window(stuck).value()));
    while (all.at(stuck).inbox.empty()) {
        all.receive();
        std::size_t received = 0;
        for (const response& r : all.last()) {
            const auto* const data = std::get_if<responses::data>(&r);
            if (data != nullptr && data->ref == stuck) received += data->bytes.size();
        }
        ASSERT_TRUE(all.connection().consumed(stuck, received));
    }
    EXPECT_EQ(std::get<ws::owned_binary>(all.at(stuck).inbox.front()).payload.size(), 3'000'000U);
}

TEST_P(http2_streams, one_that_the_server_does_not_read_keeps_nobody_waiting) {
    // hypercorn's application reads all; haproxy gives the connection no more credit than one stream can use up.
    if (server() == http2_peer::hypercorn || server() == http2_peer::haproxy || server() == http2_peer::haproxy_h2)
        return;
    auto& listening = http2_server_of(server(), is_secure());
    multiplexed all{listening.port(), is_secure(), {.max_queued_size = 64U << 20U}};
    const auto stuck = all.ask();
    const auto live = all.ask();
    all.create(stuck);
    all.create(live);
    EXPECT_EQ(all.echo(stuck, "!stall"), "stalled");
    const std::string large(1U << 20U, 'x');
    constexpr int count = 20;  // more than the buffers on the way hold
    for (int i = 0; i < count; ++i) all.send_text(stuck, large);
    for (int i = 0; i < 100; ++i) ASSERT_EQ(all.echo(live, "hello"), "hello");
    EXPECT_EQ(all.connection().queued_size(live), 0U);
    if (server() != http2_peer::lighttpd) {  // which takes all that comes, and keeps it
        EXPECT_GT(all.connection().queued_size(stuck), 0U);
        EXPECT_EQ(all.connection().send_window(stuck), 0U);
        EXPECT_FALSE(all.connection().wants_write()) << "there is nothing to wait for but the server's credit";
    }
    const auto resumed = all.get("/resume");
    for (int i = 0; i < count; ++i) ASSERT_TRUE(all.next_text(stuck) == large);
    EXPECT_EQ(all.connection().queued_size(), 0U);
    EXPECT_FALSE(all.at(resumed).failure);
}

}  // namespace
}  // namespace mint::test
