#include "http2_peers.hpp"
#include "multiplexed.hpp"

#include <algorithm>
#include <chrono>
#include <string>

#include <gtest/gtest.h>

namespace mint::test {
namespace {

/// How one WebSocket of several ends; not with hypercorn, which takes the others along.
class http2_closing : public ::testing::TestWithParam<http2_peer_and_tls> {
  protected:
    [[nodiscard]] static http2_peer server() { return std::get<0>(GetParam()); }
    [[nodiscard]] static bool is_secure() { return std::get<1>(GetParam()); }

    http2_closing() : ending_(all_.ask()), live_(all_.ask()) {
        all_.create(ending_);
        all_.create(live_);
    }

    /// The other WebSocket goes on, and there is room for one more.
    void expect_that_others_live() {
        EXPECT_EQ(all_.echo(live_, "still there"), "still there");
        EXPECT_FALSE(all_.connection().is_open(ending_));
        EXPECT_EQ(all_.connection().open_request_count(), 1U);
        const auto next = all_.ask();
        all_.create(next);
        EXPECT_EQ(all_.echo(next, "new"), "new");
    }

    multiplexed all_{server(), is_secure()};
    request_ref ending_;
    request_ref live_;
};

INSTANTIATE_TEST_SUITE_P(servers, http2_closing,
                         ::testing::Combine(::testing::ValuesIn(sound_http2_peers), in_cleartext_and_over_tls()),
                         name_of_http2);

TEST_P(http2_closing, what_was_sent_before_our_close_is_answered_before_the_servers) {
    for (int i = 0; i < 50; ++i) all_.send_text(ending_, std::to_string(i));
    all_.send(ending_, ws::close{ws::close_code{4000}, "done"});
    for (int i = 0; i < 50; ++i) ASSERT_EQ(all_.next_text(ending_), std::to_string(i));
    EXPECT_EQ(all_.next<ws::owned_close>(ending_).code, ws::close_code{4000});
    EXPECT_TRUE(all_.end(ending_)) << "the server ended its direction in time";
    expect_that_others_live();
}

TEST_P(http2_closing, a_close_of_the_servers_is_answered_and_ends_that_stream_alone) {
    all_.send_text(ending_, "!close 4001 bye");
    const auto theirs = all_.next<ws::owned_close>(ending_);
    EXPECT_EQ(theirs.code, ws::close_code{4001});
    EXPECT_EQ(theirs.reason, "bye");
    EXPECT_TRUE(all_.connection().is_open(ending_)) << "our answer may still go out";
    all_.send(ending_, ws::close{theirs.code, ""});
    EXPECT_TRUE(all_.end(ending_));
    expect_that_others_live();
}

TEST_P(http2_closing, an_end_without_a_close_frame_is_one_websockets_1006) {
    all_.send_text(ending_, "!fin");
    // apache passes no end of its backend's on until it has ours.
    if (server() != http2_peer::apache) all_.receive_until([&] { return all_.at(ending_).is_over(); });
    EXPECT_TRUE(all_.end(ending_));
    EXPECT_FALSE(all_.at(ending_).failure);
    EXPECT_EQ(all_.at(ending_).ws->codec().end_of_input().error(), errc::closed_without_close_frame);
    expect_that_others_live();
}

TEST_P(http2_closing, an_abort_is_one_websockets_own) {
    all_.send_text(ending_, "!reset");
    all_.receive_until([&] { return all_.at(ending_).is_over(); });
    // Most proxies make an end in good order of a backend's reset.
    if (const auto& failure = all_.at(ending_).failure) {
        EXPECT_EQ(*failure, errc::stream_reset) << to_string(*failure);
    } else {
        EXPECT_EQ(all_.at(ending_).ws->codec().end_of_input().error(), errc::closed_without_close_frame);
        EXPECT_TRUE(all_.end(ending_));
    }
    expect_that_others_live();
}

TEST_P(http2_closing, our_end_without_a_close_frame_ends_the_stream_within_the_grace_time) {
    all_.end(ending_, std::chrono::milliseconds{100});  // nghttpx leaves it open, and lighttpd resets it
    expect_that_others_live();
}

/// Whether a response is content of that request's.
auto is_data_of(request_ref ref) {
    return [ref](const response& r) { return std::holds_alternative<responses::data>(r) && ref_of(r) == ref; };
}

TEST_P(http2_closing, aborts_of_ours_in_the_midst_of_messages_use_up_no_credit) {
    // haproxy has one connection to its backend for all of them, which stands still behind a reset in a message's
    // midst.
    if (server() == http2_peer::haproxy_h2) return;
    multiplexed all{http2_server_of(server(), is_secure()).port(),
                    is_secure(),
                    {.http2 = {.initial_window_size = 65'535, .connection_window_size = 65'535}}};
    const auto live = all.ask();
    all.create(live);
    for (int i = 0; i < 5; ++i) {
        const auto cancelled = all.ask();
        all.create(cancelled);
        all.send_text(cancelled, "!send 1000000");
        all.send_text(cancelled, std::string(300'000, 'x'));
        all.receive_until([&] { return std::ranges::any_of(all.last(), is_data_of(cancelled)); });
        ASSERT_TRUE(all.connection().cancel_request(cancelled));
        EXPECT_EQ(all.connection().queued_size(cancelled), 0U);
        EXPECT_TRUE(all.connection().cancel_request(cancelled)) << "nothing happens for one that is over";
        all.send_text(live, "!send 100000");
        EXPECT_EQ(all.next<ws::owned_binary>(live).payload.size(), 100'000U);
        EXPECT_FALSE(all.at(cancelled).is_over()) << "nothing comes for it any more";
    }
}

TEST_P(http2_closing, go_away_of_ours_lets_what_is_open_end) {
    ASSERT_TRUE(all_.connection().go_away());
    EXPECT_FALSE(all_.connection().is_open_for_requests());
    EXPECT_EQ(all_.connection().request("GET", "/").error(), errc::going_away);
    EXPECT_EQ(all_.echo(ending_, "still there"), "still there");
    all_.close(ending_);
    EXPECT_EQ(all_.echo(live_, "still there"), "still there");
    all_.close(live_);
    EXPECT_FALSE(all_.connection().is_open());
}

}  // namespace
}  // namespace mint::test
