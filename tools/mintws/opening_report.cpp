#include "opening_report.hpp"

#include "opening_hints.hpp"
#include "printer.hpp"
#include "standard_streams.hpp"

#include <chrono>
#include <cstdio>
#include <strings.h>

#include <fmt/core.h>

namespace mintws {

namespace {

using mint::errc;

// One line for each of `text`, the last one's end included.
void show_lines(char direction, std::string_view text) {
    while (!text.empty()) {
        const auto end = text.find("\r\n");
        const auto line = visible_line(text.substr(0, end));
        tell("{}{}{}\n", direction, line.empty() ? "" : " ", line);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 2);
    }
}

void show_tls(const mint::net::tls_info& tls) {
    const auto* const version = tls.version == mint::net::tls_version::tls1_3 ? "1.3" : "1.2";
    tell("* TLS {}, {}{}{}{}\n", version, tls.cipher, tls.alpn.empty() ? "" : ", ALPN ", tls.alpn,
         tls.is_resumed ? ", resumed" : "");
    if (tls.certificate_name.empty()) return;
    tell("* certificate: {}: {}\n", visible_line(tls.certificate_name), tls.is_verified ? "verified" : "NOT VERIFIED");
}

void show_fields(const mint::headers& fields) {
    for (const auto& f : fields) {
        const bool is_url = f.name.size() == 8 && ::strncasecmp(f.name.data(), "location", 8) == 0;
        tell("< {}: {}\n", f.name, visible_line(is_url ? mint::without_userinfo(f.value) : f.value));
    }
    tell("<\n");
}

void show_answer(const mint::opening_exchange& exchange) {
    const auto* const version = exchange.protocol == mint::http::protocol::http2 ? "2" : "1.1";
    tell("< HTTP/{} {}{}{}\n", version, exchange.status_code, exchange.reason.empty() ? "" : " ",
         visible_line(exchange.reason));
    show_fields(exchange.fields);
}

void show_content(std::string_view content, std::size_t limit) {
    tell("{}{}", visible(content), content.empty() || content.ends_with('\n') ? "" : "\n");
    if (content.size() >= limit) tell("(cut here)\n");
}

}  // namespace

void opening_report::show_stage(const mint::opening& attempt) {
    if (!is_verbose_) return;
    auto stage = attempt.describe();
    if (stage == stage_) return;
    stage_ = std::move(stage);
    tell("* {}\n", visible_line(stage_));
}

void opening_report::show_exchanges(const std::vector<mint::opening_exchange>& exchanges, bool is_over) {
    while (answered_ < exchanges.size()) {
        const auto& exchange = exchanges[answered_];
        if (asked_ == answered_ && !exchange.request_head.empty()) {
            if (is_verbose_) show_request(exchange);
            ++asked_;
        }
        if (exchange.status_code == 0 && answered_ + 1 < exchanges.size()) {
            show_fallback(exchange);
            ++answered_;
            continue;
        }
        const bool is_whole = is_over || !exchange.fields.empty() || answered_ + 1 < exchanges.size();
        if (exchange.status_code == 0 || !is_whole) {
            if (is_verbose_) show_lines('<', exchange.unfinished_head);
            return;
        }
        if (is_verbose_) show_answer(exchange);
        ++answered_;
    }
}

void opening_report::show_fallback(const mint::opening_exchange& exchange) const {
    if (is_quiet_) return;
    tell("mintws: {} has no WebSockets over HTTP/2; opening another connection with HTTP/1.1\n",
         mint::host_field(exchange.target.host, exchange.target.port, exchange.target.is_secure));
}

void opening_report::show_request(const mint::opening_exchange& exchange) const {
    if (exchange.tls) show_tls(*exchange.tls);
    show_lines('>', exchange.request_head);
}

exit_status opening_report::failed(const mint::error& e, mint::http::connect_stage failed_stage,
                                   const mint::url& target,
                                   const std::vector<mint::opening_exchange>& exchanges) const {
    const auto& last = exchanges.empty() ? target : exchanges.back().target;
    const auto host = mint::host_field(last.host, last.port, last.is_secure);
    const bool was_connected = !exchanges.empty() && !exchanges.back().request_head.empty();
    if (e.refusal && e == errc::upgrade_refused) {
        const auto& reason = exchanges.back().reason;
        tell("mintws: {}: the server refused the WebSocket: {}{}{}\n", host, e.refusal->status_code,
             reason.empty() ? "" : " ", visible_line(reason));
        if (!e.detail.empty()) tell("mintws: {}\n", visible_line(e.detail));
    } else {
        // Some errors name the host themselves.
        const bool is_named = e.detail.starts_with(last.host + ":");
        tell("mintws: {}{}{}\n", is_named ? "" : host, is_named ? "" : ": ", visible_line(mint::to_string(e)));
    }
    if (e.refusal) {
        if (!is_verbose_ || e == errc::proxy_refused) show_fields(e.refusal->fields);
        show_content(e.refusal->content, options_.connect.max_refusal_size);
    }
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    auto sent = options_;
    if (!exchanges.empty() && !mint::is_same_origin(exchanges.front().target, last)) sent.fields.erase("authorization");
    for (const auto& hint : hints_for(e, last, sent, now)) tell("mintws: {}\n", visible_line(hint));
    return status_of(e, failed_stage, was_connected);
}

exit_status status_of(const mint::error& e, mint::http::connect_stage failed_stage, bool was_connected) noexcept {
    using mint::condition;
    using mint::http::connect_stage;
    const bool is_proxys = failed_stage == connect_stage::proxy;
    const bool is_tls = failed_stage == connect_stage::proxy_tls || failed_stage == connect_stage::tls;
    switch (e.condition()) {
        case condition::misuse: return exit_status::usage;
        case condition::proxy_failed:
        case condition::handshake_failed: return exit_status::refused;
        case condition::tls_failed: return exit_status::insecure;
        case condition::timed_out: return exit_status::timed_out;
        case condition::protocol_violation:
        case condition::limit_exceeded: return is_proxys ? exit_status::refused : exit_status::protocol_error;
        case condition::transport_failed:
        case condition::closed: break;
    }
    // Whoever is there broke off what was to make the connection.
    if (is_proxys) return exit_status::refused;
    if (is_tls) return exit_status::insecure;
    return was_connected ? exit_status::abnormal : exit_status::unreachable;
}

}  // namespace mintws
