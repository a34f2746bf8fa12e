#include "base/base64.hpp"

#include <optional>
#include <string>
#include <string_view>

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

std::optional<std::string> decode(std::string_view text) {
    const auto octets = base64_decode(text);
    if (!octets) return std::nullopt;
    return std::string{as_text(*octets)};
}

TEST(base64, decodes_what_it_encoded) {
    for (const std::string_view text : {"", "f", "fo", "foo", "foob", "fooba", "foobar", "\xFB\xFF\xBF"}) {
        EXPECT_EQ(decode(base64_encode(as_bytes(text))), text);
    }
}

TEST(base64, decodes_nothing_else) {
    for (const std::string_view text : {"Z", "Zg", "Zg=", "Zg===", "Z===", "====", "=", " Zg==", "Zg==\n", "Zm 9v",
                                        "Zm9v\n", "Zh==", "Zm9=", "Zg==Zg==", "Zm-_", "Zm9*"}) {
        EXPECT_EQ(decode(text), std::nullopt) << text;
    }
}

}  // namespace
}  // namespace mint::detail
