#pragma once

#include "ws/deflate_backend.hpp"

#include <cstdint>
#include <memory>

namespace mint::ws::detail {

/// Intel's ISA-L, whose inner loops are written for each generation of processors: several times faster than zlib, with
/// a level of its own that follows the size of the messages. It compresses with windows of 9 to 15 bits; what it holds
/// is that of 15.
[[nodiscard]] std::unique_ptr<compressor> make_isal_compressor(std::uint8_t window_bits);
[[nodiscard]] std::unique_ptr<decompressor> make_isal_decompressor();

}  // namespace mint::ws::detail
