#include "support/every_split.hpp"

#include <mint/base/utf8.hpp>

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mint {
namespace {

/// Decides by enumeration, not by the rules under test: the octets of every scalar value, kept as a set of prefixes.
class oracle {
  public:
    /// Offset of the first octet that no text can have there, or nothing.
    [[nodiscard]] static std::optional<std::size_t> first_bad(const std::string& text) {
        std::size_t start = 0;
        while (start < text.size()) {
            std::size_t size = 1;
            while (true) {
                const std::string part = text.substr(start, size);
                if (is_character(part)) break;
                if (!starts_character(part)) return start + size - 1;
                if (start + size == text.size()) return std::nullopt;
                ++size;
            }
            start += size;
        }
        return std::nullopt;
    }

    [[nodiscard]] static bool ends_whole(const std::string& text) {
        for (std::size_t back = 1; back <= 3 && back <= text.size(); ++back) {
            const auto octet = static_cast<unsigned char>(text[text.size() - back]);
            if (octet >= 0xC0) return is_character(text.substr(text.size() - back));
            if (octet < 0x80) return true;
        }
        return true;
    }

  private:
    [[nodiscard]] static std::uint32_t value_of(const std::string& part) {
        const auto lead = static_cast<unsigned char>(part[0]);
        std::uint32_t value = part.size() == 1 ? lead : lead & (0xFFU >> (part.size() + 1));
        for (std::size_t i = 1; i < part.size(); ++i)
            value = value << 6 | (static_cast<unsigned char>(part[i]) & 0x3FU);
        return value;
    }

    [[nodiscard]] static std::string encode(std::uint32_t c) {
        const auto octet = [](std::uint32_t n) { return static_cast<char>(n); };
        if (c < 0x80) return {octet(c)};
        if (c < 0x800) return {octet(0xC0 | c >> 6), octet(0x80 | (c & 63))};
        if (c < 0x10000) return {octet(0xE0 | c >> 12), octet(0x80 | (c >> 6 & 63)), octet(0x80 | (c & 63))};
        return {octet(0xF0 | c >> 18), octet(0x80 | (c >> 12 & 63)), octet(0x80 | (c >> 6 & 63)),
                octet(0x80 | (c & 63))};
    }

    [[nodiscard]] static bool is_character(const std::string& part) {
        if (part.empty() || part.size() > 4) return false;
        const std::uint32_t c = value_of(part);
        return c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF) && encode(c) == part;
    }

    /// True if some character starts with these octets: tried with every choice of the rest that matters.
    [[nodiscard]] static bool starts_character(const std::string& part) {
        for (const char next : {'\x80', '\x8F', '\x90', '\x9F', '\xA0', '\xBF'}) {
            std::string longer = part + next;
            while (longer.size() <= 4) {
                if (is_character(longer)) return true;
                longer += '\x80';
            }
        }
        return false;
    }
};

/// `front` is whole characters: the oracle, which is slow, looks only at what follows.
void expect_as_oracle(const std::string& front, const std::string& end) {
    const std::string text = front + end;
    const auto bad = oracle::first_bad(end);
    const bool whole = !bad && oracle::ends_whole(end);
    const std::size_t offset = front.size() + bad.value_or(end.size());
    ASSERT_EQ(is_utf8(as_bytes(text)), whole) << ::testing::PrintToString(text);
    ASSERT_EQ(first_invalid_utf8(as_bytes(text)), offset) << ::testing::PrintToString(text);
    utf8_validator v;
    ASSERT_EQ(v.update(as_bytes(text)), !bad);
    ASSERT_EQ(v.offset(), offset);
    ASSERT_EQ(v.is_complete(), whole);
}

constexpr unsigned char interesting[] = {0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF,
                                         0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xF8, 0xFF};

// Short texts are looked at by other code than long ones, and ASCII by other code than mixed text.
TEST(utf8, agrees_with_enumeration_on_all_short_sequences_at_vector_edges) {
    for (const std::size_t padding : {0U, 7U, 29U, 31U, 61U, 63U, 126U, 253U, 254U}) {
        for (const std::string& front : {std::string(padding, 'a'), "\xC3\xA9" + std::string(padding, 'a')}) {
            for (const unsigned char a : interesting) {
                expect_as_oracle(front, {static_cast<char>(a)});
                for (const unsigned char b : interesting) {
                    expect_as_oracle(front, {static_cast<char>(a), static_cast<char>(b)});
                    for (const unsigned char c : interesting) {
                        expect_as_oracle(front, {static_cast<char>(a), static_cast<char>(b), static_cast<char>(c)});
                    }
                }
            }
        }
    }
}

TEST(utf8, agrees_with_enumeration_on_four_octets_with_every_lead) {
    const std::string front = "\xC3\xA9" + std::string(61, 'a');
    for (unsigned lead = 0xC0; lead <= 0xFF; ++lead) {
        for (const unsigned char b : interesting) {
            for (const char c : {'\x41', '\x80', '\xBF', '\xC2'}) {
                for (const char d : {'\x41', '\x80', '\xBF', '\xF5'}) {
                    const std::string end{static_cast<char>(lead), static_cast<char>(b), c, d};
                    expect_as_oracle("", end);
                    expect_as_oracle(front, end);
                }
            }
        }
    }
}

TEST(utf8, agrees_with_enumeration_on_random_sequences_between_ascii) {
    std::mt19937 random{1};
    for (int i = 0; i < 40'000; ++i) {
        std::string text(random() % 80, 'x');
        for (std::size_t n = random() % 9; n != 0; --n) {
            text.push_back(static_cast<char>(interesting[random() % std::size(interesting)]));
        }
        text.append(random() % 80, 'y');
        expect_as_oracle("", text);
    }
}

TEST(utf8_validator, finds_the_same_octet_in_every_split) {
    const std::string good =
        "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80 plain ascii that is long enough for a vector or two \xF4\x8F\xBF\xBF";
    for (const std::string& end : {std::string{}, std::string{"\xED\xA0\x80"}, std::string{"\xE0\x80"},
                                   std::string{"\xF5"}, std::string{"\xF4\x90\x80\x80"}, std::string{"\xC0\xAF"},
                                   std::string{"\xE2\x82"}, std::string{"\x80"}, std::string{"\xF0\x9F\x98zz"}}) {
        const std::string text = good + end;
        const auto bad = oracle::first_bad(text);
        testing::for_each_split(std::string_view{text}, [&](const std::vector<byte_view>& chunks) {
            utf8_validator v;
            bool ok = true;
            for (const byte_view chunk : chunks) ok = v.update(chunk);
            ASSERT_EQ(ok, !bad);
            ASSERT_EQ(v.offset(), bad.value_or(text.size()));
        });
    }
}

TEST(utf8_validator, reports_a_bad_octet_as_soon_as_it_is_there) {
    utf8_validator v;
    EXPECT_TRUE(v.update(as_bytes("abc\xED")));
    EXPECT_FALSE(v.is_complete());
    EXPECT_FALSE(v.update(as_bytes("\xA0")));
    EXPECT_EQ(v.offset(), 4U);
}

TEST(utf8_validator, stays_failed_until_reset) {
    utf8_validator v;
    EXPECT_FALSE(v.update(as_bytes("\xFF")));
    EXPECT_FALSE(v.update(as_bytes("fine")));
    EXPECT_FALSE(v.update({}));
    EXPECT_FALSE(v.is_complete());
    v.reset();
    EXPECT_TRUE(v.update(as_bytes("fine")));
    EXPECT_TRUE(v.is_complete());
}

TEST(utf8_validator, a_copy_goes_on_independently) {
    utf8_validator a;
    ASSERT_TRUE(a.update(as_bytes("\xE2\x82")));
    utf8_validator b = a;
    EXPECT_TRUE(a.update(as_bytes("\xAC")));
    EXPECT_TRUE(a.is_complete());
    EXPECT_FALSE(b.update(as_bytes("x")));
    EXPECT_EQ(b.offset(), 2U);
}

TEST(utf8_validator, is_equal_after_the_same_text_however_it_was_split) {
    for (const std::string& text : {std::string{"\xC3\xA9 and \xE2\x82\xAC"}, std::string{"a\xF0\x9F\x98\x80 \xE2\x82"},
                                    std::string{"\xC3\xA9\xE0\x80"}, std::string{"\xF0\x9F\x98z"}}) {
        utf8_validator whole;
        (void)whole.update(as_bytes(text));
        testing::for_each_split(std::string_view{text}, [&](const std::vector<byte_view>& chunks) {
            utf8_validator v;
            for (const byte_view chunk : chunks) (void)v.update(chunk);
            ASSERT_EQ(v, whole) << ::testing::PrintToString(text);
        });
    }
}

static_assert(sizeof(utf8_validator) <= 16);

}  // namespace
}  // namespace mint
