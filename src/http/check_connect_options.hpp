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

inline std::expected<void, error> check_http2(const http2::connection_options& options) {
    constexpr std::uint32_t max_window_size = 0x7FFF'FFFF;
    constexpr std::uint32_t first_connection_window_size = 65'535;
    if (options.initial_window_size > max_window_size) {
        return refuse_option("http2.initial_window_size: at most 2^31-1 [RFC 9113 §6.9.2]");
    }
    if (options.connection_window_size < first_connection_window_size ||
        options.connection_window_size > max_window_size) {
        return refuse_option("http2.connection_window_size: 65,535 to 2^31-1 [RFC 9113 §6.9.2]");
    }
    if (options.max_frame_size < 16 * 1024 || options.max_frame_size >= 1U << 24U) {
        return refuse_option("http2.max_frame_size: 16,384 to 2^24-1 [RFC 9113 §6.5.2]");
    }
    return {};
}

/// Refuses options that no connection can be made with, before anything is looked up or opened.
inline std::expected<void, error> check(std::string_view host, std::uint16_t port, const connect_options& options) {
    if (options.protocols.empty()) return refuse_option("protocols: none is given");
    if (options.timeout < std::chrono::milliseconds::zero()) return refuse_option("timeout: it is negative");
    if (port == 0 && options.unix_path.empty()) return refuse_option("port: 0 is none");
    if (!is_field_value(options.user_agent)) return refuse_option("user_agent: it is no field value");
    if (options.limits.max_pipelined_request_count == 0) {
        return refuse_option("limits.max_pipelined_request_count: with 0 no request could be sent");
    }
    if (auto checked = check_http2(options.http2); !checked) return checked;
    if (!is_host(host)) return std::unexpected(errc::invalid_host);
    if (!options.hostname.empty() && !is_host(options.hostname)) {
        return std::unexpected(error{errc::invalid_host, "hostname"});
    }
    if (options.proxy) return check_proxy(options);
    return {};
}

}  // namespace mint::http::detail
