#include "ws/huffman_table.hpp"

#include <array>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace mint::ws::detail {
namespace {

constexpr auto letters = [] {
    std::array<symbol, 26> all{};
    for (unsigned i = 0; i < all.size(); ++i) all[i] = {symbol_kind::literal, 'a' + i, i % 14};
    return all;
}();

/// Lengths of the codes of "a", "b" and so on; 0 for none.
coded_symbols coded(std::initializer_list<unsigned> code_sizes) {
    coded_symbols result;
    std::size_t number = 0;
    for (const unsigned size : code_sizes) {
        if (size != 0) result.add(number, size);
        ++number;
    }
    return result;
}

/// What bits mean, the first one first.
std::string decoded(const huffman_table<6>& table, std::string_view bits) {
    std::string text;
    while (!bits.empty()) {
        std::size_t next = 0;
        for (std::size_t i = 0; i < table.code_size() && i < bits.size(); ++i) {
            next |= std::size_t{bits[i] == '1'} << i;
        }
        const symbol found = table.entries()[next];
        EXPECT_EQ(found.kind(), symbol_kind::literal);
        EXPECT_EQ(found.extra_size(), (found.value() - 'a') % 14);
        text.push_back(static_cast<char>(found.value()));
        bits.remove_prefix(std::min<std::size_t>(found.code_size(), bits.size()));
    }
    return text;
}

TEST(huffman_table, has_the_codes_of_rfc_1951) {
    // §3.2.2: the lengths (3, 3, 3, 3, 3, 2, 4, 4) are 010 011 100 101 110 00 1110 1111.
    huffman_table<6> table;
    ASSERT_TRUE(table.build(coded({3, 3, 3, 3, 3, 2, 4, 4}), letters));
    EXPECT_EQ(table.code_size(), 4U);
    EXPECT_EQ(decoded(table,
                      "010"
                      "011"
                      "100"
                      "101"
                      "110"
                      "00"
                      "1110"
                      "1111"),
              "abcdefgh");
    // Symbols without codes are left out: §3.2.2's "ABCD" with 2, 1, 3, 3 is 10 0 110 111.
    ASSERT_TRUE(table.build(coded({2, 0, 1, 0, 0, 3, 3}), letters));
    EXPECT_EQ(decoded(table,
                      "10"
                      "0"
                      "110"
                      "111"
                      "0"),
              "acfgc");
    ASSERT_TRUE(table.build(coded({0, 1, 0, 1}), letters));
    EXPECT_EQ(decoded(table, "01"), "bd");
    ASSERT_TRUE(table.build(coded({1, 2, 3, 4, 5, 6, 6}), letters)) << "as long as they may be";
    EXPECT_EQ(decoded(table,
                      "0"
                      "10"
                      "110"
                      "1110"
                      "11110"
                      "111110"
                      "111111"),
              "abcdefg");
}

TEST(huffman_table, is_none_where_codes_are_missing_too_many_or_too_long) {
    huffman_table<6> table;
    for (const coded_symbols& bad : {
             coded({}),
             coded({1}),
             coded({1, 2}),
             coded({2, 2, 2}),
             coded({1, 1, 1}),
             coded({1, 1, 6}),
             coded({1, 2, 3, 3, 15}),
             coded({1, 2, 3, 4, 5, 6, 7, 7}),
             coded({3, 3, 3, 3, 3, 3, 3, 3, 3}),
         }) {
        EXPECT_FALSE(table.build(bad, letters)) << bad.entries().size();
    }
}

}  // namespace
}  // namespace mint::ws::detail
