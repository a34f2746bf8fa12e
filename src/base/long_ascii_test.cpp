#include "base/long_ascii.hpp"

#include <string>

#include <gtest/gtest.h>

namespace mint::detail {
namespace {

void expect_right_prefixes(std::size_t (*function)(const unsigned char*, std::size_t), std::size_t size) {
    std::string text(size, 'a');
    const auto* octets = reinterpret_cast<const unsigned char*>(text.data());
    ASSERT_EQ(function(octets, size), size);
    for (std::size_t at = 0; at < size; ++at) {
        text[at] = '\x80';
        const std::size_t found = function(octets, size);
        ASSERT_LE(found, at) << size;
        ASSERT_GT(found + 128, at) << size;
        text[at] = '\x7F';
    }
}

TEST(long_ascii, prefix_ends_before_the_first_other_octet) {
    for (std::size_t size = 0; size <= 600; size += 13) {
        expect_right_prefixes([](const unsigned char* p, std::size_t n) { return long_ascii_prefix(p, n); }, size);
    }
}

TEST(long_ascii, every_variant_of_this_processor_keeps_the_rule) {
    for (const long_ascii_variant& variant : long_ascii_variants()) {
        if (!variant.is_supported) continue;
        SCOPED_TRACE(variant.name);
        for (std::size_t size = 0; size <= 600; size += 7) expect_right_prefixes(variant.function, size);
    }
    EXPECT_TRUE(long_ascii_variants().front().is_supported);
}

}  // namespace
}  // namespace mint::detail
