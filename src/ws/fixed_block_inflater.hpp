#pragma once

#include <mint/base/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace mint::ws::detail {

/// Inflates what small messages mostly are: blocks with fixed Huffman codes (RFC 1951 §3.2.6), whole at hand. A library
/// spends most of its time on these with beginning and ending.
///
/// It judges nothing: whatever isn't such a message, is wrong, or gets large is left to a library, which is given the
/// window for it. What it inflates, zlib inflates likewise.
///
/// A value. Without messages it holds no heap, with them the window and room for some more.
class fixed_block_inflater {
  public:
    /// The window's size is 2^`window_bits` octets.
    explicit fixed_block_inflater(std::uint8_t window_bits) noexcept;

    /// Whether a message that begins like this is worth the attempt.
    [[nodiscard]] static bool suits(byte_view payload) noexcept {
        if (payload.empty() || payload.size() > max_payload_size) return false;
        constexpr std::byte mask{7};
        constexpr std::byte fixed{2};  // BTYPE 01, without BFINAL
        return (payload.front() & mask) == fixed || (payload.size() == 1 && payload.front() == std::byte{0});
    }

    /// The octets of a message's payload, without its tail (RFC 7692 §7.2.1), which become the window's last; valid
    /// until the next call. Nothing where it is for a library, and then the window is as it was. Takes time for
    /// `payload` and what comes of it, and now and then the copy of a window.
    [[nodiscard]] std::optional<byte_view> inflate(byte_view payload);

    /// Forgets the window.
    void reset() noexcept { begin_ = end_ = 0; }

    /// The last octets that came out, or as many as fit.
    [[nodiscard]] std::size_t copy_window(std::span<std::byte> to) const noexcept;

    /// Begins with these for a window.
    void set_window(byte_view window);

    /// Gives its memory back, and so the window.
    void release() noexcept;

    [[nodiscard]] std::size_t memory_size() const noexcept { return memory_.capacity(); }

  private:
    static constexpr std::size_t max_payload_size = 508;

    [[nodiscard]] std::optional<std::size_t> inflate_behind_window(byte_view payload) noexcept;
    void make_room() noexcept;

    std::size_t window_size_;
    std::vector<std::byte> memory_;
    std::size_t begin_ = 0;  ///< of what may be gone back to
    std::size_t end_ = 0;
};

}  // namespace mint::ws::detail
