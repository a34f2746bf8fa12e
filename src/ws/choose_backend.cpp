#include "ws/choose_backend.hpp"

#include "ws/mixed_decompressor.hpp"
#include "ws/zlib_deflate.hpp"

#if MINT_HAS_ISAL
#include "ws/isal_deflate.hpp"
#endif

#include <array>

namespace mint::ws::detail {

namespace {

constexpr std::uint8_t whole_window = 15;

std::unique_ptr<compressor> make_default_zlib_compressor() { return make_zlib_compressor({}); }
std::unique_ptr<decompressor> make_whole_zlib_decompressor() { return make_zlib_decompressor(whole_window); }
std::unique_ptr<decompressor> make_mixed_zlib_decompressor() {
    return make_mixed_decompressor(whole_window, make_zlib_decompressor);
}

#if MINT_HAS_ISAL
std::unique_ptr<decompressor> make_isal_decompressor_for(std::uint8_t /*window_bits*/) {
    return make_isal_decompressor();
}
std::unique_ptr<decompressor> make_any_decompressor() {
    return make_mixed_decompressor(whole_window, make_zlib_decompressor, make_isal_decompressor_for);
}
#endif

}  // namespace

#if MINT_HAS_ISAL

std::unique_ptr<compressor> make_compressor(const compressor_settings& settings) {
    return settings == compressor_settings{} ? make_isal_compressor() : make_zlib_compressor(settings);
}

std::unique_ptr<decompressor> make_decompressor(std::uint8_t window_bits) {
    return make_mixed_decompressor(window_bits, make_zlib_decompressor,
                                   window_bits == whole_window ? make_isal_decompressor_for : nullptr);
}

#else

std::unique_ptr<compressor> make_compressor(const compressor_settings& settings) {
    return make_zlib_compressor(settings);
}

std::unique_ptr<decompressor> make_decompressor(std::uint8_t window_bits) {
    return make_mixed_decompressor(window_bits, make_zlib_decompressor);
}

#endif

std::span<const deflate_backend> deflate_backends() noexcept {
    static constexpr auto backends = std::to_array<deflate_backend>({
        {"zlib", make_default_zlib_compressor, make_whole_zlib_decompressor},
        {"fixed blocks and zlib", make_default_zlib_compressor, make_mixed_zlib_decompressor},
#if MINT_HAS_ISAL
        {"isal", make_isal_compressor, make_isal_decompressor},
        {"all", make_isal_compressor, make_any_decompressor},
#endif
    });
    return backends;
}

}  // namespace mint::ws::detail
