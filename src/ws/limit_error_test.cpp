#include "ws/limit_error.hpp"

#include <gtest/gtest.h>

namespace mint::ws::detail {
namespace {

TEST(limit_error, names_the_limit_that_was_passed) {
    const websocket_limits limits{.max_frame_size = 11, .max_message_size = 22, .max_fragment_count = 33};
    EXPECT_EQ(make_error(errc::frame_too_big, 5, limits).detail, "max_frame_size is 11");
    EXPECT_EQ(make_error(errc::message_too_big, 5, limits).detail, "max_message_size is 22");
    EXPECT_EQ(make_error(errc::too_many_fragments, 5, limits).detail, "max_fragment_count is 33");
    EXPECT_EQ(make_error(errc::too_many_fragments, 5, limits).offset, 5U);
}

TEST(limit_error, of_another_rule_has_no_detail) {
    EXPECT_EQ(make_error(errc::invalid_utf8, 7, websocket_limits{}).detail, "");
    EXPECT_EQ(make_error(errc::invalid_utf8, 7, websocket_limits{}).offset, 7U);
}

}  // namespace
}  // namespace mint::ws::detail
