#include "base/ascii.hpp"
#include "net/socket_address.hpp"

#include <mint/net/address.hpp>

#include <arpa/inet.h>
#include <charconv>
#include <cstring>
#include <net/if.h>
#include <netinet/in.h>
#include <system_error>

namespace mint::net {

namespace {

/// The whole text as a number; nothing where it is none.
std::optional<std::uint32_t> number_of(std::string_view text) noexcept {
    std::uint32_t number = 0;
    const char* const begin = text.data();
    const char* const end = begin + text.size();
    const auto [stop, failure] = std::from_chars(begin, end, number);
    if (failure == std::errc{} && stop == end) return number;
    return std::nullopt;
}

/// The zone in what stands behind the percent sign, which a URL writes as `%25` (RFC 6874 §2). Without brackets it is
/// no part of a URL, and a number that begins with 25 is an interface's.
std::string_view zone_of(std::string_view text, bool is_bracketed) noexcept {
    constexpr std::string_view escape = "25";
    const bool is_escaped =
        text.starts_with(escape) && text.size() > escape.size() && (is_bracketed || !number_of(text));
    return is_escaped ? text.substr(escape.size()) : text;
}

std::string percent_decoded(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_escape = text[i] == '%' && i + 2 < text.size() && mint::detail::hex_value(text[i + 1]) >= 0 &&
                               mint::detail::hex_value(text[i + 2]) >= 0;
        result +=
            is_escape
                ? static_cast<char>(mint::detail::hex_value(text[i + 1]) * 16 + mint::detail::hex_value(text[i + 2]))
                : text[i];
        if (is_escape) i += 2;
    }
    return result;
}

/// The interface that a zone names, by name or number (RFC 4007 §11.2); 0 when there is none.
std::uint32_t scope_of(std::string_view zone) {
    if (const auto number = number_of(zone)) return *number;
    return ::if_nametoindex(std::string{zone}.c_str());
}

}  // namespace

std::optional<address> parse_address(std::string_view literal, std::uint16_t port) {
    if (literal.find('\0') != std::string_view::npos) return std::nullopt;  // the system would read up to there
    address result;
    result.port = port;
    if (::inet_pton(AF_INET, std::string{literal}.c_str(), result.octets.data()) == 1) return result;

    result.version = ip_version::v6;
    const bool is_bracketed = literal.starts_with('[') && literal.ends_with(']');
    if (is_bracketed) literal = literal.substr(1, literal.size() - 2);
    if (const std::size_t percent = literal.find('%'); percent != std::string_view::npos) {
        const std::string_view zone = zone_of(literal.substr(percent + 1), is_bracketed);
        result.scope = is_bracketed ? scope_of(percent_decoded(zone)) : scope_of(zone);
        if (result.scope == 0) return std::nullopt;
        literal = literal.substr(0, percent);
    }
    if (::inet_pton(AF_INET6, std::string{literal}.c_str(), result.octets.data()) == 1) return result;
    return std::nullopt;
}

std::string to_string(const address& a) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const int family = a.version == ip_version::v4 ? AF_INET : AF_INET6;
    ::inet_ntop(family, a.octets.data(), text.data(), static_cast<socklen_t>(text.size()));
    std::string host = text.data();
    if (a.scope != 0) host += "%" + std::to_string(a.scope);
    if (a.version == ip_version::v6) host = "[" + host + "]";
    return host + ":" + std::to_string(a.port);
}

namespace detail {

socket_address to_socket_address(const address& a) noexcept {
    socket_address result;
    if (a.version == ip_version::v4) {
        sockaddr_in in{};
        in.sin_family = AF_INET;
        in.sin_port = htons(a.port);
        std::memcpy(&in.sin_addr, a.octets.data(), sizeof in.sin_addr);
        std::memcpy(&result.storage, &in, sizeof in);
        result.size = sizeof in;
    } else {
        sockaddr_in6 in{};
        in.sin6_family = AF_INET6;
        in.sin6_port = htons(a.port);
        in.sin6_scope_id = a.scope;
        std::memcpy(&in.sin6_addr, a.octets.data(), sizeof in.sin6_addr);
        std::memcpy(&result.storage, &in, sizeof in);
        result.size = sizeof in;
    }
    return result;
}

std::optional<address> from_socket_address(const sockaddr* from) noexcept {
    address result;
    if (from->sa_family == AF_INET) {
        sockaddr_in in{};
        std::memcpy(&in, from, sizeof in);
        result.port = ntohs(in.sin_port);
        std::memcpy(result.octets.data(), &in.sin_addr, sizeof in.sin_addr);
        return result;
    }
    if (from->sa_family == AF_INET6) {
        sockaddr_in6 in{};
        std::memcpy(&in, from, sizeof in);
        result.version = ip_version::v6;
        result.port = ntohs(in.sin6_port);
        result.scope = in.sin6_scope_id;
        std::memcpy(result.octets.data(), &in.sin6_addr, sizeof in.sin6_addr);
        return result;
    }
    return std::nullopt;
}

}  // namespace detail

}  // namespace mint::net
