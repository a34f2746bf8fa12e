#include "support/opening_acts.hpp"
#include "support/scripted_peer.hpp"

#include <mint/base/challenge.hpp>
#include <mint/base/retry_after.hpp>
#include <mint/net/wait.hpp>
#include <mint/websocket/opening.hpp>

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace mint {
namespace {

using mint::testing::scripted_peer;
using mint::testing::url_of;
using namespace std::chrono_literals;

/// Drives an `opening` by a clock that the test moves, and lets the server act whenever it waits.
class driven {
  public:
    driven(const std::string& target, const open_options& options)
        : opening_(opening::start(parse_url(target).value(), options, now_).value()) {}

    /// `acts`: what the server does at the first wait, the second, and so on; a connect isn't waited for.
    std::expected<opened_websocket, error> run(std::vector<std::function<void()>> acts) {
        std::size_t next = 0;
        while (true) {
            auto stepped = opening_.step(now_);
            if (!stepped) return std::unexpected(stepped.error());
            if (*stepped) return std::move(**stepped);
            if (opening_.describe().find("upgrade") != std::string::npos && next < acts.size()) acts[next++]();
            if (!net::wait_any(opening_.wants(), net::deadline{5s})) return std::unexpected(errc::timeout);
        }
    }

    void advance(std::chrono::milliseconds by) { now_ += by; }
    auto step() { return opening_.step(now_); }
    opening& value() { return opening_; }

  private:
    opening::time_point now_ = opening::time_point{} + 1000h;
    opening opening_;
};

/// Takes a connection and its request, and answers it with a response.
std::string refuse_with(scripted_peer& peer, const std::string& response) {
    peer.accept();
    std::string request = peer.receive_until("\r\n\r\n");
    peer.send(response);
    return request;
}

TEST(opening, gives_the_websocket) {
    scripted_peer peer;
    std::string request;
    driven d{url_of(peer, "/chat?x"), {.fields = headers{{"origin", "http://me"}}, .create = {}}};
    auto opened = d.run({[&] {
        peer.accept();
        request = peer.accept_upgrade({}, "x-served-by: a\r\n");
    }});
    ASSERT_TRUE(opened) << to_string(opened.error());
    EXPECT_EQ(request.find("GET /chat?x HTTP/1.1\r\n"), 0U);
    EXPECT_NE(request.find("\r\norigin: http://me\r\n"), std::string::npos);
    EXPECT_EQ(opened->fields.find("x-served-by"), "a");
    EXPECT_EQ(opened->connection.mode(), http::mode::active);

    buffer out;
    ASSERT_TRUE(opened->socket.send(opened->connection, ws::text{"yo"}, out));
    EXPECT_EQ(peer.receive(8).size(), 8U);

    ASSERT_EQ(d.value().exchanges().size(), 1U);
    EXPECT_EQ(d.value().exchanges()[0].request_head, request);
    EXPECT_EQ(d.value().exchanges()[0].status_code, 101);
    const auto again = d.step();
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error(), errc::failed_already);
}

TEST(opening, gives_the_mode_that_was_asked_for) {
    for (const bool by_create : {false, true}) {
        scripted_peer peer;
        open_options options;
        if (by_create) {
            options.create.mode = http::mode::passive;
        } else {
            options.connect.mode = http::mode::passive;
        }
        driven d{url_of(peer), options};
        auto opened = d.run({[&] {
            peer.accept();
            peer.accept_upgrade();
        }});
        ASSERT_TRUE(opened);
        EXPECT_EQ(opened->connection.mode(), http::mode::passive);
    }
}

TEST(opening, sends_the_urls_userinfo_as_basic_unless_told_otherwise) {
    for (const bool has_own : {false, true}) {
        scripted_peer peer;
        open_options options;
        if (has_own) options.fields = headers{{"authorization", "Bearer t"}};
        std::string request;
        driven d{url_of(peer, "/", "user:p%40ss@"), options};
        ASSERT_TRUE(d.run({[&] {
            peer.accept();
            request = peer.accept_upgrade();
        }}));
        const char* const wanted = has_own ? "authorization: Bearer t\r\n" : "authorization: Basic dXNlcjpwQHNz\r\n";
        EXPECT_NE(request.find(wanted), std::string::npos) << request;
        EXPECT_EQ(request.find("user:"), std::string::npos);
    }
}

TEST(opening, gives_a_refusal_whole) {
    scripted_peer peer;
    driven d{url_of(peer), {.connect = {.max_refusal_size = 5}}};
    const auto opened = d.run({[&] {
        refuse_with(peer,
                    "HTTP/1.1 503 Later\r\nretry-after: 7\r\nwww-authenticate: Basic realm=\"r\"\r\n"
                    "content-length: 6\r\n\r\nsorry!");
    }});
    ASSERT_FALSE(opened);
    ASSERT_EQ(opened.error(), errc::upgrade_refused);
    const refused_response& response = *opened.error().refusal;
    EXPECT_EQ(response.status_code, 503);
    EXPECT_EQ(response.content, "sorry");
    EXPECT_EQ(retry_after(response.fields, {}), 7s);
    EXPECT_TRUE(parse_challenges(response.fields, "www-authenticate")->front().is("basic"));
    EXPECT_TRUE(d.value().wants().empty());
    const auto again = d.step();
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error(), errc::upgrade_refused) << "an error is repeated";
}

TEST(opening, gives_a_refusal_whose_content_is_cut_short_or_never_ends) {
    for (const bool ends : {true, false}) {
        scripted_peer peer;
        driven d{url_of(peer), {.connect = {.timeout = 10s}}};
        auto opened = d.run({[&] {
            refuse_with(peer, "HTTP/1.1 403 No\r\ncontent-length: 100\r\n\r\nbecause");
            if (ends) peer.finish();
            if (!ends) d.advance(10s);
        }});
        ASSERT_FALSE(opened);
        ASSERT_EQ(opened.error(), errc::upgrade_refused) << to_string(opened.error());
        EXPECT_EQ(opened.error().refusal->content, "because");
    }
}

TEST(opening, ends_at_its_deadline_where_the_upgrade_is_not_answered) {
    scripted_peer peer;
    driven d{url_of(peer), {.connect = {.timeout = 10s}}};
    auto opened = d.run({[&] {
        peer.accept();
        static_cast<void>(peer.receive_until("\r\n\r\n"));
        EXPECT_LE(d.value().deadline() - opening::time_point{}, 1000h + 10s);
        peer.send("HTTP/1.1 103 Wait\r\n\r\n");
        d.advance(10s);
    }});
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error(), errc::connect_timeout) << to_string(opened.error());
    EXPECT_NE(opened.error().detail.find("upgrade"), std::string::npos);
}

TEST(opening, follows_nothing_unless_told_to) {
    scripted_peer peer;
    driven d{url_of(peer), {}};
    const auto opened =
        d.run({[&] { refuse_with(peer, "HTTP/1.1 302 Found\r\nlocation: /there\r\ncontent-length: 0\r\n\r\n"); }});
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error(), errc::upgrade_refused);
    EXPECT_EQ(opened.error().refusal->fields.find("location"), "/there");
}

TEST(opening, follows_redirects_and_keeps_credentials_from_another_origin) {
    scripted_peer first;
    scripted_peer second;
    std::vector<std::string> requests;
    open_options options;
    options.fields = headers{{"authorization", "Bearer t"}, {"x-other", "1"}};
    options.redirects.max_count = 2;
    driven d{url_of(first), options};
    auto opened = d.run({
        [&] {
            requests.push_back(refuse_with(first, "HTTP/1.1 307 x\r\nlocation: /there\r\ncontent-length: 0\r\n\r\n"));
        },
        [&] {
            const std::string there = "http://127.0.0.1:" + std::to_string(second.port()) + "/end";
            requests.push_back(
                refuse_with(first, "HTTP/1.1 302 x\r\nlocation: " + there + "\r\ncontent-length: 0\r\n\r\n"));
        },
        [&] {
            second.accept();
            requests.push_back(second.accept_upgrade());
        },
    });
    ASSERT_TRUE(opened) << to_string(opened.error());
    EXPECT_EQ(opened->target.port, second.port());
    EXPECT_EQ(opened->target.target, "/end");
    ASSERT_EQ(requests.size(), 3U);
    EXPECT_EQ(requests[1].find("GET /there HTTP/1.1\r\n"), 0U);
    EXPECT_NE(requests[1].find("authorization: Bearer t"), std::string::npos);
    EXPECT_EQ(requests[2].find("GET /end HTTP/1.1\r\n"), 0U);
    EXPECT_EQ(requests[2].find("authorization"), std::string::npos);
    EXPECT_NE(requests[2].find("x-other: 1"), std::string::npos);
    EXPECT_EQ(d.value().exchanges().size(), 3U);
}

TEST(opening, does_not_wait_for_what_a_redirect_has_to_say) {
    scripted_peer peer;
    open_options options;
    options.redirects.max_count = 1;
    driven d{url_of(peer), options};
    const auto opened = d.run({
        [&] { refuse_with(peer, "HTTP/1.1 302 x\r\nlocation: /there\r\ncontent-length: 100\r\n\r\nmoved"); },
        [&] {
            peer.accept();
            peer.accept_upgrade();
        },
    });
    EXPECT_TRUE(opened) << to_string(opened.error());
}

TEST(opening, stops_where_the_policy_does) {
    scripted_peer peer;
    open_options options;
    options.redirects.max_count = 2;
    driven d{url_of(peer), options};
    const auto again = [&] { refuse_with(peer, "HTTP/1.1 302 x\r\nlocation: /\r\ncontent-length: 0\r\n\r\n"); };
    const auto opened = d.run({again, again, again});
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error(), errc::too_many_redirects) << to_string(opened.error());
    ASSERT_TRUE(opened.error().refusal);
    EXPECT_EQ(opened.error().refusal->status_code, 302);
}

TEST(opening, shares_one_budget_among_redirects) {
    scripted_peer peer;
    open_options options;
    options.connect.timeout = 10s;
    options.redirects.max_count = 5;
    driven d{url_of(peer), options};
    const auto slow = [&] {
        refuse_with(peer, "HTTP/1.1 302 x\r\nlocation: /\r\ncontent-length: 0\r\n\r\n");
        d.advance(4s);
    };
    const auto opened = d.run({slow, slow, slow, slow});
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error(), errc::connect_timeout) << to_string(opened.error());
}

TEST(opening, chooses_the_proxy_that_the_environment_names) {
    scripted_peer proxy_end;
    open_options options;
    options.environment =
        http::proxy_environment{.http_proxy = "127.0.0.1:" + std::to_string(proxy_end.port()), .no_proxy = ""};
    driven d{"ws://origin.example/", options};
    ASSERT_TRUE(d.step());
    while (d.value().describe().find("proxy") == std::string::npos) {
        ASSERT_TRUE(net::wait_any(d.value().wants(), net::deadline{5s}));
        ASSERT_TRUE(d.step());
    }
    proxy_end.accept();
    EXPECT_EQ(proxy_end.receive_until("\r\n\r\n").find("CONNECT origin.example:80 HTTP/1.1\r\n"), 0U);
    proxy_end.send("HTTP/1.1 200 OK\r\n\r\n");
    const auto opened = d.run({[&] { proxy_end.accept_upgrade(); }});
    EXPECT_TRUE(opened) << to_string(opened.error());
}

TEST(opening, refuses_what_cannot_be_meant_before_anything_is_sent) {
    const auto start = [](const std::string& target, const open_options& options) {
        const auto started = opening::start(parse_url(target).value(), options, {});
        EXPECT_FALSE(started);
        return started ? errc::system_error : started.error().code;
    };
    EXPECT_EQ(start("http://localhost/", {}), errc::invalid_url);
    EXPECT_EQ(start("ws://localhost/", {.connect = {.forwards_requests = true}}), errc::invalid_argument);
    EXPECT_EQ(start("ws://localhost/", {.fields = headers{{"upgrade", "x"}}}), errc::reserved_field);
    EXPECT_EQ(start("ws://localhost/", {.upgrade = {.subprotocols = {"a b"}}}), errc::invalid_subprotocol);
    EXPECT_EQ(start("ws://localhost/", {.connect = {.protocols = {}}}), errc::invalid_argument);
    const auto opened = open_websocket("not a url");
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error(), errc::invalid_url);
}

}  // namespace
}  // namespace mint
