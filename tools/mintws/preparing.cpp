#include "preparing.hpp"

#include "password.hpp"
#include "printer.hpp"
#include "standard_streams.hpp"

#include <mint/base/credentials.hpp>
#include <mint/version.hpp>

#include <cstdlib>
#include <string_view>
#include <unistd.h>
#include <utility>
#include <vector>

#include <fmt/core.h>

namespace mintws {

namespace {

// A refusal's content, as far as a person wants to read it.
constexpr std::size_t max_shown_size = 64 * 1024;

std::string percent_encoded(std::string_view text) {
    std::string result;
    for (const char c : text) {
        const bool is_plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        result += is_plain ? std::string{c} : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return result;
}

// A proxy's URL with this login in place of its own.
std::string with_login(std::string_view url, const login& who) {
    if (url.empty()) return {};
    const auto scheme_end = url.find("://");
    const auto begin = scheme_end == std::string_view::npos ? 0 : scheme_end + 3;
    const auto authority = url.substr(begin, url.find('/', begin) - begin);
    const auto at = authority.rfind('@');
    const auto rest = url.substr(begin + (at == std::string_view::npos ? 0 : at + 1));
    return fmt::format("{}{}:{}@{}", url.substr(0, begin), percent_encoded(who.username),
                       percent_encoded(who.password.value_or("")), rest);
}

// Nothing without proxies.
std::optional<mint::http::proxy_environment> proxies_of(const client_options& options,
                                                        mint::http::proxy_environment found) {
    if (!options.open.connect.unix_path.empty()) return std::nullopt;
    if (options.proxy) found.http_proxy = found.https_proxy = found.all_proxy = *options.proxy;
    if (options.no_proxy) found.no_proxy = *options.no_proxy;
    if (options.proxy_login) {
        for (auto* const url : {&found.http_proxy, &found.https_proxy, &found.all_proxy}) {
            *url = with_login(*url, *options.proxy_login);
        }
    }
    return found;
}

// Connects to what --resolve names for whom is connected to first: the server, or the proxy.
void apply_resolved(const client_options& options, mint::open_options& open) {
    const auto& url = options.url;
    std::optional<mint::http::proxy> proxy;
    if (open.environment) {
        proxy = open.environment->proxy_for(url.http_scheme(), url.host, url.port).value_or(std::nullopt);
    }
    for (const auto& r : options.resolved) {
        if (!r.is_for(proxy ? proxy->host : url.host, proxy ? proxy->port : url.port)) continue;
        open.connect.addresses = r.addresses;
        open.connect.proxy = proxy;  // addresses alone would be the server's
    }
}

std::expected<void, exit_status> complete(login& who, std::string_view option, std::string_view whose,
                                          const signals& interrupts) {
    if (who.password) return {};
    if (::isatty(STDIN_FILENO) != 1) {
        tell("mintws: {}: no password: give user:password; only at a terminal it is asked for\n", option);
        return std::unexpected(exit_status::usage);
    }
    who.password = ask_password(fmt::format("{} for {}", whose, visible_line(who.username)), interrupts);
    if (!who.password) return std::unexpected(exit_status::interrupted);
    return {};
}

std::string text_of(const char* variable) {
    const char* const value = std::getenv(variable);
    return value == nullptr ? "" : value;
}

}  // namespace

surroundings read_surroundings() {
    return {.proxies = mint::http::proxy_environment::read(), .key_log_file = text_of("SSLKEYLOGFILE")};
}

std::expected<void, exit_status> ask_for_passwords(client_options& options, const signals& interrupts) {
    if (options.auth) {
        if (auto done = complete(*options.auth, "--auth", "Password", interrupts); !done) return done;
    }
    if (options.proxy_login) {
        return complete(*options.proxy_login, "--proxy-user", "The proxy's password", interrupts);
    }
    return {};
}

std::expected<mint::open_options, std::string> prepare(const client_options& options, const surroundings& around) {
    auto open = options.open;
    if (options.auth) {
        const auto value = mint::basic_credentials({options.auth->username, options.auth->password.value_or("")});
        if (!value || !open.fields.set("authorization", *value)) return std::unexpected("--auth: a control in it");
    }
    open.environment = proxies_of(options, around.proxies);
    auto& connect = open.connect;
    apply_resolved(options, open);
    connect.tls.key_log_file = around.key_log_file;
    connect.mode = mint::http::mode::active;
    connect.user_agent = "mintws/" MINT_VERSION_STRING;
    connect.max_refusal_size = max_shown_size;
    return open;
}

}  // namespace mintws
