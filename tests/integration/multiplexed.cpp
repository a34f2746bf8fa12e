#include "multiplexed.hpp"

#include "support/certificates.hpp"

#include <utility>

namespace mint::test {

namespace {

http::connection connect(std::uint16_t port, bool is_secure, http::connect_options options) {
    options.protocols = {http::protocol::http2};
    options.tls.ca_file = testing::certificates::shared().ca.certificate_file;
    auto conn = http::connect(is_secure ? scheme::https : scheme::http, "127.0.0.1", port, options);
    if (!conn) throw std::runtime_error("connect: " + to_string(conn.error()));
    return std::move(*conn);
}

template <class Value>
Value must(const char* what, std::expected<Value, error> result) {
    if (!result) throw std::runtime_error(what + (": " + to_string(result.error())));
    if constexpr (!std::is_void_v<Value>) return std::move(*result);
}

}  // namespace

multiplexed::multiplexed(http2_peer p, bool is_secure, http::mode mode)
    : multiplexed(http2_server_of(p, is_secure).port(), is_secure, {.mode = mode}) {}

multiplexed::multiplexed(std::uint16_t port, bool is_secure, http::connect_options options)
    : conn_(connect(port, is_secure, std::move(options))) {}

request_ref multiplexed::ask(std::string_view target, const upgrade_options& options, const headers& fields) {
    const auto scheme = conn_.is_secure() ? ws_scheme::wss : ws_scheme::ws;
    return must("upgrade", websocket::upgrade(scheme, conn_, target, fields, options));
}

mint::websocket& multiplexed::create(request_ref ref) {
    exchange& e = exchanges_[ref];
    receive_until([&] { return e.has_fields || e.failure; });
    if (e.failure) throw std::runtime_error("upgrade: " + to_string(*e.failure));
    e.ws.emplace(must("create", websocket::create(conn_, ref, e.status_code, e.fields)));
    const std::string early = std::exchange(e.body, {});
    take(responses::data{ref, as_bytes(early)});
    return *e.ws;
}

request_ref multiplexed::get(std::string_view target) { return must("request", conn_.request("GET", target)); }

void multiplexed::send(request_ref ref, const ws::frame& frame) {
    must("send", exchanges_.at(ref).ws->send(conn_, frame, out_));
}

ws::owned_frame multiplexed::next_frame(request_ref ref) {
    exchange& e = exchanges_.at(ref);
    receive_until([&] { return !e.inbox.empty() || e.is_over(); });
    if (e.inbox.empty())
        throw std::runtime_error("the WebSocket ended: " + (e.failure ? to_string(*e.failure) : "done"));
    auto frame = std::move(e.inbox.front());
    e.inbox.pop_front();
    return frame;
}

void multiplexed::receive(std::chrono::milliseconds timeout) { take(receive_some(conn_, scratch_, timeout)); }

void multiplexed::take(const std::expected<http::response_list, http::stream_error>& received) {
    last_ = received ? *received : received.error().responses;
    for (const response& r : last_) take(r);
    if (!received) throw std::runtime_error("receive: " + to_string(received.error().reason));
}

void multiplexed::close(request_ref ref) {
    exchange& e = exchanges_.at(ref);
    if (!e.ws->codec().is_close_sent()) send(ref, ws::close{ws::close_code::normal});
    receive_until([&] { return e.ws->codec().is_close_received() || e.is_over(); });
    end(ref);
}

bool multiplexed::end(request_ref ref, std::chrono::milliseconds grace) {
    using clock = std::chrono::steady_clock;
    closing end{ref, clock::now(), grace};
    last_ = {};
    while (!must("closing", end.step(conn_, last_, clock::now()))) {
        const auto received = receive_some(conn_, scratch_, std::chrono::milliseconds{20});
        last_ = received ? *received : received.error().responses;
        for (const response& r : last_) take(r);
    }
    return !end.was_cancelled();
}

void multiplexed::take(const response& r) {
    exchange& e = exchanges_[ref_of(r)];
    if (const auto* status = std::get_if<responses::status>(&r)) e.status_code = status->code;
    if (const auto* section = std::get_if<responses::headers>(&r)) {
        e.fields = section->fields;
        e.has_fields = true;
    }
    if (const auto* data = std::get_if<responses::data>(&r)) {
        if (!e.ws) {
            e.body += as_text(data->bytes);
        } else {
            const auto decoded = e.ws->decode(data->bytes, frames_);
            for (const auto& f : frames_) e.inbox.push_back(to_owned(f));
            if (!decoded) e.failure = decoded.error();
        }
    }
    if (std::holds_alternative<responses::done>(r)) e.is_done = true;
    if (const auto* failed = std::get_if<responses::error>(&r)) e.failure = failed->reason;
}

}  // namespace mint::test
