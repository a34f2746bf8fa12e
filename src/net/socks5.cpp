#include "net/socks5.hpp"

#include <mint/base/url.hpp>
#include <mint/net/address.hpp>

#include <array>

namespace mint::net::detail {

namespace {

constexpr std::uint8_t socks_version = 5;
constexpr std::uint8_t login_version = 1;
constexpr std::size_t max_size = 255;  // each length is one octet

constexpr std::uint8_t no_login = 0x00;
constexpr std::uint8_t username_and_password = 0x02;
constexpr std::uint8_t no_acceptable_method = 0xFF;

constexpr std::uint8_t command_connect = 1;

constexpr std::uint8_t type_ipv4 = 1;
constexpr std::uint8_t type_name = 3;
constexpr std::uint8_t type_ipv6 = 4;
constexpr std::uint16_t port_size = 2;

/// RFC 1928 §6, from 1.
constexpr std::array<std::string_view, 8> reply_reasons = {
    "general failure",    "not allowed by the ruleset", "network unreachable",   "host unreachable",
    "connection refused", "time to live expired",       "command not supported", "address type not supported"};

std::string reason_of(std::uint8_t reply) {
    if (reply <= reply_reasons.size()) return std::string{reply_reasons[reply - 1u]};
    return "reply " + std::to_string(reply);
}

void append_octet(std::string& to, std::uint8_t octet) { to.push_back(static_cast<char>(octet)); }

void append_sized(std::string& to, std::string_view text) {
    append_octet(to, static_cast<std::uint8_t>(text.size()));
    to += text;
}

/// The target's address type and address.
std::expected<std::string, error> address_field(std::string_view host) {
    if (!is_host(host)) return std::unexpected(error{errc::invalid_argument, "the host is no name and no address"});
    if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
    if (host.find(':') != std::string_view::npos) host = host.substr(0, host.find('%'));
    std::string field;
    if (const auto literal = parse_address(host, 0)) {
        const bool is_ipv4 = literal->version == ip_version::v4;
        append_octet(field, is_ipv4 ? type_ipv4 : type_ipv6);
        for (std::size_t i = 0; i < (is_ipv4 ? 4u : 16u); ++i) append_octet(field, literal->octets[i]);
        return field;
    }
    if (host.size() > max_size) return std::unexpected(error{errc::invalid_argument, "the name is over 255 octets"});
    append_octet(field, type_name);
    append_sized(field, host);
    return field;
}

std::unexpected<error> refused(std::string why) { return std::unexpected(error{errc::socks_refused, std::move(why)}); }

std::unexpected<error> invalid(const char* why) { return std::unexpected(error{errc::invalid_socks_reply, why}); }

}  // namespace

std::expected<socks5, error> socks5::create(std::string_view host, std::uint16_t port,
                                            const std::optional<mint::credentials>& who) {
    const auto address = address_field(host);
    if (!address) return std::unexpected(address.error());

    std::string login;
    if (who) {
        if (who->username.empty() || who->username.size() > max_size || who->password.empty() ||
            who->password.size() > max_size) {
            return std::unexpected(
                error{errc::invalid_argument, "a username or password that isn't 1 to 255 octets long"});
        }
        append_octet(login, login_version);
        append_sized(login, who->username);
        append_sized(login, who->password);
    }

    std::string request;
    append_octet(request, socks_version);
    append_octet(request, command_connect);
    append_octet(request, 0);  // reserved
    request += *address;
    append_octet(request, static_cast<std::uint8_t>(port >> 8));
    append_octet(request, static_cast<std::uint8_t>(port & 0xFF));
    return socks5{std::move(login), std::move(request)};
}

void socks5::start(buffer& out) const {
    std::string greeting;
    append_octet(greeting, socks_version);
    append_octet(greeting, login_.empty() ? 1 : 2);  // how many methods
    append_octet(greeting, no_login);
    if (!login_.empty()) append_octet(greeting, username_and_password);
    out.append(greeting);
}

std::expected<std::size_t, error> socks5::receive(byte_view input, buffer& out) {
    if (failure_) return std::unexpected(*failure_);
    std::size_t taken = 0;
    while (taken < input.size() && !is_done()) {
        if (auto ok = take(static_cast<std::uint8_t>(input[taken]), out); !ok) {
            failure_ = std::move(ok.error());
            failure_->offset = offset_;
            return std::unexpected(*failure_);
        }
        ++taken;
        ++offset_;
    }
    return taken;
}

std::expected<void, error> socks5::take(std::uint8_t octet, buffer& out) {
    switch (next_) {
        case part::method_version:
            if (octet != socks_version) return invalid("another version than 5");
            next_ = part::method;
            break;
        case part::method: return take_method(octet, out);
        case part::login_version:
            if (octet != login_version) return invalid("another version of the login than 1");
            next_ = part::login_status;
            break;
        case part::login_status:
            if (octet != 0) return refused("username or password not accepted");
            out.append(request_);
            next_ = part::reply_version;
            break;
        case part::reply_version:
            if (octet != socks_version) return invalid("another version than 5");
            next_ = part::reply_code;
            break;
        case part::reply_code:
            if (octet != 0) return refused(reason_of(octet));
            next_ = part::reply_reserved;
            break;
        case part::reply_reserved: next_ = part::bound_type; break;
        case part::bound_type: return take_bound_type(octet);
        case part::bound_name_size:
            left_ = static_cast<std::uint16_t>(octet + port_size);
            next_ = part::bound;
            break;
        case part::bound:
            if (--left_ == 0) next_ = part::nothing;
            break;
        case part::nothing: break;
    }
    return {};
}

std::expected<void, error> socks5::take_method(std::uint8_t method, buffer& out) {
    if (method == no_acceptable_method) return refused("no acceptable authentication method");
    if (method == no_login) {
        out.append(request_);
        next_ = part::reply_version;
        return {};
    }
    if (method != username_and_password || login_.empty()) return invalid("a method that wasn't offered");
    out.append(login_);
    next_ = part::login_version;
    return {};
}

std::expected<void, error> socks5::take_bound_type(std::uint8_t type) {
    next_ = part::bound;
    switch (type) {
        case type_ipv4: left_ = 4 + port_size; return {};
        case type_ipv6: left_ = 16 + port_size; return {};
        case type_name: next_ = part::bound_name_size; return {};
        default: return invalid("an unknown address type");
    }
}

}  // namespace mint::net::detail
