#include <mint/http/connection.hpp>

#include <new>
#include <utility>

namespace mint::http {

/// Has the machine do something that may make octets to be sent, and sends them.
template <class Call>
std::invoke_result_t<Call, http2::client_machine&> connection::on_http2(Call call) {
    auto* const m = machine_.http2();
    if (m == nullptr) return std::unexpected(errc::http2_only);
    if (!transport_.is_open() || !is_write_open_) return std::unexpected(errc::connection_closed);
    auto result = call(*m);
    if (!result) return result;
    if (auto sent = send_unless_corked(); !sent) {
        drop_unsent(result);
        return std::unexpected(std::move(sent.error()));
    }
    return result;
}

/// A request that was refused to the caller because sending failed: no response of it comes.
void connection::drop_unsent(const std::expected<request_ref, error>& asked) {
    auto* const m = machine_.http2();
    if (m != nullptr && asked) static_cast<void>(m->cancel_request(*asked));
}

std::expected<request_ref, error> connection::connect(const http2::connect_head& head, std::vector<field>* sent) {
    return on_http2([&](http2::client_machine& m) { return m.connect(head, sent); });
}

/// The way of every frame on HTTP/2.
std::expected<void, error> connection::send_on_stream(request_ref ref, byte_view content) {
    if (!transport_.is_open() || !is_write_open_) return std::unexpected(errc::connection_closed);
    auto& m = *machine_.http2();
    auto taken = m.stream_request_body(ref, content);
    if (!taken && taken.error() == errc::send_queue_full && has_unsent()) {
        if (auto sent = send_queued(); !sent) return sent;
        taken = m.stream_request_body(ref, content);
    }
    if (!taken && taken.error() == errc::request_body_not_streaming && !m.is_open(ref)) {
        return std::unexpected(error{errc::stream_reset, "the stream is over"});
    }
    if (!taken) return taken;
    return send_unless_corked();
}

std::expected<void, error> connection::go_away() {
    return on_http2([](http2::client_machine& m) -> std::expected<void, error> {
        m.close();
        return {};
    });
}

std::expected<request_ref, error> connection::ping() {
    return on_http2([](http2::client_machine& m) { return m.ping(); });
}

std::expected<request_ref, error> connection::ping(std::span<const std::byte, 8> payload) {
    return on_http2([&](http2::client_machine& m) { return m.ping(payload); });
}

std::expected<void, error> connection::put_settings(const http2::settings_change& change) {
    return on_http2([&](http2::client_machine& m) { return m.put_settings(change); });
}

std::expected<void, error> connection::cancel_stream(request_ref ref) {
    return on_http2([&](http2::client_machine& m) { return m.cancel_request(ref); });
}

std::expected<void, error> connection::consumed(request_ref ref, std::size_t size) {
    if (protocol() == protocol::http1) return {};
    return on_http2([&](http2::client_machine& m) { return m.consumed(ref, size); });
}

std::expected<void, error> connection::set_window_size(std::size_t size) {
    return on_http2([&](http2::client_machine& m) { return m.set_window_size(size); });
}

std::expected<void, error> connection::set_window_size(request_ref ref, std::size_t size) {
    return on_http2([&](http2::client_machine& m) { return m.set_window_size(ref, size); });
}

std::size_t connection::queued_size(request_ref ref) const noexcept {
    const auto* const m = transport_.is_open() ? machine_.http2() : nullptr;
    return m != nullptr ? m->queued_size(ref) : queued_size();
}

std::optional<http2::settings> connection::server_settings() const noexcept {
    if (const auto* const m = machine_.http2()) return m->server_settings();
    return std::nullopt;
}

std::optional<http2::settings> connection::client_settings() const noexcept {
    if (const auto* const m = machine_.http2()) return m->client_settings();
    return std::nullopt;
}

http2::extended_connect connection::extended_connect() const noexcept {
    const auto* const m = machine_.http2();
    return m != nullptr ? m->extended_connect() : http2::extended_connect::disabled;
}

std::optional<std::size_t> connection::send_window() const noexcept {
    if (const auto* const m = machine_.http2()) return m->send_window();
    return std::nullopt;
}

std::optional<std::size_t> connection::send_window(request_ref ref) const noexcept {
    if (const auto* const m = machine_.http2()) return m->send_window(ref);
    return std::nullopt;
}

std::optional<std::size_t> connection::receive_window() const noexcept {
    if (const auto* const m = machine_.http2()) return m->receive_window();
    return std::nullopt;
}

std::optional<std::size_t> connection::receive_window(request_ref ref) const noexcept {
    if (const auto* const m = machine_.http2()) return m->receive_window(ref);
    return std::nullopt;
}

/// GOAWAY, or the one that names an error, where the socket takes it at once.
void connection::say_goodbye() noexcept {
    auto* const m = machine_.http2();
    if (m == nullptr || !transport_.is_open() || !is_write_open_ || !queue_.empty()) return;
    try {
        m->close();
        m->take(queue_);
        static_cast<void>(transport_.write_some(queue_.view()));
    } catch (const std::bad_alloc&) {
        return;  // the end of the connection says it as well
    }
}

}  // namespace mint::http
