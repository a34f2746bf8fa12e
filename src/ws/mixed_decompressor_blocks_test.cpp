#include "support/deflate_messages.hpp"
#include "support/hostile_deflate.hpp"
#include "support/inflate_times.hpp"
#include "ws/mixed_decompressor.hpp"
#include "ws/zlib_deflate.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace mint::ws::detail {
namespace {

using mint::testing::all_hostile_blocks;
using mint::testing::compressed;
using mint::testing::decompressed;
using mint::testing::json_of;

constexpr std::array<std::size_t, 4> step_sizes{std::size_t{1} << 30U, 1000, 7, 1};

std::string payload_of(const mint::testing::hostile_blocks& blocks, std::size_t size) {
    std::string payload;
    while (payload.size() < size) payload += blocks.bytes;
    return payload + '\0';
}

TEST(decompress_large_blocks, stops_soon_among_small_blocks_and_another_one_goes_on_at_any_bit) {
    for (const deflate_backend& backend : deflate_backends()) {
        for (const auto& blocks : all_hostile_blocks()) {
            const std::string payload = payload_of(blocks, 6000);
            const std::string meant = decompressed(*make_zlib_decompressor(15), payload);
            const std::string before = json_of(50'000);
            const auto first = backend.make_decompressor();
            ASSERT_EQ(decompressed(*first, compressed(*make_zlib_compressor({}), before)), before);
            buffer made;
            buffer_output out{made, std::size_t{1} << 30U};
            first->begin_message(payload.size());
            const auto left = first->decompress_large_blocks(as_bytes(payload), true, out);
            ASSERT_TRUE(left) << backend.name << ' ' << blocks.name;
            if (!*left) {
                const bool is_small = meant.size() < 100 * payload.size();
                EXPECT_FALSE(backend.name == "ISA-L" && is_small) << blocks.name;
            } else {
                EXPECT_LT(payload.size() - (*left)->unread.size(), payload.size() / 10 + 100) << blocks.name;
                std::array<std::byte, 32 * 1024> window;  // written by what is below
                const byte_view known = byte_view{window}.first(first->copy_window(window));
                for (const deflate_backend& other : deflate_backends()) {
                    buffer rest;
                    buffer_output rest_out{rest, std::size_t{1} << 30U};
                    const auto second = other.make_decompressor();
                    second->set_window(known);
                    second->go_on_from(**left);
                    ASSERT_TRUE(second->decompress((*left)->unread, true, rest_out))
                        << other.name << ' ' << blocks.name;
                    ASSERT_TRUE(meant == std::string{made.text()}.append(rest.text())) << other.name << blocks.name;
                    ASSERT_TRUE(decompressed(*second, payload) == meant) << other.name << ' ' << blocks.name;
                }
                continue;
            }
            EXPECT_TRUE(made.text() == meant) << backend.name << ' ' << blocks.name;
        }
    }
}

TEST(mixed_decompressor, reads_small_blocks_as_zlib_does_however_they_come_and_what_follows_them) {
    for (const auto& blocks : all_hostile_blocks()) {
        const std::string payload = payload_of(blocks, 5000);
        const std::string meant = decompressed(*make_zlib_decompressor(15), payload, step_sizes[0], 1U << 22U);
        for (const std::size_t step : step_sizes) {
            const auto d = make_decompressor(15);
            const auto c = make_zlib_compressor({});
            for (unsigned i = 0; i < 6; ++i) {
                const std::string message = json_of(3000, i);
                ASSERT_EQ(decompressed(*d, compressed(*c, message), step), message) << blocks.name << ' ' << step;
            }
            ASSERT_TRUE(decompressed(*d, payload, step, 1U << 22U) == meant) << blocks.name << ' ' << step;
            ASSERT_TRUE(decompressed(*d->clone(), payload, step, 1U << 22U) == meant) << blocks.name << ' ' << step;
            d->reset();
            ASSERT_TRUE(decompressed(*d, payload, step, 1U << 22U) == meant) << blocks.name << ' ' << step;
        }
    }
}

int zlib_count = 0;
int stop_count = 0;

std::unique_ptr<decompressor> make_zlib_counted(std::uint8_t window_bits) {
    ++zlib_count;
    return make_zlib_decompressor(window_bits);
}

/// Stops in front of each message's last two bytes, an empty block that isn't whole without them.
class stopping_decompressor final : public decompressor {
  public:
    [[nodiscard]] std::unique_ptr<decompressor> clone() const override { return nullptr; }
    [[nodiscard]] decompress_result decompress(byte_view payload, bool is_last, extension_output& out) override {
        return library_->decompress(payload, is_last, out);
    }
    [[nodiscard]] large_blocks_result decompress_large_blocks(byte_view payload, bool /*is_last*/,
                                                              extension_output& out) override {
        ++stop_count;
        const byte_view unread = payload.last(2);
        if (const auto done = decompress(payload.first(payload.size() - 2), false, out); !done) {
            return std::unexpected(done.error());
        }
        return block_end{.unread = unread, .rest = {}};
    }
    void go_on_from(const block_end& end) override { library_->go_on_from(end); }
    void reset() noexcept override { library_->reset(); }
    [[nodiscard]] std::size_t copy_window(std::span<std::byte, 32 * 1024> to) const override {
        return library_->copy_window(to);
    }
    void set_window(byte_view window) override { library_->set_window(window); }
    [[nodiscard]] std::size_t memory_size() const noexcept override { return library_->memory_size(); }

  private:
    std::unique_ptr<decompressor> library_ = make_zlib_decompressor(15);
};

TEST(mixed_decompressor, behind_a_message_of_small_blocks_256_messages_go_to_the_other_library) {
    zlib_count = stop_count = 0;
    const auto d = make_mixed_decompressor(15, make_zlib_counted, [](std::uint8_t) -> std::unique_ptr<decompressor> {
        return std::make_unique<stopping_decompressor>();
    });
    mint::testing::block_writer blocks;
    blocks.stored(std::string(1000, 'a'));
    const std::string payload = blocks.bytes() + std::string{"\x02\x00", 2};  // an empty fixed block, and the end
    constexpr int patience = 4;
    for (int i = 1; i <= 600; ++i) {
        ASSERT_EQ(decompressed(*d, payload), std::string(1000, 'a')) << i;
        // The first message, and then one after each 256, and after as many as changing takes anyway.
        EXPECT_EQ(stop_count, 1 + (i - 1) / (256 + patience)) << i;
    }
    EXPECT_EQ(zlib_count, 1);
}

/// Ratios of processor time in one thread; without the bound the fixed blocks take 9 to 26 times as long as by zlib.
TEST(mixed_decompressor, takes_no_multiple_of_zlibs_time_for_small_blocks) {
    constexpr double bound = 8;
    for (const auto& blocks : all_hostile_blocks()) {
        const std::string payload = payload_of(blocks, 30'000);
        for (const mint::testing::inflate_way& way :
             {mint::testing::inflate_way{}, mint::testing::inflate_way{.step = 1000},
              mint::testing::inflate_way{.is_afresh = true}}) {
            mint::testing::inflate_times times;
            for (int i = 0; i < 20 && (i < 2 || times.ratio() > bound); ++i) times.measure(payload, way, 2);
            EXPECT_LT(times.ratio(), bound) << blocks.name << ' ' << way.step << ' ' << way.is_afresh;
        }
    }
}

}  // namespace
}  // namespace mint::ws::detail
