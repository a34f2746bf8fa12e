#include "base/forbidden_trailer.hpp"

#include <gtest/gtest.h>

namespace mint::detail {
namespace {

TEST(forbidden_trailer, is_what_is_needed_before_the_content) {
    for (const char* name : {"content-length", "Host", "AUTHORIZATION", "te", "age", "trailer"}) {
        EXPECT_TRUE(is_forbidden_trailer(name)) << name;
    }
    for (const char* name : {"x-checksum", "etag", "grpc-status", ""}) EXPECT_FALSE(is_forbidden_trailer(name)) << name;
}

}  // namespace
}  // namespace mint::detail
