#pragma once

#include <mint/base/buffer.hpp>
#include <mint/base/bytes.hpp>
#include <mint/base/error.hpp>
#include <mint/base/headers.hpp>
#include <mint/base/request.hpp>
#include <mint/http1/client_machine.hpp>

#include <cstdint>
#include <expected>
#include <string_view>

namespace mint::http1::detail {

/// How the content of a request goes out.
struct request_framing {
    enum class kind : std::uint8_t { none, length, chunked };
    kind how = kind::none;
    std::uint64_t length = 0;  ///< with kind::length

    friend bool operator==(const request_framing&, const request_framing&) = default;
};

/// Appends a request's line, fields and whole content to `out`; on an error nothing. Returns how the content is framed.
/// Errors: those of `client_machine::request` that come from its arguments.
[[nodiscard]] std::expected<request_framing, error> write_request(const client_options& options,
                                                                  const request_head& head, const request_body& body,
                                                                  buffer& out);

/// Appends a CONNECT to `authority`; on an error nothing. errc::invalid_host, invalid_field_value (the user-agent),
/// reserved_field (a framing field).
[[nodiscard]] std::expected<void, error> write_connect(const client_options& options, std::string_view authority,
                                                       const headers& fields, buffer& out);

/// Appends one chunk (RFC 9112 §7.1). Nothing for empty content, which would mean the end.
void write_chunk(byte_view content, buffer& out);

/// Appends the last chunk and the trailer section. errc::forbidden_trailer, and nothing is appended.
[[nodiscard]] std::expected<void, error> write_last_chunk(const client_options& options, const headers& trailers,
                                                          buffer& out);

}  // namespace mint::http1::detail
