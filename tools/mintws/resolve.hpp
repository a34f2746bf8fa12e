#pragma once

#include <mint/net/address.hpp>

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace mintws {

/// `--resolve HOST:PORT:ADDRESS[,ADDRESS…]`: where to connect to for a host and port, whatever name servers say.
struct resolved_host {
    std::string host;
    std::uint16_t port = 0;
    std::vector<mint::net::address> addresses;

    /// True if this is for `host` and `port`, compared without case and without a dot at the end.
    [[nodiscard]] bool is_for(std::string_view host, std::uint16_t port) const;
};

/// Reads the option's value. The error is a line for a person.
[[nodiscard]] std::expected<resolved_host, std::string> parse_resolve(const std::string& text);

}  // namespace mintws
