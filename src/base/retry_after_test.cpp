#include <mint/base/retry_after.hpp>

#include <array>
#include <string>

#include <gtest/gtest.h>

namespace mint {
namespace {

using namespace std::chrono;
using namespace std::string_view_literals;

// RFC 9110 §5.6.7 writes this second in all three forms.
constexpr sys_seconds example_of_the_rfc = sys_days{1994y / November / 6} + 8h + 49min + 37s;

[[nodiscard]] headers waiting(std::string_view value) {
    headers h;
    EXPECT_TRUE(h.append("Retry-After", value));
    return h;
}

TEST(parse_http_date, reads_all_three_forms) {
    EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT", example_of_the_rfc), example_of_the_rfc);
    EXPECT_EQ(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT", example_of_the_rfc), example_of_the_rfc);
    EXPECT_EQ(parse_http_date("Sun Nov  6 08:49:37 1994", example_of_the_rfc), example_of_the_rfc);
    EXPECT_EQ(parse_http_date("Wed Nov 16 08:49:37 1994", example_of_the_rfc), example_of_the_rfc + days{10});
}

TEST(parse_http_date, knows_every_day_of_four_centuries) {
    constexpr std::array<const char*, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto digits = [](auto value) { return (value < 10 ? "0" : "") + std::to_string(value); };
    for (sys_days day = 1800y / January / 1; day < sys_days{2200y / January / 1}; day += days{1}) {
        const year_month_day d{day};
        const std::string text = "Mon, " + digits(static_cast<unsigned>(d.day())) + " " +
                                 months.at(static_cast<unsigned>(d.month()) - 1) + " " +
                                 std::to_string(static_cast<int>(d.year())) + " 23:59:59 GMT";
        ASSERT_EQ(parse_http_date(text, example_of_the_rfc), day + 23h + 59min + 59s) << text;
    }
}

TEST(parse_http_date, knows_leap_days_and_leap_seconds) {
    EXPECT_EQ(parse_http_date("Tue, 29 Feb 2000 00:00:00 GMT", example_of_the_rfc), sys_days{2000y / February / 29});
    EXPECT_EQ(parse_http_date("Thu, 29 Feb 1900 00:00:00 GMT", example_of_the_rfc), std::nullopt);
    EXPECT_EQ(parse_http_date("Sat, 31 Dec 2016 23:59:60 GMT", example_of_the_rfc), sys_days{2017y / January / 1});
}

TEST(parse_http_date, takes_the_nearest_century_that_is_at_most_50_years_ahead) {
    const auto year_of = [](std::string_view text, sys_seconds now) {
        const auto point = parse_http_date(text, now);
        EXPECT_TRUE(point) << text;
        return point ? static_cast<int>(year_month_day{floor<days>(*point)}.year()) : 0;
    };
    constexpr sys_seconds now = sys_days{2026y / June / 15} + 12h;
    EXPECT_EQ(year_of("Monday, 15-Jun-26 12:00:00 GMT", now), 2026);
    EXPECT_EQ(year_of("Monday, 15-Jun-00 12:00:00 GMT", now), 2000);
    EXPECT_EQ(year_of("Monday, 15-Jun-75 12:00:00 GMT", now), 2075);
    EXPECT_EQ(year_of("Monday, 15-Jun-76 12:00:00 GMT", now), 2076);
    EXPECT_EQ(year_of("Monday, 15-Jun-76 12:00:01 GMT", now), 1976);
    EXPECT_EQ(year_of("Monday, 16-Jun-76 00:00:00 GMT", now), 1976);
    EXPECT_EQ(year_of("Monday, 15-Jun-77 12:00:00 GMT", now), 1977);
    EXPECT_EQ(year_of("Monday, 15-Jun-99 12:00:00 GMT", now), 1999);
    EXPECT_EQ(year_of("Monday, 15-Jun-10 12:00:00 GMT", sys_days{1995y / June / 15}), 2010);
    EXPECT_EQ(year_of("Monday, 29-Feb-00 12:00:00 GMT", now), 2000);
    for (const sys_seconds odd : {sys_seconds::min(), sys_seconds::max()}) {
        EXPECT_TRUE(parse_http_date("Monday, 15-Jun-76 12:00:00 GMT", odd));
    }
}

TEST(parse_http_date, refuses_any_other_text) {
    for (const auto bad : {""sv,
                           "0"sv,
                           "Sun"sv,
                           "sun, 06 Nov 1994 08:49:37 GMT"sv,
                           "Sun, 06 nov 1994 08:49:37 GMT"sv,
                           "Sun, 06 Nov 1994 08:49:37 gmt"sv,
                           "Sun, 06 Nov 1994 08:49:37"sv,
                           "Sun, 06 Nov 1994 08:49:37 UTC"sv,
                           "Sun, 06 Nov 1994 08:49:37 +0000"sv,
                           "Sun, 06 Nov 1994 08:49:37 GMT "sv,
                           "Sun, 6 Nov 1994 08:49:37 GMT"sv,
                           "Sun,  6 Nov 1994 08:49:37 GMT"sv,
                           "Sun, 06 Nov 94 08:49:37 GMT"sv,
                           "Sun, 06 Nov 19940 08:49:37 GMT"sv,
                           "Sun, 06 Nov -994 08:49:37 GMT"sv,
                           "Sun, 00 Nov 1994 08:49:37 GMT"sv,
                           "Sun, 31 Nov 1994 08:49:37 GMT"sv,
                           "Sun, 32 Dec 1994 08:49:37 GMT"sv,
                           "Sun, 06 Nov 1994 24:00:00 GMT"sv,
                           "Sun, 06 Nov 1994 08:60:00 GMT"sv,
                           "Sun, 06 Nov 1994 08:49:61 GMT"sv,
                           "Sun, 06 Nov 1994 8:49:37 GMT"sv,
                           "Sun, 06 Nov 1994  8:49:37 GMT"sv,
                           "Sun, 06 Nov 1994\0 08:49:37 GMT"sv,
                           "Sun, 06-Nov-94 08:49:37 GMT"sv,
                           "Sunday, 06-Nov-1994 08:49:37 GMT"sv,
                           "Sunday, 06 Nov 1994 08:49:37 GMT"sv,
                           "Sunday, 32-Nov-94 08:49:37 GMT"sv,
                           "Sun Nov 6 08:49:37 1994"sv,
                           "Sun Nov 06 08:49:37 1994 GMT"sv,
                           "Sun Nov    08:49:37 1994"sv,
                           "1994-11-06T08:49:37Z"sv}) {
        EXPECT_EQ(parse_http_date(bad, example_of_the_rfc), std::nullopt) << bad;
    }
}

TEST(parse_http_date, takes_no_part_of_a_date_for_one) {
    for (const auto whole :
         {"Sun, 06 Nov 1994 08:49:37 GMT"sv, "Sunday, 06-Nov-94 08:49:37 GMT"sv, "Sun Nov  6 08:49:37 1994"sv}) {
        for (std::size_t size = 0; size < whole.size(); ++size) {
            EXPECT_EQ(parse_http_date(whole.substr(0, size), example_of_the_rfc), std::nullopt)
                << whole.substr(0, size);
        }
    }
}

TEST(retry_after, is_seconds_or_the_time_until_a_date) {
    EXPECT_EQ(retry_after(waiting("120"), example_of_the_rfc), 120s);
    EXPECT_EQ(retry_after(waiting("0"), example_of_the_rfc), 0s);
    EXPECT_EQ(retry_after(waiting("007"), example_of_the_rfc), 7s);
    EXPECT_EQ(retry_after(waiting("Sun, 06 Nov 1994 08:50:37 GMT"), example_of_the_rfc), 60s);
    EXPECT_EQ(retry_after(waiting("Sun Nov  6 08:50:37 1994"), example_of_the_rfc), 60s);
}

TEST(retry_after, is_never_negative) {
    EXPECT_EQ(retry_after(waiting("Sun, 06 Nov 1994 08:49:37 GMT"), example_of_the_rfc), 0s);
    EXPECT_EQ(retry_after(waiting("Sun, 06 Nov 1994 08:49:36 GMT"), example_of_the_rfc), 0s);
    EXPECT_EQ(retry_after(waiting("Sun, 06 Nov 1994 08:49:36 GMT"), sys_seconds::max()), 0s);
}

TEST(retry_after, is_at_most_a_year) {
    constexpr seconds year = 24h * 365;
    for (const char* value : {"31536000", "31536001", "99999999999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"}) {
        EXPECT_EQ(retry_after(waiting(value), example_of_the_rfc), year) << value;
    }
    EXPECT_EQ(retry_after(waiting("31535999"), example_of_the_rfc), year - 1s);
    EXPECT_EQ(retry_after(waiting("Sun, 06 Nov 1994 08:49:37 GMT"), sys_seconds::min()), year);
}

TEST(retry_after, is_nothing_where_it_is_missing_repeated_or_neither) {
    EXPECT_EQ(retry_after({}, example_of_the_rfc), std::nullopt);
    EXPECT_EQ(retry_after(headers{{"retry-after", "1"}, {"Retry-After", "1"}}, example_of_the_rfc), std::nullopt);
    for (const char* value : {"", "-1", "+1", "1.5", "1s", "1, 2", "0x10", "soon", "Sun, 06 Nov 1994"}) {
        EXPECT_EQ(retry_after(waiting(value), example_of_the_rfc), std::nullopt) << value;
    }
}

}  // namespace
}  // namespace mint
