#pragma once

#include <mint/base/bytes.hpp>
#include <mint/base/error.hpp>
#include <mint/base/headers.hpp>
#include <mint/base/request.hpp>

#include <string>
#include <variant>
#include <vector>

namespace mint {

/// What comes back for a request, in this order: any `interim`; `status`; `headers`; any `data`; perhaps `headers`
/// again (trailers); `done`. Or `error` in place of the rest. A namespace of their own, for `pong` and `error` have
/// other meanings too.
namespace responses {

/// An interim response (1xx other than 101, RFC 9110 §15.2). Callers may ignore it.
struct interim {
    request_ref ref;
    int code;
    mint::headers fields;
};

/// The final status, or 101: the connection, or the stream, is a tunnel from its `headers` on.
struct status {
    request_ref ref;
    int code;
    std::string reason;  ///< HTTP/1.1's reason phrase, often empty
};

/// The header section; a second one for the same request is its trailer section.
struct headers {
    request_ref ref;
    mint::headers fields;
};

/// Octets of the content, or of the tunnel. The view is valid until the connection receives again.
struct data {
    request_ref ref;
    byte_view bytes;
};

/// The response is complete; a tunnel was ended by the peer in good order.
struct done {
    request_ref ref;
};

/// This request failed; others may live on.
struct error {
    request_ref ref;
    mint::error reason;
};

/// The answer to an HTTP/2 PING of ours.
struct pong {
    request_ref ref;
};

/// The server promises the response to a request that it makes up (RFC 9113 §8.4).
struct push_promise {
    request_ref ref;
    request_ref promised;
    mint::headers fields;
    std::string method = {};  ///< GET or HEAD
    std::string target = {};
};

}  // namespace responses

using response = std::variant<responses::status, responses::headers, responses::data, responses::done, responses::error,
                              responses::interim, responses::pong, responses::push_promise>;

/// The request that a response answers.
[[nodiscard]] inline request_ref ref_of(const response& r) noexcept {
    return std::visit([](const auto& part) { return part.ref; }, r);
}

}  // namespace mint
