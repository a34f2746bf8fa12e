#include "net/socket_address.hpp"

#include <mint/net/resolver.hpp>
#include <mint/net/socket.hpp>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <memory>
#include <netdb.h>
#include <string>
#include <sys/socket.h>

namespace mint::net {

namespace {

struct free_addresses {
    void operator()(addrinfo* list) const noexcept { ::freeaddrinfo(list); }
};

/// `localhost` and the names below it.
bool is_localhost(std::string_view host) {
    if (host.ends_with('.')) host.remove_suffix(1);
    std::string lower{host};
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return lower == "localhost" || lower.ends_with(".localhost");
}

std::vector<address> loopback(std::uint16_t port) {
    return {*parse_address("::1", port), *parse_address("127.0.0.1", port)};
}

error resolver_error(int code, int system) {
    if (code == EAI_SYSTEM) return error_of(system, "getaddrinfo");
    return {errc::name_not_found, ::gai_strerror(code)};
}

}  // namespace

std::expected<std::vector<address>, error> resolve(std::string_view host, std::uint16_t port) {
    if (const auto literal = parse_address(host, port)) return std::vector{*literal};
    if (host.find('\0') != std::string_view::npos) return std::unexpected(errc::name_not_found);

    // No AI_ADDRCONFIG: on a host without a network it hides the loopback addresses. An address whose family this host
    // doesn't have costs one failed connect, which takes no time.
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    const int code = ::getaddrinfo(std::string{host}.c_str(), nullptr, &hints, &list);
    const int system = errno;
    const std::unique_ptr<addrinfo, free_addresses> owner{code == 0 ? list : nullptr};

    std::vector<address> found;
    for (const addrinfo* entry = owner.get(); entry != nullptr; entry = entry->ai_next) {
        auto a = detail::from_socket_address(entry->ai_addr);
        if (!a) continue;
        a->port = port;
        if (std::ranges::find(found, *a) == found.end()) found.push_back(*a);
    }
    if (!found.empty()) return found;
    if (is_localhost(host)) return loopback(port);
    return std::unexpected(resolver_error(code == 0 ? EAI_NONAME : code, system));
}

}  // namespace mint::net
