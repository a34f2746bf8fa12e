#pragma once

#include "ws/deflate_backend.hpp"

#include <cstdint>
#include <memory>

namespace mint::ws::detail {

/// zlib-ng by its own interface: zlib's work for the processors of today. Its tables are one size whatever the memory
/// level. Both throw std::bad_alloc where it finds no memory.
[[nodiscard]] std::unique_ptr<compressor> make_zlib_ng_compressor(const compressor_settings& settings);
[[nodiscard]] std::unique_ptr<decompressor> make_zlib_ng_decompressor(std::uint8_t window_bits);

}  // namespace mint::ws::detail
