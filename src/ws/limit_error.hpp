#pragma once

#include <mint/base/error.hpp>
#include <mint/base/limits.hpp>

#include <cstdint>

namespace mint::ws::detail {

/// An error at `offset` of the stream; where the rule is one of our limits, with the limit's name and value.
[[nodiscard]] error make_error(errc rule, std::uint64_t offset, std::uint64_t limit);

/// The same with the limit taken from `limits`.
[[nodiscard]] error make_error(errc rule, std::uint64_t offset, const websocket_limits& limits);

}  // namespace mint::ws::detail
