// What an opening says of answers that are no WebSocket, whatever else is wrong with them.
#include "support/http2_frames.hpp"
#include "support/opening_acts.hpp"
#include "support/scripted_peer.hpp"

#include <mint/net/wait.hpp>
#include <mint/websocket/opening.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace mint {
namespace {

namespace h2 = mint::testing::h2;
using mint::testing::has;
using mint::testing::scripted_peer;
using namespace std::chrono_literals;

/// Why no WebSocket came to be at a server, or behind a proxy, that says this to whatever it is asked: one segment, and
/// the next one when that was read. `ends`: then the connection ends.
error refused_by(const std::vector<std::string>& segments, open_options options, bool is_proxy,
                 std::vector<opening_exchange>* exchanges, bool ends = true) {
    scripted_peer peer;
    if (is_proxy) options.connect.proxy = http::parse_proxy("http://127.0.0.1:" + std::to_string(peer.port())).value();
    const std::string host = is_proxy ? "a.example" : "127.0.0.1:" + std::to_string(peer.port());
    auto attempt = opening::start(parse_url("ws://" + host + "/").value(), options, opening::clock::now()).value();
    std::size_t next = 0;
    while (true) {
        auto stepped = attempt.step(opening::clock::now());
        if (exchanges != nullptr) *exchanges = attempt.exchanges();
        if (!stepped) return stepped.error();
        if (*stepped) return error{errc::failed_already, "it was opened"};
        if (next == 0) peer.accept();
        if (next < segments.size()) peer.send(segments[next++]);
        if (next == segments.size() && std::exchange(ends, false)) peer.finish();
        const bool has_deadline = attempt.deadline() < opening::clock::now() + 10s;
        const net::deadline until = has_deadline ? net::deadline{attempt.deadline()} : net::deadline{10s};
        if (!net::wait_any(attempt.wants(), until) && !has_deadline) return errc::timeout;
    }
}

error refused_by(const std::string& answer, const open_options& options = {}, bool is_proxy = false) {
    return refused_by(std::vector{answer}, options, is_proxy, nullptr);
}

TEST(opening_refusals, with_broken_framing_have_status_and_fields_and_say_what_is_broken) {
    for (const bool is_proxy : {false, true}) {
        const auto refused = refused_by(
            "HTTP/1.1 403 No\r\nwhy: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello", {}, is_proxy);
        EXPECT_EQ(refused, is_proxy ? errc::proxy_refused : errc::upgrade_refused);
        ASSERT_TRUE(refused.refusal);
        EXPECT_EQ(refused.refusal->status_code, 403);
        EXPECT_EQ(refused.refusal->fields.find("why"), "x");
        EXPECT_TRUE(has(refused.detail, "content-length: 6")) << refused.detail;
    }
}

TEST(opening_refusals, with_a_coding_that_is_not_chunked_are_read_until_the_end) {
    for (const bool is_proxy : {false, true}) {
        for (const std::string coding : {"identity", "gzip"}) {
            const auto refused =
                refused_by("HTTP/1.1 407\r\ntransfer-encoding: " + coding + "\r\n\r\nbecause", {}, is_proxy);
            ASSERT_TRUE(refused.refusal) << to_string(refused);
            EXPECT_EQ(refused.refusal->status_code, 407);
            EXPECT_EQ(refused.refusal->content, "because");
        }
    }
}

TEST(opening_refusals, over_http2_survive_broken_framing) {
    open_options options;
    options.connect.protocols = {http::protocol::http2};
    const h2::fields broken[] = {
        {{":status", "403"}, {"why", "x"}, {"content-length", "5"}, {"content-length", "6"}},
        {{":status", "403"}, {"why", "x"}, {"content-length", "five"}},
        {{":status", "403"}, {"transfer-encoding", "chunked"}, {"why", "x"}},
    };
    for (const auto& fields : broken) {
        const auto refused = refused_by(h2::enabled + h2::headers(1, fields) + h2::data(1, "hello"), options);
        EXPECT_EQ(refused, errc::upgrade_refused) << to_string(refused);
        ASSERT_TRUE(refused.refusal);
        EXPECT_EQ(refused.refusal->status_code, 403);
        EXPECT_EQ(refused.refusal->fields.find("why"), "x");
        const auto& wrong = fields.back().first == "why" ? fields[1] : fields.back();
        EXPECT_TRUE(has(refused.detail, std::string{wrong.first} + ": " + std::string{wrong.second})) << refused.detail;
    }
}

TEST(opening_refusals, a_broken_answer_shows_the_line_and_whose_it_is) {
    for (const bool is_proxy : {false, true}) {
        const std::string whose = is_proxy ? "the proxy's answer" : "the server's answer";
        const auto line = refused_by("HTTP/1.1 101 x\r\na: b\r\nbad\x1B line\r\n\r\n", {}, is_proxy);
        EXPECT_EQ(line, errc::invalid_field_line);
        EXPECT_TRUE(has(line.detail, "bad\\x1B line")) << line.detail;
        EXPECT_TRUE(has(line.detail, whose)) << line.detail;
        const auto status = refused_by("HTTP/1.1 2x0 OK\r\n\r\n", {}, is_proxy);
        EXPECT_EQ(status, errc::invalid_status_line);
        EXPECT_TRUE(has(status.detail, "HTTP/1.1 2x0 OK")) << status.detail;
        EXPECT_TRUE(has(status.detail, whose)) << status.detail;
        const auto other = refused_by("SSH-2.0-OpenSSH_9.2\r\n", {}, is_proxy);
        EXPECT_TRUE(has(other.detail, "SSH-2.0-OpenSSH_9.2")) << other.detail;
        EXPECT_TRUE(has(other.detail, whose)) << other.detail;
        const auto end = refused_by("HTTP/1.1 200 OK\r\na: b\nc: d\r\n\r\n", {}, is_proxy);
        EXPECT_EQ(end, errc::invalid_line_end);
        EXPECT_TRUE(has(end.detail, "a: b")) << end.detail;
        const auto large = refused_by("HTTP/1.1 101 x\r\na: " + std::string(100'000, 'x'), {}, is_proxy);
        EXPECT_EQ(large, errc::header_section_too_big);
        EXPECT_TRUE(has(large.detail, whose)) << large.detail;
    }
}

TEST(opening_refusals, a_broken_handshake_shows_the_field_and_whose_it_is) {
    const std::string good = "HTTP/1.1 101 x\r\nupgrade: websocket\r\nconnection: upgrade\r\n";
    const struct {
        std::string answer;
        errc code;
        std::string part;
    } cases[] = {
        {"HTTP/1.1 101 x\r\nupgrade: h2c\r\n\r\n", errc::upgrade_field_missing, "Upgrade: h2c"},
        {"HTTP/1.1 101 x\r\nupgrade: websocket\r\nconnection: close\r\n\r\n", errc::connection_field_missing,
         "Connection: close"},
        {good + "\r\n", errc::accept_missing, "no Sec-WebSocket-Accept"},
        {good + "sec-websocket-accept: wrong\r\n\r\n", errc::accept_mismatch, "Sec-WebSocket-Accept: wrong"},
    };
    for (const auto& c : cases) {
        const auto reason = refused_by(c.answer);
        EXPECT_EQ(reason, c.code) << to_string(reason);
        EXPECT_TRUE(has(to_string(reason), c.part)) << to_string(reason);
        EXPECT_TRUE(has(reason.detail, "the server's answer")) << to_string(reason);
    }
    open_options options;
    options.connect.protocols = {http::protocol::http2};
    const auto answered = [&](const h2::fields& fields) {
        return refused_by(h2::enabled + h2::headers(1, fields), options);
    };
    const auto chosen = answered({{":status", "200"}, {"sec-websocket-protocol", "other"}});
    EXPECT_EQ(chosen, errc::subprotocol_not_offered);
    EXPECT_TRUE(has(chosen.detail, "the server's answer: Sec-WebSocket-Protocol: other")) << chosen.detail;
    const auto malformed = answered({{":status", "200"}, {"a", "b"}, {"connection", "close"}});
    EXPECT_EQ(malformed, errc::malformed_response);
    EXPECT_TRUE(has(malformed.detail, "connection: close")) << malformed.detail;
    EXPECT_TRUE(has(malformed.detail, "the server's answer")) << malformed.detail;
}

TEST(opening_refusals, have_the_head_of_an_answer_as_far_as_it_came) {
    const std::string heads[] = {
        "HTTP/1.1 101 x\r\na: b\r\nbad line\r\nc: d\r\n\r\n",
        "HTTP/1.1 101 x\r\na: b\r\nc",
        "HTTP/1.1 2x0 OK\r\na: b\r\n",
        "SSH-2.0-OpenSSH_9.2\r\n",
        "HTTP/1.1 200 OK\r\na b: c\r\n\r\n",
        "HTTP/1.0 101 x\r\n\r\n",
    };
    for (const bool is_proxy : {false, true}) {
        for (const std::string& head : heads) {
            for (const std::size_t cut : {std::size_t{0}, std::size_t{3}, head.size() / 2, head.size() - 1}) {
                std::vector<opening_exchange> exchanges;
                const std::vector<std::string> segments =
                    cut == 0 ? std::vector{head} : std::vector{head.substr(0, cut), head.substr(cut)};
                static_cast<void>(refused_by(segments, {}, is_proxy, &exchanges));
                ASSERT_EQ(exchanges.size(), 1U);
                // A rule may be broken before all of it is there.
                const std::string& shown = exchanges[0].unfinished_head;
                EXPECT_EQ(shown, head.substr(0, cut == 0 ? head.size() : std::max(shown.size(), cut)));
                EXPECT_EQ(exchanges[0].request_head.empty(), is_proxy);
            }
        }
    }
    std::vector<opening_exchange> exchanges;
    static_cast<void>(
        refused_by(std::vector<std::string>{"HTTP/1.1 101 x\r\nbad\r\n\r\nframes"}, {}, false, &exchanges));
    EXPECT_EQ(exchanges.at(0).unfinished_head, "HTTP/1.1 101 x\r\nbad\r\n\r\n");
    static_cast<void>(
        refused_by(std::vector<std::string>{"HTTP/1.1 403 x\r\ncontent-length: 5\r\n\r\ncut"}, {}, false, &exchanges));
    EXPECT_EQ(exchanges.at(0).unfinished_head, "") << "that head is whole";
}

TEST(opening_refusals, have_the_head_so_far_after_a_timeout_too) {
    for (const bool is_proxy : {false, true}) {
        std::vector<opening_exchange> exchanges;
        open_options options;
        options.connect.timeout = 200ms;
        const auto reason =
            refused_by(std::vector<std::string>{"HTTP/1.1 101 x\r\na: b"}, options, is_proxy, &exchanges, false);
        EXPECT_EQ(reason, errc::connect_timeout) << to_string(reason);
        EXPECT_EQ(exchanges.at(0).unfinished_head, "HTTP/1.1 101 x\r\na: b");
    }
}

}  // namespace
}  // namespace mint
