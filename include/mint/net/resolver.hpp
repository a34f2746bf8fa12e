#pragma once

#include <mint/base/error.hpp>
#include <mint/net/address.hpp>

#include <cstdint>
#include <expected>
#include <string_view>
#include <vector>

namespace mint::net {

/// Finds the addresses of a host, in the order in which they should be tried (RFC 6724); never empty.
///
/// A literal is its own address and asks nobody. A name goes to the system's resolver, which blocks as long as it
/// likes. `localhost` is always found, whatever the system says (RFC 6761 §6.3). errc::name_not_found, whose detail is
/// the resolver's reason; system_error.
[[nodiscard]] std::expected<std::vector<address>, error> resolve(std::string_view host, std::uint16_t port);

}  // namespace mint::net
