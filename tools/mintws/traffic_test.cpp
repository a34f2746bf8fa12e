#include "traffic.hpp"

#include <mint/base/bytes.hpp>

#include <gtest/gtest.h>

namespace mintws {
namespace {

namespace ws = mint::ws;

TEST(traffic, is_told_with_its_ratio) {
    EXPECT_EQ(describe({.payload_size = 1200, .wire_size = 400}), "1200 octets as 400 in frames (3.0:1)");
    EXPECT_EQ(describe({.payload_size = 10, .wire_size = 16}), "10 octets as 16 in frames (0.6:1)");
    EXPECT_EQ(describe({.payload_size = 0, .wire_size = 8}), "0 octets as 8 in frames");
    EXPECT_EQ(describe({}), "0 octets as 0 in frames");
}

TEST(traffic, counts_messages_alone) {
    traffic t;
    t.add(ws::text{"hello", false});
    t.add(ws::binary{mint::as_bytes("you")});
    t.add(ws::ping{mint::as_bytes("not this")});
    t.add(ws::close{ws::close_code::normal, "nor this"});
    EXPECT_EQ(t.payload_size, 8U);
}

}  // namespace
}  // namespace mintws
