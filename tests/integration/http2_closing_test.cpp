#include "http2_peers.hpp"
#include "multiplexed.hpp"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

namespace mint::test {
namespace {

/// How one WebSocket of several ends; not with hypercorn, which takes the others along.
class http2_closing : public ::testing::TestWithParam<http2_peer_and_tls> {
  protected:
    [[nodiscard]] static http2_peer server() { return std::get<0>(GetParam()); }

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

    multiplexed all_{server(), std::get<1>(GetParam())};
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
    EXPECT_TRUE(all_.connection().is_open(ending_)) << "our answer may still go out " << all_.at(ending_).is_done << (all_.at(ending_).failure ? to_string(*all_.at(ending_).failure) : "none");
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

TEST_P(http2_closing, an_abort_of_ours_in_the_midst_of_messages_harms_nobody) {
    all_.send_text(ending_, "!send 1000000");
    all_.receive_until([&] { return all_.connection().receive_window(ending_) != 4U * 1024 * 1024; });
    all_.send_text(ending_, std::string(300'000, 'x'));
    ASSERT_TRUE(all_.connection().cancel_request(ending_));
    EXPECT_EQ(all_.connection().queued_size(ending_), 0U);
    EXPECT_TRUE(all_.connection().cancel_request(ending_)) << "nothing happens for one that is over";
    expect_that_others_live();
    EXPECT_FALSE(all_.at(ending_).is_over()) << "nothing comes for it any more";
}

TEST_P(http2_closing, go_away_of_ours_lets_what_is_open_end) {
    ASSERT_TRUE(all_.connection().go_away());
    EXPECT_FALSE(all_.connection().is_open_for_requests());
    EXPECT_EQ(all_.connection().request("GET", "/").error(), errc::connection_closed);
    EXPECT_EQ(all_.echo(ending_, "still there"), "still there");
    all_.close(ending_);
    EXPECT_EQ(all_.echo(live_, "still there"), "still there");
    all_.close(live_);
    EXPECT_FALSE(all_.connection().is_open());
}

}  // namespace
}  // namespace mint::test
