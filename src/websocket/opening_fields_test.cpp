// How a request for a WebSocket spells its fields.
#include "support/http2_frames.hpp"
#include "support/letter_extension.hpp"
#include "support/opening_acts.hpp"
#include "support/scripted_peer.hpp"

#include <mint/websocket/opening.hpp>
#include <mint/ws/handshake.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace mint {
namespace {

namespace h2 = mint::testing::h2;
using mint::testing::has;
using mint::testing::open_with;
using mint::testing::scripted_peer;
using mint::testing::url_of;

const std::string title_case_101 =
    "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ";

/// Answers a request, whose field names it takes in any case, by a 101; returns the request.
std::string accept(scripted_peer& peer, bool is_new = true) {
    if (is_new) peer.accept();
    std::string request = peer.receive_until("\r\n\r\n");
    const std::string name = "\r\nSec-WebSocket-Key: ";
    const std::size_t at = request.find(name);
    const std::string key = at == std::string::npos ? "" : request.substr(at + name.size(), 24);
    peer.send(title_case_101 + ws::accept_for(key) + "\r\n\r\n");
    return request;
}

/// The names of the fields of a request's head, in order.
std::vector<std::string> names_of(const std::string& head) {
    std::vector<std::string> names;
    for (std::size_t at = head.find("\r\n") + 2; head.compare(at, 2, "\r\n") != 0; at = head.find("\r\n", at) + 2) {
        names.push_back(head.substr(at, head.find(':', at) - at));
    }
    return names;
}

open_options titled() {
    open_options options;
    options.connect.title_case_fields = true;
    options.fields = headers{{"origin", "http://me"}, {"authorization", "Basic Og=="}, {"x-ID", "1"}};
    options.upgrade.subprotocols = {"chat"};
    options.upgrade.extensions = {std::make_shared<mint::testing::letter_extension>("x-letter", 'x', 0)};
    return options;
}

const std::vector<std::string> title_case_names = {"Host",
                                                   "User-Agent",
                                                   "Upgrade",
                                                   "Connection",
                                                   "Sec-WebSocket-Version",
                                                   "Sec-WebSocket-Key",
                                                   "Sec-WebSocket-Protocol",
                                                   "Sec-WebSocket-Extensions",
                                                   "Origin",
                                                   "Authorization",
                                                   "x-ID"};

TEST(opening_fields, are_in_title_case_if_asked_for) {
    scripted_peer peer;
    std::string request;
    const auto result = open_with(url_of(peer), titled(), {[&] { request = accept(peer); }});
    EXPECT_TRUE(result.opened) << to_string(result.opened.error());
    EXPECT_EQ(names_of(request), title_case_names);
    EXPECT_EQ(result.exchanges.at(0).request_head, request);
}

TEST(opening_fields, are_in_title_case_for_a_proxy_too_and_after_a_redirect) {
    scripted_peer peer;
    open_options options = titled();
    options.connect.proxy = http::parse_proxy("http://u:p@127.0.0.1:" + std::to_string(peer.port())).value();
    options.connect.proxy->fields = headers{{"x-for-the-proxy", "1"}};
    options.redirects = {.max_count = 1, .keeps_subprotocols = true};
    std::vector<std::string> tunnels;
    std::vector<std::string> requests;
    const auto connect = [&] {
        peer.accept();
        tunnels.push_back(peer.receive_until("\r\n\r\n"));
        peer.send("HTTP/1.1 200 OK\r\n\r\n");
    };
    const auto result = open_with("ws://a.example/", options,
                                  {connect,
                                   [&] {
                                       requests.push_back(peer.receive_until("\r\n\r\n"));
                                       peer.send("HTTP/1.1 302 x\r\nlocation: //b.example/\r\n\r\n");
                                   },
                                   connect, [&] { requests.push_back(accept(peer, false)); }});
    EXPECT_TRUE(result.opened) << to_string(result.opened.error());
    ASSERT_EQ(tunnels.size(), 2U);
    for (const std::string& tunnel : tunnels) {
        EXPECT_EQ(names_of(tunnel),
                  (std::vector<std::string>{"Host", "User-Agent", "X-For-The-Proxy", "Proxy-Authorization"}));
    }
    ASSERT_EQ(requests.size(), 2U);
    EXPECT_EQ(names_of(requests[0]), title_case_names);
    std::vector<std::string> without_credentials = title_case_names;
    std::erase(without_credentials, "Authorization");
    EXPECT_EQ(names_of(requests[1]), without_credentials);
}

TEST(opening_fields, are_in_lower_case_over_http2_whatever_is_asked_for) {
    scripted_peer peer;
    open_options options = titled();
    options.connect.protocols = {http::protocol::http2};
    const auto result = open_with(url_of(peer), options, {[&] {
                                      peer.accept();
                                      peer.send(h2::enabled + h2::headers(1, {{":status", "200"}}));
                                  }});
    ASSERT_TRUE(result.opened) << to_string(result.opened.error());
    for (const std::string& name : names_of("\r\n" + result.exchanges.at(0).request_head)) {
        EXPECT_TRUE(std::ranges::none_of(name, [](char c) { return c >= 'A' && c <= 'Z'; })) << name;
    }
}

TEST(opening_fields, ask_for_the_upgrade_as_the_rfc_writes_it) {
    scripted_peer peer;
    std::string request;
    const auto result = open_with(url_of(peer), {}, {[&] {
                                      peer.accept();
                                      request = peer.accept_upgrade();
                                  }});
    EXPECT_TRUE(result.opened);
    EXPECT_TRUE(has(request, "\r\nconnection: Upgrade\r\n")) << request;
    EXPECT_TRUE(has(request, "\r\nupgrade: websocket\r\n")) << request;
}

}  // namespace
}  // namespace mint
