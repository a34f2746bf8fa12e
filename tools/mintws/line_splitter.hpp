#pragma once

#include <mint/base/buffer.hpp>
#include <mint/base/bytes.hpp>

#include <cstddef>
#include <optional>
#include <string_view>

namespace mintws {

/// Bytes, split anywhere, to lines without the newline, or other separator, after them. Linear in the octets, however
/// they are split.
class line_splitter {
  public:
    explicit line_splitter(char separator = '\n') noexcept : separator_(separator) {}

    /// Room for the next read; valid until the next call on this object.
    [[nodiscard]] mint::byte_span prepare(std::size_t size) { return held_.prepare(size); }

    /// The first `size` octets of the room were read.
    void commit(std::size_t size) noexcept { held_.commit(size); }

    /// No more octets come: what is left is a line too, if it isn't empty.
    void end() noexcept { has_ended_ = true; }

    /// The next line, valid until the next `prepare`; nothing until there is a whole one.
    [[nodiscard]] std::optional<std::string_view> next();

    /// All bytes that there are, whatever they are; valid until the next `prepare`.
    [[nodiscard]] std::string_view take_all();

    /// Octets of the line that isn't whole yet. Meaningful after `next` gave nothing.
    [[nodiscard]] std::size_t unfinished_size() const noexcept { return held_.size(); }

  private:
    mint::buffer held_;
    char separator_;
    std::size_t searched_size_ = 0;  // bytes at the front that have no separator
    bool has_ended_ = false;
};

}  // namespace mintws
