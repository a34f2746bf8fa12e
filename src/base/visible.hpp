#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mint::detail {

/// A peer's bytes for a person to read, cut to at most `max_size` of them: what isn't printable ASCII as `\x1B`, and
/// `…` for what was cut off. Whatever they are, they write no line of their own and no terminal obeys them.
[[nodiscard]] std::string visible(std::string_view bytes, std::size_t max_size = 100);

}  // namespace mint::detail
