#pragma once

#include <mint/base/buffer.hpp>
#include <mint/base/bytes.hpp>

#include <cstddef>
#include <optional>
#include <string_view>

namespace mintws {

/// Octets, split anywhere, to lines without their newline. Linear in the octets, however they are split.
class line_splitter {
  public:
    /// Room for the next read; valid until the next call on this object.
    [[nodiscard]] mint::byte_span prepare(std::size_t size) { return held_.prepare(size); }

    /// The first `size` octets of the room were read.
    void commit(std::size_t size) noexcept { held_.commit(size); }

    /// No more octets come: what is left is a line too, if it isn't empty.
    void end() noexcept { has_ended_ = true; }

    /// The next line, valid until the next `prepare`; nothing until there is a whole one.
    [[nodiscard]] std::optional<std::string_view> next();

    /// Octets of the line that isn't whole yet. Meaningful after `next` gave nothing.
    [[nodiscard]] std::size_t unfinished_size() const noexcept { return held_.size(); }

  private:
    mint::buffer held_;
    std::size_t searched_size_ = 0;  // octets at the front that have no newline
    bool has_ended_ = false;
};

}  // namespace mintws
