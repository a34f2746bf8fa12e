#include "ws/bounded_deflate.hpp"

#include "support/bit_writer.hpp"
#include "support/deflate_messages.hpp"
#include "support/strict_inflate.hpp"
#include "ws/choose_backend.hpp"
#include "ws/zlib_deflate.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace mint::ws::detail {
namespace {

using mint::testing::all_messages;
using mint::testing::compressed;
using mint::testing::decompressed;
using mint::testing::json_of;
using mint::testing::strict_inflater;
using namespace std::string_literals;

constexpr std::array<std::size_t, 3> steps{1U << 30U, 7, 1};

/// A stored block (RFC 1951 §3.2.4) at an octet's boundary.
std::string stored(std::string_view content, bool is_final) {
    std::string block(1, is_final ? '\1' : '\0');
    const auto size = static_cast<std::uint16_t>(content.size());
    for (const unsigned word : {unsigned{size}, ~unsigned{size}}) {
        block.push_back(static_cast<char>(word & 0xFFU));
        block.push_back(static_cast<char>(word >> 8U & 0xFFU));
    }
    return block.append(content);
}

/// What each backend makes of it by itself, in each step; the one that all agree on.
std::string read_by_all(std::string_view octets) {
    std::optional<std::string> first;
    for (const deflate_backend& backend : deflate_backends()) {
        for (const std::size_t step : steps) {
            const auto d = backend.make_decompressor();
            const std::string text = decompressed(*d, octets, step);
            if (!first) first = text;
            EXPECT_TRUE(text == *first) << backend.name << ' ' << step << ": " << text.substr(0, 40);
        }
    }
    return *first;
}

TEST(bounded_decompressor, takes_no_octet_of_the_tail_for_content) {
    for (const std::size_t size : {4U, 5U, 20U, 300U, 511U, 512U, 2000U, 65'535U}) {
        for (const bool is_final : {false, true}) {
            const std::string content = json_of(size);
            const std::string block = stored(content, is_final);
            for (std::size_t missing = size > 10'000 ? 4 : 1; missing <= std::min<std::size_t>(size + 3, 5);
                 ++missing) {
                EXPECT_EQ(read_by_all(block.substr(0, block.size() - missing)), "corrupt") << size << ' ' << missing;
            }
            EXPECT_EQ(read_by_all(block.substr(0, block.size() - 4) + '\0'), "corrupt") << size << ", and an end";
            EXPECT_TRUE(read_by_all(block + '\0') == content) << size;
            EXPECT_TRUE(read_by_all(block) == (is_final ? content : "corrupt")) << size;
        }
    }
}

/// A dynamic block's beginning (RFC 1951 §3.2.7), cut at an octet's boundary where the tail's 32 bits are the codes of
/// seven times "a", of "b", and of the block's end: 00, 01 and fifteen ones.
std::string cut_where_the_tail_is_a_code(bool is_final) {
    mint::testing::bit_writer out;
    out.put(is_final ? 1 : 0, 1);
    out.put(2, 2);
    out.put(0, 5 + 5);  // 257 literals and lengths, one distance
    out.put(15, 4);     // all 19 lengths of codes of lengths
    for (const unsigned length :
         {16U, 17U, 18U, 0U, 8U, 7U, 9U, 6U, 10U, 5U, 11U, 4U, 12U, 3U, 13U, 2U, 14U, 1U, 15U}) {
        out.put(length < 16 ? 4 : 0, 3);
    }
    std::array<unsigned, 258> lengths{};  // the distance has none
    lengths['a'] = lengths['b'] = lengths['c'] = 2;
    for (unsigned i = 3; i <= 15; ++i) lengths.at('a' + i) = i;
    lengths[256] = 15;
    for (const unsigned length : lengths) out.put_code(length, 4);
    out.put_code(6, 3);  // "d", so that the others begin in odd bits
    while (out.bit_count() % 8 != 7) out.put_code(0, 2);
    out.put(0, 1);  // half of an "a"
    return out.octets();
}

TEST(bounded_decompressor, takes_no_bit_of_the_tail_for_a_code) {
    for (const bool is_final : {false, true}) {
        const std::string octets = cut_where_the_tail_is_a_code(is_final);
        EXPECT_EQ(strict_inflater{}.message(octets + "\0\0\xff\xff\0"s).value_or("corrupt").substr(0, 1), "d")
            << "whole";
        EXPECT_EQ(read_by_all(octets), "corrupt");
        EXPECT_EQ(read_by_all(stored(json_of(600), false) + octets), "corrupt");
    }
}

TEST(bounded_decompressor, takes_no_message_that_is_cut) {
    for (const std::string& message : {json_of(40), json_of(500), json_of(30'000)}) {
        for (const deflate_backend& writer : deflate_backends()) {
            const std::string octets = compressed(*writer.make_compressor(), message);
            for (std::size_t size = octets.size() > 200 ? octets.size() - 100 : 0; size < octets.size(); ++size) {
                const std::string cut = octets.substr(0, size);
                EXPECT_EQ(read_by_all(cut), strict_inflater{}.message(cut).value_or("corrupt")) << size;
            }
        }
    }
}

TEST(bounded_decompressor, ends_a_message_where_an_empty_stored_block_begins) {
    for (const char bits : {'\0', '\1', '\x08', '\x39', '\xF8', '\xF9'}) {  // whatever fills the octet
        EXPECT_EQ(read_by_all(std::string(1, bits)), "") << int{bits};
        EXPECT_EQ(read_by_all(stored("text", false) + bits), "text") << int{bits};
    }
    EXPECT_EQ(read_by_all(""), "corrupt") << "RFC 7692 §7.2.3.6 has an octet for an empty one";
    EXPECT_EQ(read_by_all("\0\0"s), "corrupt");
    EXPECT_EQ(read_by_all("\0\0\0\xff\xff"s), "corrupt") << "a whole empty block, and no header of the next";
    EXPECT_EQ(read_by_all("\0\0\0\xff\xff\0"s), "");
    EXPECT_EQ(read_by_all("\1\0\0\xff\xff"s), "") << "which has BFINAL";
    EXPECT_EQ(read_by_all("\1\0\0\xff\xff\1"s), "");
}

TEST(bounded_decompressor, goes_on_with_the_window_behind_an_empty_final_block) {
    for (const deflate_backend& backend : deflate_backends()) {
        for (const std::size_t step : steps) {
            const auto c = backend.make_compressor();
            const auto d = backend.make_decompressor();
            for (const std::size_t size : {100U, 40'000U, 100U, 70'000U, 3000U, 3000U}) {
                const std::string message = json_of(size);
                ASSERT_TRUE(decompressed(*d, compressed(*c, message), step) == message) << backend.name;
                ASSERT_EQ(decompressed(*d, "\1"s, step), "") << backend.name;
                ASSERT_EQ(decompressed(*d, "\3\0\3\0\3\0"s, step), "") << backend.name;
            }
        }
    }
}

TEST(bounded_decompressor, gives_out_nothing_that_a_corrupt_step_made) {
    // What a library has counted it needn't have written: ISA-L counts some literals beside a bad code.
    const std::string text = json_of(300);
    const std::string octets = compressed(*make_zlib_compressor({.strategy = deflate_strategy::fixed}), text);
    for (const deflate_backend& backend : deflate_backends()) {
        for (std::size_t at = 0; at < octets.size(); ++at) {
            for (unsigned change = 1; change < 256; ++change) {
                std::string bad = octets;
                bad[at] = static_cast<char>(static_cast<unsigned char>(bad[at]) ^ change);
                mint::buffer made;
                buffer_output out{made, 1U << 20U};
                if (backend.make_decompressor()->decompress(as_bytes(bad), true, out)) continue;
                strict_inflater strict;
                static_cast<void>(strict.message(bad));
                const std::size_t size = std::min(made.size(), strict.text().size());
                ASSERT_EQ(made.size(), size) << backend.name << ' ' << at << ' ' << change;
                ASSERT_EQ(made.text().substr(0, size), strict.text().substr(0, size)) << backend.name << ' ' << at;
            }
        }
    }
}

TEST(bounded_decompressor, reads_what_a_strict_reader_reads) {
    // One changed octet anywhere: what one takes the other takes, to the same end. ISA-L also takes codes that aren't
    // complete, and so more.
    const std::string text = json_of(700);
    for (const deflate_backend& writer : deflate_backends()) {
        const std::string octets = compressed(*writer.make_compressor(), text);
        for (const deflate_backend& reader : deflate_backends()) {
            for (std::size_t at = 0; at < octets.size(); ++at) {
                for (const unsigned change : {1U, 2U, 16U, 128U, 255U}) {
                    std::string bad = octets;
                    bad[at] = static_cast<char>(static_cast<unsigned char>(bad[at]) ^ change);
                    const auto strict = strict_inflater{}.message(bad);
                    const std::string got = decompressed(*reader.make_decompressor(), bad, at % 2 == 0 ? 1U << 30U : 5);
                    if (strict) {
                        ASSERT_EQ(got, *strict) << reader.name << ' ' << at << ' ' << change;
                    } else if (reader.name != "ISA-L" && reader.name != "the best") {
                        ASSERT_EQ(got, "corrupt") << reader.name << ' ' << at << ' ' << change;
                    }
                }
            }
        }
    }
}

}  // namespace
}  // namespace mint::ws::detail
