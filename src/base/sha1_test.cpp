#include "base/sha1.hpp"

#include "base/base64.hpp"

#include <gtest/gtest.h>

namespace mint::detail {
namespace {

TEST(sha1, gives_the_digests_of_rfc_3174_and_rfc_6455) {
    EXPECT_EQ(base64_encode(sha1(as_bytes("abc"))), "qZk+NkcGgWq6PiVxeFDCbJzQ2J0=");
    EXPECT_EQ(base64_encode(sha1(as_bytes("dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))),
              "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

}  // namespace
}  // namespace mint::detail
