#pragma once

#include "ws/deflate_backend.hpp"

#include <memory>

namespace mint::ws::detail {

/// Intel's ISA-L, whose inner loops are written for each generation of processors: several times faster than zlib, with
/// windows of 32 KiB only, and a level of its own that follows the size of the messages.
[[nodiscard]] std::unique_ptr<compressor> make_isal_compressor();
[[nodiscard]] std::unique_ptr<decompressor> make_isal_decompressor();

}  // namespace mint::ws::detail
