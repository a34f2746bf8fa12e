#include "http2/stream_table.hpp"

#include <gtest/gtest.h>

namespace mint::http2::detail {
namespace {

stream& add(stream_table& table, std::uint64_t ref, bool is_connect = false) {
    stream& s = table.add(request_ref{ref});
    s.is_connect = is_connect;
    table.wait(s);
    return s;
}

TEST(stream_table, finds_streams_by_their_refs) {
    stream_table table;
    stream& s = add(table, 7);
    EXPECT_EQ(table.find(request_ref{7}), &s);
    EXPECT_EQ(table.find(request_ref{8}), nullptr);
    table.erase(request_ref{7});
    EXPECT_EQ(table.find(request_ref{7}), nullptr);
}

TEST(stream_table, lists_streams_in_the_order_of_their_refs) {
    stream_table table;
    for (const std::uint64_t ref : {5u, 1u, 9u, 3u}) (void)table.add(request_ref{ref});
    std::vector<std::uint64_t> refs;
    for (const stream* s : table.in_order()) refs.push_back(static_cast<std::uint64_t>(s->ref));
    EXPECT_EQ(refs, (std::vector<std::uint64_t>{1, 3, 5, 9}));
}

TEST(stream_table, passes_over_connects_until_they_are_released) {
    stream_table table;
    stream& connect = add(table, 1, true);
    stream& get = add(table, 2);
    EXPECT_EQ(table.waiting_count(), 2u);
    EXPECT_EQ(table.next_waiting(), &get);
    EXPECT_EQ(table.next_waiting(), nullptr);
    table.release_connects();
    EXPECT_EQ(table.next_waiting(), &connect);
}

TEST(stream_table, released_connects_go_in_the_order_in_which_all_were_asked_for) {
    stream_table table;
    stream& first = add(table, 1, true);
    stream& second = add(table, 2);
    stream& third = add(table, 3, true);
    table.release_connects();
    stream& fourth = add(table, 4, true);
    EXPECT_EQ(table.next_waiting(), &first);
    EXPECT_EQ(table.next_waiting(), &second);
    EXPECT_EQ(table.next_waiting(), &third);
    EXPECT_EQ(table.next_waiting(), &fourth);
}

TEST(stream_table, gives_connects_that_nobody_will_take) {
    stream_table table;
    stream& connect = add(table, 1, true);
    add(table, 2);
    EXPECT_EQ(table.take_connects(), std::vector<stream*>{&connect});
    EXPECT_EQ(table.waiting_count(), 1u);
}

TEST(stream_table, one_that_stops_waiting_is_not_next) {
    stream_table table;
    stream& first = add(table, 1);
    stream& second = add(table, 2);
    table.stop_waiting(first);
    EXPECT_EQ(table.next_waiting(), &second);
}

}  // namespace
}  // namespace mint::http2::detail
