#pragma once

#include "ws/deflate_backend.hpp"

#include <cstdint>
#include <memory>

namespace mint::ws::detail {

/// zlib, which is always there. Both throw std::bad_alloc where zlib finds no memory.
[[nodiscard]] std::unique_ptr<compressor> make_zlib_compressor(const compressor_settings& settings);
[[nodiscard]] std::unique_ptr<decompressor> make_zlib_decompressor(std::uint8_t window_bits);

}  // namespace mint::ws::detail
