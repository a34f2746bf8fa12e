#include "support/deflate_pair.hpp"
#include "support/frame_script.hpp"
#include "ws/deflate_codec.hpp"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace mint::ws {
namespace {

using mint::testing::always;
using mint::testing::chain_of;
using mint::testing::compressed_text;
using mint::testing::deflate_pair;
using mint::testing::json_of;
using mint::testing::messages;
using mint::testing::noise_of;
using mint::testing::sent;
using mint::testing::wire;

codec client_of_options(const permessage_deflate_options& options) {
    return codec{{}, chain_of(permessage_deflate::create(options).value()->accept({}).value())};
}

TEST(permessage_deflate_choice, what_is_small_or_secret_goes_as_it_is) {
    deflate_pair pair;
    const std::string secret = json_of(500);
    EXPECT_EQ(sent(pair.server, "small"), wire(0x81, "small"));
    EXPECT_EQ(sent(pair.server, secret, {.compress = false}), wire(0x81, secret));
    const std::string compressed = sent(pair.server, secret);
    EXPECT_EQ(compressed.front(), static_cast<char>(compressed_text));
    EXPECT_LT(compressed.size(), secret.size() / 2);
    EXPECT_EQ(messages(pair.client, as_bytes(compressed)), secret + "|");
    deflate_pair never{{}, {.compression = compression::never}};
    EXPECT_EQ(sent(never.server, secret), wire(0x81, secret));
}

TEST(permessage_deflate_choice, what_does_not_shrink_is_tried_ever_more_rarely_and_never_poisons_the_window) {
    deflate_pair pair;
    int compressed_count = 0;
    constexpr int count = 5000;
    for (int i = 0; i < count; ++i) {
        const std::string message = noise_of(300, static_cast<std::uint64_t>(i) + 1);
        buffer out;
        ASSERT_TRUE(pair.server.encode(binary{as_bytes(message)}, out));
        compressed_count += (out.bytes()[0] & std::byte{0x40}) != std::byte{0} ? 1 : 0;
        ASSERT_EQ(messages(pair.client, out.view()), message + "|");
        if (i % 100 == 0) {
            const std::string json = json_of(400, static_cast<unsigned>(i));
            EXPECT_EQ(messages(pair.client, as_bytes(sent(pair.server, json))), json + "|");
        }
    }
    EXPECT_LT(compressed_count, 20);
    EXPECT_EQ(sent(pair.server, json_of(400)).front(), static_cast<char>(compressed_text)) << "text is another matter";
    int later = 0;
    constexpr int longest_unseen = 2048;
    for (int i = 0; i <= longest_unseen && later == 0; ++i) {
        buffer out;
        ASSERT_TRUE(pair.server.encode(binary{as_bytes(json_of(300))}, out));
        if ((out.bytes()[0] & std::byte{0x40}) != std::byte{0}) later = i;
        static_cast<void>(messages(pair.client, out.view()));
    }
    EXPECT_GT(later, 0) << "and what has come to shrink is found out by looking at it";
}

TEST(permessage_deflate_choice, what_looks_like_noise_and_shrinks_is_found_out_by_compressing_it) {
    deflate_pair pair;
    buffer out;
    for (std::uint64_t i = 0; i < 40; ++i) {
        ASSERT_TRUE(pair.client.encode(binary{as_bytes(noise_of(300, i + 1))}, out));
    }
    EXPECT_EQ(messages(pair.server, out.view()).size(), 40 * 301U);
    const std::string same = noise_of(300, 99);
    int compressed_count = 0;
    for (int i = 0; i < 200; ++i) {
        out.clear();
        ASSERT_TRUE(pair.client.encode(binary{as_bytes(same)}, out));
        compressed_count += (out.bytes()[0] & std::byte{0x40}) != std::byte{0} ? 1 : 0;
        ASSERT_EQ(messages(pair.server, out.view()), same + "|");
    }
    EXPECT_GT(compressed_count, 100);
}

TEST(permessage_deflate_choice, a_message_in_pieces_is_compressed_even_if_the_first_is_empty) {
    deflate_pair pair;
    buffer out;
    ASSERT_TRUE(pair.client.encode(text{"", false}, out));
    EXPECT_EQ(out.bytes()[0], std::byte{0x41});
    ASSERT_TRUE(pair.client.encode(text{json_of(5000)}, out));
    EXPECT_LT(out.size(), 2000U);
    EXPECT_EQ(messages(pair.server, out.view()), json_of(5000) + "|");
}

TEST(permessage_deflate_choice, none_and_all_are_what_they_say) {
    const std::string message = json_of(400);
    const std::string noise = noise_of(400, 1);
    codec never = client_of_options({.compression = compression::never});
    codec all = client_of_options(always);
    for (const std::string& m : {message, noise, std::string{}, message, std::string{}}) {
        buffer out;
        ASSERT_TRUE(never.encode(binary{as_bytes(m)}, out));
        EXPECT_EQ(out.bytes()[0], std::byte{0x82});
        out.clear();
        ASSERT_TRUE(all.encode(binary{as_bytes(m)}, out));
        EXPECT_EQ(out.bytes()[0], std::byte{0xC2}) << m.size();
    }
}

}  // namespace
}  // namespace mint::ws
