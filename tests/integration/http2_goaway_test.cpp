#include "http2_peers.hpp"
#include "multiplexed.hpp"

#include <csignal>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mint::test {
namespace {

/// Servers that are shut down while WebSockets are open.
class http2_shutdown : public ::testing::TestWithParam<http2_peer_and_tls> {};

INSTANTIATE_TEST_SUITE_P(servers, http2_shutdown,
                         ::testing::Combine(::testing::Values(http2_peer::nghttpx, http2_peer::haproxy,
                                                              http2_peer::haproxy_h2, http2_peer::apache,
                                                              http2_peer::lighttpd),
                                            in_cleartext_and_over_tls()),
                         name_of_http2);

TEST_P(http2_shutdown, what_is_open_lives_on_and_nothing_new_begins) {
    const auto [peer, is_secure] = GetParam();
    auto server = start_http2_server_of(peer, is_secure);
    multiplexed all{server.port(), is_secure};
    const std::vector refs{all.ask(), all.ask()};
    for (const auto ref : refs) all.create(ref);
    ::kill(server.pid(), SIGUSR1);
    const auto deadline = std::chrono::steady_clock::now() + long_enough;
    while (all.connection().is_open_for_requests() && std::chrono::steady_clock::now() < deadline) {
        all.echo(refs[0], "hello");
    }
    EXPECT_FALSE(all.connection().is_open_for_requests());
    for (const auto ref : refs) EXPECT_EQ(all.echo(ref, "still there"), "still there");
    for (const auto ref : refs) all.close(ref);
    EXPECT_FALSE(all.connection().is_open());
}

/// GOAWAY as node sends it when it is told to.
class http2_scripted_goaway : public ::testing::TestWithParam<bool> {
  protected:
    [[nodiscard]] static bool is_secure() { return GetParam(); }
};

INSTANTIATE_TEST_SUITE_P(servers, http2_scripted_goaway, in_cleartext_and_over_tls(),
                         [](const auto& p) { return p.param ? "tls" : "cleartext"; });

TEST_P(http2_scripted_goaway, what_is_open_lives_and_nothing_is_begun) {
    multiplexed all{http2_peer::node, is_secure()};
    const auto live = all.ask();
    all.create(live);
    all.send_text(live, "!goaway");
    all.receive_until([&] { return !all.connection().is_open_for_requests(); });
    EXPECT_EQ(all.connection().request("GET", "/").error(), errc::going_away);
    for (int i = 0; i < 3; ++i) {
        all.send_text(live, "still there");
        EXPECT_EQ(all.next_text(live), "still there");
    }
    all.close(live);
    EXPECT_FALSE(all.connection().is_open());
}

TEST_P(http2_scripted_goaway, what_it_does_not_cover_may_be_sent_again_elsewhere) {
    multiplexed all{http2_peer::node, is_secure()};
    const auto live = all.ask();
    all.create(live);
    const auto unanswered = all.ask("/silent");
    all.send_text(live, "!goaway 1");
    const auto crossing = all.ask();
    for (const auto ref : {unanswered, crossing}) {
        all.receive_until([&] { return all.at(ref).is_over(); });
        ASSERT_TRUE(all.at(ref).failure);
        EXPECT_EQ(*all.at(ref).failure, errc::request_not_processed) << to_string(*all.at(ref).failure);
    }
    EXPECT_EQ(all.echo(live, "still there"), "still there");
    multiplexed elsewhere{http2_peer::node, is_secure()};
    const auto again = elsewhere.ask();
    elsewhere.create(again);
    EXPECT_EQ(elsewhere.echo(again, "here"), "here");
}

TEST_P(http2_scripted_goaway, what_waits_for_a_stream_may_be_sent_again_elsewhere) {
    auto server = start_http2_server(is_secure(), {"--streams", "2"});
    multiplexed all{server.port(), is_secure()};
    const auto live = all.ask();
    all.create(live);
    const auto unanswered = all.ask("/silent");
    const std::vector waiting{all.ask(), all.ask(), all.ask()};
    EXPECT_EQ(all.echo(live, "hello"), "hello");
    all.send_text(live, "!goaway");
    for (const auto ref : waiting) {
        all.receive_until([&] { return all.at(ref).is_over(); });
        ASSERT_TRUE(all.at(ref).failure);
        EXPECT_EQ(*all.at(ref).failure, errc::request_not_processed) << to_string(*all.at(ref).failure);
    }
    EXPECT_FALSE(all.at(unanswered).is_over()) << "the server may still answer it";
    EXPECT_EQ(all.echo(live, "still there"), "still there");
}

TEST_P(http2_scripted_goaway, with_an_error_it_ends_everyone_and_says_why) {
    multiplexed all{http2_peer::node, is_secure()};
    const std::vector refs{all.ask(), all.ask()};
    for (const auto ref : refs) all.create(ref);
    all.send_text(refs[0], "!fail");
    EXPECT_THROW(all.receive_until([] { return false; }), std::runtime_error);
    EXPECT_FALSE(all.connection().is_open());
    for (const auto ref : refs) {
        ASSERT_TRUE(all.at(ref).failure);
        EXPECT_EQ(*all.at(ref).failure, errc::connection_closed) << to_string(*all.at(ref).failure);
        EXPECT_EQ(all.at(ref).failure->detail, "GOAWAY ENHANCE_YOUR_CALM");
    }
}

}  // namespace
}  // namespace mint::test
