#include "base/endian.hpp"

#include <array>
#include <cstdint>
#include <limits>

#include <gtest/gtest.h>

namespace mint::detail {
namespace {

TEST(endian, stores_the_highest_octet_first_at_any_address) {
    std::array<std::byte, 9> at{};
    store_big_endian<std::uint64_t>(at.data() + 1, 0x0102030405060708U);
    for (std::size_t i = 0; i < at.size(); ++i) EXPECT_EQ(at[i], static_cast<std::byte>(i));
    store_big_endian<std::uint16_t>(at.data() + 3, 0xABCD);
    EXPECT_EQ(at[3], std::byte{0xAB});
    EXPECT_EQ(at[4], std::byte{0xCD});
    EXPECT_EQ(at[5], std::byte{5});
}

TEST(endian, loads_what_it_stored) {
    std::array<std::byte, 11> at{};
    for (const std::uint64_t n :
         {std::uint64_t{0}, std::uint64_t{126}, std::uint64_t{1} << 63U, std::numeric_limits<std::uint64_t>::max()}) {
        store_big_endian(at.data() + 3, n);
        EXPECT_EQ(load_big_endian<std::uint64_t>(at.data() + 3), n);
    }
    store_big_endian<std::uint32_t>(at.data() + 1, 0xDEADBEEF);
    EXPECT_EQ(load_big_endian<std::uint32_t>(at.data() + 1), 0xDEADBEEFU);
    EXPECT_EQ(load_big_endian<std::uint16_t>(at.data() + 1), 0xDEADU);
}

TEST(endian, loads_the_lowest_octet_first_at_any_address) {
    std::array<std::byte, 9> at{};
    for (std::size_t i = 0; i < at.size(); ++i) at[i] = static_cast<std::byte>(i);
    EXPECT_EQ(load_little_endian<std::uint64_t>(at.data() + 1), 0x0807060504030201U);
    EXPECT_EQ(load_little_endian<std::uint16_t>(at.data() + 3), 0x0403U);
}

}  // namespace
}  // namespace mint::detail
