#include "support/connected_pair.hpp"
#include "support/frame_script.hpp"
#include "support/http2_frames.hpp"
#include "support/scripted_peer.hpp"
#include "support/tls_server.hpp"

#include <mint/net/wait.hpp>
#include <mint/websocket/opening.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <poll.h>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

namespace mint {
namespace {

namespace h2 = mint::testing::h2;
using mint::testing::certificates;
using mint::testing::h2::enabled;
using mint::testing::patience;
using mint::testing::scripted_peer;
using mint::testing::tls_peer_on_socket;
using mint::testing::tls_server;
using mint::testing::wire;
using namespace std::chrono_literals;

const std::string hi = wire(0x81, "hi");

open_options options_for(http::protocol p, http::mode m = http::mode::active) {
    open_options options;
    options.connect.mode = m;
    options.connect.protocols = {p};
    return options;
}

/// What a server of that protocol says to an upgrade, in one segment with the bytes of a WebSocket.
void answer(scripted_peer& peer, http::protocol p, const std::string& bytes) {
    peer.accept();
    if (p == http::protocol::http1) {
        peer.accept_upgrade(bytes);
    } else {
        peer.send(enabled + h2::headers(1, {{":status", "200"}}) + h2::data(1, bytes));
    }
}

/// Opens a WebSocket; `serve` acts once the request is on its way.
std::expected<opened_websocket, error> open(std::uint16_t port, const open_options& options,
                                            const std::function<void()>& serve) {
    auto attempt = opening::start(parse_url("ws://127.0.0.1:" + std::to_string(port) + "/").value(), options,
                                  opening::clock::now());
    bool has_served = false;
    while (true) {
        auto stepped = attempt->step(opening::clock::now());
        if (!stepped) return std::unexpected(stepped.error());
        if (*stepped) return std::move(**stepped);
        if (!has_served && attempt->describe().find("upgrade") != std::string::npos) {
            has_served = true;
            serve();
        }
        if (!net::wait_any(attempt->wants(), net::deadline{patience})) return std::unexpected(errc::timeout);
    }
}

opened_websocket open_at(scripted_peer& peer, http::protocol p, http::mode m, const std::string& bytes) {
    auto opened = open(peer.port(), options_for(p, m), [&] { answer(peer, p, bytes); });
    if (!opened) throw std::runtime_error(to_string(opened.error()));
    return std::move(*opened);
}

std::string data_of(http::response_list list) {
    std::string data;
    for (const response& r : list) {
        if (const auto* part = std::get_if<responses::data>(&r)) data += as_text(part->bytes);
    }
    return data;
}

bool has_done(http::response_list list) {
    for (const response& r : list) {
        if (std::holds_alternative<responses::done>(r)) return true;
    }
    return false;
}

class opening_first_bytes_over : public ::testing::TestWithParam<http::protocol> {};

TEST_P(opening_first_bytes_over, stream_gives_them_whatever_the_message_says) {
    for (const bool says_readable : {false, true}) {
        scripted_peer peer;
        auto opened = open_at(peer, GetParam(), http::mode::active, hi);
        http::read_buffer scratch;
        const auto first = opened.connection.stream({opened.connection.id(), says_readable, true}, scratch);
        ASSERT_TRUE(first);
        EXPECT_EQ(data_of(*first), hi);
        EXPECT_FALSE(opened.connection.may_have_more());
        EXPECT_FALSE(opened.connection.wants_write());
        EXPECT_TRUE(opened.first_octets.empty());
    }
}

TEST_P(opening_first_bytes_over, recv_gives_them_without_waiting) {
    scripted_peer peer;
    auto opened = open_at(peer, GetParam(), http::mode::passive, hi);
    http::read_buffer scratch;
    const auto first = opened.connection.recv(0, 0ms, scratch);
    ASSERT_TRUE(first) << to_string(first.error());
    EXPECT_EQ(data_of(*first), hi);
    EXPECT_EQ(opened.connection.recv(0, 0ms, scratch).error().reason, errc::timeout);
}

TEST_P(opening_first_bytes_over, come_in_the_mode_that_was_switched_to) {
    for (const http::mode m : {http::mode::active, http::mode::passive}) {
        scripted_peer peer;
        const auto other = m == http::mode::active ? http::mode::passive : http::mode::active;
        auto opened = open_at(peer, GetParam(), other, hi);
        ASSERT_TRUE(opened.connection.set_mode(m));
        http::read_buffer scratch;
        const auto first = m == http::mode::active ? opened.connection.stream({opened.connection.id()}, scratch)
                                                   : opened.connection.recv(0, 0ms, scratch);
        ASSERT_TRUE(first);
        EXPECT_EQ(data_of(*first), hi);
    }
}

TEST_P(opening_first_bytes_over, wake_a_loop_that_waits_for_what_the_connection_wants) {
    scripted_peer peer;
    auto opened = open_at(peer, GetParam(), http::mode::active, hi);
    const auto& conn = opened.connection;
    const auto ready =
        net::wait(conn.socket(), {.read = conn.wants_read(), .write = conn.wants_write()}, net::deadline{patience});
    ASSERT_TRUE(ready);
    http::read_buffer scratch;
    const auto first = opened.connection.stream({conn.id(), ready->read, ready->write}, scratch);
    ASSERT_TRUE(first);
    EXPECT_EQ(data_of(*first), hi);
}

TEST_P(opening_first_bytes_over, outlive_a_move_and_come_before_what_follows) {
    scripted_peer peer;
    auto opened = open_at(peer, GetParam(), http::mode::passive, hi);
    http::connection moved = std::move(opened.connection);
    const std::string yo = wire(0x81, "yo");
    peer.send(GetParam() == http::protocol::http1 ? yo : h2::data(1, yo));
    http::read_buffer scratch;
    std::string received;
    while (received.size() < hi.size() + yo.size()) {
        const auto next = moved.recv(0, patience, scratch);
        ASSERT_TRUE(next);
        received += data_of(*next);
    }
    EXPECT_EQ(received, hi + yo);
}

TEST_P(opening_first_bytes_over, may_be_larger_than_the_read_buffer) {
    scripted_peer peer;
    std::string many;
    while (many.size() < 60'000) many += wire(0x82, std::string(1000, 'x'));
    auto opened = open(peer.port(), options_for(GetParam(), http::mode::passive), [&] {
        peer.accept();
        std::string rest = many;
        if (GetParam() == http::protocol::http1) {
            peer.accept_upgrade(rest);
            return;
        }
        std::string frames;
        for (; !rest.empty(); rest.erase(0, 10'000)) frames += h2::data(1, rest.substr(0, 10'000));
        peer.send(enabled + h2::headers(1, {{":status", "200"}}) + frames);
    });
    ASSERT_TRUE(opened) << to_string(opened.error());
    http::read_buffer small{http::read_buffer::min_size};
    std::string received;
    while (received.size() < many.size()) {
        const auto next = opened->connection.recv(0, patience, small);
        ASSERT_TRUE(next) << to_string(next.error());
        received += data_of(*next);
    }
    EXPECT_EQ(received, many);
}

TEST_P(opening_first_bytes_over, are_part_of_the_closing_handshake) {
    scripted_peer peer;
    auto opened = open_at(peer, GetParam(), http::mode::passive,
                          wire(0x88,
                               "\x0F\xA1"
                               "token expired"));
    if (GetParam() == http::protocol::http1) peer.finish();
    http::read_buffer scratch;
    const auto closed = opened.socket.close(opened.connection, {ws::close_code::normal}, 500ms, scratch);
    ASSERT_TRUE(closed) << to_string(closed.error());
    EXPECT_EQ(closed->code, ws::close_code{4001});
    EXPECT_EQ(closed->reason, "token expired");
}

INSTANTIATE_TEST_SUITE_P(protocols, opening_first_bytes_over,
                         ::testing::Values(http::protocol::http1, http::protocol::http2),
                         [](const auto& chosen) { return chosen.param == http::protocol::http1 ? "http1" : "http2"; });

TEST(opening_first_bytes, come_with_the_first_receiving_call) {
    scripted_peer peer;
    auto opened = open_at(peer, http::protocol::http1, http::mode::passive, hi.substr(0, 3));
    peer.send(hi.substr(3));
    http::read_buffer scratch;
    const auto exactly = opened.connection.recv(hi.size(), patience, scratch);
    ASSERT_TRUE(exactly);
    EXPECT_EQ(data_of(*exactly), hi);
}

TEST(opening_first_bytes, come_before_the_reset_of_the_stream) {
    for (const std::string& end : {h2::rst_stream(1, 8), h2::rst_stream(1, 8) + h2::goaway(1, 0), h2::goaway(1, 2)}) {
        scripted_peer peer;
        auto opened = open(peer.port(), options_for(http::protocol::http2), [&] {
            peer.accept();
            peer.send(enabled + h2::headers(1, {{":status", "200"}}) + h2::data(1, hi) + end);
        });
        ASSERT_TRUE(opened) << to_string(opened.error());
        http::read_buffer scratch;
        const auto first = opened->connection.stream({opened->connection.id()}, scratch);
        EXPECT_EQ(data_of(first ? *first : first.error().responses), hi);
    }
}

TEST(opening_first_bytes, come_before_a_rule_that_is_broken_after_them) {
    scripted_peer peer;
    auto opened = open(peer.port(), options_for(http::protocol::http2), [&] {
        peer.accept();
        peer.send(enabled + h2::headers(1, {{":status", "200"}}) + h2::data(1, hi) + h2::data(0, "x"));
    });
    ASSERT_TRUE(opened) << to_string(opened.error());
    http::read_buffer scratch;
    const auto first = opened->connection.stream({opened->connection.id()}, scratch);
    ASSERT_FALSE(first);
    EXPECT_EQ(first.error().reason, errc::invalid_frame);
    EXPECT_EQ(data_of(first.error().responses), hi);
}

TEST(opening_first_bytes, come_before_the_end_of_the_connection) {
    scripted_peer peer;
    auto opened = open_at(peer, http::protocol::http1, http::mode::passive, hi);
    peer.finish();
    http::read_buffer scratch;
    std::string received;
    bool is_done = false;
    while (!is_done) {
        const auto next = opened.connection.recv(0, patience, scratch);
        ASSERT_TRUE(next) << to_string(next.error());
        received += data_of(*next);
        is_done = has_done(*next);
    }
    EXPECT_EQ(received, hi);
    EXPECT_FALSE(opened.is_ended);
}

/// Over TLS the end can be in the same read as the answer; no readiness of the socket tells of it then.
TEST(opening_first_bytes, come_before_the_end_of_tls_that_was_read_with_them) {
    for (const std::string& bytes : {hi, std::string{}}) {
        tls_peer_on_socket peer;
        open_options options;
        options.connect.tls.ca_file = certificates::shared().ca.certificate_file;
        const auto now = opening::time_point{} + 1000h;
        auto attempt =
            opening::start(parse_url("wss://127.0.0.1:" + std::to_string(peer.port()) + "/").value(), options, now);
        static_cast<void>(attempt->step(now).value());
        peer.accept();
        peer.add_layer(tls_server{});
        std::optional<opened_websocket> opened;
        const net::deadline end{patience};
        bool has_answered = false;
        while (!opened && !end.has_passed()) {
            const bool has_moved = peer.pump();
            const std::string& request = peer.top().received;
            if (!has_answered && request.find("\r\n\r\n") != std::string::npos) {
                has_answered = true;
                peer.top().send(scripted_peer::answer_to(request) + bytes);
                peer.top().close_notify();
                while (peer.pump()) {}
            }
            auto stepped = attempt->step(now);
            ASSERT_TRUE(stepped) << to_string(stepped.error());
            if (*stepped) opened.emplace(std::move(**stepped));
            if (!has_moved && !opened) static_cast<void>(net::wait_any(attempt->wants(), net::deadline{5ms}));
        }
        ASSERT_TRUE(opened);
        EXPECT_FALSE(opened->is_ended);
        auto& conn = opened->connection;
        http::read_buffer scratch;
        std::string received;
        bool is_done = false;
        while (!is_done) {
            // As a level-triggered loop waits, and it wakes each time.
            const auto ready = net::wait(conn.socket(), {.read = conn.wants_read(), .write = conn.wants_write()},
                                         net::deadline{patience});
            ASSERT_TRUE(ready);
            const auto next = conn.stream({conn.id(), ready->read, ready->write}, scratch);
            ASSERT_TRUE(next) << to_string(next.error());
            received += data_of(*next);
            is_done = has_done(*next);
        }
        EXPECT_EQ(received, bytes);
    }
}

}  // namespace
}  // namespace mint
