#pragma once

#include <mint/base/bytes.hpp>
#include <mint/base/error.hpp>
#include <mint/base/headers.hpp>

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>

namespace mint::http1::detail {

struct response_head {
    int status_code = 0;
    bool is_http_1_1 = false;  ///< else HTTP/1.0
    std::string reason;
    headers fields;

    /// The last field line about framing, where those weren't judged: made visible, and where it starts.
    std::string framing_line = {};
    std::size_t framing_offset = 0;
};

/// Whether fields that frame content must keep their rules at once, or are taken as they stand.
enum class framing_fields : std::uint8_t { of_response, of_answer_to_tunnel };

/// Parses a status line and its fields, up to and including the empty line: a whole section of `header_section`.
///
/// A folded field is one line, with a blank in place of each fold (RFC 9112 §5.2). Fields that would frame a body are
/// only syntax here; see message_framing.hpp. Of a 2xx that answers an ordinary request they are judged, else they are
/// taken as they stand. An error's offset is its line's, from the section's first octet.
[[nodiscard]] std::expected<response_head, error> parse_head(byte_view section,
                                                             framing_fields judged = framing_fields::of_response);

/// Parses a trailer section, up to and including the empty line. Errors as `parse_head`.
[[nodiscard]] std::expected<headers, error> parse_trailers(byte_view section);

}  // namespace mint::http1::detail
