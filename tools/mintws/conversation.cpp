#include "conversation.hpp"

#include "frame_row.hpp"
#include "standard_streams.hpp"

#include <span>
#include <utility>

#include <fmt/core.h>

namespace mintws {

using namespace std::chrono_literals;
namespace http = mint::http;
namespace ws = mint::ws;

namespace {

constexpr auto patience = 10s;

frame_row row_of(const mint::net::tls_info& tls) {
    return {
        .what = tls.version == mint::net::tls_version::tls1_3 ? "TLS 1.3" : "TLS 1.2",
        .note = fmt::format("{}, the certificate {}", tls.cipher, tls.is_verified ? "is verified" : "is NOT verified")};
}

}  // namespace

conversation::conversation(clock::time_point started, http::connection conn, mint::websocket socket)
    : started_(started), conn_(std::move(conn)), socket_(std::move(socket)) {}

std::expected<conversation, demo_failure> conversation::open(const mint::url& url, const std::string& ca_file,
                                                             bool compresses) {
    const auto started = clock::now();
    auto conn = http::connect(url.http_scheme(), mint::connect_host(url), url.port,
                              {.mode = http::mode::passive, .timeout = patience, .tls = {.ca_file = ca_file}});
    if (!conn) return std::unexpected(failed_to_open(conn.error(), url, false));
    const auto connected = clock::now();
    print("{}\n", row_heading());
    print("{}\n", row({.time = connected - started, .what = "connect", .note = url.host}));
    if (const auto tls = conn->tls()) {
        auto secured = row_of(*tls);
        secured.time = connected - started;
        print("{}\n", row(secured));
    }

    const auto asked = clock::now();
    mint::upgrade_options options;
    if (compresses) options.extensions = {ws::permessage_deflate::create().value()};
    const auto ref = mint::websocket::upgrade(url.websocket_scheme(), *conn, url.target, {}, options);
    if (!ref) return std::unexpected(failed_to_open(ref.error(), url, true));
    print("{}\n", row({.time = asked - started, .arrow = '>', .what = "GET", .note = url.target}));
    http::read_buffer scratch;
    const auto answer = mint::websocket::recv_upgrade(*conn, *ref, patience, scratch);
    if (!answer) return std::unexpected(failed_to_open(answer.error(), url, true));
    const auto answered = clock::now();
    auto socket = mint::websocket::create(*conn, *ref, answer->status_code, answer->fields);
    if (!socket) return std::unexpected(failed_to_open(socket.error(), url, true));
    if (compresses && socket->extensions().empty()) {
        return std::unexpected(demo_failure{"the server has no permessage-deflate", exit_status::refused});
    }
    print("{}\n",
          row({.time = answered - started,
               .arrow = '<',
               .what = std::to_string(answer->status_code),
               .note = socket->extensions().empty() ? "it is a WebSocket now" : "a WebSocket with permessage-deflate",
               .round_trip = answered - asked}));
    return conversation{started, std::move(*conn), std::move(*socket)};
}

bool conversation::exchange(const std::vector<ws::frame>& frames, const std::vector<ws::frame>& replies) {
    out_.clear();
    bool is_continued = false;
    sent_at_ = clock::now();
    for (const auto& frame : frames) {
        if (const auto encoded = socket_.encode(frame, out_); !encoded) return fail(encoded.error());
        sent_.add(frame);
        print("{}\n", row(describe(frame, is_continued, sent_at_ - started_, '>')));
        if (ws::is_control(opcode_of(frame))) continue;
        is_continued = socket_.codec().is_message_open();
    }
    sent_count_ += frames.size();
    sent_.wire_size += out_.size();
    sent_at_ = clock::now();
    if (const auto sent = mint::websocket::stream_request_body(conn_, socket_.ref(), out_.view()); !sent) {
        return fail(sent.error());
    }
    for (std::size_t count = 0; count < replies.size();) {
        const auto received = mint::websocket::recv(conn_, 0, patience, scratch_);
        if (!received) return fail(received.error().reason);
        for (const auto& r : *received) {
            const auto* const data = std::get_if<mint::responses::data>(&r);
            if (data == nullptr) {
                problem_ = {"the server ended the connection", exit_status::abnormal};
                return false;
            }
            const auto decoded = socket_.decode(data->bytes, frames_);
            for (const auto& frame : frames_) {
                if (!check(frame, replies, count++)) return false;
            }
            if (!decoded) return fail(decoded.error());
        }
    }
    return true;
}

bool conversation::expect_end() {
    const auto received = mint::websocket::recv(conn_, 0, patience, scratch_);
    if (!received) return fail(received.error().reason);
    if (received->empty() || !std::holds_alternative<mint::responses::done>(received->front())) {
        return fail("the server sent something behind its Close frame");
    }
    print("{}\n", row({.time = clock::now() - started_, .what = "end", .note = "the server closed the connection"}));
    return true;
}

bool conversation::fail(std::string problem) {
    problem_ = {std::move(problem), exit_status::protocol_error};
    return false;
}

bool conversation::fail(const mint::error& e) {
    problem_ = failed_later(e);
    return false;
}

bool conversation::check(const ws::frame& received, const std::vector<ws::frame>& replies, std::size_t index) {
    const auto now = clock::now();
    ++received_count_;
    received_payload_.add(received);
    auto described = describe(received, false, now - started_, '<');
    described.round_trip = now - sent_at_;
    print("{}\n", row(described));
    if (index < replies.size() && received == replies[index]) return true;
    return fail("that is not the reply it had to be");
}

}  // namespace mintws
