#include "http2/send_queue.hpp"

#include <string>

#include <gtest/gtest.h>

namespace mint::http2::detail {
namespace {

TEST(send_queue, an_empty_queue_takes_one_block_of_any_size) {
    send_queue queue;
    EXPECT_TRUE(queue.push(as_bytes("0123456789"), 4));
    EXPECT_FALSE(queue.push(as_bytes("x"), 4));
    EXPECT_EQ(as_text(queue.front()), "0123456789");
}

TEST(send_queue, what_is_refused_changes_nothing) {
    send_queue queue;
    EXPECT_TRUE(queue.push(as_bytes("abc"), 4));
    EXPECT_FALSE(queue.push(as_bytes("de"), 4));
    EXPECT_TRUE(queue.push(as_bytes("d"), 4));
    EXPECT_EQ(as_text(queue.front()), "abcd");
    queue.consume(2);
    EXPECT_TRUE(queue.push(as_bytes("ef"), 4));
    EXPECT_EQ(as_text(queue.front()), "cdef");
}

TEST(send_queue, lends_without_copying_and_copies_what_is_left) {
    const std::string content = "abcdef";
    send_queue queue;
    queue.lend(as_bytes(content));
    EXPECT_EQ(queue.front().data(), as_bytes(content).data());
    queue.consume(4);
    EXPECT_EQ(queue.size(), 2u);
    queue.end_loan();
    EXPECT_EQ(as_text(queue.front()), "ef");
    EXPECT_NE(queue.front().data(), as_bytes(content).data() + 4);
}

TEST(send_queue, gives_its_trailers_once) {
    send_queue queue;
    EXPECT_FALSE(queue.is_ended());
    queue.end({{"a", "b"}});
    EXPECT_TRUE(queue.is_ended());
    const auto trailers = queue.take_trailers();
    ASSERT_TRUE(trailers);
    EXPECT_EQ(trailers->front().name, "a");
    EXPECT_FALSE(queue.take_trailers());
}

TEST(send_queue, gives_what_was_kept_once_more) {
    send_queue queue;
    queue.keep();
    EXPECT_TRUE(queue.push(as_bytes("abcdef"), 100));
    queue.end({{"a", "b"}});
    queue.consume(4);
    EXPECT_EQ(as_text(queue.front()), "ef");
    EXPECT_EQ(queue.size(), 2u);
    ASSERT_TRUE(queue.take_trailers());
    EXPECT_EQ(queue.rewind(), 4u);
    EXPECT_EQ(as_text(queue.front()), "abcdef");
    EXPECT_TRUE(queue.take_trailers());
    queue.consume(6);
    queue.forget();
    EXPECT_TRUE(queue.is_empty());
    EXPECT_EQ(queue.rewind(), 0u);
}

TEST(send_queue, keeps_no_more_than_its_bound) {
    send_queue queue;
    queue.keep();
    const std::string large(send_queue::max_kept_size + 1, 'x');
    EXPECT_TRUE(queue.push(as_bytes(large), large.size()));
    queue.consume(large.size() - 1);
    EXPECT_TRUE(queue.is_kept());
    queue.consume(1);
    EXPECT_FALSE(queue.is_kept());
    EXPECT_TRUE(queue.is_empty());
}

}  // namespace
}  // namespace mint::http2::detail
