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

}  // namespace
}  // namespace mint::http2::detail
