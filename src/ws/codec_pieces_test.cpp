#include "support/deflate_pair.hpp"
#include "support/frame_script.hpp"

#include <mint/ws/codec.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

namespace mint::ws {
namespace {

using mint::testing::always;
using mint::testing::deflate_pair;
using mint::testing::json_of;
using mint::testing::messages;
using mint::testing::noise_of;
using mint::testing::wire;

constexpr std::size_t limit = 4U * 1024 * 1024;

codec_options in_pieces(std::size_t max_size = limit) {
    return {.limits = {.max_frame_size = std::uint64_t{1} << 40U, .max_message_size = max_size},
            .delivery = delivery::pieces};
}

std::size_t total_size(const std::vector<frame>& frames) {
    std::size_t size = 0;
    for (const frame& f : frames) size += payload_size(f);
    return size;
}

/// All that comes of a read, with calls of `decode_some` until none is left of it; each keeps to the limit.
std::string drained(codec& c, byte_view octets, std::size_t max_size = limit) {
    std::string text;
    std::vector<frame> frames;
    while (!octets.empty()) {
        const std::size_t before = octets.size();
        EXPECT_TRUE(c.decode_some(octets, frames));
        EXPECT_LT(octets.size(), before);
        EXPECT_LE(total_size(frames), max_size);
        for (const frame& f : frames) {
            const auto& b = std::get<binary>(f);
            text.append(as_text(b.payload)).append(b.fin ? "|" : "");
        }
    }
    return text;
}

TEST(codec_pieces, a_compressed_message_of_any_size_comes_in_bounded_memory) {
    deflate_pair pair{always, {.compression = compression::always, .level = 9}, in_pieces()};
    const std::string message(60'000'000, 'x');
    buffer out;
    ASSERT_TRUE(pair.server.encode(binary{as_bytes(message)}, out));
    ASSERT_LT(out.size(), 65'536U) << "it is one read";
    codec at_once = pair.client;
    EXPECT_TRUE(messages(at_once, out.view()).ends_with("message_too_big"));
    std::vector<frame> frames;
    std::size_t size = 0;
    std::size_t memory = 0;
    bool is_over = false;
    for (byte_view rest = out.view(); !rest.empty();) {
        ASSERT_TRUE(pair.client.decode_some(rest, frames));
        size += total_size(frames);
        memory = std::max(memory, pair.client.memory_size());
        for (const frame& f : frames) is_over = std::get<binary>(f).fin;
    }
    EXPECT_EQ(size, message.size());
    EXPECT_TRUE(is_over);
    EXPECT_LT(memory, 2 * limit);
}

TEST(codec_pieces, whatever_is_in_a_read_comes_in_calls_that_keep_to_the_limit) {
    deflate_pair pair{always, always, in_pieces()};
    buffer out;
    std::string all;
    unsigned number = 0;
    for (const std::size_t size : {10U, 300U, 2000U, 70'000U, 3'000'000U, 5U, 9'000'000U, 100U}) {
        for (const std::string& message : {std::string(size, 'z'), json_of(size, ++number), noise_of(size % 100'000)}) {
            ASSERT_TRUE(pair.server.encode(binary{as_bytes(message)}, out));
            all += message + "|";
        }
    }
    codec copy = pair.client;
    EXPECT_TRUE(drained(pair.client, out.view()) == all);
    std::string in_reads;
    for (byte_view rest = out.view(); !rest.empty();) {
        const byte_view read = rest.first(std::min<std::size_t>(rest.size(), 50'000));
        rest = rest.subspan(read.size());
        in_reads += drained(copy, read);
    }
    EXPECT_TRUE(in_reads == all);
}

TEST(codec_pieces, what_is_not_compressed_is_not_cut_in_crumbs) {
    // A compressed message that leaves room for next to nothing, then a plain one in the same read.
    for (const std::size_t left : {2049U, 2050U, 2100U, 3071U, 3072U}) {
        deflate_pair pair{always, always, in_pieces()};
        buffer out;
        const std::string message(limit - left * 1032 - 500, 'z');
        ASSERT_TRUE(pair.server.encode(binary{as_bytes(message)}, out));
        const std::string octets = std::string{out.text()} + wire(0x82, std::string(1'000'000, 'p'));
        std::size_t count = 0;
        std::vector<frame> frames;
        for (byte_view rest = as_bytes(octets); !rest.empty();) {
            ASSERT_TRUE(pair.client.decode_some(rest, frames));
            count += frames.size();
        }
        EXPECT_LT(count, 1100U) << left;
    }
}

TEST(codec_pieces, a_small_limit_takes_a_little_at_a_time) {
    constexpr std::size_t small_limit = 100'000;
    deflate_pair pair{always, always, in_pieces(small_limit)};
    buffer out;
    const std::string message = json_of(500'000);
    ASSERT_TRUE(pair.server.encode(binary{as_bytes(message)}, out));
    EXPECT_TRUE(drained(pair.client, out.view(), small_limit) == message + "|");
}

TEST(codec_pieces, what_needs_no_bound_is_taken_at_once) {
    const std::string octets = wire(0x02, noise_of(30'000)) + wire(0x80, noise_of(40'000)) + wire(0x82, "last");
    codec plain{in_pieces(1000)};
    deflate_pair whole{always, always};
    for (codec* const c : {&plain, &whole.client}) {
        byte_view rest = as_bytes(octets);
        std::vector<frame> frames;
        ASSERT_TRUE(c->decode_some(rest, frames));
        EXPECT_TRUE(rest.empty());
        EXPECT_EQ(total_size(frames), 70'004U);
    }
    byte_view nothing;
    std::vector<frame> frames(1);
    EXPECT_TRUE(plain.decode_some(nothing, frames));
    EXPECT_TRUE(frames.empty());
}

TEST(codec_pieces, an_error_leaves_nothing_and_hides_nothing_before_it) {
    deflate_pair pair{always, always, in_pieces()};
    buffer out;
    const std::string message = json_of(400'000);
    ASSERT_TRUE(pair.server.encode(binary{as_bytes(message)}, out));
    const std::string octets = std::string{out.text()} + wire(0xC2, "\xff\xff");
    codec at_once = pair.client;
    EXPECT_TRUE(messages(at_once, as_bytes(octets)) == message + "|invalid_compressed_data");
    byte_view rest = as_bytes(octets);
    std::vector<frame> frames;
    const auto failed = pair.client.decode_some(rest, frames);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error(), errc::invalid_compressed_data);
    EXPECT_EQ(failed.error().offset, out.size()) << "the frame's";
    EXPECT_FALSE(failed.error().detail.empty());
    EXPECT_EQ(total_size(frames), message.size());
    EXPECT_TRUE(rest.empty());
    rest = as_bytes(octets);
    const auto again = pair.client.decode_some(rest, frames);
    ASSERT_FALSE(again);
    EXPECT_EQ(to_string(again.error()), to_string(failed.error()));
    EXPECT_TRUE(rest.empty());
}

TEST(codec_pieces, of_a_message_that_is_cut_nothing_comes_that_is_not_its_beginning) {
    // What ends a message and isn't sent might complete a match: nothing of that may come.
    for (const int level : {1, 6}) {
        deflate_pair pair{always, {.compression = compression::always, .level = level}, in_pieces()};
        const std::string message = json_of(30'000);
        buffer out;
        ASSERT_TRUE(pair.server.encode(text{message}, out));
        const std::string payload{out.text().substr(4)};
        for (std::size_t size = payload.size() - 300; size < payload.size(); ++size) {
            const std::string octets = wire(0xC1, payload.substr(0, size));
            codec client = pair.client;
            std::vector<frame> frames;
            const auto failed = client.decode(as_bytes(octets), frames);
            ASSERT_FALSE(failed) << size;
            EXPECT_EQ(failed.error(), errc::invalid_compressed_data);
            std::string got;
            for (const frame& f : frames) got += std::get<text>(f).payload;
            EXPECT_TRUE(message.starts_with(got)) << size;
            EXPECT_GT(got.size(), message.size() / 2) << size;
        }
    }
}

TEST(codec_pieces, behind_a_close_all_is_taken_and_counted) {
    deflate_pair pair{always, always, in_pieces()};
    const std::string octets = wire(0x88, "") + noise_of(100'000);
    byte_view rest = as_bytes(octets);
    std::vector<frame> frames;
    while (!rest.empty()) ASSERT_TRUE(pair.client.decode_some(rest, frames));
    EXPECT_EQ(pair.client.discarded_size(), 100'000U);
}

}  // namespace
}  // namespace mint::ws
