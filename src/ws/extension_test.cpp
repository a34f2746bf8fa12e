#include "ws/buffer_output.hpp"

#include <mint/ws/extension.hpp>

#include <string>

#include <gtest/gtest.h>

namespace mint::ws {
namespace {

using detail::buffer_output;

TEST(extension_output, gives_as_much_room_as_the_budget_leaves) {
    buffer to;
    to.append("before");
    buffer_output out{to, 10};
    EXPECT_EQ(out.prepare(4).size(), 4U);
    out.commit(4);
    EXPECT_EQ(out.left(), 6U);
    EXPECT_EQ(out.prepare(100).size(), 6U);
    out.commit(0);
    EXPECT_EQ(out.left(), 6U);
    out.commit(6);
    EXPECT_FALSE(out.is_exceeded()) << "all of it was used, and no more asked for";
    EXPECT_TRUE(out.prepare(1).empty());
    EXPECT_TRUE(out.is_exceeded());
    EXPECT_EQ(to.size(), 16U);
}

TEST(extension_output, is_asked_for_nothing_without_blame) {
    buffer to;
    buffer_output out{to, 1};
    EXPECT_TRUE(out.prepare(0).empty());
    out.commit(0);
    EXPECT_TRUE(out.append(as_bytes("a")));
    EXPECT_TRUE(out.prepare(0).empty());
    EXPECT_FALSE(out.is_exceeded()) << "an empty part needs no room";
}

TEST(extension_output, keeps_no_more_than_the_room_that_it_gave) {
    buffer to;
    buffer_output out{to, 100};
    EXPECT_EQ(out.prepare(4).size(), 4U);
    out.commit(5);
    EXPECT_TRUE(out.is_exceeded());
    EXPECT_TRUE(to.empty());
    buffer_output twice{to, 100};
    EXPECT_EQ(twice.prepare(4).size(), 4U);
    twice.commit(4);
    twice.commit(1);
    EXPECT_TRUE(twice.is_exceeded());
    EXPECT_EQ(to.size(), 4U);
}

TEST(extension_output, appends_what_fits) {
    buffer to;
    buffer_output out{to, 5};
    EXPECT_TRUE(out.append(as_bytes("abc")));
    EXPECT_TRUE(out.append({}));
    EXPECT_FALSE(out.append(as_bytes("def")));
    EXPECT_EQ(to.text(), "abcde");
    EXPECT_TRUE(out.is_exceeded());
}

TEST(extension_output, may_be_told_that_there_is_more) {
    buffer to;
    buffer_output out{to, 5};
    out.exceed();
    EXPECT_TRUE(out.is_exceeded());
    EXPECT_EQ(out.left(), 0U);
}

}  // namespace
}  // namespace mint::ws
