#include "conversation.hpp"
#include "deflated_messages.hpp"
#include "servers.hpp"
#include "support/deflate_pair.hpp"

#include <mint/ws/permessage_deflate.hpp>

#include <algorithm>
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mint::test {
namespace {

using testing::json_of;

struct deflate_case {
    const char* name;
    peer server;
    const char* options;           ///< the server's, as its package has them
    ws::deflate_parameters offer;  ///< ours
    const char* agreed;            ///< the parameters of the answer, in order of their names

    friend std::ostream& operator<<(std::ostream& out, const deflate_case& c) { return out << c.name; }
};

/// permessage-deflate against real servers, with every answer that they can be made to give.
class deflate : public ::testing::TestWithParam<deflate_case> {
  protected:
    static ws::permessage_deflate_options options() {
        return {.offers = {GetParam().offer}, .compression = ws::compression::always, .min_size = 0};
    }

    conversation open(const ws::permessage_deflate_options& options, const create_options& create = {}) {
        return conversation::open(
            server_.port(),
            {.upgrade = {.extensions = {ws::permessage_deflate::create(options).value()}}, .create = create});
    }

    test_server server_ = start_deflating_server(GetParam().server, GetParam().options);
};

constexpr auto npm = peer::npm_ws;
constexpr auto websockets = peer::python_websockets;
constexpr auto aiohttp = peer::python_aiohttp;

INSTANTIATE_TEST_SUITE_P(
    servers, deflate,
    ::testing::Values(
        deflate_case{"npm", npm, R"({"threshold":0})", {}, ""},
        deflate_case{"npm_server_afresh",
                     npm,
                     R"({"threshold":0,"serverNoContextTakeover":true})",
                     {},
                     "server_no_context_takeover"},
        deflate_case{"npm_client_afresh",
                     npm,
                     R"({"threshold":0,"clientNoContextTakeover":true})",
                     {},
                     "client_no_context_takeover"},
        deflate_case{"npm_windows",
                     npm,
                     R"({"threshold":0,"serverMaxWindowBits":9,"clientMaxWindowBits":10})",
                     {},
                     "client_max_window_bits=10 server_max_window_bits=9"},
        deflate_case{
            "npm_client_window_8", npm, R"({"threshold":0,"clientMaxWindowBits":8})", {}, "client_max_window_bits=8"},
        deflate_case{"npm_asked",
                     npm,
                     R"({"threshold":0})",
                     {.server_no_context_takeover = true,
                      .client_no_context_takeover = true,
                      .server_max_window_bits = 11,
                      .client_max_window_bits = 12},
                     "client_max_window_bits=12 client_no_context_takeover server_max_window_bits=11 "
                     "server_no_context_takeover"},
        deflate_case{"websockets", websockets, "{}", {}, ""},
        deflate_case{"websockets_everything",
                     websockets,
                     R"({"server_no_context_takeover":true,"client_no_context_takeover":true,)"
                     R"("server_max_window_bits":10,"client_max_window_bits":9})",
                     {},
                     "client_max_window_bits=9 client_no_context_takeover server_max_window_bits=10 "
                     "server_no_context_takeover"},
        deflate_case{"websockets_asked",
                     websockets,
                     "{}",
                     {.server_no_context_takeover = true, .server_max_window_bits = 12, .client_max_window_bits = 9},
                     "client_max_window_bits=9 server_max_window_bits=12 server_no_context_takeover"},
        deflate_case{"aiohttp", aiohttp, "1", {}, ""},
        deflate_case{
            "aiohttp_server_afresh", aiohttp, "1", {.server_no_context_takeover = true}, "server_no_context_takeover"},
        deflate_case{
            "aiohttp_server_window", aiohttp, "1", {.server_max_window_bits = 10}, "server_max_window_bits=10"}),
    [](const auto& of) { return std::string{of.param.name}; });

std::string agreed_by(conversation& c) {
    const auto& answers = c.socket().extensions();
    if (answers.size() != 1 || answers[0].name != "permessage-deflate") return "no permessage-deflate";
    std::vector<std::string> list;
    for (const parameter& p : answers[0].parameters) list.push_back(p.value ? p.name + "=" + *p.value : p.name);
    std::ranges::sort(list);
    std::string text;
    for (const std::string& one : list) text += (text.empty() ? "" : " ") + one;
    return text;
}

TEST_P(deflate, messages_of_any_kind_and_size_come_back) {
    auto c = open(options());
    EXPECT_EQ(agreed_by(c), GetParam().agreed);
    exchange_messages_of_any_kind_and_size(c);
}

TEST_P(deflate, fragments_with_pings_between_come_back) {
    auto c = open(options());
    const std::string json = json_of(5000);
    for (int round = 0; round < 3; ++round) {
        for (std::size_t at = 0; at < json.size(); at += 1000) {
            c.send(ws::text{std::string_view{json}.substr(at, 1000), false});
            // This aiohttp forgets behind a control frame that the message is compressed.
            if (GetParam().server != aiohttp) c.send(ws::pong{as_bytes("between")});
        }
        c.send(ws::text{""});
        std::string got;
        while (got.empty()) {
            const auto frame = c.next();
            ASSERT_TRUE(frame) << to_string(frame.error());
            if (const auto* t = std::get_if<ws::owned_text>(&*frame);
                t != nullptr && !t->payload.starts_with("pong ")) {
                got = t->payload;
            }
        }
        EXPECT_EQ(got, json);
    }
}

TEST_P(deflate, defaults_and_low_memory_serve_as_well) {
    ws::permessage_deflate_options automatic;
    automatic.offers = {GetParam().offer};
    ws::permessage_deflate_options small = ws::permessage_deflate::low_memory();
    small.offers.push_back({});
    for (const auto& chosen : {automatic, small}) {
        auto c = open(chosen, {.delivery = ws::delivery::pieces});
        for (const std::size_t size : {10U, 300U, 20'000U}) {
            const std::string json = json_of(size);
            c.send_text(json);
            std::string got;
            for (bool is_last = false; !is_last;) {
                const auto piece = c.expect<ws::owned_text>();
                got += piece.payload;
                is_last = piece.fin;
            }
            EXPECT_EQ(got, json);
        }
    }
}

/// A server that doesn't want it isn't asked twice.
TEST(deflate_elsewhere, a_server_without_it_gets_plain_messages) {
    for (const peer p : {npm, websockets, aiohttp}) {
        auto c = conversation::open(server_of(p).port(),
                                    {.upgrade = {.extensions = {ws::permessage_deflate::create().value()}}});
        EXPECT_TRUE(c.socket().extensions().empty());
        c.send_text(json_of(1000));
        EXPECT_EQ(c.expect_text(), json_of(1000));
    }
}

TEST(deflate_elsewhere, the_limit_holds_for_what_comes_out_of_it) {
    test_server server = start_deflating_server(npm, R"({"threshold":0})");
    auto c = conversation::open(server.port(), {.upgrade = {.extensions = {ws::permessage_deflate::create().value()}},
                                                .create = {.limits = {.max_message_size = 100'000}}});
    c.send_text("!send 100001");
    const error reason = c.expect_end();
    EXPECT_EQ(reason, errc::message_too_big);
    EXPECT_EQ(reason.close_code(), 1009);
}

}  // namespace
}  // namespace mint::test
