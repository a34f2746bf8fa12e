#include "ws/choose_backend.hpp"

#include "support/deflate_messages.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace mint::ws::detail {
namespace {

using mint::testing::all_messages;
using mint::testing::compressed;
using mint::testing::decompressed;
using mint::testing::json_of;
using mint::testing::noise_of;

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
