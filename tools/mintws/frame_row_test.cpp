#include "frame_row.hpp"

#include <mint/base/bytes.hpp>

#include <chrono>
#include <string>

#include <gtest/gtest.h>

namespace mintws {
namespace {

using namespace std::chrono_literals;
namespace ws = mint::ws;

TEST(frame_row, describes_each_kind_of_frame) {
    EXPECT_EQ(row(describe(ws::text{"hello"}, false, 1500us, '>')),
              "    1.50 ms  >  text          yes          5  \"hello\"");
    EXPECT_EQ(row(describe(ws::text{"more", false}, true, 0us, '>')),
              "    0.00 ms  >  continuation   no          4  \"more\"");
    EXPECT_EQ(row(describe(ws::binary{mint::as_bytes("\x01\xff")}, false, 0us, '<')),
              "    0.00 ms  <  binary        yes          2  01 ff");
    EXPECT_EQ(row(describe(ws::close{ws::close_code::normal, "bye"}, false, 0us, '<')),
              "    0.00 ms  <  close         yes          5  1000 \"bye\"");
    EXPECT_EQ(row(describe(ws::close{}, false, 0us, '<')), "    0.00 ms  <  close         yes          0");
}

TEST(frame_row, shows_a_control_frame_between_fragments_as_what_it_is) {
    EXPECT_EQ(describe(ws::ping{}, true, 0us, '>').what, "ping");
}

TEST(frame_row, cuts_a_preview_between_characters_and_shows_controls) {
    EXPECT_EQ(describe(ws::text{"12345678901234567890123\xc3\xb6 and more"}, false, 0us, '>').note,
              "\"12345678901234567890123\" …");
    EXPECT_EQ(describe(ws::text{"a\x1b"}, false, 0us, '>').note, "\"a\\x1b\"");
}

TEST(frame_row, writes_short_round_trips_in_microseconds) {
    auto r = describe(ws::pong{}, false, 0us, '<');
    r.round_trip = 42us;
    EXPECT_TRUE(row(r).ends_with("   42 µs")) << row(r);
    r.round_trip = 1234us;
    EXPECT_TRUE(row(r).ends_with(" 1.23 ms")) << row(r);
}

}  // namespace
}  // namespace mintws
