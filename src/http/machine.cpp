#include <mint/http/machine.hpp>

#include <utility>

namespace mint::http::detail {

std::expected<request_ref, error> machine::request(std::string_view method, std::string_view target,
                                                   const headers& fields, const request_body& body, buffer& queue) {
    if (auto* const m = http1()) return m->request({method, target, fields}, body, queue);
    return http2()->request({method, target, fields}, body);
}

std::expected<void, error> machine::stream_request_body(request_ref ref, byte_view content, buffer& queue) {
    if (auto* const m = http1()) return m->stream_request_body(ref, content, queue);
    return http2()->stream_request_body(ref, content);
}

std::expected<void, error> machine::stream_request_body(request_ref ref, const eof& end, buffer& queue) {
    if (auto* const m = http1()) return m->stream_request_body(ref, end, queue);
    return http2()->stream_request_body(ref, end);
}

std::expected<void, error> machine::receive(byte_view input, std::vector<response>& out) {
    return std::visit([&](auto& m) { return m.receive(input, out); }, machine_);
}

std::expected<void, error> machine::receive_to_tunnel(byte_view& input, std::vector<response>& out) {
    return std::visit([&](auto& m) { return m.receive_to_tunnel(input, out); }, machine_);
}

std::expected<void, error> machine::receive_eof(std::vector<response>& out) {
    return std::visit([&](auto& m) { return m.receive_eof(out); }, machine_);
}

bool machine::is_open_for_requests() const noexcept {
    return std::visit([](const auto& m) { return m.is_open_for_requests(); }, machine_);
}

bool machine::is_streaming(request_ref ref) const noexcept {
    return std::visit([ref](const auto& m) { return m.is_streaming(ref); }, machine_);
}

bool machine::wants_close() const noexcept {
    return std::visit([](const auto& m) { return m.wants_close(); }, machine_);
}

std::size_t machine::open_request_count() const noexcept {
    return std::visit([](const auto& m) { return m.open_request_count(); }, machine_);
}

bool machine::is_tunnel() const noexcept {
    const auto* const m = http1();
    return m != nullptr && m->is_tunnel();
}

bool machine::wants_shutdown() const noexcept {
    const auto* const m = http1();
    return m != nullptr && m->wants_shutdown();
}

bool machine::is_tunnel(request_ref ref) const noexcept {
    if (const auto* const m = http2()) return m->is_tunnel(ref);
    return is_tunnel() && http1()->tunnel_ref() == ref;
}

}  // namespace mint::http::detail
