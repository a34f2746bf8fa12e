#include <mint/base/bytes.hpp>

#include <array>
#include <string>

#include <gtest/gtest.h>

namespace mint {
namespace {

TEST(bytes, text_and_octets_are_views_of_the_same_memory) {
    const std::string text = "caf\xC3\xA9";
    const byte_view bytes = as_bytes(text);
    ASSERT_EQ(bytes.size(), 5U);
    EXPECT_EQ(bytes[3], std::byte{0xC3});
    EXPECT_EQ(as_text(bytes), text);
    EXPECT_EQ(as_text(bytes).data(), text.data());
}

TEST(bytes, nul_ends_no_text) {
    const std::array<std::byte, 3> bytes{std::byte{'a'}, std::byte{0}, std::byte{'b'}};
    EXPECT_EQ(as_text(bytes), (std::string_view{"a\0b", 3}));
}

TEST(bytes, an_empty_view_has_no_octets_in_either_direction) {
    EXPECT_TRUE(as_bytes({}).empty());
    EXPECT_TRUE(as_text({}).empty());
}

}  // namespace
}  // namespace mint
