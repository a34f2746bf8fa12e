#if MINT_HAS_ZLIB_NG

#include "ws/zlib_ng_deflate.hpp"

#include "ws/zlib_style_deflate.hpp"

#include <zlib-ng.h>

namespace mint::ws::detail {

namespace {

/// Level 1 is twice as fast, but makes small messages larger than zlib's does.
struct zlib_ng_functions {
    using stream = zng_stream;
    static constexpr int fast_level = 2;

    static constexpr auto deflate = ::zng_deflate;
    static constexpr auto deflate_copy = ::zng_deflateCopy;
    static constexpr auto deflate_end = ::zng_deflateEnd;
    static constexpr auto deflate_reset = ::zng_deflateReset;
    static constexpr auto inflate = ::zng_inflate;
    static constexpr auto inflate_copy = ::zng_inflateCopy;
    static constexpr auto inflate_end = ::zng_inflateEnd;
    static constexpr auto inflate_get_dictionary = ::zng_inflateGetDictionary;
    static constexpr auto inflate_prime = ::zng_inflatePrime;
    static constexpr auto inflate_reset = ::zng_inflateReset;
    static constexpr auto inflate_reset_keep = ::zng_inflateResetKeep;
    static constexpr auto inflate_set_dictionary = ::zng_inflateSetDictionary;

    [[nodiscard]] static int deflate_init(stream* z, int level, int window_bits, int memory_level,
                                          int strategy) noexcept {
        return ::zng_deflateInit2(z, level, Z_DEFLATED, window_bits, memory_level, strategy);
    }
    [[nodiscard]] static int inflate_init(stream* z, int window_bits) noexcept {
        return ::zng_inflateInit2(z, window_bits);
    }
};

static_assert(zlib_code::ok == Z_OK && zlib_code::stream_end == Z_STREAM_END &&
              zlib_code::memory_error == Z_MEM_ERROR && zlib_code::buffer_error == Z_BUF_ERROR &&
              zlib_code::no_flush == Z_NO_FLUSH && zlib_code::sync_flush == Z_SYNC_FLUSH &&
              zlib_code::standard == Z_DEFAULT_STRATEGY && zlib_code::filtered == Z_FILTERED &&
              zlib_code::huffman_only == Z_HUFFMAN_ONLY && zlib_code::run_length == Z_RLE &&
              zlib_code::fixed == Z_FIXED);

}  // namespace

std::unique_ptr<compressor> make_zlib_ng_compressor(const compressor_settings& settings) {
    return std::make_unique<bounded_compressor<zlib_style_deflater<zlib_ng_functions>>>(settings);
}

std::unique_ptr<decompressor> make_zlib_ng_decompressor(std::uint8_t window_bits) {
    return std::make_unique<bounded_decompressor<zlib_style_inflater<zlib_ng_functions>>>(window_bits);
}

}  // namespace mint::ws::detail

#endif
