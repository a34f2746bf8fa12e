#pragma once

#include <mint/base/bytes.hpp>

#include <array>
#include <cstddef>

namespace mint::detail {

/// SHA-1, which RFC 6455 §4.2.2 needs as a checksum; it protects nothing there.
///
/// Our own: OpenSSL's brings its providers, 2 MiB of memory at the first use, and may fail.
[[nodiscard]] std::array<std::byte, 20> sha1(byte_view bytes) noexcept;

}  // namespace mint::detail
