#include "ws/zlib_deflate.hpp"

#include "ws/zlib_style_deflate.hpp"

#include <zlib.h>

namespace mint::ws::detail {

namespace {

struct zlib_functions {
    using stream = z_stream;
    static constexpr int fast_level = 1;

    static constexpr auto deflate = ::deflate;
    static constexpr auto deflate_copy = ::deflateCopy;
    static constexpr auto deflate_end = ::deflateEnd;
    static constexpr auto deflate_reset = ::deflateReset;
    static constexpr auto inflate = ::inflate;
    static constexpr auto inflate_copy = ::inflateCopy;
    static constexpr auto inflate_end = ::inflateEnd;
    static constexpr auto inflate_get_dictionary = ::inflateGetDictionary;
    static constexpr auto inflate_prime = ::inflatePrime;
    static constexpr auto inflate_reset = ::inflateReset;
    static constexpr auto inflate_reset_keep = ::inflateResetKeep;
    static constexpr auto inflate_set_dictionary = ::inflateSetDictionary;

    [[nodiscard]] static int deflate_init(stream* z, int level, int window_bits, int memory_level,
                                          int strategy) noexcept {
        return ::deflateInit2(z, level, Z_DEFLATED, window_bits, memory_level, strategy);
    }
    [[nodiscard]] static int inflate_init(stream* z, int window_bits) noexcept {
        return ::inflateInit2(z, window_bits);
    }
};

static_assert(zlib_code::ok == Z_OK && zlib_code::stream_end == Z_STREAM_END &&
              zlib_code::memory_error == Z_MEM_ERROR && zlib_code::buffer_error == Z_BUF_ERROR &&
              zlib_code::no_flush == Z_NO_FLUSH && zlib_code::sync_flush == Z_SYNC_FLUSH &&
              zlib_code::standard == Z_DEFAULT_STRATEGY && zlib_code::filtered == Z_FILTERED &&
              zlib_code::huffman_only == Z_HUFFMAN_ONLY && zlib_code::run_length == Z_RLE &&
              zlib_code::fixed == Z_FIXED);

}  // namespace

std::unique_ptr<compressor> make_zlib_compressor(const compressor_settings& settings) {
    return std::make_unique<bounded_compressor<zlib_style_deflater<zlib_functions>>>(settings);
}

std::unique_ptr<decompressor> make_zlib_decompressor(std::uint8_t window_bits) {
    return std::make_unique<bounded_decompressor<zlib_style_inflater<zlib_functions>>>(window_bits);
}

}  // namespace mint::ws::detail
