// What an opening says of answers that are no WebSocket, whatever else is wrong with them.
#include "support/http2_frames.hpp"
#include "support/opening_acts.hpp"
#include "support/scripted_peer.hpp"

#include <mint/net/wait.hpp>
#include <mint/websocket/opening.hpp>

#include <chrono>
#include <functional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace mint {
namespace {

namespace h2 = mint::testing::h2;
using mint::testing::has;
using mint::testing::scripted_peer;
using namespace std::chrono_literals;

/// Why no WebSocket came to be at a server, or behind a proxy, that says `answer` to whatever it is asked.
error refused_by(const std::string& answer, open_options options = {}, bool is_proxy = false) {
    scripted_peer peer;
    if (is_proxy) options.connect.proxy = http::parse_proxy("http://127.0.0.1:" + std::to_string(peer.port())).value();
    const std::string host = is_proxy ? "a.example" : "127.0.0.1:" + std::to_string(peer.port());
    auto attempt = opening::start(parse_url("ws://" + host + "/").value(), options, opening::clock::now()).value();
    bool has_answered = false;
    while (true) {
        auto stepped = attempt.step(opening::clock::now());
        if (!stepped) return stepped.error();
        if (*stepped) return error{errc::failed_already, "it was opened"};
        if (!has_answered) {
            has_answered = true;
            peer.accept();
            peer.send(answer);
            peer.finish();
        }
        if (!net::wait_any(attempt.wants(), net::deadline{10s})) return errc::timeout;
    }
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
        const auto refused = refused_by(
            h2::settings({{h2::enable_connect_protocol, 1}}) + h2::headers(1, fields) + h2::data(1, "hello"), options);
        EXPECT_EQ(refused, errc::upgrade_refused) << to_string(refused);
        ASSERT_TRUE(refused.refusal);
        EXPECT_EQ(refused.refusal->status_code, 403);
        EXPECT_EQ(refused.refusal->fields.find("why"), "x");
        EXPECT_FALSE(refused.detail.empty());
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

}  // namespace
}  // namespace mint
