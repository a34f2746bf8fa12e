#pragma once

#include <mint/base/buffer.hpp>
#include <mint/base/bytes.hpp>
#include <mint/base/error.hpp>
#include <mint/base/limits.hpp>

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

namespace mint::http1::detail {

/// Finds the end of a header or trailer section, in any split, and checks each line's shape as soon as it is whole:
/// CRLF at its end and nowhere else (RFC 9112 §2.2), a status line first (§4), and no folded line before the first
/// field (§2.2).
///
/// The section's limits hold for its own octets, never for what follows it. A section that lies whole in one input is
/// not copied; else its octets are gathered here. Each octet is looked at once.
class header_section {
  public:
    enum class kind : std::uint8_t { response_head, trailers };

    explicit header_section(const http_limits& limits) noexcept
        : size_limit_(limits.max_header_section_size), field_limit_(limits.max_field_count) {}

    /// Forgets the section before and its storage. `field_count`: fields of this response seen already.
    void start(kind k, std::size_t field_count = 0) noexcept;

    /// Takes octets off the front of `input`. Returns the whole section, its empty line included, once it is complete:
    /// valid until the next `start` and while `input` lives. An error's offset counts from the section's first octet.
    [[nodiscard]] std::expected<std::optional<byte_view>, error> read(byte_view& input);

    /// The bytes gathered of a section that isn't whole.
    [[nodiscard]] std::string_view gathered() const noexcept { return gathered_.text(); }

    /// After an error: keeps the section's bytes for a person to read, `input` after the first `size` gathered, as far
    /// as the section goes.
    void gather_broken(std::size_t size, byte_view input);

    /// Octets of this section taken so far.
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    /// Fields of this response, those given to `start` included.
    [[nodiscard]] std::size_t field_count() const noexcept { return field_count_; }

  private:
    [[nodiscard]] std::expected<void, error> check_start(byte_view rest) const;
    [[nodiscard]] std::expected<void, error> check_line(std::string_view line);

    std::size_t size_limit_;
    std::size_t field_limit_;
    kind kind_ = kind::response_head;
    std::size_t field_count_ = 0;
    std::size_t size_ = 0;
    std::size_t line_start_ = 0;
    bool is_complete_ = false;
    bool has_field_line_ = false;
    buffer gathered_;  // what earlier inputs had of this section
};

/// Checks `HTTP-version SP status-code`, and that a blank or the line's end follows (RFC 9112 §4).
[[nodiscard]] std::expected<void, error> check_status_line(std::string_view line);

}  // namespace mint::http1::detail
