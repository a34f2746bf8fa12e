#pragma once

#include <mint/base/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace mint::ws::detail {

/// Inflates a small message that is whole at hand. A library spends most of its time on these with beginning and
/// ending, and with tables that are made for larger ones.
///
/// It judges nothing: whatever is wrong, has a block with BFINAL, codes of more than 12 bits or incomplete ones, or
/// gets large is left to a library, which is given the window for it. What it inflates, zlib inflates likewise.
///
/// A value. Without messages it holds no heap, with them the window and room for some more.
class message_inflater {
  public:
    static constexpr std::size_t max_payload_size = 2048;

    /// The window's size is 2^`window_bits` octets.
    explicit message_inflater(std::uint8_t window_bits) noexcept;

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
    void take_memory();
    void make_room() noexcept;

    std::size_t window_size_;
    std::vector<std::byte> memory_;
    std::size_t begin_ = 0;  ///< of what may be gone back to
    std::size_t end_ = 0;
};

}  // namespace mint::ws::detail
