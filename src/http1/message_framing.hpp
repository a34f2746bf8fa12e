#pragma once

#include "http1/response_parser.hpp"

#include <mint/base/error.hpp>

#include <cstdint>
#include <expected>

namespace mint::http1::detail {

/// How the end of a response's content is known (RFC 9112 §6.3).
struct content_framing {
    enum class kind : std::uint8_t { none, length, chunked, until_end };
    kind how = kind::none;
    std::uint64_t length = 0;  ///< with kind::length
};

/// The framing of a final response. errc::invalid_content_length, or errc::invalid_transfer_encoding: chunked isn't
/// last, stands twice or has parameters; with content-length; or in HTTP/1.0 (RFC 9112 §6.1). Such a message may have
/// been made to be read in two ways, so it is refused even where its status or request leaves it no content. Only a
/// refusal's content may have a coding other than chunked last: it runs until the end (RFC 9112 §6.3).
[[nodiscard]] std::expected<content_framing, error> framing_of(const response_head& head, bool is_answer_to_head,
                                                               bool is_refusal = false);

/// True if the connection lives on after this response (RFC 9112 §9.3), as far as its fields tell.
[[nodiscard]] bool keeps_alive(const response_head& head) noexcept;

/// A content-length value (RFC 9110 §8.6), or a list of equal ones. errc::invalid_content_length.
[[nodiscard]] std::expected<std::uint64_t, error> parse_content_length(std::string_view value);

}  // namespace mint::http1::detail
