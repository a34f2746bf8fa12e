#include "http2_peers.hpp"
#include "multiplexed.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mint::test {
namespace {

/// What node's SETTINGS and windows say, from the first on and changed later, in cleartext and over TLS.
class http2_server_limits : public ::testing::TestWithParam<bool> {
  protected:
    [[nodiscard]] static bool is_secure() { return GetParam(); }
};

INSTANTIATE_TEST_SUITE_P(servers, http2_server_limits, in_cleartext_and_over_tls(),
                         [](const auto& p) { return p.param ? "tls" : "cleartext"; });

TEST_P(http2_server_limits, small_windows_of_the_server_hold_back_and_lose_nothing) {
    auto server = start_http2_server(is_secure(), {"--window", "1000"});
    multiplexed all{server.port(), is_secure()};
    const auto a = all.ask();
    const auto b = all.ask();
    all.create(a);
    all.create(b);
    const std::string large(300'000, 'x');
    all.send_text(a, large);
    EXPECT_GT(all.connection().queued_size(a), 200'000U);
    all.send_text(b, "small");
    EXPECT_EQ(all.next_text(b), "small");
    EXPECT_TRUE(all.next_text(a) == large);
    EXPECT_EQ(all.connection().queued_size(), 0U);
}

TEST_P(http2_server_limits, the_servers_limit_of_streams_is_kept) {
    auto server = start_http2_server(is_secure(), {"--streams", "3"});
    multiplexed all{server.port(), is_secure()};
    all.receive_until([&] { return all.connection().extended_connect() == http2::extended_connect::enabled; });
    std::vector<request_ref> refs;
    for (int i = 0; i < 7; ++i) refs.push_back(all.ask());
    for (int i = 0; i < 3; ++i) all.create(refs.at(static_cast<std::size_t>(i)));
    for (std::size_t i = 0; i < refs.size(); ++i) {
        if (i >= 3) all.create(refs[i]);
        all.send_text(refs[i], "hello");
        EXPECT_EQ(all.next_text(refs[i]), "hello");
        all.close(refs[i]);
    }
}

TEST_P(http2_server_limits, a_window_that_shrinks_below_what_is_under_way_loses_nothing) {
    auto server = start_http2_server(is_secure());
    multiplexed all{server.port(), is_secure()};
    const auto a = all.ask();
    const auto b = all.ask();
    all.create(a);
    all.create(b);
    const std::string large(300'000, 'x');
    all.send_text(b, "!settings initialWindowSize 100");
    all.send_text(a, large);  // uses up the window that is to shrink
    EXPECT_EQ(all.next_text(b), "acknowledged");
    EXPECT_EQ(all.connection().server_settings()->initial_window_size, 100U);
    EXPECT_EQ(all.echo(b, "beside it"), "beside it");
    EXPECT_TRUE(all.next_text(a) == large);
    EXPECT_EQ(all.echo(b, "!settings initialWindowSize 1000000"), "acknowledged");
    EXPECT_TRUE(all.echo(a, large) == large);
}

TEST_P(http2_server_limits, a_limit_of_streams_that_changes_holds_from_then_on) {
    auto server = start_http2_server(is_secure(), {"--streams", "2"});
    multiplexed all{server.port(), is_secure()};
    const auto first = all.ask();
    all.create(first);
    const std::vector refs{all.ask(), all.ask(), all.ask()};
    all.create(refs[0]);
    EXPECT_EQ(all.echo(first, "hello"), "hello");
    EXPECT_FALSE(all.at(refs[1]).has_fields);
    EXPECT_EQ(all.echo(first, "!settings maxConcurrentStreams 4"), "acknowledged");
    for (const auto ref : {refs[1], refs[2]}) all.create(ref);
    for (const auto ref : refs) EXPECT_EQ(all.echo(ref, "hello"), "hello");
    EXPECT_EQ(all.echo(first, "!settings maxConcurrentStreams 1"), "acknowledged");
    const auto waiting = all.ask();
    for (const auto ref : refs) all.close(ref);
    EXPECT_EQ(all.echo(first, "still there"), "still there");
    EXPECT_FALSE(all.at(waiting).has_fields);
    all.close(first);
    all.create(waiting);
    EXPECT_EQ(all.echo(waiting, "hello"), "hello");
}

TEST_P(http2_server_limits, no_room_may_be_an_error_instead) {
    auto server = start_http2_server(is_secure(), {"--streams", "2"});
    multiplexed all{server.port(), is_secure(), {.http2 = {.max_waiting_request_count = 0}}};
    all.receive_until([&] { return all.connection().extended_connect() == http2::extended_connect::enabled; });
    const auto first = all.ask();
    const auto second = all.ask();
    const auto scheme = is_secure() ? ws_scheme::wss : ws_scheme::ws;
    EXPECT_EQ(websocket::upgrade(scheme, all.connection(), "/").error(), errc::too_many_streams);
    all.create(first);
    all.create(second);
    all.close(first);
    const auto next = all.ask();
    all.create(next);
    EXPECT_EQ(all.echo(next, "hello"), "hello");
}

}  // namespace
}  // namespace mint::test
