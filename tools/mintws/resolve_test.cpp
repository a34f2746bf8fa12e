#include "resolve.hpp"

#include <gtest/gtest.h>

namespace mintws {
namespace {

TEST(resolve, reads_a_host_a_port_and_addresses) {
    const auto one = parse_resolve("printer.local:9000:192.0.2.1");
    ASSERT_TRUE(one) << one.error();
    EXPECT_EQ(one->host, "printer.local");
    EXPECT_EQ(one->port, 9000);
    ASSERT_EQ(one->addresses.size(), 1U);
    EXPECT_EQ(to_string(one->addresses[0]), "192.0.2.1:9000");

    const auto several = parse_resolve("h:1:192.0.2.1,[2001:db8::1],2001:db8::2");
    ASSERT_TRUE(several) << several.error();
    ASSERT_EQ(several->addresses.size(), 3U);
    EXPECT_EQ(to_string(several->addresses[1]), "[2001:db8::1]:1");
    EXPECT_EQ(to_string(several->addresses[2]), "[2001:db8::2]:1");

    const auto bracketed = parse_resolve("[::1]:80:[::2]");
    ASSERT_TRUE(bracketed) << bracketed.error();
    EXPECT_EQ(bracketed->host, "[::1]");
}

TEST(resolve, says_what_is_wrong) {
    for (const auto* text : {"", "h", "h:1", "h:1:", "h:0:192.0.2.1", "h:65536:192.0.2.1", "h:x:192.0.2.1",
                             ":1:192.0.2.1", "h:1:name", "h:1:192.0.2.1,", "h:1:192.0.2.1,,192.0.2.2", "[::1:80:::1"}) {
        const auto parsed = parse_resolve(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_NE(parsed.error().find("HOST:PORT:ADDRESS"), std::string::npos);
    }
}

TEST(resolve, is_for_its_host_and_port_alone) {
    const auto parsed = parse_resolve("Printer.local:9000:192.0.2.1");
    ASSERT_TRUE(parsed);
    EXPECT_TRUE(parsed->is_for("printer.LOCAL.", 9000));
    EXPECT_FALSE(parsed->is_for("printer.local", 9001));
    EXPECT_FALSE(parsed->is_for("other.local", 9000));
}

}  // namespace
}  // namespace mintws
