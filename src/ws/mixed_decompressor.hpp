#pragma once

#include "ws/deflate_backend.hpp"

#include <cstdint>
#include <memory>

namespace mint::ws::detail {

using make_decompressor_function = std::unique_ptr<decompressor> (*)(std::uint8_t window_bits);

/// Takes what is fastest for each message: `message_inflater` for small ones that it can do, else a library:
/// `make_small`'s, or `make_large`'s, where there is one, for messages whose first frame has some hundred octets. The
/// window goes from one to the other. One that wasn't in use for some thousand messages gives its state back; not once
/// it was reset, which is what is done behind each message without context takeover, and then each message is judged as
/// a first one.
///
/// A message of many small blocks, which a library of `make_large` may be slow at, goes on with one of `make_small`,
/// and so do the next 256 messages. The time for any message is within a small multiple of zlib's.
///
/// Which library judges a message follows from the sizes of frames and blocks, and not from how they came; a small
/// first frame gives nothing before it is whole.
[[nodiscard]] std::unique_ptr<decompressor> make_mixed_decompressor(std::uint8_t window_bits,
                                                                    make_decompressor_function make_small,
                                                                    make_decompressor_function make_large = nullptr);

}  // namespace mint::ws::detail
