#include "support/heap_in_use.hpp"

#include <mint/base/buffer.hpp>

#include <algorithm>
#include <cstdint>
#include <malloc.h>
#include <new>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace mint {
namespace {

[[nodiscard]] std::uintptr_t address_of(const buffer& b) { return reinterpret_cast<std::uintptr_t>(b.view().data()); }

TEST(buffer, holds_no_heap_until_written_to) {
    const buffer b;
    EXPECT_EQ(b.capacity(), 0U);
    EXPECT_TRUE(b.empty());
    EXPECT_EQ(b.text(), "");
}

TEST(buffer, appends_at_the_back_and_consumes_at_the_front) {
    buffer b;
    b.append("hello ");
    b.append("world");
    b.consume(3);
    EXPECT_EQ(b.text(), "lo world");
    b.append("!");
    EXPECT_EQ(b.text(), "lo world!");
    b.consume(b.size());
    EXPECT_TRUE(b.empty());
}

TEST(buffer, appending_nothing_allocates_nothing) {
    buffer b;
    b.append("");
    EXPECT_EQ(b.capacity(), 0U);
}

TEST(buffer, prepared_room_counts_only_once_committed) {
    buffer b;
    const byte_span room = b.prepare(10);
    ASSERT_EQ(room.size(), 10U);
    EXPECT_TRUE(b.empty());
    std::memcpy(room.data(), "abcdefghij", 10);
    b.commit(3);
    EXPECT_EQ(b.text(), "abc");
    EXPECT_GE(b.available(), 7U);
}

TEST(buffer, truncates_at_the_back) {
    buffer b;
    b.append("abcdef");
    b.consume(1);
    b.truncate(2);
    EXPECT_EQ(b.text(), "bc");
    b.truncate(0);
    EXPECT_TRUE(b.empty());
}

TEST(buffer, clear_keeps_the_storage_and_release_gives_it_back) {
    buffer b;
    b.append("abc");
    const std::size_t capacity = b.capacity();
    b.clear();
    EXPECT_EQ(b.capacity(), capacity);
    b.release();
    EXPECT_EQ(b.capacity(), 0U);
    b.append("again");
    EXPECT_EQ(b.text(), "again");
}

TEST(buffer, reserve_makes_later_appends_move_nothing) {
    buffer b;
    b.reserve(1000);
    b.append("x");
    const auto before = address_of(b);
    b.append(std::string(999, 'y'));
    EXPECT_EQ(address_of(b), before);
}

TEST(buffer, storage_of_a_page_or_more_is_aligned_to_cache_lines) {
    for (const std::size_t size : {4096UL, 5000UL, 64UL * 1024, 200'000UL, 3UL << 20U}) {
        buffer b;
        b.append(std::string(size, 'x'));
        EXPECT_EQ(address_of(b) % 64, 0U) << size;
        const buffer copy = b;
        EXPECT_EQ(address_of(copy) % 64, 0U) << size;
    }
}

// Appends blocks until 1 MiB waits, then takes it out as a socket does, again and again beside other work.
TEST(buffer, a_queue_filled_and_emptied_needs_at_most_twice_the_memory_in_use) {
    ::malloc_trim(0);
    const auto held_before = testing::heap_held();
    const auto in_use_before = testing::heap_in_use();
    std::mt19937 random{3};
    std::vector<std::string> others(500);
    for (const std::size_t block_size : {16UL, 1000UL, 60'000UL}) {
        const std::string block(block_size, 'x');
        buffer queue;
        for (int round = 0; round < 60; ++round) {
            while (queue.size() + block.size() <= 1024UL * 1024) {
                queue.append(block);
                if (random() % 64 == 0) others[random() % others.size()] = std::string(random() % 300, 'o');
            }
            const auto held = testing::heap_held() - held_before;
            const auto in_use = testing::heap_in_use() - in_use_before;
            ASSERT_LE(held, 2 * in_use + 256L * 1024) << block_size << " in round " << round;
            while (!queue.empty()) queue.consume(std::min<std::size_t>(queue.size(), 65'536));
            queue.release();
        }
    }
}

TEST(buffer, refuses_room_that_no_memory_could_give_and_stays_as_it_was) {
    buffer b;
    b.append("0123456789");
    b.consume(8);
    for (const std::size_t size : {SIZE_MAX, SIZE_MAX - 1, SIZE_MAX / 2}) {
        EXPECT_THROW((void)b.prepare(size), std::bad_alloc);
        EXPECT_THROW(b.reserve(size), std::bad_alloc);
        EXPECT_EQ(b.text(), "89");
    }
}

TEST(buffer, a_copy_owns_its_octets) {
    buffer a;
    a.append("one");
    a.consume(1);
    buffer b = a;
    a.append("!");
    EXPECT_EQ(b.text(), "ne");
    b = a;
    EXPECT_EQ(b, a);
    b.append("?");
    EXPECT_EQ(a.text(), "ne!");
    const buffer& alias = b;
    b = alias;
    EXPECT_EQ(b.text(), "ne!?");
}

TEST(buffer, a_moved_from_buffer_is_empty_and_usable) {
    buffer a;
    a.append("one");
    buffer& left = a;
    const buffer b = std::move(a);
    EXPECT_EQ(b.text(), "one");
    EXPECT_EQ(left.capacity(), 0U);
    left.append("two");
    EXPECT_EQ(left.text(), "two");
}

TEST(buffer, memory_stays_bounded_by_what_it_holds_at_once) {
    buffer b;
    for (int i = 0; i < 100'000; ++i) {
        b.append("0123456789");
        if (b.size() >= 100) b.consume(97);
    }
    EXPECT_LE(b.capacity(), 512U);
}

TEST(buffer, agrees_with_a_string_through_random_calls) {
    std::mt19937 random{7};
    buffer b;
    std::string model;
    for (int i = 0; i < 20'000; ++i) {
        switch (random() % 5) {
            case 0:
            case 1: {
                const std::string more(random() % 300, static_cast<char>('a' + random() % 26));
                b.append(more);
                model += more;
                break;
            }
            case 2: {
                const std::size_t size = model.empty() ? 0 : random() % (model.size() + 1);
                b.consume(size);
                model.erase(0, size);
                break;
            }
            case 3: {
                const std::size_t size =
                    model.size() - (model.empty() ? 0 : random() % std::min<std::size_t>(model.size(), 20));
                b.truncate(size);
                model.resize(size);
                break;
            }
            default: b.reserve(random() % 2000);
        }
        ASSERT_EQ(b.text(), model);
    }
}

}  // namespace
}  // namespace mint
