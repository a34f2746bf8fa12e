#pragma once

#include <string_view>

namespace mint::detail {

/// True if the last label, a dot after it or not, is a number: decimal, or hexadecimal after `0x`. Such a host is a
/// dotted quad or none at all: some would read `127.1` as an address, others as a name (URL standard, "ends in a
/// number"; RFC 9525 §6). Escapes count as what they stand for.
[[nodiscard]] bool ends_in_number(std::string_view host) noexcept;

}  // namespace mint::detail
