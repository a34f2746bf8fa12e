#include "http1/chunk_decoder.hpp"

#include "support/every_split.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mint::http1::detail {
namespace {

TEST(http1_chunk_decoder, gives_the_content_and_stops_behind_the_last_chunk) {
    testing::for_each_split("3\r\nabc\r\n0001;x=\"y\"\r\nd\r\n0\r\na: b\r\n", [](const std::vector<byte_view>& chunks) {
        chunk_decoder decoder;
        std::string content;
        std::string rest;
        bool is_last = false;
        for (byte_view chunk : chunks) {
            while (!is_last) {
                const auto step = decoder.next(chunk);
                ASSERT_TRUE(step);
                if (step->what == chunk_decoder::event::need_more) break;
                content += as_text(step->content);
                is_last = step->what == chunk_decoder::event::last_chunk;
            }
            rest += as_text(chunk);
        }
        EXPECT_EQ(content, "abcd");
        EXPECT_EQ(rest, "a: b\r\n");
    });
}

TEST(http1_chunk_decoder, content_views_the_input) {
    chunk_decoder decoder;
    const std::string octets = "A\r\n0123456789";
    byte_view input = as_bytes(octets);
    const auto step = decoder.next(input);
    ASSERT_TRUE(step);
    EXPECT_EQ(as_text(step->content).data(), octets.data() + 3);
    EXPECT_EQ(step->content.size(), 10u);
}

TEST(http1_chunk_decoder, leaves_the_broken_octet_at_the_front) {
    chunk_decoder decoder;
    byte_view input = as_bytes("1\r\naXb");
    ASSERT_TRUE(decoder.next(input));
    const auto step = decoder.next(input);
    ASSERT_FALSE(step);
    EXPECT_EQ(step.error(), errc::invalid_chunk);
    EXPECT_EQ(as_text(input), "Xb");
}

}  // namespace
}  // namespace mint::http1::detail
