#pragma once

#include <mint/base/bytes.hpp>
#include <mint/base/error.hpp>

#include <cstddef>
#include <cstdint>
#include <expected>

namespace mint::http1::detail {

/// Undoes the chunked coding (RFC 9112 §7.1) up to its trailer section, in any split, with no octet copied or kept.
///
/// Chunk extensions mean nothing here and are skipped. A chunk's size and extensions together are at most
/// `max_chunk_line_size` bytes. Over the whole content they are at most `max_overhead_size` more than the content, not
/// counting the first `free_line_size` of each chunk: a peer can't send for ever with hardly any content.
class chunk_decoder {
  public:
    static constexpr std::size_t max_chunk_line_size = 4096;
    static constexpr std::uint64_t max_overhead_size = 16 * 1024;
    static constexpr std::size_t free_line_size = 32;

    enum class event : std::uint8_t {
        need_more,  ///< `input` is used up
        content,    ///< `content` is the next octets of the content
        last_chunk  ///< the trailer section follows
    };

    struct step {
        event what;
        byte_view content = {};
    };

    /// Takes octets off the front of `input`, up to the next event. errc::invalid_chunk, or errc::invalid_line_end for
    /// a bare CR or LF; `input` starts at the broken octet then.
    [[nodiscard]] std::expected<step, error> next(byte_view& input);

  private:
    enum class state : std::uint8_t {
        size_start,
        size,
        blanks,
        extension,
        size_line_feed,
        content,
        content_end,
        end_line_feed
    };

    [[nodiscard]] std::expected<void, error> take(char c);
    [[nodiscard]] std::expected<void, error> take_digit(unsigned digit);
    [[nodiscard]] bool count_line_byte() noexcept;

    state state_ = state::size_start;
    bool is_last_ = false;
    std::uint64_t left_ = 0;  // octets of this chunk
    std::size_t line_size_ = 0;
    std::uint64_t overhead_size_ = 0;  // of all chunks
    std::uint64_t content_size_ = 0;
};

}  // namespace mint::http1::detail
