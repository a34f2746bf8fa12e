#pragma once

#include "ws/deflate_backend.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace mint::ws::detail {

/// The best that this build has for it: ISA-L where nothing is asked for that zlib alone can do, zlib-ng for the rest.
[[nodiscard]] std::unique_ptr<compressor> make_compressor(const compressor_settings& settings);
[[nodiscard]] std::unique_ptr<decompressor> make_decompressor(std::uint8_t window_bits);

/// One way to do it, with windows of 32 KiB and its defaults.
struct deflate_backend {
    std::string_view name;
    std::unique_ptr<compressor> (*make_compressor)();
    std::unique_ptr<decompressor> (*make_decompressor)();
};

/// All that this build has.
[[nodiscard]] std::span<const deflate_backend> deflate_backends() noexcept;

}  // namespace mint::ws::detail
