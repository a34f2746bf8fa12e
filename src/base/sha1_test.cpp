#include "base/sha1.hpp"

#include "base/base64.hpp"

#include <array>
#include <cstddef>
#include <string>

#include <gtest/gtest.h>
#include <openssl/evp.h>

namespace mint::detail {
namespace {

TEST(sha1, gives_the_digests_of_rfc_3174_and_rfc_6455) {
    EXPECT_EQ(base64_encode(sha1(as_bytes("abc"))), "qZk+NkcGgWq6PiVxeFDCbJzQ2J0=");
    EXPECT_EQ(base64_encode(sha1(as_bytes("dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))),
              "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST(sha1, agrees_with_openssl_for_every_length_of_three_blocks) {
    std::string text;
    for (std::size_t size = 0; size <= std::size_t{3} * 64; ++size) {
        std::array<std::byte, 20> expected{};
        auto* const out = reinterpret_cast<unsigned char*>(expected.data());
        ASSERT_EQ(::EVP_Digest(text.data(), text.size(), out, nullptr, ::EVP_sha1(), nullptr), 1);
        EXPECT_EQ(sha1(as_bytes(text)), expected) << size << " bytes";
        text.push_back(static_cast<char>(size * 37));
    }
}

TEST(sha1, of_a_million_letters_is_that_of_fips_180) {
    EXPECT_EQ(base64_encode(sha1(as_bytes(std::string(1'000'000, 'a')))), "NKqXPNTE2qT2Husr260nMWU0AW8=");
}

}  // namespace
}  // namespace mint::detail
