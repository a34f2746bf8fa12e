#include <mint/ws/close_code.hpp>

#include <set>

#include <gtest/gtest.h>

namespace mint::ws {
namespace {

TEST(close_code, those_never_sent_may_not_be_on_the_wire) {
    EXPECT_FALSE(may_be_on_the_wire(close_code::no_status_received));
    EXPECT_FALSE(may_be_on_the_wire(close_code::abnormal_closure));
    EXPECT_FALSE(may_be_on_the_wire(close_code::tls_handshake));
    EXPECT_FALSE(may_be_on_the_wire(close_code{1004}));
    EXPECT_TRUE(may_be_on_the_wire(close_code::bad_gateway));
}

TEST(close_code, each_named_one_has_words_of_its_own) {
    std::set<std::string_view> words;
    for (int code = 1000; code <= 1015; ++code) {
        if (code == 1004) continue;
        const auto description = describe(static_cast<close_code>(code));
        EXPECT_NE(description, "unknown") << code;
        EXPECT_TRUE(words.insert(description).second) << description;
    }
}

TEST(close_code, others_are_told_by_their_range) {
    EXPECT_EQ(describe(close_code{1004}), "unknown");
    EXPECT_EQ(describe(close_code{2999}), "unknown");
    EXPECT_EQ(describe(close_code{3000}), "registered");
    EXPECT_EQ(describe(close_code{3999}), "registered");
    EXPECT_EQ(describe(close_code{4000}), "private use");
    EXPECT_EQ(describe(close_code{4999}), "private use");
    EXPECT_EQ(describe(close_code{5000}), "unknown");
}

}  // namespace
}  // namespace mint::ws
