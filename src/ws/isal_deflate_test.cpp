#include "ws/isal_deflate.hpp"

#include "support/bit_writer.hpp"
#include "support/deflate_messages.hpp"
#include "support/looks_back.hpp"
#include "ws/buffer_output.hpp"
#include "ws/choose_backend.hpp"
#include "ws/zlib_deflate.hpp"

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <zlib.h>

#include <gtest/gtest.h>

namespace mint::ws::detail {
namespace {

using mint::testing::compressed;
using mint::testing::decompressed;
using mint::testing::json_of;

/// By ISA-L where it is there: through all of its levels and their changes.
TEST(make_compressor, with_the_defaults_keeps_to_every_window) {
    const auto all = mint::testing::all_messages();
    for (std::uint8_t bits = 8; bits <= 15; ++bits) {
        const auto c = make_compressor({.window_bits = bits});
        const auto d = make_decompressor(bits);
        std::string octets;
        for (const std::string& message : all) {
            const std::string made = compressed(*c, message);
            ASSERT_TRUE(decompressed(*d, made) == message) << int{bits};
            octets.append(made).append("\0\0\xff\xff", 4);
        }
        EXPECT_TRUE(mint::testing::looks_back_at_most(octets, bits)) << int{bits};
    }
}

TEST(make_compressor, makes_large_messages_as_small_among_small_ones_as_alone) {
    for (const std::size_t size : {2048U, 20'000U, 200'000U}) {
        const std::string large = json_of(size);
        const std::size_t alone = compressed(*make_compressor({}), large).size();
        const auto c = make_compressor({});
        for (int i = 0; i < 6; ++i) {
            compressed(*c, json_of(100));
            EXPECT_LE(compressed(*c, large).size(), alone + alone / 50) << size << " octets, number " << i;
        }
    }
}

/// Where a message ends in the memory that ISA-L inflates in is what decides how it goes on: windows fill and move.
TEST(deflate_backends, read_messages_of_any_sizes_in_any_steps) {
    for (const deflate_backend& backend : deflate_backends()) {
        for (std::uint64_t seed = 1; seed <= 60; ++seed) {
            std::minstd_rand random{static_cast<unsigned>(seed)};
            const auto below = [&](std::size_t end) { return random() % end; };
            const auto c = make_zlib_compressor({.level = static_cast<int>(1 + below(9))});
            const auto d = backend.make_decompressor();
            for (int i = 0; i < 30; ++i) {
                const std::size_t size = below(below(3) == 0 ? 70'000 : below(3) == 0 ? 3000 : 25'000);
                const std::string message = below(3) == 0 ? mint::testing::noise_of(size, random())
                                                          : json_of(size, static_cast<unsigned>(below(50)));
                const std::size_t step = below(2) == 0 ? std::size_t{1} << 30U : 1 + size / (1 + below(6));
                ASSERT_TRUE(decompressed(*d, compressed(*c, message), step) == message)
                    << backend.name << ", seed " << seed << ", message " << i << " of " << size << " in " << step;
            }
        }
    }
}

TEST(deflate_backends, go_on_behind_a_final_block) {
    const std::string message = json_of(1500);
    std::string final_block(4000, '\0');
    z_stream z{};
    ASSERT_EQ(deflateInit2(&z, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
    std::string input = message;
    z.next_in = reinterpret_cast<Bytef*>(input.data());
    z.avail_in = static_cast<uInt>(input.size());
    z.next_out = reinterpret_cast<Bytef*>(final_block.data());
    z.avail_out = static_cast<uInt>(final_block.size());
    ASSERT_EQ(deflate(&z, Z_FINISH), Z_STREAM_END);
    final_block.resize(final_block.size() - z.avail_out);
    deflateEnd(&z);
    for (const deflate_backend& backend : deflate_backends()) {
        for (const std::size_t step : {1U << 30U, 1U, 3U}) {
            for (const bool has_empty_block : {false, true}) {
                SCOPED_TRACE(std::string{backend.name} + (has_empty_block ? " 00" : ""));
                const auto d = backend.make_decompressor();
                const std::string octets = final_block + (has_empty_block ? std::string(1, '\0') : std::string{});
                EXPECT_EQ(decompressed(*d, octets, step), message);
                EXPECT_EQ(decompressed(*d, octets, step), message);
                const auto c = backend.make_compressor();
                EXPECT_EQ(decompressed(*d, compressed(*c, message), step), message);
                EXPECT_EQ(decompressed(*d, final_block + final_block, step), message + message) << "two in one message";
            }
        }
    }
}

TEST(deflate_backends, keep_the_window_behind_a_large_final_block) {
    for (const std::size_t size : {40'000U, 66'000U, 100'000U, 300'000U}) {
        const std::string first = json_of(size);
        const std::string second = first.substr(size - 30'000, 2000) + first.substr(size - 1000);
        std::string final_block(size, '\0');
        z_stream z{};
        ASSERT_EQ(deflateInit2(&z, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
        std::string input = first;
        z.next_in = reinterpret_cast<Bytef*>(input.data());
        z.avail_in = static_cast<uInt>(input.size());
        z.next_out = reinterpret_cast<Bytef*>(final_block.data());
        z.avail_out = static_cast<uInt>(final_block.size());
        ASSERT_EQ(deflate(&z, Z_FINISH), Z_STREAM_END);
        final_block.resize(final_block.size() - z.avail_out);
        deflateEnd(&z);
        const auto looking_back = make_compressor({});
        compressed(*looking_back, first);
        const std::string behind = compressed(*looking_back, second);
        for (const deflate_backend& backend : deflate_backends()) {
            for (const std::size_t step : {1U << 30U, 1000U}) {
                const auto d = backend.make_decompressor();
                EXPECT_TRUE(decompressed(*d, final_block, step) == first) << backend.name;
                EXPECT_TRUE(decompressed(*d, behind, step) == second) << backend.name << ' ' << size << ' ' << step;
            }
        }
    }
}

/// A block with BFINAL that ends with literals which the room for it doesn't hold, then a match far back.
TEST(deflate_backends, keep_the_window_where_a_final_block_ends_behind_its_room) {
    constexpr std::size_t room = 256 * 1024;
    for (const std::size_t beyond : {0U, 1U, 2U, 3U}) {
        std::minstd_rand random;
        std::string text(room + beyond, 'a');
        for (char& c : text) c = random() % 4 == 0 ? 'b' : 'a';  // codes of a bit, of which ISA-L reads several at once
        std::string octets(text.size(), '\0');
        z_stream z{};
        ASSERT_EQ(deflateInit2(&z, 6, Z_DEFLATED, -15, 9, Z_HUFFMAN_ONLY), Z_OK);
        z.next_in = reinterpret_cast<Bytef*>(text.data());
        z.next_out = reinterpret_cast<Bytef*>(octets.data());
        z.avail_out = static_cast<uInt>(octets.size());
        z.avail_in = 3000;
        ASSERT_EQ(deflate(&z, Z_BLOCK), Z_OK);  // the last block's header stands far from the end
        z.avail_in = static_cast<uInt>(text.size() - 3000);
        ASSERT_EQ(deflate(&z, Z_FINISH), Z_STREAM_END);
        octets.resize(octets.size() - z.avail_out);
        deflateEnd(&z);
        // Fixed codes: length 258 (285), distance 20,000 (28, and 13 bits of 3,615), the end, and an empty block.
        mint::testing::bit_writer last;
        last.put(2, 3);
        last.put_code(0xC0 + 285 - 280, 8);
        last.put_code(28, 5);
        last.put(20'000 - 16'385, 13);
        last.put_code(0, 7);
        last.put(0, 3);
        const std::string& behind = last.octets();
        const std::string meant = text.substr(text.size() - 20'000, 258);
        for (const deflate_backend& backend : deflate_backends()) {
            for (const std::size_t step : {std::size_t{1} << 30U, std::size_t{30'000}, std::size_t{100}}) {
                const auto d = backend.make_decompressor();
                EXPECT_TRUE(decompressed(*d, octets + behind, step) == text + meant)
                    << backend.name << ' ' << beyond << ' ' << step;
                const auto in_two = backend.make_decompressor();
                EXPECT_TRUE(decompressed(*in_two, octets, step) == text) << backend.name;
                EXPECT_TRUE(decompressed(*in_two, behind, step) == meant)
                    << backend.name << ' ' << beyond << ' ' << step << ", in two messages";
            }
        }
    }
}

TEST(deflate_backends, take_nothing_for_a_message_behind_a_final_block) {
    const std::string final_block{'\x03', '\0'};  // BFINAL, fixed codes, the end of the block
    for (const deflate_backend& backend : deflate_backends()) {
        const auto d = backend.make_decompressor();
        EXPECT_EQ(decompressed(*d, final_block), "");
        mint::buffer room;
        buffer_output output{room, 100};
        EXPECT_FALSE(d->decompress({}, true, output)) << backend.name;
    }
}

}  // namespace
}  // namespace mint::ws::detail
