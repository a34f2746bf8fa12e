#include "http2/error_code.hpp"

#include <gtest/gtest.h>

namespace mint::http2::detail {
namespace {

TEST(error_code, has_the_name_of_the_rfc) {
    EXPECT_EQ(name(error_code::no_error), "NO_ERROR");
    EXPECT_EQ(name(error_code::refused_stream), "REFUSED_STREAM");
    EXPECT_EQ(name(error_code::http_1_1_required), "HTTP_1_1_REQUIRED");
    EXPECT_EQ(name(error_code{99}), "unknown code");
}

}  // namespace
}  // namespace mint::http2::detail
