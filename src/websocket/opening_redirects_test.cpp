// What of the caller's goes along with a redirect, and where it leads.
#include "support/http2_frames.hpp"
#include "support/letter_extension.hpp"
#include "support/opening_acts.hpp"
#include "support/scripted_peer.hpp"

#include <mint/websocket/opening.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace mint {
namespace {

namespace h2 = mint::testing::h2;
using mint::testing::has;
using mint::testing::open_with;
using mint::testing::scripted_peer;
using mint::testing::url_of;

std::string refuse(scripted_peer& peer, const std::string& head) {
    peer.accept();
    std::string request = peer.receive_until("\r\n\r\n");
    peer.send("HTTP/1.1 " + head + "\r\ncontent-length: 0\r\n\r\n");
    return request;
}

/// Everything that a caller can give for one origin; each has "secret" in it.
open_options secrets(redirect_policy policy) {
    open_options options;
    options.fields = headers{{"authorization", "secret"}, {"cookie", "secret"}, {"proxy-authorization", "secret"}};
    options.connect.hostname = "secret.example";
    options.upgrade.subprotocols = {"bearer", "secret"};
    policy.max_count = 1;
    options.redirects = std::move(policy);
    return options;
}

TEST(opening_redirects, to_another_port_take_no_secret_along) {
    scripted_peer first;
    scripted_peer second;
    std::vector<std::string> requests;
    const std::string there = "http://127.0.0.1:" + std::to_string(second.port());
    const std::string userinfo = "ws://user:secret@127.0.0.1:" + std::to_string(first.port());
    const auto result = open_with(userinfo + "/secret?secret", secrets({}),
                                  {[&] { requests.push_back(refuse(first, "307 x\r\nlocation: " + there)); },
                                   [&] {
                                       second.accept();
                                       requests.push_back(second.accept_upgrade());
                                   }});
    ASSERT_TRUE(result.opened) << to_string(result.opened.error());
    EXPECT_EQ(result.opened->socket.subprotocol(), "");
    ASSERT_EQ(requests.size(), 2U);
    EXPECT_TRUE(has(requests[0], "sec-websocket-protocol: bearer, secret\r\n")) << requests[0];
    EXPECT_FALSE(has(requests[1], "secret")) << requests[1];
    EXPECT_FALSE(has(requests[1], "sec-websocket-protocol")) << requests[1];
}

TEST(opening_redirects, over_http2_take_no_secret_along) {
    scripted_peer first;
    scripted_peer second;
    open_options options = secrets({.drops_all_fields = true});
    options.connect.protocols = {http::protocol::http2};
    const std::string there = "http://127.0.0.1:" + std::to_string(second.port()) + "/";
    const auto result =
        open_with(url_of(first), options,
                  {[&] {
                       first.accept();
                       first.send(h2::enabled + h2::headers(1, {{":status", "307"}, {"location", there}}));
                   },
                   [&] {
                       second.accept();
                       second.send(h2::enabled + h2::headers(1, {{":status", "200"}}));
                   }});
    ASSERT_TRUE(result.opened) << to_string(result.opened.error());
    ASSERT_EQ(result.exchanges.size(), 2U);
    EXPECT_TRUE(has(result.exchanges[0].request_head, "sec-websocket-protocol: bearer, secret\r\n"));
    EXPECT_FALSE(has(result.exchanges[1].request_head, "secret")) << result.exchanges[1].request_head;
}

TEST(opening_redirects, keep_subprotocols_at_the_same_origin_and_where_the_policy_says_so) {
    for (const bool is_same_origin : {true, false}) {
        scripted_peer first;
        scripted_peer second;
        scripted_peer& last = is_same_origin ? first : second;
        std::string request;
        const redirect_policy policy{.drops_all_fields = true, .keeps_subprotocols = !is_same_origin};
        const auto result =
            open_with(url_of(first), secrets(policy),
                      {[&] { refuse(first, "307 x\r\nlocation: http://127.0.0.1:" + std::to_string(last.port())); },
                       [&] {
                           last.accept();
                           request = last.accept_upgrade({}, "sec-websocket-protocol: bearer\r\n");
                       }});
        ASSERT_TRUE(result.opened) << to_string(result.opened.error());
        EXPECT_EQ(result.opened->socket.subprotocol(), "bearer");
        EXPECT_TRUE(has(request, "sec-websocket-protocol: bearer, secret\r\n")) << request;
    }
}

TEST(opening_redirects, say_what_to_do_if_a_subprotocol_is_required_that_may_not_go_along) {
    scripted_peer first;
    scripted_peer second;
    open_options options = secrets({});
    options.create.require_subprotocol = true;
    const auto result =
        open_with(url_of(first), options, {[&] { refuse(first, "307 x\r\nlocation: " + url_of(second)); }});
    ASSERT_FALSE(result.opened);
    EXPECT_EQ(result.opened.error(), errc::subprotocol_missing);
    EXPECT_TRUE(has(result.opened.error().detail, "keeps_subprotocols"));
    ASSERT_TRUE(result.opened.error().refusal);
    EXPECT_EQ(result.opened.error().refusal->status_code, 307);
}

TEST(opening_redirects, refuse_a_subprotocol_that_another_origin_was_not_offered) {
    scripted_peer first;
    scripted_peer second;
    const auto result = open_with(url_of(first), secrets({}),
                                  {[&] { refuse(first, "307 x\r\nlocation: " + url_of(second)); },
                                   [&] {
                                       second.accept();
                                       second.accept_upgrade({}, "sec-websocket-protocol: secret\r\n");
                                   }});
    ASSERT_FALSE(result.opened);
    EXPECT_EQ(result.opened.error(), errc::subprotocol_not_offered);
}

TEST(opening_redirects, offer_extensions_to_another_origin_unless_all_is_dropped) {
    for (const bool drops_all : {false, true}) {
        scripted_peer first;
        scripted_peer second;
        open_options options = secrets({.drops_all_fields = drops_all});
        options.upgrade.extensions = {std::make_shared<mint::testing::letter_extension>("x-letter", 'x', 0)};
        std::string request;
        const auto result = open_with(url_of(first), options,
                                      {[&] { refuse(first, "307 x\r\nlocation: " + url_of(second)); },
                                       [&] {
                                           second.accept();
                                           request = second.accept_upgrade();
                                       }});
        EXPECT_TRUE(result.opened);
        EXPECT_EQ(has(request, "sec-websocket-extensions: x-letter"), !drops_all) << request;
    }
}

TEST(opening_redirects, go_where_a_browser_would_go_with_blanks_and_raw_utf8) {
    for (const bool is_http2 : {false, true}) {
        scripted_peer peer;
        open_options options;
        options.redirects.max_count = 1;
        if (is_http2) options.connect.protocols = {http::protocol::http2};
        const std::string location = "/a b/\xC3\xBC?q=x y\xE2\x82\xAC";
        const auto result =
            open_with(url_of(peer), options,
                      {[&] {
                           if (!is_http2) return static_cast<void>(refuse(peer, "302 x\r\nlocation: " + location));
                           peer.accept();
                           peer.send(h2::enabled + h2::headers(1, {{":status", "302"}, {"location", location}}));
                       },
                       [&] {
                           peer.accept();
                           if (!is_http2) return static_cast<void>(peer.accept_upgrade());
                           peer.send(h2::enabled + h2::headers(1, {{":status", "200"}}));
                       }});
        ASSERT_TRUE(result.opened) << to_string(result.opened.error());
        EXPECT_EQ(result.opened->target.target, "/a%20b/%C3%BC?q=x%20y%E2%82%AC");
    }
}

}  // namespace
}  // namespace mint
