#include "suggestion.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace mintws {
namespace {

TEST(closest, finds_the_name_with_few_mistakes_in_it) {
    const std::vector<std::string> names{"--header", "--http2", "--help", "--no-close"};
    EXPECT_EQ(closest("--hedaer", names), "--header");
    EXPECT_EQ(closest("--headers", names), "--header");
    EXPECT_EQ(closest("--htp2", names), "--http2");
    EXPECT_EQ(closest("--noclose", names), "--no-close");
    EXPECT_FALSE(closest("--nothing", names));
    EXPECT_FALSE(closest("", names));
}

TEST(websocket_form, is_what_was_most_likely_meant) {
    EXPECT_EQ(websocket_form("localhost:9000"), "ws://localhost:9000");
    EXPECT_EQ(websocket_form("example.org/chat?x=1"), "ws://example.org/chat?x=1");
    EXPECT_EQ(websocket_form("http://example.org"), "ws://example.org");
    EXPECT_EQ(websocket_form("HTTPS://example.org/"), "wss://example.org/");
    EXPECT_EQ(websocket_form("ws:/host"), "ws://host");
    EXPECT_EQ(websocket_form("ws:host"), "ws://host");
    EXPECT_EQ(websocket_form("wss//host"), "wss://host");
    EXPECT_EQ(websocket_form("//host/x"), "ws://host/x");
    EXPECT_EQ(websocket_form("[::1]:9000"), "ws://[::1]:9000");
    EXPECT_FALSE(websocket_form(""));
    EXPECT_FALSE(websocket_form("ws://"));
    EXPECT_FALSE(websocket_form("ws://host:99999/"));
    EXPECT_FALSE(websocket_form("a b"));
}

TEST(websocket_form, has_no_password) {
    EXPECT_EQ(websocket_form("https://u:secret@host/x"), "wss://host/x");
    EXPECT_EQ(websocket_form("u:secret@host"), "ws://host");
    EXPECT_EQ(websocket_form("ws:/u:secret@host"), "ws://host");
    EXPECT_FALSE(websocket_form("u:sec/ret@host")) << "which part is the password can't be told";
}

}  // namespace
}  // namespace mintws
