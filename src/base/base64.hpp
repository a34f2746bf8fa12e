#pragma once

#include <mint/base/bytes.hpp>

#include <string>

namespace mint::detail {

/// `bytes` in base64 with padding (RFC 4648 §4), on one line.
[[nodiscard]] std::string base64_encode(byte_view bytes);

}  // namespace mint::detail
