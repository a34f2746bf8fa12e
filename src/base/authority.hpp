#pragma once

#include <string_view>

namespace mint::detail {

/// A Host value, or `:authority`: a host, perhaps with a port (RFC 9110 §7.2).
[[nodiscard]] bool is_host_value(std::string_view value) noexcept;

/// A host and a port that one can connect to (RFC 9110 §9.3.6).
[[nodiscard]] bool is_authority(std::string_view value) noexcept;

}  // namespace mint::detail
