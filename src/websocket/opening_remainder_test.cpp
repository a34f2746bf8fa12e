// What the server sent right after its first_answer: all of it is delivered, and then how it ended.
#include "support/connected_pair.hpp"
#include "support/frame_script.hpp"
#include "support/http2_frames.hpp"
#include "support/scripted_peer.hpp"
#include "support/tls_server.hpp"

#include <mint/http/connect.hpp>
#include <mint/net/wait.hpp>
#include <mint/websocket/opening.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

namespace mint {
namespace {

namespace h2 = mint::testing::h2;
using mint::testing::certificates;
using mint::testing::patience;
using mint::testing::scripted_peer;
using mint::testing::tls_peer_on_socket;
using mint::testing::tls_server;
using mint::testing::wire;
using namespace std::chrono_literals;

/// A message and a Close with 4001.
const std::string farewell = wire(0x81, "tick") + wire(0x88, "\x0F\xA1token expired");
const std::string first_answer =
    h2::settings({{h2::enable_connect_protocol, 1}}) + h2::headers(1, {{":status", "200"}});

/// How a stream or a connection of HTTP/2 ends, and what the client says of it; nothing for the end in good order.
struct ending {
    std::string name;
    std::string frames;
    std::optional<errc> expected;
    std::function<void(scripted_peer&)> then = [](scripted_peer&) {};
};

std::vector<ending> endings() {
    const auto close = [](scripted_peer& peer) { peer.close(); };
    const auto reset = [](scripted_peer& peer) { peer.reset(); };
    return {
        {"RST_STREAM with CANCEL", h2::rst_stream(1, 8), errc::stream_reset},
        {"RST_STREAM with NO_ERROR", h2::rst_stream(1, 0), errc::stream_reset},
        {"RST_STREAM with REFUSED_STREAM", h2::rst_stream(1, 7), errc::stream_reset},
        {"END_STREAM", h2::data(1, "", h2::end_stream), std::nullopt},
        {"GOAWAY that covers it, and END_STREAM", h2::goaway(1, 0) + h2::data(1, "", h2::end_stream), std::nullopt},
        {"GOAWAY that doesn't cover it", h2::goaway(0, 11), errc::stream_reset},
        {"a frame that breaks a rule", h2::frame(h2::type::ping, 0, 1, "12345678"), errc::invalid_frame},
        {"GOAWAY and the end", h2::goaway(1, 2), errc::connection_closed, close},
        {"the end of the connection", "", errc::connection_closed, close},
        {"a reset of the connection", "", errc::connection_closed, reset},
    };
}

/// What a WebSocket got until its end.
struct story {
    std::vector<std::string> texts;
    std::optional<int> close_code;
    std::string close_reason;
    bool has_ended = false;
    std::optional<errc> failure;

    void add(websocket& ws, http::response_list list) {
        for (const response& r : list) {
            EXPECT_EQ(ref_of(r), ws.ref());
            EXPECT_FALSE(has_ended) << "nothing follows the end";
            if (const auto* data = std::get_if<responses::data>(&r)) decode(ws, data->bytes);
            if (std::holds_alternative<responses::done>(r)) has_ended = true;
            if (const auto* failed = std::get_if<responses::error>(&r)) fail(failed->reason);
        }
    }

    /// The first counts: on HTTP/2 it is what the request is told.
    void fail(const error& reason) {
        has_ended = true;
        if (!failure) failure = reason.code;
    }

    void expect_farewell(const std::string& what) const {
        EXPECT_EQ(texts, std::vector<std::string>{"tick"}) << what;
        EXPECT_EQ(close_code, 4001) << what;
        EXPECT_EQ(close_reason, "token expired") << what;
        EXPECT_TRUE(has_ended) << what;
    }

  private:
    void decode(websocket& ws, byte_view bytes) {
        std::vector<ws::frame> frames;
        EXPECT_TRUE(ws.decode(bytes, frames));
        for (const ws::frame& f : frames) {
            if (const auto* text = std::get_if<ws::text>(&f)) texts.emplace_back(text->payload);
            if (const auto* close = std::get_if<ws::close>(&f)) {
                close_code = static_cast<int>(*close->code);
                close_reason = close->reason;
            }
        }
    }
};

/// Steps until the WebSocket is there; `serve` plays the server, again and again.
opened_websocket open(const std::string& address, open_options options, const std::function<void()>& serve) {
    auto attempt = opening::start(parse_url(address).value(), options, opening::clock::now()).value();
    const net::deadline end{patience};
    while (!end.has_passed()) {
        auto stepped = attempt.step(opening::clock::now());
        if (!stepped) throw std::runtime_error(to_string(stepped.error()));
        if (*stepped) return std::move(**stepped);
        serve();
        static_cast<void>(net::wait_any(attempt.wants(), net::deadline{5ms}));
    }
    throw std::runtime_error(attempt.describe());
}

opened_websocket open(scripted_peer& peer, http::protocol protocol, http::mode mode,
                      const std::function<void(scripted_peer&)>& serve) {
    open_options options;
    options.connect.protocols = {protocol};
    options.connect.mode = mode;
    bool is_served = false;
    return open("ws://127.0.0.1:" + std::to_string(peer.port()) + "/", options, [&] {
        if (std::exchange(is_served, true)) return;
        peer.accept();
        serve(peer);
    });
}

opened_websocket open(scripted_peer& peer, const ending& how, http::mode mode) {
    return open(peer, http::protocol::http2, mode, [&](scripted_peer& server) {
        server.send(first_answer + h2::data(1, farewell) + how.frames);
        how.then(server);
    });
}

/// As a loop of the caller's does: waits for what the connection wants, and gives readiness to `stream`.
story converse(opened_websocket& opened, const std::function<void()>& serve = [] {}) {
    story told;
    http::read_buffer scratch;
    http::connection& conn = opened.connection;
    const net::deadline end{patience};
    while (!told.has_ended && !end.has_passed()) {
        serve();
        const net::interest wanted{conn.socket(), {.read = conn.wants_read(), .write = conn.wants_write()}};
        if (!net::wait_any({&wanted, 1}, net::deadline{5ms})) continue;
        const auto list = conn.stream({conn.id(), true, true}, scratch);
        told.add(opened.socket, list ? *list : list.error().responses);
        if (!list) told.fail(list.error().reason);
    }
    return told;
}

TEST(opening_remainder, http2_delivers_the_last_message_and_the_close_before_a_stream_ends) {
    for (const ending& how : endings()) {
        scripted_peer peer;
        auto opened = open(peer, how, http::mode::active);
        const story told = converse(opened);
        told.expect_farewell(how.name);
        EXPECT_EQ(told.failure, how.expected) << how.name;
    }
}

TEST(opening_remainder, http2_delivers_them_in_passive_mode) {
    for (const ending& how : endings()) {
        scripted_peer peer;
        auto opened = open(peer, how, http::mode::passive);
        story told;
        http::read_buffer scratch;
        while (!told.has_ended) {
            const auto list = opened.connection.recv(0, patience, scratch);
            told.add(opened.socket, list ? *list : list.error().responses);
            if (!list) told.fail(list.error().reason);
        }
        told.expect_farewell(how.name);
        EXPECT_EQ(told.failure, how.expected) << how.name;
    }
}

TEST(opening_remainder, http2_gives_the_close_to_websocket_close) {
    for (const ending& how : endings()) {
        scripted_peer peer;
        auto opened = open(peer, how, http::mode::passive);
        http::read_buffer scratch;
        const auto theirs = opened.socket.close(opened.connection, {ws::close_code::normal}, patience, scratch);
        ASSERT_TRUE(theirs) << how.name << ": " << to_string(theirs.error());
        EXPECT_EQ(static_cast<int>(theirs->code.value()), 4001) << how.name;
        EXPECT_EQ(theirs->reason, "token expired") << how.name;
    }
}

TEST(opening_remainder, http2_is_left_to_the_next_call_by_recv_upgrade) {
    for (const ending& how : endings()) {
        scripted_peer peer;
        http::connect_options options;
        options.mode = http::mode::passive;
        options.protocols = {http::protocol::http2};
        auto conn = http::connect(scheme::http, "127.0.0.1", peer.port(), options).value();
        const request_ref ref = websocket::upgrade(ws_scheme::ws, conn, "/").value();
        peer.accept();
        peer.send(first_answer + h2::data(1, farewell) + how.frames);
        how.then(peer);
        http::read_buffer scratch;
        const auto got = websocket::recv_upgrade(conn, ref, patience, scratch);
        ASSERT_TRUE(got) << how.name << ": " << to_string(got.error());
        EXPECT_FALSE(got->is_ended);
        auto ws = websocket::create(conn, ref, got->status_code, got->fields).value();
        story told;
        while (!told.has_ended) {
            const auto list = conn.recv(0, patience, scratch);
            told.add(ws, list ? *list : list.error().responses);
            if (!list) told.fail(list.error().reason);
        }
        told.expect_farewell(how.name);
        EXPECT_EQ(told.failure, how.expected) << how.name;
    }
}

TEST(opening_remainder, http1_delivers_the_last_message_and_the_close_before_the_end) {
    for (const bool is_reset : {false, true}) {
        for (const http::mode mode : {http::mode::active, http::mode::passive}) {
            scripted_peer peer;
            auto opened = open(peer, http::protocol::http1, mode, [&](scripted_peer& server) {
                server.accept_upgrade(farewell);
                is_reset ? server.reset() : server.close();
            });
            if (mode == http::mode::passive) {
                http::read_buffer scratch;
                const auto theirs = opened.socket.close(opened.connection, {ws::close_code::normal}, patience, scratch);
                ASSERT_TRUE(theirs) << to_string(theirs.error());
                EXPECT_EQ(theirs->reason, "token expired");
                continue;
            }
            const story told = converse(opened);
            told.expect_farewell(is_reset ? "reset" : "end");
            EXPECT_EQ(told.failure.has_value(), is_reset);
        }
    }
}

TEST(opening_remainder, is_delivered_over_tls_as_well) {
    for (const bool is_http2 : {false, true}) {
        tls_peer_on_socket peer;
        open_options options;
        options.connect.protocols = {is_http2 ? http::protocol::http2 : http::protocol::http1};
        options.connect.tls.ca_file = certificates::shared().ca.certificate_file;
        bool is_answered = false;
        const auto serve = [&] {
            if (peer.descriptor() < 0) {
                peer.accept();
                peer.add_layer(tls_server{{.alpn = is_http2 ? "h2" : "http/1.1"}});
            }
            peer.pump();
            const std::string& request = peer.top().received;
            if (is_answered || (is_http2 ? request.size() <= 24 : request.find("\r\n\r\n") == std::string::npos))
                return;
            is_answered = true;
            peer.top().send(is_http2 ? first_answer + h2::data(1, farewell) + h2::rst_stream(1, 8)
                                     : scripted_peer::answer_to(request) + farewell);
            peer.top().close_notify();
            peer.pump();
        };
        auto opened = open("wss://127.0.0.1:" + std::to_string(peer.port()) + "/", options, serve);
        const story told = converse(opened, [&] { peer.pump(); });
        told.expect_farewell(is_http2 ? "HTTP/2" : "HTTP/1.1");
        EXPECT_EQ(told.failure, is_http2 ? std::optional{errc::stream_reset} : std::nullopt);
    }
}

TEST(opening_remainder, a_message_larger_than_a_read_begins_in_it) {
    scripted_peer peer;
    const std::string large(200'000, 'x');
    auto opened = open(peer, http::protocol::http1, http::mode::active,
                       [&](scripted_peer& server) { server.accept_upgrade(wire(0x81, large) + farewell.substr(6)); });
    peer.close();
    const story told = converse(opened);
    EXPECT_EQ(told.texts, std::vector{large});
    EXPECT_EQ(told.close_code, 4001);
}

}  // namespace
}  // namespace mint
