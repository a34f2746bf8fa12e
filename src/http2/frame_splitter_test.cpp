#include "http2/frame_splitter.hpp"

#include "support/every_split.hpp"
#include "support/http2_frames.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mint::http2::detail {
namespace {

namespace h2 = testing::h2;

TEST(frame_splitter, cuts_at_the_ends_of_frames_and_keeps_headers_whole) {
    const std::string input = h2::settings() + h2::ping("12345678") + h2::data(1, "") + h2::data(1, "abc");
    const std::vector<std::uint64_t> starts = {0, 9, 26, 35};
    testing::for_each_split(input, [&](const std::vector<byte_view>& chunks) {
        frame_splitter splitter;
        std::string all;
        std::vector<std::uint64_t> offsets;
        for (byte_view chunk : chunks) {
            while (!chunk.empty()) {
                const auto piece = splitter.next(chunk);
                ASSERT_GT(piece.consumed, 0u);
                chunk = chunk.subspan(piece.consumed);
                if (piece.octets.empty()) continue;
                // Nothing of a header comes alone.
                if (offsets.empty() || offsets.back() != splitter.frame_offset()) {
                    ASSERT_GE(piece.octets.size(), 9u);
                    offsets.push_back(splitter.frame_offset());
                }
                all += as_text(piece.octets);
            }
        }
        EXPECT_EQ(all, input);
        EXPECT_EQ(offsets, starts);
    });
}

TEST(frame_splitter, gives_payload_as_it_comes_without_copying_it) {
    const std::string input = h2::data(1, "abcdef");
    frame_splitter splitter;
    const auto piece = splitter.next(as_bytes(std::string_view{input}.substr(0, 12)));
    EXPECT_EQ(piece.octets.size(), 12u);
    EXPECT_EQ(as_text(piece.octets).data(), input.data());
}

TEST(server_preface, is_the_head_of_a_settings_frame) {
    testing::for_each_split(h2::settings({{3, 100}}), [](const std::vector<byte_view>& chunks) {
        server_preface preface;
        for (const byte_view chunk : chunks) EXPECT_TRUE(preface.accepts(chunk));
        EXPECT_TRUE(preface.is_complete());
    });
}

TEST(server_preface, of_another_protocol_is_told_at_its_first_octets) {
    EXPECT_FALSE(server_preface{}.accepts(as_bytes("H")));
    EXPECT_FALSE(server_preface{}.accepts(as_bytes("\x15\x03\x01")));
    for (const std::string& frame : {h2::settings_ack(), h2::ping("12345678"), h2::goaway(0, 0)}) {
        testing::for_each_split(frame, [](const std::vector<byte_view>& chunks) {
            server_preface preface;
            bool is_accepted = true;
            for (const byte_view chunk : chunks) is_accepted = is_accepted && preface.accepts(chunk);
            EXPECT_FALSE(is_accepted);
        });
    }
}

}  // namespace
}  // namespace mint::http2::detail
