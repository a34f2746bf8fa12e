#pragma once

#include "ws/deflate_backend.hpp"

#include <memory>

namespace mint::ws::detail {

/// Takes `small` for messages that come in a few hundred octets and `large` for others; the window goes from one to the
/// other. Only the one in use has state.
[[nodiscard]] std::unique_ptr<decompressor> make_mixed_decompressor(std::unique_ptr<decompressor> (*make_small)(),
                                                                    std::unique_ptr<decompressor> (*make_large)());

}  // namespace mint::ws::detail
