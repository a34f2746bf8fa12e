#include "ws/deflate_backend.hpp"

#include "support/deflate_pair.hpp"
#include "ws/buffer_output.hpp"
#include "ws/choose_backend.hpp"
#include "ws/zlib_deflate.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>
#include <zlib.h>

#include <gtest/gtest.h>

namespace mint::ws::detail {
namespace {

using mint::testing::json_of;
using mint::testing::noise_of;

/// Messages of all sizes and kinds, small and large ones in runs and mixed: those change what is chosen for them.
std::vector<std::string> all_messages() {
    std::vector<std::string> all;
    unsigned number = 0;
    for (const std::size_t size :
         {1U,   2U,    5U,    30U,     100U,    200U,    300U,    500U,    511U,     512U,
          513U, 1000U, 5000U, 20'000U, 32'767U, 32'768U, 32'769U, 65'536U, 100'000U, 300'000U}) {
        all.push_back(json_of(size, number++));
        all.push_back(noise_of(size, number));
        all.push_back(std::string(size, 'r'));
        all.push_back(json_of(size, 3));
    }
    for (int round = 0; round < 20; ++round) {
        for (int i = 0; i < 6; ++i) all.push_back(json_of(150, number++ % 7));
        for (int i = 0; i < round % 8; ++i)
            all.push_back(json_of(2000U + 700U * static_cast<unsigned>(round), number++ % 5));
        all.push_back(noise_of(40'000, number));
    }
    return all;
}

std::string compressed(compressor& c, std::string_view message, bool is_last = true) {
    buffer made;
    buffer_output out{made, max_compressed_size(message.size())};
    c.compress(as_bytes(message), is_last, out);
    EXPECT_FALSE(out.is_exceeded());
    return std::string{made.text()};
}

/// The message, or what is wrong; `step` octets at a time.
std::string decompressed(decompressor& d, std::string_view octets, std::size_t step = 1U << 30U,
                         std::size_t budget = 1U << 20U) {
    buffer made;
    buffer_output out{made, budget};
    d.begin_message(octets.size());
    byte_view rest = as_bytes(octets);
    do {
        const byte_view now = rest.first(std::min(rest.size(), step));
        rest = rest.subspan(now.size());
        if (!d.decompress(now, rest.empty(), out)) return "corrupt";
    } while (!rest.empty());
    return out.is_exceeded() ? "too much" : std::string{made.text()};
}

TEST(deflate_backends, each_reads_what_each_writes) {
    const auto all = all_messages();
    for (const deflate_backend& writer : deflate_backends()) {
        for (const deflate_backend& reader : deflate_backends()) {
            SCOPED_TRACE(std::string{writer.name} + " to " + std::string{reader.name});
            for (const std::size_t step : {1U << 30U, 100U, 7U}) {
                const auto c = writer.make_compressor();
                const auto d = reader.make_decompressor();
                std::size_t number = 0;
                for (const std::string& message : all) {
                    const std::string octets = compressed(*c, message);
                    ASSERT_TRUE(decompressed(*d, octets, step) == message)
                        << "message " << number << " of " << message.size() << ", " << octets.size() << " compressed";
                    ++number;
                }
            }
        }
    }
}

TEST(deflate_backends, a_copy_goes_on_by_itself) {
    for (const deflate_backend& backend : deflate_backends()) {
        SCOPED_TRACE(backend.name);
        const auto all = all_messages();
        const auto c = backend.make_compressor();
        const auto d = backend.make_decompressor();
        for (std::size_t i = 0; i < all.size(); i += 7) {
            ASSERT_EQ(decompressed(*d, compressed(*c, all[i])), all[i]);
            const auto c2 = c->clone();
            const auto d2 = d->clone();
            for (const std::string& message : {all[(i + 1) % all.size()], all[i], json_of(100), json_of(9000)}) {
                ASSERT_EQ(decompressed(*d2, compressed(*c2, message)), message);
            }
        }
    }
}

TEST(deflate_backends, forget_their_windows) {
    for (const deflate_backend& backend : deflate_backends()) {
        SCOPED_TRACE(backend.name);
        const auto c = backend.make_compressor();
        for (const std::string& message : {json_of(200), json_of(3000), json_of(200), json_of(70'000)}) {
            const std::string first = compressed(*c, message);
            c->reset();
            const auto d = backend.make_decompressor();
            ASSERT_EQ(decompressed(*d, first), message);
            d->reset();
            ASSERT_EQ(decompressed(*d, first), message);
        }
    }
}

TEST(deflate_backends, stop_exactly_at_the_budget) {
    for (const deflate_backend& backend : deflate_backends()) {
        for (const std::size_t size : {1U, 100U, 1000U, 65'536U, 262'144U, 262'145U}) {
            for (const std::string& message : {json_of(size), std::string(size, 'z'), noise_of(size)}) {
                const auto c = backend.make_compressor();
                const std::string octets = compressed(*c, message);
                const auto enough = backend.make_decompressor();
                EXPECT_TRUE(decompressed(*enough, octets, 1U << 30U, size) == message) << backend.name << size;
                const auto less = backend.make_decompressor();
                EXPECT_EQ(decompressed(*less, octets, 1U << 30U, size - 1), "too much") << backend.name << size;
            }
        }
    }
}

TEST(deflate_backends, find_corrupt_and_truncated_data) {
    for (const deflate_backend& backend : deflate_backends()) {
        SCOPED_TRACE(backend.name);
        const auto c = backend.make_compressor();
        const std::string octets = compressed(*c, json_of(3000));
        for (const std::size_t size : {octets.size() / 4, octets.size() / 2, octets.size() - 9}) {
            const auto d = backend.make_decompressor();
            EXPECT_NE(decompressed(*d, octets.substr(0, size)).substr(0, 5), json_of(3000).substr(0, 5)) << size;
        }
        const auto d = backend.make_decompressor();
        EXPECT_EQ(decompressed(*d, "\xff\xff\xff\xff\xff"), "corrupt");
        const auto far = backend.make_decompressor();
        EXPECT_EQ(decompressed(*far, std::string_view{"\xf2\x00\x11\x00\x00", 5}), "corrupt") << "before the beginning";
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

/// An inflater of our own that looks back no further than so far.
bool looks_back_at_most(std::string_view octets, std::uint8_t bits) {
    // zlib checks distances against what is left of its window only: octets one at a time leave it no more than that.
    z_stream z{};
    EXPECT_EQ(inflateInit2(&z, -int{bits}), Z_OK);
    std::array<Bytef, 1> room{};
    std::string input{octets};
    z.next_in = reinterpret_cast<Bytef*>(input.data());
    z.avail_in = static_cast<uInt>(input.size());
    int result = Z_OK;
    while (result == Z_OK) {
        z.next_out = room.data();
        z.avail_out = 1;
        result = inflate(&z, Z_SYNC_FLUSH);
    }
    inflateEnd(&z);
    return result == Z_BUF_ERROR;
}

TEST(deflate_backends, keep_to_the_window_that_was_agreed) {
    const auto all = all_messages();
    for (const std::uint8_t bits : std::to_array<std::uint8_t>({8, 9, 10, 12, 14, 15})) {
        for (const int level : {1, 6, 9}) {
            const auto c = make_zlib_compressor({.window_bits = bits, .level = level});
            std::string octets;
            for (const std::string& message : all) {
                octets += compressed(*c, message, false);
            }
            EXPECT_TRUE(looks_back_at_most(octets, bits)) << int{bits};
        }
    }
    const auto wide = make_zlib_compressor({.window_bits = 15});
    const std::string far = noise_of(300) + noise_of(300);
    EXPECT_FALSE(looks_back_at_most(compressed(*wide, far, false), 8)) << "or the check checks nothing";
}

TEST(deflate_backends, shrink_json_as_they_should) {
    for (const deflate_backend& backend : deflate_backends()) {
        for (const std::size_t size : {200U, 1000U, 65'536U}) {
            const auto c = backend.make_compressor();
            std::size_t before = 0;
            std::size_t behind = 0;
            for (unsigned i = 0; i < 50; ++i) {
                before += size;
                behind += compressed(*c, json_of(size, i)).size();
            }
            EXPECT_GT(before, 2 * behind) << backend.name << " at " << size;
        }
    }
}

}  // namespace
}  // namespace mint::ws::detail
