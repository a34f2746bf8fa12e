#pragma once

#include <mint/base/headers.hpp>

#include <chrono>
#include <optional>
#include <string_view>

namespace mint {

/// A point in time as a field has it, in one of the three forms of RFC 9110 §5.6.7; nothing for any other text. A
/// two-digit year is the one nearest to `now` that isn't over 50 years ahead.
[[nodiscard]] std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text,
                                                                      std::chrono::sys_seconds now);

/// How long a response, a 503 or 429 or a redirect, asks to wait (RFC 9110 §10.2.3): its Retry-After in seconds or, as
/// a date, the time from `now` to it, at least 0. Nothing without the field, with several, or with one that is neither.
/// At most a year: a server can't ask for more.
[[nodiscard]] std::optional<std::chrono::seconds> retry_after(const headers& fields, std::chrono::sys_seconds now);

}  // namespace mint
