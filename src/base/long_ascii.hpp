#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace mint::detail {

/// How many octets at the front are ASCII for sure: all of them where all are, else up to 127 fewer than there are.
/// Most text is nothing else, and to see that is faster than to check characters. For texts of some hundred octets and
/// more.
[[nodiscard]] std::size_t long_ascii_prefix(const unsigned char* octets, std::size_t size) noexcept;

/// One way to find them.
struct long_ascii_variant {
    std::string_view name;
    std::size_t (*function)(const unsigned char* octets, std::size_t size);
    bool is_supported;  ///< by this processor
};

/// All ways that this build has, the best last.
[[nodiscard]] std::span<const long_ascii_variant> long_ascii_variants() noexcept;

}  // namespace mint::detail
