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

TEST(forbidden_trailer, is_dropped_from_a_section_and_the_others_stay_in_their_order) {
    headers trailers{{"b", "1"}, {"Host", "h"}, {"a", "2"}, {"vary", "x"}, {"b", "3"}};
    drop_forbidden_trailers(trailers);
    EXPECT_EQ(trailers, (headers{{"b", "1"}, {"a", "2"}, {"b", "3"}}));
}

}  // namespace
}  // namespace mint::detail
