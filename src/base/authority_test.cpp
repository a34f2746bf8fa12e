#include "base/authority.hpp"

#include <gtest/gtest.h>

namespace mint::detail {
namespace {

TEST(authority, a_host_value_is_a_host_perhaps_with_a_port) {
    for (const char* value :
         {"example.org", "example.org:8080", "example.org:", "127.0.0.1:80", "[::1]", "[::1]:443"}) {
        EXPECT_TRUE(is_host_value(value)) << value;
    }
    for (const char* value : {"", ":80", "a b", "example.org:http", "example.org:123456", "::1", "a@b", "a/b"}) {
        EXPECT_FALSE(is_host_value(value)) << value;
    }
}

TEST(authority, one_connects_to_a_host_and_a_port) {
    for (const char* value : {"example.org:443", "[::1]:80", "127.0.0.1:65535"})
        EXPECT_TRUE(is_authority(value)) << value;
    for (const char* value : {"example.org", "example.org:", "example.org:0", "example.org:65536", "::1:80", ":80"}) {
        EXPECT_FALSE(is_authority(value)) << value;
    }
}

TEST(authority, tls_knows_no_zones) {
    EXPECT_EQ(without_zone("fe80::1%eth0"), "fe80::1");
    EXPECT_EQ(without_zone("[fe80::1%25eth0]"), "[fe80::1]");
    for (const char* host : {"", "example.org", "a%20b", "::1", "[::1]", "127.0.0.1"}) {
        EXPECT_EQ(without_zone(host), host);
    }
}

}  // namespace
}  // namespace mint::detail
