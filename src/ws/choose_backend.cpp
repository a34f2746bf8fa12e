#include "ws/choose_backend.hpp"

#include "ws/mixed_decompressor.hpp"
#include "ws/zlib_deflate.hpp"

#if MINT_HAS_ISAL
#include "ws/isal_deflate.hpp"
#endif
#if MINT_HAS_ZLIB_NG
#include "ws/zlib_ng_deflate.hpp"
#endif

#include <array>

namespace mint::ws::detail {

namespace {

constexpr std::uint8_t whole_window = 15;
[[maybe_unused]] constexpr std::uint8_t least_window = 8;  // zlib alone has it

/// zlib-ng where memory isn't asked to be small: that is zlib's, and so is what its window of 8 bits looks back.
std::unique_ptr<compressor> make_zlib_style_compressor(const compressor_settings& settings) {
#if MINT_HAS_ZLIB_NG
    if (settings.window_bits > least_window && settings.memory_level >= compressor_settings{}.memory_level) {
        return make_zlib_ng_compressor(settings);
    }
#endif
    return make_zlib_compressor(settings);
}

std::unique_ptr<decompressor> make_zlib_style_decompressor(std::uint8_t window_bits) {
#if MINT_HAS_ZLIB_NG
    if (window_bits == whole_window) return make_zlib_ng_decompressor(window_bits);
#endif
    return make_zlib_decompressor(window_bits);
}

std::unique_ptr<compressor> make_default_compressor() { return make_compressor({}); }
std::unique_ptr<decompressor> make_default_decompressor() { return make_decompressor(whole_window); }
std::unique_ptr<compressor> make_default_zlib_compressor() { return make_zlib_compressor({}); }
std::unique_ptr<decompressor> make_default_zlib_decompressor() { return make_zlib_decompressor(whole_window); }

#if MINT_HAS_ZLIB_NG
std::unique_ptr<compressor> make_default_zlib_ng_compressor() { return make_zlib_ng_compressor({}); }
std::unique_ptr<decompressor> make_default_zlib_ng_decompressor() { return make_zlib_ng_decompressor(whole_window); }
#endif

#if MINT_HAS_ISAL
std::unique_ptr<compressor> make_default_isal_compressor() { return make_isal_compressor(whole_window); }
std::unique_ptr<decompressor> make_isal_decompressor_for(std::uint8_t /*window_bits*/) {
    return make_isal_decompressor();
}
#endif

}  // namespace

std::unique_ptr<compressor> make_compressor(const compressor_settings& settings) {
#if MINT_HAS_ISAL
    compressor_settings wanted = settings;
    wanted.window_bits = whole_window;
    if (wanted == compressor_settings{} && settings.window_bits > least_window) {
        return make_isal_compressor(settings.window_bits);
    }
#endif
    return make_zlib_style_compressor(settings);
}

std::unique_ptr<decompressor> make_decompressor(std::uint8_t window_bits) {
#if MINT_HAS_ISAL
    if (window_bits == whole_window) {
        return make_mixed_decompressor(window_bits, make_zlib_style_decompressor, make_isal_decompressor_for);
    }
#endif
    return make_mixed_decompressor(window_bits, make_zlib_style_decompressor);
}

std::span<const deflate_backend> deflate_backends() noexcept {
    static constexpr auto backends = std::to_array<deflate_backend>({
        {"the best", make_default_compressor, make_default_decompressor},
        {"zlib", make_default_zlib_compressor, make_default_zlib_decompressor},
#if MINT_HAS_ZLIB_NG
        {"zlib-ng", make_default_zlib_ng_compressor, make_default_zlib_ng_decompressor},
#endif
#if MINT_HAS_ISAL
        {"ISA-L", make_default_isal_compressor, make_isal_decompressor},
#endif
    });
    return backends;
}

}  // namespace mint::ws::detail
