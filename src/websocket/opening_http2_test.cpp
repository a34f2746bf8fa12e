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
#include <vector>

#include <gtest/gtest.h>

namespace mint {
namespace {

namespace h2 = mint::testing::h2;
using mint::testing::certificates;
using mint::testing::h2::enabled;
using mint::testing::scripted_peer;
using mint::testing::tls_peer_on_socket;
using mint::testing::tls_server;
using mint::testing::wire;
using namespace std::chrono_literals;

constexpr std::uint8_t last = h2::end_headers | h2::end_stream;

open_options over_http2(open_options options = {}) {
    options.connect.protocols = {http::protocol::http2};
    return options;
}

/// Opens a WebSocket in cleartext at a server that says `octets` to whatever it is asked; its port stands for `PORT`.
std::expected<opened_websocket, error> open(scripted_peer& peer, const std::string& octets,
                                            const open_options& options = over_http2(),
                                            std::vector<opening_exchange>* exchanges = nullptr) {
    const auto now = opening::time_point{} + 1000h;
    const url target = parse_url("ws://127.0.0.1:" + std::to_string(peer.port()) + "/chat").value();
    auto attempt = opening::start(target, options, now).value();
    bool has_answered = false;
    while (true) {
        auto stepped = attempt.step(now);
        if (exchanges != nullptr) *exchanges = attempt.exchanges();
        if (!stepped) return std::unexpected(stepped.error());
        if (*stepped) return std::move(**stepped);
        if (!has_answered && attempt.describe().find("upgrade") != std::string::npos) {
            has_answered = true;
            peer.accept();
            peer.send(octets);
        }
        if (!net::wait_any(attempt.wants(), net::deadline{5s})) return std::unexpected(errc::timeout);
    }
}

TEST(opening_http2, gives_the_websocket) {
    scripted_peer peer;
    std::vector<opening_exchange> exchanges;
    auto opened = open(peer, enabled + h2::headers(1, {{":status", "200"}, {"a", "b"}}), over_http2(), &exchanges);
    ASSERT_TRUE(opened) << to_string(opened.error());
    EXPECT_EQ(opened->connection.protocol(), http::protocol::http2);
    EXPECT_EQ(opened->fields.find("a"), "b");
    EXPECT_FALSE(opened->is_ended);
    ASSERT_EQ(exchanges.size(), 1U);
    EXPECT_EQ(exchanges[0].protocol, http::protocol::http2);
    EXPECT_EQ(exchanges[0].status_code, 200);
    EXPECT_EQ(exchanges[0].request_head,
              ":method: CONNECT\r\n:protocol: websocket\r\n:scheme: http\r\n:path: /chat\r\n:authority: 127.0.0.1:" +
                  std::to_string(peer.port()) + "\r\nuser-agent: mint/0.1\r\nsec-websocket-version: 13\r\n\r\n");
}

TEST(opening_http2, says_that_the_peer_ended_it_already) {
    scripted_peer peer;
    auto opened = open(peer, enabled + h2::headers(1, {{":status", "200"}}, last));
    ASSERT_TRUE(opened) << to_string(opened.error());
    EXPECT_TRUE(opened->is_ended);
    EXPECT_TRUE(opened->connection.is_open());
}

TEST(opening_http2, shows_the_request_as_it_was_sent) {
    scripted_peer peer;
    open_options options = over_http2();
    options.fields = headers{{"Host", "other:1"}, {"X-A", "B"}};
    std::vector<opening_exchange> exchanges;
    const auto opened = open(peer, enabled + h2::headers(1, {{":status", "200"}}), options, &exchanges);
    ASSERT_TRUE(opened) << to_string(opened.error());
    h2::client_frames frames;
    constexpr std::size_t preface_size = 24;
    std::string lines;
    std::string octets = peer.receive(preface_size);
    while (lines.find("HEADERS") == std::string::npos) {
        const std::string header = peer.receive(9);
        ASSERT_EQ(header.size(), 9U);
        const std::size_t length = static_cast<std::size_t>(static_cast<unsigned char>(header[1])) << 8U |
                                   static_cast<unsigned char>(header[2]);
        octets += header + peer.receive(length);
        lines += frames.read(as_bytes(std::exchange(octets, {})));
    }
    std::string shown = exchanges.at(0).request_head;
    std::string line = "HEADERS #1";
    for (std::size_t at = 0; shown.compare(at, 2, "\r\n") != 0;) {
        const std::size_t end = shown.find("\r\n", at);
        line += " | " + shown.substr(at, end - at);
        at = end + 2;
    }
    EXPECT_NE(lines.find(line + "\n"), std::string::npos) << lines << shown;
}

TEST(opening_http2, a_request_over_the_servers_limit_has_the_limit_in_its_text_and_blames_no_answer) {
    scripted_peer peer;
    open_options options = over_http2();
    options.fields = headers::from({{"x-large", std::string(400, 'x')}}).value();
    const std::string limit = h2::settings({{h2::max_header_list_size, 300}, {h2::enable_connect_protocol, 1}});
    const auto refused = open(peer, limit, options);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), errc::header_list_too_big) << to_string(refused.error());
    EXPECT_NE(refused.error().detail.find("300"), std::string::npos) << refused.error().detail;
    EXPECT_EQ(refused.error().detail.find("answer"), std::string::npos) << refused.error().detail;
}

TEST(opening_http2, a_refusal_has_its_content) {
    scripted_peer peer;
    const auto refused = open(peer, enabled + h2::headers(1, {{":status", "403"}, {"why", "x"}}) +
                                        h2::data(1, "because", h2::end_stream) + h2::rst_stream(1, 0));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), errc::upgrade_refused);
    EXPECT_EQ(refused.error().refusal->status_code, 403);
    EXPECT_EQ(refused.error().refusal->content, "because");
}

TEST(opening_http2, a_refusal_whose_content_is_cut_short_is_one_all_the_same) {
    scripted_peer peer;
    const auto refused =
        open(peer, enabled + h2::headers(1, {{":status", "503"}}) + h2::data(1, "bec") + h2::rst_stream(1, 2));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), errc::upgrade_refused);
    EXPECT_EQ(refused.error().refusal->content, "bec");
}

TEST(opening_http2, a_stream_that_is_reset_is_an_error) {
    for (const std::string& answer : {std::string{}, h2::headers(1, {{":status", "200"}})}) {
        scripted_peer peer;
        const auto refused = open(peer, enabled + answer + h2::rst_stream(1, 11));
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error(), errc::stream_reset);
        EXPECT_EQ(refused.error().detail, "ENHANCE_YOUR_CALM");
    }
}

TEST(opening_http2, a_stream_that_was_refused_is_safe_to_ask_for_again) {
    scripted_peer peer;
    EXPECT_EQ(open(peer, enabled + h2::rst_stream(1, 7)).error(), errc::request_not_processed);
}

TEST(opening_http2, a_server_without_websockets_is_an_error_that_says_where_to_go) {
    scripted_peer peer;
    const auto refused = open(peer, h2::settings());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), errc::extended_connect_disabled);
    EXPECT_EQ(refused.error().detail, "127.0.0.1:" + std::to_string(peer.port()));
}

/// One attempt with a TLS server that speaks HTTP/2 without WebSockets, and HTTP/1.1 with them.
class opening_fallback : public ::testing::Test {
  protected:
    static open_options both() {
        open_options options;
        options.connect.protocols = {http::protocol::http2, http::protocol::http1};
        options.connect.tls.ca_file = certificates::shared().ca.certificate_file;
        return options;
    }

    void start(const open_options& options) {
        const url target = parse_url("wss://127.0.0.1:" + std::to_string(peer_.port()) + "/").value();
        attempt_.emplace(opening::start(target, options, opening::clock::now()).value());
    }

    /// Steps both sides until `is_done`, or the attempt is over.
    void until(const std::function<bool()>& is_done) {
        const net::deadline end{10s};
        while (!failure_ && !opened_ && !is_done()) {
            ASSERT_FALSE(end.has_passed()) << attempt_->describe();
            auto stepped = attempt_->step(opening::clock::now());
            if (!stepped) failure_ = stepped.error();
            if (stepped && *stepped) opened_ = std::move(**stepped);
            if (peer_.descriptor() >= 0 && peer_.pump()) continue;
            pollfd entry{.fd = peer_.descriptor(), .events = POLLIN, .revents = 0};
            ::poll(&entry, 1, 2);
        }
    }

    void accept(const std::string& alpn) {
        static_cast<void>(attempt_->step(opening::clock::now()));
        peer_.accept();
        peer_.add_layer(tls_server{{.alpn = alpn}});
    }

    tls_peer_on_socket peer_;
    std::optional<opening> attempt_;
    std::optional<opened_websocket> opened_;
    std::optional<error> failure_;
};

TEST_F(opening_fallback, opens_a_second_connection_with_http1) {
    start(both());
    accept("h2");
    until([&] { return peer_.top().received.size() > 24; });
    EXPECT_TRUE(peer_.top().received.starts_with("PRI * HTTP/2.0"));
    peer_.top().send(h2::settings());
    until([&] { return attempt_->exchanges().size() == 2; });
    accept("http/1.1");
    until([&] { return peer_.top().received.find("\r\n\r\n") != std::string::npos; });
    peer_.top().send(scripted_peer::answer_to(peer_.top().received));
    until([] { return false; });
    ASSERT_TRUE(opened_) << to_string(failure_.value());
    EXPECT_EQ(opened_->connection.protocol(), http::protocol::http1);
    const auto& exchanges = attempt_->exchanges();
    ASSERT_EQ(exchanges.size(), 2U);
    EXPECT_EQ(exchanges[0].protocol, http::protocol::http2);
    EXPECT_EQ(exchanges[0].status_code, 0);
    EXPECT_EQ(exchanges[1].protocol, http::protocol::http1);
    EXPECT_EQ(exchanges[1].status_code, 101);
    EXPECT_EQ(exchanges[1].target, exchanges[0].target);
}

TEST_F(opening_fallback, goes_where_the_server_asks_for_http1) {
    start(both());
    accept("h2");
    until([&] { return peer_.top().received.size() > 24; });
    peer_.top().send(h2::settings({{h2::enable_connect_protocol, 1}}) + h2::rst_stream(1, 0xd));
    until([&] { return attempt_->exchanges().size() == 2; });
    accept("http/1.1");
    until([&] { return peer_.top().received.find("\r\n\r\n") != std::string::npos; });
    peer_.top().send(scripted_peer::answer_to(peer_.top().received));
    until([] { return false; });
    ASSERT_TRUE(opened_) << to_string(failure_.value());
    EXPECT_EQ(opened_->connection.protocol(), http::protocol::http1);
}

TEST_F(opening_fallback, holds_for_one_origin_alone) {
    open_options options = both();
    options.redirects.max_count = 1;
    start(options);
    accept("h2");
    until([&] { return peer_.top().received.size() > 24; });
    peer_.top().send(h2::settings());
    until([&] { return attempt_->exchanges().size() == 2; });
    accept("http/1.1");
    until([&] { return peer_.top().received.find("\r\n\r\n") != std::string::npos; });
    // The same server by another name is another origin.
    peer_.top().send("HTTP/1.1 307 Temporary Redirect\r\nlocation: wss://localhost:" + std::to_string(peer_.port()) +
                     "/\r\ncontent-length: 0\r\n\r\n");
    until([&] { return attempt_->exchanges().size() == 3; });
    accept("h2");
    until([&] { return peer_.top().received.size() > 24; });
    EXPECT_TRUE(peer_.top().received.starts_with("PRI * HTTP/2.0"));
}

TEST_F(opening_fallback, is_left_to_the_caller_where_he_says_so) {
    open_options options = both();
    options.falls_back = false;
    for (const errc expected : {errc::extended_connect_disabled, errc::http1_required}) {
        failure_.reset();
        start(options);
        accept("h2");
        until([&] { return peer_.top().received.size() > 24; });
        peer_.top().send(expected == errc::http1_required ? enabled + h2::rst_stream(1, 0xd) : h2::settings());
        until([] { return false; });
        ASSERT_TRUE(failure_);
        EXPECT_EQ(*failure_, expected);
    }
}

TEST_F(opening_fallback, has_nowhere_to_go_where_http2_alone_is_allowed) {
    open_options options = both();
    options.connect.protocols = {http::protocol::http2};
    start(options);
    accept("");
    until([] { return false; });
    ASSERT_TRUE(failure_);
    EXPECT_EQ(*failure_, errc::alpn_mismatch);
}

TEST_F(opening_fallback, a_server_that_chooses_nothing_speaks_http1) {
    start(both());
    accept("");
    until([&] { return peer_.top().received.find("\r\n\r\n") != std::string::npos; });
    peer_.top().send(scripted_peer::answer_to(peer_.top().received));
    until([] { return false; });
    ASSERT_TRUE(opened_);
    EXPECT_EQ(opened_->connection.protocol(), http::protocol::http1);
}

}  // namespace
}  // namespace mint
