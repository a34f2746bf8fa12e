#pragma once

#include <mint/base/bytes.hpp>
#include <mint/ws/extension.hpp>
#include <mint/ws/permessage_deflate.hpp>

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace mint::ws::detail {

/// DEFLATE in one direction of one connection, with the window that goes from message to message. One class for each
/// library that can do it.
class compressor {
  public:
    virtual ~compressor() = default;
    compressor& operator=(const compressor&) = delete;

    [[nodiscard]] virtual std::unique_ptr<compressor> clone() const = 0;

    /// Compresses `payload` up to an octet's boundary, from where the peer can read all of it. `is_last`: without the
    /// four octets 00 00 FF FF that end it, which the peer adds (RFC 7692 §7.2.1).
    ///
    /// Precondition: `out` has room for `max_compressed_size`.
    virtual void compress(byte_view payload, bool is_last, extension_output& out) = 0;

    /// Forgets the window.
    virtual void reset() noexcept = 0;

    [[nodiscard]] virtual std::size_t memory_size() const noexcept = 0;

  protected:
    compressor() = default;
    compressor(const compressor&) = default;
};

/// The most octets that any of them makes of so many: stored blocks, in the smallest that they come in.
[[nodiscard]] constexpr std::size_t max_compressed_size(std::size_t size) noexcept {
    return size + size / 8 + size / 64 + 256;
}

/// Nothing, or what is wrong with what was to be DEFLATE, in words for `error::detail`.
using decompress_result = std::expected<void, std::string_view>;

/// What is unread of the byte that a block ended in, the lowest bit first.
struct rest_of_byte {
    std::uint8_t bits = 0;
    std::uint8_t size = 0;
};

/// Where one decompressor stops and another can go on.
struct block_end {
    byte_view unread;
    rest_of_byte rest;
    bool is_final = false;  ///< nothing is unread, and the block has BFINAL
};

/// Nothing if all is done, the place from which another decompressor has to go on, or what is wrong.
using large_blocks_result = std::expected<std::optional<block_end>, std::string_view>;

class decompressor {
  public:
    virtual ~decompressor() = default;
    decompressor& operator=(const decompressor&) = delete;

    [[nodiscard]] virtual std::unique_ptr<decompressor> clone() const = 0;

    /// A message begins, whose first frame has so many octets; called before its first `decompress`.
    virtual void begin_message(std::uint64_t /*frame_size*/) {}

    /// Decompresses all of `payload`, or as much as `out` takes; the message ends behind it where `is_last`, and then
    /// so does a block (RFC 7692 §7.2.2).
    [[nodiscard]] virtual decompress_result decompress(byte_view payload, bool is_last, extension_output& out) = 0;

    /// Like `decompress`, but stops after a block if the message's blocks are so small that this one is slow at them.
    [[nodiscard]] virtual large_blocks_result decompress_large_blocks(byte_view payload, bool is_last,
                                                                      extension_output& out) {
        const auto done = decompress(payload, is_last, out);
        if (!done) return std::unexpected(done.error());
        return {};
    }

    /// Begins where another one stopped in a message. Precondition: it is new or reset, and `set_window` was called.
    virtual void go_on_from(const block_end& end) = 0;

    /// Forgets the window.
    virtual void reset() noexcept = 0;

    /// The last octets that came out, at most 32 KiB; how many. Between messages, or where it stopped in one.
    [[nodiscard]] virtual std::size_t copy_window(std::span<std::byte, 32 * 1024> to) const = 0;

    /// Begins with these for a window.
    virtual void set_window(byte_view window) = 0;

    [[nodiscard]] virtual std::size_t memory_size() const noexcept = 0;

  protected:
    decompressor() = default;
    decompressor(const decompressor&) = default;
};

/// How to compress.
struct compressor_settings {
    std::uint8_t window_bits = 15;
    std::optional<int> level = std::nullopt;  ///< without a value a fast one
    int memory_level = 8;
    deflate_strategy strategy = deflate_strategy::standard;

    friend bool operator==(const compressor_settings&, const compressor_settings&) = default;
};

}  // namespace mint::ws::detail
