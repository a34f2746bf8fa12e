#include "base/ascii.hpp"

#include <mint/base/retry_after.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

namespace mint {
namespace {

using namespace std::chrono_literals;

// Case matters in them (RFC 9110 §5.6.7), unlike in most of HTTP.
constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> short_days = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
constexpr std::array<std::string_view, 7> long_days = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                       "Friday", "Saturday", "Sunday"};

constexpr std::chrono::seconds longest_wait = 24h * 365;

/// Reads the pieces of a date off its front. A piece that isn't there makes the whole none; what is read behind it
/// means nothing.
class date_reader {
  public:
    explicit date_reader(std::string_view text) noexcept : rest_(text) {}

    /// Every piece was there, and nothing is left.
    [[nodiscard]] bool is_complete() const noexcept { return is_good_ && rest_.empty(); }

    void literal(std::string_view expected) noexcept {
        if (!rest_.starts_with(expected)) return fail();
        rest_.remove_prefix(expected.size());
    }

    /// The position of the name that stands here.
    unsigned one_of(std::span<const std::string_view> names) noexcept {
        for (std::size_t i = 0; i < names.size(); ++i) {
            if (!rest_.starts_with(names[i])) continue;
            rest_.remove_prefix(names[i].size());
            return static_cast<unsigned>(i);
        }
        fail();
        return 0;
    }

    /// Exactly `count` digits; `padded` takes a space for the first.
    int number(std::size_t count, bool padded = false) noexcept {
        int value = 0;
        for (std::size_t i = 0; i < count; ++i) {
            const char c = i < rest_.size() ? rest_[i] : '\0';
            if (detail::is_digit(c))
                value = value * 10 + (c - '0');
            else if (!padded || i != 0 || c != ' ')
                fail();
        }
        rest_.remove_prefix(std::min(count, rest_.size()));
        return value;
    }

  private:
    void fail() noexcept { is_good_ = false; }

    std::string_view rest_;
    bool is_good_ = true;
};

/// A date as it is written: nothing says that there is such a day.
struct date {
    std::chrono::year_month_day day;
    std::chrono::seconds time_of_day{};
};

[[nodiscard]] std::chrono::month read_month(date_reader& in) { return std::chrono::month{in.one_of(months) + 1}; }

[[nodiscard]] std::chrono::day read_day(date_reader& in, bool padded = false) {
    return std::chrono::day{static_cast<unsigned>(in.number(2, padded))};
}

/// `08:49:37`; a leap second is the first of the next minute.
[[nodiscard]] std::optional<std::chrono::seconds> read_time(date_reader& in) {
    const int hour = in.number(2);
    in.literal(":");
    const int minute = in.number(2);
    in.literal(":");
    const int second = in.number(2);
    if (hour > 23 || minute > 59 || second > 60) return std::nullopt;
    return std::chrono::hours{hour} + std::chrono::minutes{minute} + std::chrono::seconds{second};
}

[[nodiscard]] std::optional<std::chrono::sys_seconds> point_of(const date& d) {
    if (!d.day.ok()) return std::nullopt;
    return std::chrono::sys_days{d.day} + d.time_of_day;
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`
[[nodiscard]] std::optional<date> read_imf_fixdate(std::string_view text) {
    date_reader in{text};
    (void)in.one_of(short_days);
    in.literal(", ");
    const auto day = read_day(in);
    in.literal(" ");
    const auto month = read_month(in);
    in.literal(" ");
    const std::chrono::year year{in.number(4)};
    in.literal(" ");
    const auto time = read_time(in);
    in.literal(" GMT");
    if (!time || !in.is_complete()) return std::nullopt;
    return date{year / month / day, *time};
}

/// `Sunday, 06-Nov-94 08:49:37 GMT`; its year has no century yet.
[[nodiscard]] std::optional<date> read_rfc850_date(std::string_view text) {
    date_reader in{text};
    (void)in.one_of(long_days);
    in.literal(", ");
    const auto day = read_day(in);
    in.literal("-");
    const auto month = read_month(in);
    in.literal("-");
    const std::chrono::year year{in.number(2)};
    in.literal(" ");
    const auto time = read_time(in);
    in.literal(" GMT");
    if (!time || !in.is_complete()) return std::nullopt;
    return date{year / month / day, *time};
}

/// `Sun Nov  6 08:49:37 1994`
[[nodiscard]] std::optional<date> read_asctime_date(std::string_view text) {
    date_reader in{text};
    (void)in.one_of(short_days);
    in.literal(" ");
    const auto month = read_month(in);
    in.literal(" ");
    const auto day = read_day(in, true);
    in.literal(" ");
    const auto time = read_time(in);
    in.literal(" ");
    const std::chrono::year year{in.number(4)};
    if (!time || !in.is_complete()) return std::nullopt;
    return date{year / month / day, *time};
}

/// Gives a year of two digits its century: the latest in which the date is at most 50 years behind `now`
/// (RFC 9110 §5.6.7).
[[nodiscard]] date with_century(date d, std::chrono::sys_seconds now) {
    using namespace std::chrono;
    // Calendars hold years of 16 bits; no date here has more than four digits.
    now = std::clamp<sys_seconds>(now, sys_days{100y / January / 1}, sys_days{9999y / December / 31});
    const auto today = floor<days>(now);
    const year_month_day last_day = year_month_day{today} + years{50};
    const int last_year = static_cast<int>(last_day.year());
    const int two_digits = static_cast<int>(d.day.year());
    const int years_before = (last_year - two_digits) % 100;
    d.day = year{last_year - years_before} / d.day.month() / d.day.day();
    if (sys_days{d.day} + d.time_of_day > sys_days{last_day} + (now - today)) d.day -= years{100};
    return d;
}

[[nodiscard]] std::optional<std::chrono::seconds> read_delay(std::string_view text) {
    if (text.empty() || !std::ranges::all_of(text, detail::is_digit)) return std::nullopt;
    std::chrono::seconds delay{0};
    for (const char digit : text) delay = std::min(delay * 10 + std::chrono::seconds{digit - '0'}, longest_wait);
    return delay;
}

}  // namespace

std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text, std::chrono::sys_seconds now) {
    if (const auto d = read_imf_fixdate(text)) return point_of(*d);
    if (const auto d = read_rfc850_date(text)) return point_of(with_century(*d, now));
    if (const auto d = read_asctime_date(text)) return point_of(*d);
    return std::nullopt;
}

std::optional<std::chrono::seconds> retry_after(const headers& fields, std::chrono::sys_seconds now) {
    if (fields.count("retry-after") != 1) return std::nullopt;
    const std::string_view value = *fields.find("retry-after");
    if (const auto delay = read_delay(value)) return delay;
    const auto date = parse_http_date(value, now);
    if (!date) return std::nullopt;
    if (*date <= now) return 0s;
    if (*date - longest_wait > now) return longest_wait;  // in this order no difference overflows, whatever `now` is
    return *date - now;
}

}  // namespace mint
