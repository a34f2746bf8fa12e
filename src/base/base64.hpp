#pragma once

#include <mint/base/bytes.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mint::detail {

/// `bytes` in base64 with padding (RFC 4648 §4), on one line.
[[nodiscard]] std::string base64_encode(byte_view bytes);

/// The octets of which `text` is the base64; nothing for what `base64_encode` gives for none: another alphabet, blanks,
/// padding that is missing or isn't the shortest.
[[nodiscard]] std::optional<std::vector<std::byte>> base64_decode(std::string_view text);

}  // namespace mint::detail
