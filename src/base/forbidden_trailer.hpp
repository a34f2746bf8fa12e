#pragma once

#include <mint/base/headers.hpp>

#include <string_view>

namespace mint::detail {

/// True for a field that may not be a trailer (RFC 9110 §6.5.1): framing, routing, authentication, request control or
/// the content's meaning need it before the content comes.
[[nodiscard]] bool is_forbidden_trailer(std::string_view name) noexcept;

/// Drops those from a trailer section that was received: a program that merges trailers into the header fields would
/// take them for what they aren't.
void drop_forbidden_trailers(headers& trailers);

}  // namespace mint::detail
