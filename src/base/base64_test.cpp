#include "base/base64.hpp"

#include <gtest/gtest.h>

namespace mint::detail {
namespace {

TEST(base64, encodes_the_examples_of_rfc_4648) {
    EXPECT_EQ(base64_encode(as_bytes("")), "");
    EXPECT_EQ(base64_encode(as_bytes("f")), "Zg==");
    EXPECT_EQ(base64_encode(as_bytes("fo")), "Zm8=");
    EXPECT_EQ(base64_encode(as_bytes("foo")), "Zm9v");
    EXPECT_EQ(base64_encode(as_bytes("foobar")), "Zm9vYmFy");
}

TEST(base64, uses_the_standard_alphabet_and_no_line_breaks) {
    EXPECT_EQ(base64_encode(as_bytes("\xFB\xFF\xBF")), "+/+/");
    EXPECT_EQ(base64_encode(as_bytes(std::string(300, 'x'))).find('\n'), std::string::npos);
}

}  // namespace
}  // namespace mint::detail
