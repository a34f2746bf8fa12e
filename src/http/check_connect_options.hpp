#pragma once

#include <mint/base/error.hpp>
#include <mint/base/headers.hpp>
#include <mint/base/url.hpp>
#include <mint/http/connect_options.hpp>

#include <chrono>
#include <cstdint>
#include <expected>
#include <string_view>

namespace mint::http::detail {

inline std::unexpected<error> refuse_option(const char* why) {
    return std::unexpected(error{errc::invalid_argument, why});
}

inline std::expected<void, error> check_proxy(const connect_options& options) {
    const proxy& via = *options.proxy;
    if (!options.unix_path.empty()) return refuse_option("unix_path: not with a proxy");
    if (!is_host(via.host)) return std::unexpected(error{errc::invalid_host, "proxy"});
    if (via.port == 0) return refuse_option("proxy: port 0 is none");
    return {};
}

/// Refuses options that no connection can be made with, before anything is looked up or opened.
inline std::expected<void, error> check(std::string_view host, std::uint16_t port, const connect_options& options) {
    if (options.protocols.empty()) return refuse_option("protocols: none is given");
    if (options.timeout < std::chrono::milliseconds::zero()) return refuse_option("timeout: it is negative");
    if (port == 0 && options.unix_path.empty()) return refuse_option("port: 0 is none");
    if (!is_field_value(options.user_agent)) return refuse_option("user_agent: it is no field value");
    if (!is_host(host)) return std::unexpected(errc::invalid_host);
    if (!options.hostname.empty() && !is_host(options.hostname)) {
        return std::unexpected(error{errc::invalid_host, "hostname"});
    }
    if (options.proxy) return check_proxy(options);
    return {};
}

}  // namespace mint::http::detail
