#pragma once

#include <mint/base/error.hpp>
#include <mint/base/headers.hpp>
#include <mint/base/request.hpp>
#include <mint/http2/client_machine.hpp>

#include <cstdint>
#include <expected>
#include <optional>
#include <vector>

namespace mint::http2::detail {

/// A request's field section, checked and in the order in which it goes out: pseudo-fields first (RFC 9113 §8.3).
struct outgoing_head {
    std::vector<field> fields;
    bool has_content = false;                       ///< something follows the field section, if only its end
    std::optional<std::uint64_t> content_length{};  ///< where it is known beforehand
};

/// The errors are those of `client_machine::request`.
[[nodiscard]] std::expected<outgoing_head, error> head_of_request(const client_options& options,
                                                                  const request_head& head, const request_body& body);

/// The errors are those of `client_machine::connect`.
[[nodiscard]] std::expected<outgoing_head, error> head_of_connect(const client_options& options,
                                                                  const connect_head& head);

/// Trailer fields as they go out: in lower case. errc::forbidden_trailer, and the detail names the field.
[[nodiscard]] std::expected<std::vector<field>, error> trailers_of(const headers& trailers);

}  // namespace mint::http2::detail
