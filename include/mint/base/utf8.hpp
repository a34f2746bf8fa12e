#pragma once

#include <mint/base/bytes.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace mint {

/// True if `bytes` are UTF-8 (RFC 3629): no surrogate, nothing overlong, nothing over U+10FFFF, nothing cut off.
/// Vectorised, with the fastest instructions the processor has; linear.
[[nodiscard]] bool is_utf8(byte_view bytes) noexcept;

/// The offset of the first octet that no UTF-8 text can have there; `bytes.size()` when there is none: then `bytes`
/// are UTF-8, but the last character may be cut off. Linear.
[[nodiscard]] std::size_t first_invalid_utf8(byte_view bytes) noexcept;

/// Checks text that comes in chunks and finds the first bad octet as soon as it is there.
///
/// A regular type of 16 octets without heap. After `update` returned false it stays failed until `reset`.
class utf8_validator {
  public:
    /// Takes the next chunk, split anywhere. False when an octet came that no UTF-8 text can have in its place; then
    /// `offset()` is that octet's position. Linear in the chunk; vectorised for all but a few octets at its ends.
    [[nodiscard]] bool update(byte_view chunk) noexcept;

    /// True if the text may end here: nothing failed and no character is cut off.
    [[nodiscard]] bool is_complete() const noexcept { return pending_size_ == 0 && !failed_; }

    /// Octets taken since the start; after a failure the offset of the first bad octet.
    [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }

    /// Starts a new text.
    void reset() noexcept { *this = {}; }

    friend bool operator==(const utf8_validator&, const utf8_validator&) = default;

  private:
    // No trace of how the text was split stays behind, so that equal texts give equal validators.
    void forget_pending() noexcept {
        pending_ = {};
        pending_size_ = 0;
    }
    void fail() noexcept {
        forget_pending();
        failed_ = true;
    }

    std::uint64_t offset_ = 0;
    std::array<std::byte, 3> pending_{};  // the octets of a character that isn't complete yet
    std::uint8_t pending_size_ = 0;
    bool failed_ = false;
};

}  // namespace mint
