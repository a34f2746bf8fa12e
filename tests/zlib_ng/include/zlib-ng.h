#pragma once

// zlib-ng's own interface, as far as it is used here, by way of zlib: it shows that what is written against that
// interface compiles and works, on machines where zlib-ng isn't to be had. It shows nothing of zlib-ng itself.

#include <cstdint>
#include <zlib.h>

using zng_stream = z_stream;

inline std::int32_t zng_deflateInit2(zng_stream* z, std::int32_t level, std::int32_t method, std::int32_t window_bits,
                                     std::int32_t memory_level, std::int32_t strategy) {
    return deflateInit2(z, level, method, window_bits, memory_level, strategy);
}
inline std::int32_t zng_deflate(zng_stream* z, std::int32_t flush) { return deflate(z, flush); }
inline std::int32_t zng_deflateCopy(zng_stream* to, zng_stream* from) { return deflateCopy(to, from); }
inline std::int32_t zng_deflateReset(zng_stream* z) { return deflateReset(z); }
inline std::int32_t zng_deflateEnd(zng_stream* z) { return deflateEnd(z); }

inline std::int32_t zng_inflateInit2(zng_stream* z, std::int32_t window_bits) { return inflateInit2(z, window_bits); }
inline std::int32_t zng_inflate(zng_stream* z, std::int32_t flush) { return inflate(z, flush); }
inline std::int32_t zng_inflateCopy(zng_stream* to, zng_stream* from) { return inflateCopy(to, from); }
inline std::int32_t zng_inflateReset(zng_stream* z) { return inflateReset(z); }
inline std::int32_t zng_inflateResetKeep(zng_stream* z) { return inflateResetKeep(z); }
inline std::int32_t zng_inflateEnd(zng_stream* z) { return inflateEnd(z); }
inline std::int32_t zng_inflatePrime(zng_stream* z, std::int32_t bit_count, std::int32_t bits) {
    return inflatePrime(z, bit_count, bits);
}
inline std::int32_t zng_inflateGetDictionary(zng_stream* z, std::uint8_t* to, std::uint32_t* size) {
    return inflateGetDictionary(z, to, size);
}
inline std::int32_t zng_inflateSetDictionary(zng_stream* z, const std::uint8_t* from, std::uint32_t size) {
    return inflateSetDictionary(z, from, size);
}
