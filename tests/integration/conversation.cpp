#include "conversation.hpp"

#include <stdexcept>

namespace mint::test {

void conversation::fail(const std::string& what, const error& reason) {
    throw std::runtime_error(what + ": " + to_string(reason));
}

conversation conversation::open(std::uint16_t port, const conversation_options& options) {
    auto connect_options = options.connect;
    connect_options.mode = options.mode;
    auto conn = http::connect(options.is_secure ? scheme::https : scheme::http, options.host, port, connect_options);
    if (!conn) fail("connect", conn.error());
    return on(std::move(*conn), options);
}

conversation conversation::on(http::connection conn, const conversation_options& options) {
    conversation result{std::move(conn)};
    result.upgrade(options);
    return result;
}

void conversation::upgrade(const conversation_options& options) {
    const auto scheme = conn_.is_secure() ? ws_scheme::wss : ws_scheme::ws;
    const auto ref = websocket::upgrade(scheme, conn_, options.target, options.fields, options.upgrade);
    if (!ref) fail("upgrade", ref.error());
    ref_ = *ref;
    while (!fields_) {
        receive(long_enough);
        if (end_) fail("upgrade", *end_);
    }
    auto ws = websocket::create(conn_, *ref, status_code_, *fields_, options.create);
    if (!ws) fail("create", ws.error());
    ws_.emplace(std::move(*ws));
    const auto early = std::exchange(early_, {});
    const response data = responses::data{*ref, as_bytes(early)};
    take({&data, 1});
}

void conversation::send(const ws::frame& frame) {
    if (auto sent = ws_->send(conn_, frame, out_); !sent) fail("send", sent.error());
}

void conversation::take(http::response_list responses) {
    for (const auto& r : responses) {
        if (ref_of(r) != *ref_) fail("a response to no request", error{errc::unknown_request});
        std::visit(overloaded{
                       [&](const responses::status& s) { status_code_ = s.code; },
                       [&](const responses::headers& h) { fields_ = h.fields; },
                       [&](const responses::data& d) {
                           if (!ws_) return static_cast<void>(early_ += as_text(d.bytes));
                           const auto decoded = ws_->decode(d.bytes, frames_);
                           for (const auto& f : frames_) inbox_.push_back(to_owned(f));
                           if (!decoded && !end_) end_ = decoded.error();
                       },
                       [&](const responses::done&) {
                           if (end_) return;
                           const auto end = ws_->codec().end_of_input();
                           end_ = end ? error{errc::connection_closed} : end.error();
                       },
                       [&](const responses::error& e) {
                           if (!end_) end_ = e.reason;
                       },
                       [](const responses::interim&) {},
                       [](const responses::pong&) {},
                       [](const responses::push_promise&) {},
                   },
                   r);
    }
}

void conversation::receive(std::chrono::milliseconds timeout) {
    const auto responses = receive_some(conn_, scratch_, timeout);
    take(responses ? *responses : responses.error().responses);
    if (!responses && !end_ && responses.error().reason.code != errc::timeout) end_ = responses.error().reason;
    if (!responses && responses.error().reason.code == errc::timeout && timeout >= long_enough)
        fail("nothing came", responses.error().reason);
}

std::expected<ws::owned_frame, error> conversation::next(std::chrono::milliseconds timeout) {
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    while (inbox_.empty() && !end_) {
        receive(timeout);
        if (inbox_.empty() && !end_ && std::chrono::steady_clock::now() >= deadline)
            return std::unexpected(error{errc::timeout});
    }
    if (inbox_.empty()) return std::unexpected(*end_);
    auto frame = std::move(inbox_.front());
    inbox_.pop_front();
    return frame;
}

error conversation::expect_end() {
    for (;;) {
        if (const auto frame = next(); !frame) return frame.error();
    }
}

}  // namespace mint::test
