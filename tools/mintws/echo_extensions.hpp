#pragma once

#include <mint/base/headers.hpp>
#include <mint/ws/negotiated_extensions.hpp>

#include <expected>
#include <string>

namespace mintws {

/// What the echo server agrees to: permessage-deflate, as the first offer that suits wants it.
struct agreed_extensions {
    std::string field;  ///< Sec-WebSocket-Extensions of the answer; empty for none
    mint::ws::negotiated_extensions chain;
};

/// errc::invalid_field_value where the request's field is no list of extensions.
[[nodiscard]] std::expected<agreed_extensions, mint::error> agree_on_extensions(const mint::headers& fields);

}  // namespace mintws
