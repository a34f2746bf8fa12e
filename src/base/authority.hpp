#pragma once

#include <string>
#include <string_view>

namespace mint::detail {

/// A Host value, or `:authority`: a host, perhaps with a port (RFC 9110 §7.2).
[[nodiscard]] bool is_host_value(std::string_view value) noexcept;

/// A host and a port that one can connect to (RFC 9110 §9.3.6).
[[nodiscard]] bool is_authority(std::string_view value) noexcept;

/// A host without the zone of an IPv6 address, for TLS, which knows none. Brackets stay.
[[nodiscard]] std::string without_zone(std::string_view host);

}  // namespace mint::detail
