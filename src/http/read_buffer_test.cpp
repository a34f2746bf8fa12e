#include "support/connected_pair.hpp"
#include "support/count_allocations.hpp"

#include <mint/http/read_buffer.hpp>

#include <cstdint>
#include <new>
#include <utility>
#include <variant>

#include <gtest/gtest.h>

namespace mint::http {
namespace {

TEST(read_buffer, takes_no_memory_before_its_first_use) {
    const mint::testing::allocation_counter counter;
    const read_buffer scratch;
    EXPECT_EQ(counter.count(), 0U);
    EXPECT_EQ(scratch.size(), read_buffer::default_size);
}

TEST(read_buffer, is_at_least_as_large_as_its_minimum) {
    EXPECT_EQ(read_buffer{0}.size(), read_buffer::min_size);
    EXPECT_EQ(read_buffer{read_buffer::min_size + 1}.size(), read_buffer::min_size + 1);
}

TEST(read_buffer, is_read_into_from_the_start_of_a_cache_line_on) {
    mint::testing::connected_pair pair{mint::testing::connected_pair::passive()};
    pair.upgrade();
    pair.peer.send("x");
    const auto list = pair.conn.recv(0, mint::testing::patience, pair.scratch);
    ASSERT_TRUE(list);
    const auto& data = std::get<responses::data>(list->front());
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(data.bytes.data()) % 64, 0U);
}

TEST(read_buffer, of_a_size_that_no_memory_could_give_is_bad_alloc_and_changes_nothing) {
    for (const std::size_t size : {SIZE_MAX, SIZE_MAX - 63, SIZE_MAX - 4095, SIZE_MAX / 2 + 1}) {
        mint::testing::connected_pair pair{mint::testing::connected_pair::passive()};
        pair.upgrade();
        pair.peer.send("kept");
        read_buffer endless{size};
        EXPECT_THROW((void)pair.conn.recv(0, mint::testing::patience, endless), std::bad_alloc);
        EXPECT_THROW((void)pair.conn.recv(1, mint::testing::patience, endless), std::bad_alloc);
        const auto list = pair.conn.recv(4, mint::testing::patience, pair.scratch);
        ASSERT_TRUE(list);
        EXPECT_EQ(as_text(std::get<responses::data>(list->front()).bytes), "kept");

        mint::testing::connected_pair active;
        active.upgrade();
        active.peer.send("kept");
        active.wait_readable();
        EXPECT_THROW((void)active.conn.stream({.id = active.conn.id()}, endless), std::bad_alloc);
        EXPECT_TRUE(active.conn.is_open());
    }
}

TEST(read_buffer, keeps_responses_valid_when_it_is_moved) {
    mint::testing::connected_pair pair{mint::testing::connected_pair::passive()};
    pair.upgrade();
    pair.peer.send("kept");
    const auto list = pair.conn.recv(0, mint::testing::patience, pair.scratch);
    ASSERT_TRUE(list);
    const read_buffer moved = std::move(pair.scratch);
    EXPECT_EQ(as_text(std::get<responses::data>(list->front()).bytes), "kept");
}

TEST(read_buffer, tells_which_connection_may_have_more) {
    mint::testing::connected_pair pair;
    pair.upgrade();
    EXPECT_FALSE(pair.conn.may_have_more());
    http::read_buffer small{0};
    pair.peer.send(std::string(small.size() + 10, 'x'));
    std::size_t size = 0;
    while (size < small.size() + 10) {
        pair.wait_readable();
        const auto list = pair.conn.stream({.id = pair.conn.id()}, small);
        ASSERT_TRUE(list);
        const std::size_t part = list->empty() ? 0 : std::get<responses::data>(list->front()).bytes.size();
        EXPECT_EQ(pair.conn.may_have_more(), part == small.size());
        size += part;
    }
    EXPECT_FALSE(pair.conn.may_have_more());
}

}  // namespace
}  // namespace mint::http
