#include "conversation.hpp"
#include "http_exchange.hpp"
#include "servers.hpp"

#include <map>
#include <string>

#include <gtest/gtest.h>

namespace mint::test {
namespace {

using std::chrono::milliseconds;

/// With each way of waiting.
class mailbox_of_many : public testing::TestWithParam<mailbox::backend> {};

INSTANTIATE_TEST_SUITE_P(backends, mailbox_of_many, testing::Values(mailbox::backend::best, mailbox::backend::poll),
                         [](const auto& parameter) {
                             return parameter.param == mailbox::backend::best ? "best" : "poll";
                         });

struct member {
    conversation c;
    std::vector<std::string> received = {};
    bool ended = false;
};

using members = std::map<http::connection_id, member>;

members open_many(mailbox& box, std::size_t count) {
    members result;
    for (std::size_t i = 0; i < count; ++i) {
        auto c = conversation::open(node_server().port(), {.mode = http::mode::active});
        if (auto added = box.add(c.connection()); !added) conversation::fail("add", added.error());
        const auto id = c.connection().id();
        result.emplace(id, member{std::move(c)});
    }
    return result;
}

/// Takes messages until `is_enough`.
template <class Predicate>
void run(mailbox& box, members& all, Predicate is_enough) {
    std::vector<ws::frame> frames;
    while (!is_enough()) {
        const auto message = box.receive(long_enough);
        if (!message) conversation::fail("receive", message.error());
        auto& m = all.at(message->id);
        const auto streamed = websocket::stream(m.c.connection(), *message, box.scratch());
        for (const auto& r : streamed ? *streamed : streamed.error().responses) {
            if (const auto* data = std::get_if<responses::data>(&r)) {
                if (auto decoded = m.c.socket().decode(data->bytes, frames); !decoded)
                    conversation::fail("decode", decoded.error());
                for (const auto& f : frames) {
                    if (const auto* text = std::get_if<ws::text>(&f)) m.received.emplace_back(text->payload);
                    if (const auto* binary = std::get_if<ws::binary>(&f))
                        m.received.push_back(std::to_string(binary->payload.size()));
                }
            }
        }
        if (!m.c.connection().is_open(http::direction::read)) m.ended = true;
    }
}

std::size_t received_count(const members& all) {
    std::size_t count = 0;
    for (const auto& [id, m] : all) count += m.received.size();
    return count;
}

TEST_P(mailbox_of_many, two_hundred_websockets_each_get_their_own_messages) {
    mailbox box{GetParam()};
    auto all = open_many(box, 200);
    int number = 0;
    for (auto& [id, m] : all) {
        for (int i = 0; i < 3; ++i) m.c.send_text(std::to_string(number) + "." + std::to_string(i));
        ++number;
    }
    run(box, all, [&] { return received_count(all) == 600; });
    number = 0;
    for (const auto& [id, m] : all) {
        const auto n = std::to_string(number++);
        EXPECT_EQ(m.received, (std::vector{n + ".0", n + ".1", n + ".2"}));
    }
}

TEST_P(mailbox_of_many, a_message_larger_than_the_scratch_is_read_to_its_end) {
    mailbox box{GetParam()};
    auto all = open_many(box, 5);
    for (auto& [id, m] : all) m.c.send_text("!send 1000000");
    run(box, all, [&] { return received_count(all) == 5; });
    for (const auto& [id, m] : all) EXPECT_EQ(m.received, std::vector<std::string>{"1000000"});
}

TEST_P(mailbox_of_many, nothing_to_receive_is_a_timeout) {
    mailbox box{GetParam()};
    auto all = open_many(box, 3);
    run(box, all, [&, rounds = 0]() mutable {  // what made the sockets writable or readable at first
        return ++rounds > 1 || received_count(all) == 0;
    });
    for (;;) {
        const auto message = box.receive(milliseconds{30});
        if (!message) {
            EXPECT_EQ(message.error().code, errc::timeout);
            break;
        }
        const auto streamed = websocket::stream(all.at(message->id).c.connection(), *message, box.scratch());
        ASSERT_TRUE(streamed);
        ASSERT_TRUE(streamed->empty());
    }
}

TEST_P(mailbox_of_many, ends_and_resets_are_messages_too) {
    mailbox box{GetParam()};
    auto all = open_many(box, 10);
    int number = 0;
    for (auto& [id, m] : all) m.c.send_text(number++ % 2 == 0 ? "!fin" : "!reset");
    run(box, all, [&] {
        std::size_t ended = 0;
        for (const auto& [id, m] : all) ended += m.ended ? 1 : 0;
        return ended == 10;
    });
}

TEST_P(mailbox_of_many, a_removed_or_destroyed_connection_sends_no_more_messages) {
    mailbox box{GetParam()};
    auto all = open_many(box, 4);
    auto removed = all.begin();
    auto destroyed = std::next(removed);
    const auto removed_id = removed->first;
    const auto destroyed_id = destroyed->first;
    for (auto& [id, m] : all) m.c.send_text("hello");
    box.remove(removed->second.c.connection());
    all.erase(destroyed);
    std::size_t expected = 2;
    run(box, all, [&] { return received_count(all) == expected; });
    EXPECT_TRUE(all.at(removed_id).received.empty());
    EXPECT_EQ(all.count(destroyed_id), 0U);
    ASSERT_TRUE(box.add(all.at(removed_id).c.connection()));  // what waits is reported when it is watched again
    ++expected;
    run(box, all, [&] { return received_count(all) == expected; });
    EXPECT_EQ(all.at(removed_id).received, std::vector<std::string>{"hello"});
}

TEST_P(mailbox_of_many, a_mailbox_moves_with_what_it_watches) {
    mailbox first{GetParam()};
    auto all = open_many(first, 2);
    mailbox box = std::move(first);
    for (auto& [id, m] : all) m.c.send_text("hello");
    run(box, all, [&] { return received_count(all) == 2; });
}

TEST_P(mailbox_of_many, what_the_socket_did_not_take_goes_out_when_it_can) {
    mailbox box{GetParam()};
    auto all = open_many(box, 1);
    auto& m = all.begin()->second;
    m.c.send_text("!stall");
    run(box, all, [&] { return received_count(all) == 1; });
    const std::string large(12U << 20U, 'x');
    m.c.send_text(large);
    EXPECT_GT(m.c.connection().queued_size(), 0U);
    EXPECT_TRUE(m.c.connection().wants_write());
    auto http = http_exchange::open(node_server().port());
    EXPECT_EQ(http.get("/resume").body, "1");
    run(box, all, [&] { return received_count(all) == 2; });
    EXPECT_EQ(m.received.back().size(), large.size());
    EXPECT_EQ(m.c.connection().queued_size(), 0U);
    EXPECT_FALSE(m.c.connection().wants_write());
}

TEST_P(mailbox_of_many, a_passive_connection_is_not_added) {
    mailbox box{GetParam()};
    auto c = conversation::open(node_server().port(), {.mode = http::mode::passive});
    const auto added = box.add(c.connection());
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().code, errc::wrong_mode);
}

}  // namespace
}  // namespace mint::test
