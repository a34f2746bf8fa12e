#pragma once

#include <mint/base/bytes.hpp>
#include <mint/base/headers.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace mint {

/// Names one request on one connection; the responses to it carry it. Never reused, and no two connections of a
/// process share one.
enum class request_ref : std::uint64_t {};

/// A request without content: no content-length is sent, except `0` for methods that usually have content.
struct no_body {};

/// A request's whole content; the octets are copied before the call returns.
struct whole_body {
    byte_view content;
};

/// Content that follows by `stream_request_body`: with its length if it is known, else chunked.
struct streamed_body {
    std::optional<std::uint64_t> content_length;
};

using request_body = std::variant<no_body, whole_body, streamed_body>;

/// Ends a streamed body, with trailer fields where the body is chunked (RFC 9112 §7.1.2).
struct eof {
    headers trailers;
};

}  // namespace mint
