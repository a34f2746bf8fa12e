#include "http/proxy_handshake.hpp"

#include <mint/base/credentials.hpp>
#include <mint/base/overloaded.hpp>
#include <mint/base/url.hpp>

#include <algorithm>
#include <memory>
#include <utility>

namespace mint::http::detail {

namespace {

/// `example.org:443`, `[::1]:80`: always with the port (RFC 9110 §9.3.6), which `host_field` leaves out where it is the
/// scheme's own.
std::string authority_of(std::string_view host, std::uint16_t port) { return host_field(host, port, port == 80); }

}  // namespace

std::expected<headers, error> fields_for_proxy(const proxy& via) {
    headers fields = via.fields;
    if (via.credentials && !fields.contains("proxy-authorization")) {
        auto value = basic_credentials(*via.credentials);
        if (!value) return std::unexpected(error{errc::invalid_argument, "proxy: " + value.error().detail});
        if (auto added = fields.append("proxy-authorization", *value); !added) return std::unexpected(added.error());
    }
    return fields;
}

std::expected<proxy_handshake, error> proxy_handshake::create(const proxy& via, std::string_view host,
                                                              std::uint16_t port, const connect_options& options) {
    if (via.kind == proxy_kind::socks5) {
        auto socks = net::detail::socks5::create(host, port, via.credentials);
        if (!socks) return std::unexpected(error{errc::invalid_argument, "proxy: " + socks.error().detail});
        return proxy_handshake{std::move(*socks)};
    }
    auto fields = fields_for_proxy(via);
    if (!fields) return std::unexpected(std::move(fields.error()));
    http1::client_options machine;
    machine.host = authority_of(host, port);
    machine.user_agent = options.user_agent;
    machine.title_case_fields = options.title_case_fields;
    machine.limits = options.limits;
    std::string authority = machine.host;
    proxy_handshake result{tunnel{http1::client_machine{std::move(machine)}, std::move(authority), std::move(*fields)}};
    result.max_refusal_size_ = options.max_refusal_size;
    return result;
}

std::expected<void, error> proxy_handshake::start(buffer& out) {
    return std::visit(overloaded{[&](tunnel& way) -> std::expected<void, error> {
                                     auto ref = way.machine.connect(way.authority, way.fields, out);
                                     if (!ref) return std::unexpected(std::move(ref.error()));
                                     return {};
                                 },
                                 [&](net::detail::socks5& way) -> std::expected<void, error> {
                                     way.start(out);
                                     return {};
                                 }},
                      way_);
}

std::expected<bool, error> proxy_handshake::receive(byte_view input, buffer& out) {
    if (auto* const way = std::get_if<tunnel>(&way_)) return receive_http(*way, input);
    auto& socks = std::get<net::detail::socks5>(way_);
    const auto taken = socks.receive(input, out);
    if (!taken) return std::unexpected(taken.error());
    unread_ += as_text(input.subspan(*taken));
    return socks.is_done();
}

std::expected<bool, error> proxy_handshake::receive_http(tunnel& way, byte_view input) {
    responses_.clear();
    const auto received = way.machine.receive(input, responses_);
    bool is_complete = false;
    bool is_over_limit = false;
    for (response& r : responses_) {
        if (const auto* status = std::get_if<responses::status>(&r)) {
            answer_.status_code = status->code;
        } else if (auto* const section = std::get_if<responses::headers>(&r)) {
            if (!has_fields_) answer_.fields = std::move(section->fields);  // a second section is trailers
            has_fields_ = true;
        } else if (const auto* data = std::get_if<responses::data>(&r)) {
            if (way.machine.is_tunnel()) {
                unread_ += as_text(data->bytes);
            } else {
                const std::size_t room = max_refusal_size_ - answer_.content.size();
                answer_.content += as_text(data->bytes.first(std::min(room, data->bytes.size())));
                is_over_limit = data->bytes.size() > room;
            }
        } else if (std::holds_alternative<responses::done>(r)) {
            is_complete = true;
        }
    }
    if (way.machine.is_tunnel()) return true;
    if (is_complete || is_over_limit) return std::unexpected(refusal());
    if (received) return false;
    if (has_fields_) return std::unexpected(refusal("its content is broken: " + to_string(received.error())));
    error reason = received.error();
    reason.detail = reason.detail.empty() ? "in the proxy's answer" : "in the proxy's answer: " + reason.detail;
    return std::unexpected(std::move(reason));
}

error proxy_handshake::receive_eof() {
    if (auto* const way = std::get_if<tunnel>(&way_); way != nullptr && answer_.status_code == 0) {
        responses_.clear();
        auto ended = way->machine.receive_eof(responses_);
        error reason = ended ? error{errc::connection_closed} : std::move(ended.error());
        reason.detail = "by the proxy";
        return reason;
    }
    if (answer_.status_code != 0) return refusal();
    return {errc::connection_closed, "by the proxy"};
}

error proxy_handshake::refusal(std::string detail) {
    error refused{errc::proxy_refused, std::move(detail)};
    refused.refusal = std::make_shared<const refused_response>(std::move(answer_));
    return refused;
}

}  // namespace mint::http::detail
