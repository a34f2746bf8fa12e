#pragma once

#include <mint/base/headers.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace mint::detail {

/// A peer's bytes for a person to read, cut to at most `max_size` of them: what isn't printable ASCII as `\x1B`, and
/// `…` for what was cut off. Whatever they are, they write no line of their own and no terminal obeys them.
[[nodiscard]] std::string visible(std::string_view bytes, std::size_t max_size = 100);

/// `Upgrade: h2c` for the text of an error, with the values of all lines of that name; or that it is empty, or isn't
/// there.
[[nodiscard]] std::string visible_field(const headers& fields, std::string_view name);

}  // namespace mint::detail
