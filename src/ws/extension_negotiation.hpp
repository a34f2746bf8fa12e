#pragma once

#include <mint/base/error.hpp>
#include <mint/base/headers.hpp>
#include <mint/ws/extension.hpp>
#include <mint/ws/negotiated_extensions.hpp>

#include <expected>
#include <string>
#include <vector>

namespace mint::ws::detail {

/// Whether these can be offered together: errc::invalid_extension.
[[nodiscard]] std::expected<void, error> check_offers(const std::vector<extension_ptr>& offered);

/// The value of Sec-WebSocket-Extensions that offers them (RFC 6455 §9.1).
[[nodiscard]] std::string offer_text(const std::vector<extension_ptr>& offered);

/// What the server chose, on any number of field lines (erratum 3433).
[[nodiscard]] std::expected<negotiated_extensions, error> negotiate(const std::vector<extension_ptr>& offered,
                                                                    const headers& fields);

}  // namespace mint::ws::detail
