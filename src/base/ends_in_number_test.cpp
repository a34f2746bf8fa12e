#include "base/ends_in_number.hpp"

#include <gtest/gtest.h>

namespace mint::detail {
namespace {

TEST(ends_in_number, looks_at_the_last_label) {
    for (const char* host : {"1", "1.", "a.1", "1.2.3.4", "127.0.0.1.", "a.0x", "a.0X1f.", "a.%31", "a%2e7", "09"}) {
        EXPECT_TRUE(ends_in_number(host)) << host;
    }
    for (const char* host : {"", ".", "a", "1.a", "1.a.", "0xg", "x1", "1a", "a.1..", "1.%61", "::1"}) {
        EXPECT_FALSE(ends_in_number(host)) << host;
    }
}

}  // namespace
}  // namespace mint::detail
