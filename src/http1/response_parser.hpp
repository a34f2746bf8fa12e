#pragma once

#include <mint/base/bytes.hpp>
#include <mint/base/error.hpp>
#include <mint/base/headers.hpp>

#include <expected>
#include <string>

namespace mint::http1::detail {

struct response_head {
    int status_code = 0;
    bool is_http_1_1 = false;  ///< else HTTP/1.0
    std::string reason;
    headers fields;
};

/// Parses a status line and its fields, up to and including the empty line: a whole section of `header_section`.
///
/// Fields that would frame a body are only syntax here; see message_framing.hpp. In an interim response, a 101,
/// and a 2xx that answers CONNECT they frame nothing and are taken as they stand. An error's offset is its line's, from
/// the section's first octet.
[[nodiscard]] std::expected<response_head, error> parse_head(byte_view section, bool is_answer_to_connect = false);

/// Parses a trailer section, up to and including the empty line. Errors as `parse_head`.
[[nodiscard]] std::expected<headers, error> parse_trailers(byte_view section);

}  // namespace mint::http1::detail
