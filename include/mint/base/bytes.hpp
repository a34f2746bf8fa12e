#pragma once

#include <mint/version.hpp>

#include <concepts>
#include <cstddef>
#include <span>
#include <string_view>

namespace mint {

/// Octets to read: a view, never an owner. `std::byte`, so that a number isn't one by accident.
using byte_view = std::span<const std::byte>;

/// Octets to write into, owned by somebody else.
using byte_span = std::span<std::byte>;

/// The octets of `text`, which must outlive the view. Of a literal with NULs in it give the size as well.
[[nodiscard]] inline byte_view as_bytes(std::string_view text) noexcept {
    return std::as_bytes(std::span{text.data(), text.size()});
}

/// The same for a contiguous range of `unsigned char`, which `std::uint8_t` is.
template <class Octets>
    requires std::convertible_to<const Octets&, std::span<const unsigned char>>
[[nodiscard]] byte_view as_bytes(const Octets& octets) noexcept {
    return std::as_bytes(std::span<const unsigned char>{octets});
}

/// `bytes` seen as characters; nothing is checked or copied, and `bytes` must outlive the view.
[[nodiscard]] inline std::string_view as_text(byte_view bytes) noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};  // char may alias any object
}

}  // namespace mint
