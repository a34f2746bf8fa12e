#include <mint/net/resolver.hpp>

#include <algorithm>
#include <string_view>

#include <gtest/gtest.h>

namespace mint::net {
namespace {

TEST(resolver, takes_a_literal_as_it_is) {
    for (const std::string_view literal : {"127.0.0.1", "::1", "[::1]", "192.0.2.255"}) {
        const auto found = resolve(literal, 8080);
        ASSERT_TRUE(found) << literal;
        ASSERT_EQ(found->size(), 1U);
        EXPECT_EQ(found->front(), parse_address(literal, 8080));
    }
}

TEST(resolver, always_finds_localhost) {
    for (const std::string_view name : {"localhost", "LocalHost", "localhost.", "mint.localhost"}) {
        const auto found = resolve(name, 1);
        ASSERT_TRUE(found) << name;
        EXPECT_TRUE(std::ranges::all_of(*found, [](const address& a) {
            return a == parse_address("127.0.0.1", 1) || a == parse_address("::1", 1) || a.octets[0] == 127;
        })) << name;
    }
}

TEST(resolver, lists_no_address_twice) {
    auto found = resolve("localhost", 1);
    ASSERT_TRUE(found);
    for (std::size_t i = 0; i < found->size(); ++i) {
        EXPECT_EQ(std::ranges::count(*found, (*found)[i]), 1);
    }
}

TEST(resolver, says_that_a_name_is_not_found_and_why) {
    // RFC 6761 §6.4: the resolver must know that there is no such name.
    const auto found = resolve("no-such-host.invalid", 80);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error(), errc::name_not_found);
    EXPECT_FALSE(found.error().detail.empty());
}

TEST(resolver, does_not_ask_for_the_part_before_a_nul) {
    const auto found = resolve(std::string_view{"localhost\0.example", 18}, 80);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error(), errc::name_not_found);
}

}  // namespace
}  // namespace mint::net
