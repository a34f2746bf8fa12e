#include "ws/bit_reader.hpp"

#include <array>
#include <cstddef>

#include <gtest/gtest.h>

namespace mint::ws::detail {
namespace {

/// 0x01, 0x23 and so on, and zeros behind them.
constexpr auto octets = [] {
    std::array<std::byte, 24> all{};
    for (unsigned i = 0; i < 8; ++i) all.at(i) = static_cast<std::byte>(0x01 + 0x22 * i);
    return all;
}();

TEST(bit_reader, gives_the_lowest_bits_first) {
    bit_reader in{octets.data()};
    in.refill();
    EXPECT_GE(in.count(), 56U);
    EXPECT_EQ(in.peek(4), 0x1U);
    EXPECT_EQ(in.take(4), 0x1U);
    EXPECT_EQ(in.position(), 1U) << "an octet begun counts";
    EXPECT_EQ(in.take(12), 0x230U);
    EXPECT_EQ(in.position(), 2U);
    EXPECT_EQ(in.take(0), 0U);
    in.refill();
    EXPECT_GE(in.count(), 56U);
    EXPECT_EQ(in.take(16), 0x6745U);
    in.skip(8);
    in.refill();
    EXPECT_EQ(in.take(13), 0x0DABU);
    EXPECT_EQ(in.position(), 7U);
}

TEST(bit_reader, refills_after_any_count_of_bits) {
    for (unsigned size = 1; size <= 16; ++size) {
        bit_reader in{octets.data()};
        for (unsigned at = 0; at + size <= 64; at += size) {
            in.refill();
            std::size_t meant = 0;
            for (unsigned i = 0; i < size; ++i) {
                const auto octet = std::to_integer<unsigned>(octets.at((at + i) / 8));
                meant |= std::size_t{octet >> (at + i) % 8 & 1U} << i;
            }
            EXPECT_EQ(in.take(size), meant) << size << " at " << at;
            EXPECT_EQ(in.position(), (at + size + 7) / 8);
        }
    }
}

TEST(bit_reader, goes_to_any_octet) {
    bit_reader in{octets.data()};
    in.refill();
    in.skip(5);
    in.seek(3);
    EXPECT_EQ(in.position(), 3U);
    in.refill();
    EXPECT_EQ(in.take(8), 0x67U);
}

}  // namespace
}  // namespace mint::ws::detail
