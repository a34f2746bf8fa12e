#include <mint/base/url.hpp>

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace mint {
namespace {

TEST(without_userinfo, hides_it_in_every_malformed_shape) {
    for (const std::string_view text : {"ws://user:secret@host/a b",
                                        "ws:/user:secret@host",
                                        "ws:user:secret@host",
                                        "user:secret@host",
                                        "//user:secret@host/",
                                        "wss:\\\\user:secret@host",
                                        "ws://user:se@secret@host",
                                        "ws://user:secret/1@host/",
                                        "ws://user:secret?@host/",
                                        "ws://user:secret#@host/",
                                        "ws://user:secret%40host/",
                                        "WS://user:secret@",
                                        " ws://user:secret@host",
                                        "ftp://user:secret@host/",
                                        "ws//user:secret@host",
                                        "://user:secret@host",
                                        "ws://user:secret host@",
                                        "secret@",
                                        "ws://user:\xff"
                                        "secret@host",
                                        "/\\user:secret@host",
                                        "http://user:secret@[::1"}) {
        const std::string shown = without_userinfo(text);
        EXPECT_EQ(shown.find("secret"), std::string::npos) << shown;
        EXPECT_EQ(shown.find("user"), std::string::npos) << shown;
        EXPECT_NE(shown.find("…@"), std::string::npos) << shown;
    }
}

TEST(without_userinfo, leaves_the_rest) {
    EXPECT_EQ(without_userinfo("ws://user:secret@host:80/a b"), "ws://…@host:80/a b");
    EXPECT_EQ(without_userinfo("//user@host/"), "//…@host/");
    for (const std::string_view text : {"", "ws://host/a b", "/path/@name", "host:80", "?a=b"}) {
        EXPECT_EQ(without_userinfo(text), text);
    }
}

/// No detail of a library's error has any of it, whatever is wrong with the URL.
TEST(without_userinfo, is_not_needed_for_the_errors_of_the_library) {
    const url base = *parse_url("ws://host/");
    for (const std::string_view text :
         {"ws://user:secret@host/a b", "ws://user:secret@", "ws://user:secret@host:0/", "ws://user:sec ret@host/",
          "ws://user:secret@host#f", "ws:user:secret@host", "ws://user:secret@1.2.3/", "ws://user:secret@[::1/",
          "user:secret@host", "ftp://user:secret@host", "ws://user:secret@[fe80::1%25]/"}) {
        const auto parsed = parse_url(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_EQ(to_string(parsed.error()).find("sec"), std::string::npos) << to_string(parsed.error());
        const auto resolved = resolve_reference(base, text);
        if (!resolved) {
            EXPECT_EQ(to_string(resolved.error()).find("sec"), std::string::npos) << to_string(resolved.error());
        }
    }
}

}  // namespace
}  // namespace mint
