#include "net/tls_bio.hpp"

#include <array>
#include <string>

#include <gtest/gtest.h>

namespace mint::net::detail {
namespace {

TEST(tls_bio, reads_from_the_callers_memory) {
    const auto bio = make_bio();
    tls_octets octets{.input = as_bytes("abcdef"), .room = {}, .more = nullptr};
    set_octets(bio.get(), &octets);
    std::array<char, 4> space{};
    EXPECT_EQ(::BIO_read(bio.get(), space.data(), 4), 4);
    EXPECT_EQ(std::string(space.data(), 4), "abcd");
    EXPECT_EQ(::BIO_read(bio.get(), space.data(), 4), 2);
    EXPECT_LT(::BIO_read(bio.get(), space.data(), 4), 1);
    EXPECT_TRUE(BIO_should_read(bio.get())) << "no input is no end";
}

TEST(tls_bio, writes_into_the_room_and_then_behind_it) {
    const auto bio = make_bio();
    std::array<std::byte, 4> room{};
    buffer more;
    tls_octets octets{.input = {}, .room = room, .more = &more};
    set_octets(bio.get(), &octets);
    EXPECT_EQ(::BIO_write(bio.get(), "abc", 3), 3);
    EXPECT_EQ(::BIO_write(bio.get(), "de", 2), 2);
    EXPECT_EQ(::BIO_write(bio.get(), "f", 1), 1) << "it would fit, but octets keep their order";
    EXPECT_EQ(octets.made, 3U);
    EXPECT_EQ(as_text(byte_view{room}.first(3)), "abc");
    EXPECT_EQ(more.text(), "def");
    EXPECT_EQ(BIO_flush(bio.get()), 1);
}

TEST(tls_bio, takes_and_gives_nothing_outside_of_a_call) {
    const auto bio = make_bio();
    char c = 0;
    EXPECT_LT(::BIO_read(bio.get(), &c, 1), 1);
    EXPECT_LT(::BIO_write(bio.get(), &c, 1), 1);
}

}  // namespace
}  // namespace mint::net::detail
