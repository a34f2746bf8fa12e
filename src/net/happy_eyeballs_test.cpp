#include "net/happy_eyeballs.hpp"

#include <chrono>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace mint::net::detail {
namespace {

using namespace std::chrono_literals;

/// A machine, and a clock that stands still unless the test moves it.
class happy_eyeballs_race : public ::testing::Test {
  protected:
    void answer_v6(std::initializer_list<const char*> literals) { answer(ip_version::v6, literals); }
    void answer_v4(std::initializer_list<const char*> literals) { answer(ip_version::v4, literals); }

    void fail_lookup(ip_version version, const char* why) {
        race_.on_answer({.version = version, .addresses = std::unexpected(error{errc::name_not_found, why})}, now_);
    }

    void fail_attempt(std::size_t number, errc code = errc::connection_refused) {
        race_.on_failure(number, code, now_);
    }

    /// What may be tried now, all of it, each with a blank behind it.
    std::string started() {
        std::string text;
        while (const auto next = race_.next(now_)) text += to_string(*next) + " ";
        return text;
    }

    /// How long from now until the deadline.
    std::optional<std::chrono::milliseconds> left() {
        const auto at = race_.deadline();
        if (!at) return std::nullopt;
        return std::chrono::duration_cast<std::chrono::milliseconds>(*at - now_);
    }

    happy_eyeballs race_{2};
    happy_eyeballs::time_point now_{1h};

  private:
    void answer(ip_version version, std::initializer_list<const char*> literals) {
        std::vector<address> found;
        for (const char* literal : literals) found.push_back(parse_address(literal, 80).value());
        race_.on_answer({.version = version, .addresses = std::move(found)}, now_);
    }
};

TEST_F(happy_eyeballs_race, tries_nothing_before_an_answer) {
    EXPECT_EQ(started(), "");
    EXPECT_EQ(left(), std::nullopt);
    EXPECT_FALSE(race_.has_failed());
}

TEST_F(happy_eyeballs_race, begins_with_ipv6_at_once) {
    answer_v6({"::1"});
    EXPECT_EQ(left(), 0ms);
    EXPECT_EQ(started(), "[::1]:80 ");
    EXPECT_EQ(left(), std::nullopt);
}

TEST_F(happy_eyeballs_race, alternates_the_ip_versions_with_a_delay_between) {
    answer_v6({"::1", "::2", "::3"});
    answer_v4({"192.0.2.1", "192.0.2.2"});
    for (const char* expected : {"[::1]:80 ", "192.0.2.1:80 ", "[::2]:80 ", "192.0.2.2:80 ", "[::3]:80 "}) {
        EXPECT_EQ(left(), 0ms);
        EXPECT_EQ(started(), expected);
        now_ += 249ms;
        EXPECT_EQ(started(), "");
        now_ += 1ms;
    }
    EXPECT_EQ(started(), "");
    EXPECT_EQ(left(), std::nullopt);
    EXPECT_FALSE(race_.has_failed());
}

TEST_F(happy_eyeballs_race, says_when_the_next_attempt_is_due) {
    answer_v6({"::1", "::2"});
    EXPECT_EQ(started(), "[::1]:80 ");
    EXPECT_EQ(left(), 250ms);
    now_ += 100ms;
    EXPECT_EQ(left(), 150ms);
}

TEST_F(happy_eyeballs_race, starts_the_next_at_once_when_one_fails) {
    answer_v6({"::1", "::2"});
    answer_v4({"192.0.2.1"});
    EXPECT_EQ(started(), "[::1]:80 ");
    now_ += 10ms;
    fail_attempt(0);
    EXPECT_EQ(left(), 0ms);
    EXPECT_EQ(started(), "192.0.2.1:80 ");
    EXPECT_EQ(left(), 250ms);
}

TEST_F(happy_eyeballs_race, starts_the_next_at_once_when_an_older_attempt_fails) {
    answer_v6({"::1", "::2"});
    answer_v4({"192.0.2.1"});
    EXPECT_EQ(started(), "[::1]:80 ");
    now_ += 250ms;
    EXPECT_EQ(started(), "192.0.2.1:80 ");
    now_ += 1ms;
    fail_attempt(0);
    EXPECT_EQ(started(), "[::2]:80 ");
}

TEST_F(happy_eyeballs_race, gives_ipv6_a_moment_when_ipv4_is_known_first) {
    answer_v4({"192.0.2.1"});
    EXPECT_EQ(started(), "");
    EXPECT_EQ(left(), 50ms);
    now_ += 49ms;
    EXPECT_EQ(started(), "");
    now_ += 1ms;
    EXPECT_EQ(started(), "192.0.2.1:80 ");
}

TEST_F(happy_eyeballs_race, lets_ipv6_lead_that_comes_within_the_moment) {
    answer_v4({"192.0.2.1"});
    now_ += 30ms;
    answer_v6({"::1"});
    EXPECT_EQ(started(), "[::1]:80 ");
    EXPECT_EQ(left(), 250ms);
}

TEST_F(happy_eyeballs_race, waits_no_longer_when_there_is_no_ipv6) {
    answer_v4({"192.0.2.1"});
    now_ += 30ms;
    fail_lookup(ip_version::v6, "no data");
    EXPECT_EQ(left(), 0ms);
    EXPECT_EQ(started(), "192.0.2.1:80 ");
}

TEST_F(happy_eyeballs_race, takes_an_empty_answer_as_none) {
    answer_v6({});
    EXPECT_EQ(left(), std::nullopt);
    answer_v4({"192.0.2.1"});
    EXPECT_EQ(started(), "192.0.2.1:80 ");
}

TEST_F(happy_eyeballs_race, does_not_wait_for_ipv6_that_was_not_asked_for) {
    race_ = happy_eyeballs{1};
    answer_v4({"192.0.2.1"});
    EXPECT_EQ(started(), "192.0.2.1:80 ");
}

TEST_F(happy_eyeballs_race, takes_late_ipv6_between_the_ipv4_addresses) {
    answer_v4({"192.0.2.1", "192.0.2.2", "192.0.2.3"});
    now_ += 50ms;
    EXPECT_EQ(started(), "192.0.2.1:80 ");
    now_ += 100ms;
    answer_v6({"::1", "::2"});
    EXPECT_EQ(started(), "");  // the delay between attempts stays
    now_ += 150ms;
    EXPECT_EQ(started(), "[::1]:80 ");
    now_ += 250ms;
    EXPECT_EQ(started(), "192.0.2.2:80 ");
}

TEST_F(happy_eyeballs_race, tries_late_addresses_at_once_when_nothing_is_under_way) {
    answer_v6({"::1"});
    EXPECT_EQ(started(), "[::1]:80 ");
    fail_attempt(0);
    EXPECT_EQ(left(), std::nullopt);
    EXPECT_FALSE(race_.has_failed());
    now_ += 5ms;
    answer_v4({"192.0.2.1"});
    EXPECT_EQ(started(), "192.0.2.1:80 ");
}

TEST_F(happy_eyeballs_race, tries_no_address_twice) {
    answer_v6({"::1", "::1"});
    EXPECT_EQ(started(), "[::1]:80 ");
    answer_v4({"192.0.2.1", "192.0.2.1"});
    now_ += 250ms;
    EXPECT_EQ(started(), "192.0.2.1:80 ");
    now_ += 1h;
    EXPECT_EQ(started(), "");
}

TEST_F(happy_eyeballs_race, fails_when_the_last_attempt_did) {
    answer_v6({"::1"});
    answer_v4({"192.0.2.1"});
    EXPECT_EQ(started(), "[::1]:80 ");
    now_ += 250ms;
    EXPECT_EQ(started(), "192.0.2.1:80 ");
    fail_attempt(1, errc::connection_refused);
    EXPECT_FALSE(race_.has_failed());
    fail_attempt(0, errc::host_unreachable);
    EXPECT_TRUE(race_.has_failed());
    EXPECT_EQ(race_.failure(), errc::connection_refused);
}

TEST_F(happy_eyeballs_race, has_not_failed_while_an_answer_is_missing) {
    answer_v6({"::1"});
    EXPECT_EQ(started(), "[::1]:80 ");
    fail_attempt(0, errc::host_unreachable);
    EXPECT_FALSE(race_.has_failed());
    fail_lookup(ip_version::v4, "no data");
    EXPECT_TRUE(race_.has_failed());
    EXPECT_EQ(race_.failure(), errc::host_unreachable);
}

TEST_F(happy_eyeballs_race, names_the_lookups_failure_without_attempts) {
    for (const bool is_v4_first : {true, false}) {
        race_ = happy_eyeballs{2};
        fail_lookup(is_v4_first ? ip_version::v4 : ip_version::v6, is_v4_first ? "of v4" : "of v6");
        EXPECT_FALSE(race_.has_failed());
        fail_lookup(is_v4_first ? ip_version::v6 : ip_version::v4, is_v4_first ? "of v6" : "of v4");
        EXPECT_TRUE(race_.has_failed());
        EXPECT_EQ(race_.failure(), errc::name_not_found);
        EXPECT_EQ(race_.failure().detail, "of v4");
    }
}

TEST_F(happy_eyeballs_race, goes_on_at_the_ends_of_the_clock) {
    for (const auto now : {happy_eyeballs::time_point::min(), happy_eyeballs::time_point::max() - 1ms}) {
        race_ = happy_eyeballs{2};
        now_ = now;
        answer_v4({"192.0.2.1"});
        answer_v6({"2001:db8::1"});
        EXPECT_EQ(started(), "[2001:db8::1]:80 ");
        EXPECT_GE(*race_.deadline(), now);
        fail_attempt(0);
        EXPECT_EQ(started(), "192.0.2.1:80 ");
        fail_attempt(1);
        EXPECT_TRUE(race_.has_failed());
    }
}

}  // namespace
}  // namespace mint::net::detail
