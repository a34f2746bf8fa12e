#include "support/fail_at_each_call.hpp"

#include <mint/net/wait.hpp>

#include <array>
#include <cerrno>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include <gtest/gtest.h>

namespace mint::net {
namespace {

using namespace std::chrono_literals;

/// Two connected sockets.
class wait : public ::testing::Test {
  protected:
    wait() { EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends_.data()), 0); }
    ~wait() override {
        ::close(ends_[0]);
        if (ends_[1] >= 0) ::close(ends_[1]);
    }

    void write_to_first() { EXPECT_EQ(::write(ends_[1], "x", 1), 1); }

    std::array<int, 2> ends_{};
};

TEST(deadline, is_over_at_once_without_a_timeout) {
    EXPECT_TRUE(deadline{0ms}.has_passed());
    EXPECT_TRUE(deadline{-5ms}.has_passed());
    EXPECT_EQ(deadline{0ms}.left(), 0ms);
}

TEST(deadline, counts_from_now_on) {
    const deadline until{1h};
    EXPECT_FALSE(until.is_never());
    EXPECT_FALSE(until.has_passed());
    EXPECT_LE(until.left(), 1h);
    EXPECT_GT(until.left(), 59min);
}

TEST(deadline, that_the_clock_cannot_reach_is_never) {
    for (const auto timeout : {std::chrono::milliseconds::max(), std::chrono::milliseconds::max() - 1ms}) {
        EXPECT_TRUE(deadline{timeout}.is_never());
        EXPECT_FALSE(deadline{timeout}.has_passed());
        EXPECT_EQ(deadline{timeout}.left(), std::chrono::milliseconds::max());
    }
}

TEST(deadline, that_lies_before_the_clocks_reach_has_passed) {
    using time_point = deadline::clock::time_point;
    for (const auto at : {time_point::min(), time_point::min() + 1ns, time_point{}, time_point{} - 1h}) {
        EXPECT_TRUE(deadline{at}.has_passed());
        EXPECT_EQ(deadline{at}.left(), 0ms);
        EXPECT_FALSE(deadline{at}.is_never());
    }
    EXPECT_TRUE(deadline{std::chrono::milliseconds::min()}.has_passed());
    EXPECT_FALSE(deadline{time_point::max() - 1ns}.has_passed());
    EXPECT_FALSE(wait_any({}, deadline{time_point::min()}));
}

TEST(deadline, may_be_a_point_in_time) {
    const auto now = deadline::clock::now();
    EXPECT_TRUE(deadline{now}.has_passed());
    EXPECT_TRUE(deadline{now - 1h}.has_passed());
    EXPECT_GT(deadline{now + 1h}.left(), 59min);
    EXPECT_LE(deadline{now + 1h}.left(), 1h);
    EXPECT_TRUE(deadline{deadline::clock::time_point::max()}.is_never());
}

TEST_F(wait, for_several_ends_with_the_first_that_is_ready) {
    const interest reads[] = {{ends_[1], {.read = true}}, {ends_[0], {.read = true}}};
    auto ready = wait_any(reads, deadline{0ms});
    ASSERT_FALSE(ready);
    EXPECT_EQ(ready.error(), errc::timeout);

    write_to_first();
    EXPECT_TRUE(wait_any(reads, deadline{1h}));
    const interest writes[] = {{ends_[1], {.read = true}}, {ends_[1], {.write = true}}};
    EXPECT_TRUE(wait_any(writes, deadline{1h}));
}

TEST_F(wait, for_nothing_ends_when_the_time_is_over) {
    const auto start = deadline::clock::now();
    const auto ready = wait_any({}, deadline{20ms});
    ASSERT_FALSE(ready);
    EXPECT_EQ(ready.error(), errc::timeout);
    EXPECT_GE(deadline::clock::now() - start, 20ms);
}

TEST_F(wait, for_several_takes_a_hang_up_as_ready) {
    ::close(std::exchange(ends_[1], -1));
    EXPECT_TRUE(wait_any(std::array{interest{ends_[0], {.read = true}}}, deadline{1h}));
}

TEST_F(wait, for_several_goes_on_after_a_signal_and_reports_a_failing_poll) {
    for (const int failure : {EINTR, ENOMEM}) {
        bool is_first = true;
        mint::testing::fail_at_each_call({.which = mint::testing::calls::poll, .error = failure}, [&] {
            const int own = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
            const auto ready = wait_any(std::array{interest{own, {.read = true}}}, deadline{1s});
            if (failure == ENOMEM && std::exchange(is_first, false)) {
                ASSERT_FALSE(ready);
                EXPECT_EQ(ready.error(), errc::system_error);
                EXPECT_EQ(ready.error().system, ENOMEM);
            } else {
                EXPECT_TRUE(ready);
            }
            ::close(own);
        });
    }
}

TEST_F(wait, tells_which_direction_is_ready) {
    auto ready = net::wait(ends_[0], {.read = true, .write = true}, deadline{1s});
    ASSERT_TRUE(ready);
    EXPECT_FALSE(ready->read);
    EXPECT_TRUE(ready->write);

    write_to_first();
    ready = net::wait(ends_[0], {.read = true, .write = true}, deadline{1s});
    ASSERT_TRUE(ready);
    EXPECT_TRUE(ready->read);
    EXPECT_TRUE(ready->write);

    ready = net::wait(ends_[0], {.read = true}, deadline{1s});
    ASSERT_TRUE(ready);
    EXPECT_FALSE(ready->write);
}

TEST_F(wait, ends_when_the_time_is_over) {
    const auto start = deadline::clock::now();
    const auto ready = net::wait(ends_[0], {.read = true}, deadline{20ms});
    ASSERT_FALSE(ready);
    EXPECT_EQ(ready.error(), errc::timeout);
    EXPECT_GE(deadline::clock::now() - start, 20ms);
}

TEST_F(wait, looks_once_even_where_there_is_no_time) {
    write_to_first();
    EXPECT_TRUE(net::wait(ends_[0], {.read = true}, deadline{0ms}));
}

TEST_F(wait, takes_a_hang_up_as_ready) {
    ::close(std::exchange(ends_[1], -1));
    const auto ready = net::wait(ends_[0], {.read = true, .write = true}, deadline{1s});
    ASSERT_TRUE(ready);
    EXPECT_TRUE(ready->read);
    EXPECT_TRUE(ready->write);
}

TEST_F(wait, goes_on_after_a_signal) {
    mint::testing::fail_at_each_call({.which = mint::testing::calls::poll, .error = EINTR}, [] {
        const int own = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        // An unconnected socket hangs up at once.
        EXPECT_TRUE(net::wait(own, {.read = true}, deadline{1s}));
        ::close(own);
    });
}

TEST_F(wait, reports_a_failing_poll) {
    mint::testing::fail_at_each_call({.which = mint::testing::calls::poll, .error = ENOMEM},
                                     [failed = false]() mutable {
                                         const int own = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
                                         const auto ready = net::wait(own, {.read = true}, deadline{1s});
                                         if (!std::exchange(failed, true)) {
                                             ASSERT_FALSE(ready);
                                             EXPECT_EQ(ready.error(), errc::system_error);
                                             EXPECT_EQ(ready.error().system, ENOMEM);
                                             EXPECT_EQ(ready.error().detail, "poll");
                                         } else {
                                             EXPECT_TRUE(ready);
                                         }
                                         ::close(own);
                                     });
}

}  // namespace
}  // namespace mint::net
