#include "support/scripted_peer.hpp"

#include <mint/adapters/mailbox.hpp>
#include <mint/http/connect.hpp>
#include <mint/websocket/websocket.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace mint {
namespace {

using namespace std::chrono_literals;
using testing::scripted_peer;

constexpr auto long_enough = 10s;

/// A tunnel with a scripted peer at its other end: what the peer sends comes out as data.
struct tunnel {
    std::unique_ptr<scripted_peer> peer = std::make_unique<scripted_peer>();
    std::optional<http::connection> conn;
    request_ref ref{};
    std::string received = {};
    bool has_ended = false;

    explicit tunnel(int receive_buffer_size = 0) {
        http::read_buffer scratch;
        auto connected = http::connect(scheme::http, "127.0.0.1", peer->port(), {.mode = http::mode::passive});
        if (!connected) throw std::runtime_error(to_string(connected.error()));
        conn.emplace(std::move(*connected));
        peer->accept(receive_buffer_size);
        const auto asked = websocket::upgrade(ws_scheme::ws, *conn, "/");
        if (!asked) throw std::runtime_error(to_string(asked.error()));
        ref = *asked;
        peer->accept_upgrade();
        const auto answer = websocket::recv_upgrade(*conn, ref, long_enough, scratch);
        if (!answer) throw std::runtime_error(to_string(answer.error()));
        if (!conn->set_mode(http::mode::active)) throw std::runtime_error("set_mode");
    }

    void stream(const http::socket_message& message, mailbox& box) {
        const auto streamed = conn->stream(message, box.scratch());
        for (const auto& r : streamed ? *streamed : streamed.error().responses) {
            if (const auto* data = std::get_if<responses::data>(&r)) received += as_text(data->bytes);
            if (std::holds_alternative<responses::done>(r)) has_ended = true;
        }
        if (!streamed) has_ended = true;
    }
};

class mailbox_test : public ::testing::TestWithParam<mailbox::backend> {
  protected:
    /// Hands out messages until `is_enough`; false where none came in time.
    template <class Predicate>
    bool run(std::vector<tunnel*> tunnels, Predicate is_enough) {
        while (!is_enough()) {
            const auto message = box.receive(long_enough);
            if (!message) return false;
            handed_out.push_back(message->id);
            for (auto* t : tunnels) {
                if (t->conn && t->conn->owns(*message)) t->stream(*message, box);
            }
        }
        return true;
    }

    /// True if nothing more comes; what comes without octets is taken.
    bool is_quiet(std::vector<tunnel*> tunnels) {
        for (int i = 0; i < 8; ++i) {
            const auto message = box.receive(0ms);
            if (!message) return message.error() == errc::timeout;
            for (auto* t : tunnels) {
                const auto before = t->received.size();
                if (t->conn && t->conn->owns(*message)) t->stream(*message, box);
                if (t->received.size() != before) return false;
            }
        }
        return false;
    }

    mailbox box{GetParam()};
    std::vector<http::connection_id> handed_out;
};

INSTANTIATE_TEST_SUITE_P(backends, mailbox_test, ::testing::Values(mailbox::backend::best, mailbox::backend::poll),
                         [](const auto& parameter) {
                             return parameter.param == mailbox::backend::best ? "best" : "poll";
                         });

TEST_P(mailbox_test, tells_of_octets_that_were_there_before_the_connection_was_added) {
    tunnel t;
    t.peer->send("early");
    ASSERT_TRUE(box.add(*t.conn));
    EXPECT_TRUE(run({&t}, [&] { return t.received == "early"; }));
}

TEST_P(mailbox_test, tells_of_octets_that_came_between_stream_and_receive) {
    tunnel t;
    ASSERT_TRUE(box.add(*t.conn));
    for (int i = 0; i < 100; ++i) {
        const auto expected = t.received.size() + 1;
        t.peer->send("x");
        ASSERT_TRUE(run({&t}, [&] { return t.received.size() == expected; })) << i;
    }
    EXPECT_TRUE(is_quiet({&t}));
}

TEST_P(mailbox_test, tells_again_where_one_read_does_not_take_all) {
    tunnel t;
    ASSERT_TRUE(box.add(*t.conn));
    t.peer->send(std::string(1'000'000, 'x'));
    EXPECT_TRUE(run({&t}, [&] { return t.received.size() == 1'000'000; }));
}

TEST_P(mailbox_test, tells_again_where_its_scratch_served_another_connection_meanwhile) {
    tunnel t;
    tunnel other;
    tunnel passive;
    ASSERT_TRUE(passive.conn->set_mode(http::mode::passive));
    ASSERT_TRUE(box.add(*t.conn));
    ASSERT_TRUE(box.add(*other.conn));
    const std::string octets(1'000'000, 'x');
    t.peer->send(octets);
    while (t.received.size() < octets.size()) {
        const auto message = box.receive(long_enough);
        ASSERT_TRUE(message) << t.received.size();
        if (t.conn->owns(*message)) t.stream(*message, box);
        other.stream({.id = other.conn->id()}, box);
        EXPECT_FALSE(passive.conn->recv(0, 0ms, box.scratch()));
    }
}

TEST_P(mailbox_test, tells_of_more_kept_octets_than_the_scratch_holds) {
    tunnel t;
    ASSERT_TRUE(t.conn->set_mode(http::mode::passive));
    const std::string octets(200'000, 'x');
    t.peer->send(octets);
    http::read_buffer large{1U << 20U};
    ASSERT_EQ(t.conn->recv(300'000, 300ms, large).error().reason, errc::timeout);
    ASSERT_TRUE(t.conn->set_mode(http::mode::active));
    ASSERT_TRUE(box.add(*t.conn));
    EXPECT_TRUE(run({&t}, [&] { return t.received.size() == octets.size(); }));
}

TEST_P(mailbox_test, tells_of_a_connection_that_was_passive_when_its_turn_came) {
    tunnel a;
    tunnel b;
    ASSERT_TRUE(box.add(*a.conn));
    ASSERT_TRUE(box.add(*b.conn));
    a.peer->send("a");
    b.peer->send("b");
    const auto first = box.receive(long_enough);
    ASSERT_TRUE(first);
    tunnel& late = a.conn->owns(*first) ? b : a;
    ASSERT_TRUE(late.conn->set_mode(http::mode::passive));
    for (auto* t : {&a, &b}) {
        if (t->conn->owns(*first)) t->stream(*first, box);
    }
    EXPECT_EQ(box.receive(0ms).error(), errc::timeout);
    http::read_buffer scratch;
    ASSERT_EQ(late.conn->recv(10, 50ms, scratch).error().reason, errc::timeout);
    ASSERT_TRUE(late.conn->set_mode(http::mode::active));
    ASSERT_TRUE(box.add(*late.conn));
    EXPECT_TRUE(run({&late}, [&] { return late.received.size() == 1; }));
}

TEST_P(mailbox_test, is_quiet_after_octets_that_fill_the_scratch_exactly) {
    tunnel t;
    ASSERT_TRUE(box.add(*t.conn));
    t.peer->send(std::string(box.scratch().size(), 'x'));
    EXPECT_TRUE(run({&t}, [&] { return t.received.size() == box.scratch().size(); }));
    EXPECT_TRUE(is_quiet({&t}));
}

TEST_P(mailbox_test, tells_of_an_end_that_came_with_the_last_octets) {
    tunnel t;
    ASSERT_TRUE(box.add(*t.conn));
    t.peer->send("last");
    t.peer->finish();
    EXPECT_TRUE(run({&t}, [&] { return t.has_ended; }));
    EXPECT_EQ(t.received, "last");
    EXPECT_TRUE(is_quiet({&t}));
}

TEST_P(mailbox_test, tells_of_a_reset) {
    tunnel t;
    ASSERT_TRUE(box.add(*t.conn));
    t.peer->reset();
    EXPECT_TRUE(run({&t}, [&] { return t.has_ended; }));
}

TEST_P(mailbox_test, times_out_where_nothing_happens) {
    tunnel t;
    ASSERT_TRUE(box.add(*t.conn));
    ASSERT_TRUE(is_quiet({&t}));
    const auto start = std::chrono::steady_clock::now();
    const auto message = box.receive(20ms);
    ASSERT_FALSE(message);
    EXPECT_EQ(message.error(), errc::timeout);
    EXPECT_GE(std::chrono::steady_clock::now() - start, 20ms);
}

TEST_P(mailbox_test, times_out_where_nothing_is_watched) {
    const auto message = box.receive(1ms);
    ASSERT_FALSE(message);
    EXPECT_EQ(message.error(), errc::timeout);
}

TEST_P(mailbox_test, does_not_let_a_busy_connection_keep_others_waiting) {
    tunnel busy;
    tunnel other;
    ASSERT_TRUE(box.add(*busy.conn));
    ASSERT_TRUE(box.add(*other.conn));
    busy.peer->send(std::string(1'000'000, 'x'));
    other.peer->send("y");
    ASSERT_TRUE(run({&busy, &other}, [&] { return other.received == "y"; }));
    EXPECT_LE(handed_out.size(), 4U);
    EXPECT_LT(busy.received.size(), 1'000'000U);
    EXPECT_TRUE(run({&busy, &other}, [&] { return busy.received.size() == 1'000'000; }));
}

TEST_P(mailbox_test, tells_when_queued_octets_may_go_out_and_not_before) {
    tunnel t{4096};
    ASSERT_TRUE(box.add(*t.conn));
    ASSERT_TRUE(is_quiet({&t}));
    const std::string block(8'000'000, 'x');
    ASSERT_TRUE(t.conn->stream_request_body(t.ref, as_bytes(block)));
    ASSERT_TRUE(t.conn->wants_write());
    ASSERT_TRUE(is_quiet({&t}));
    std::size_t taken_size = 0;
    while (t.conn->wants_write()) {
        taken_size += t.peer->receive(block.size() / 16).size();
        while (const auto message = box.receive(0ms)) t.stream(*message, box);
    }
    EXPECT_EQ(t.peer->receive(block.size() - taken_size).size(), block.size() - taken_size);
}

TEST_P(mailbox_test, follows_a_connection_that_moves) {
    tunnel t;
    ASSERT_TRUE(box.add(*t.conn));
    http::connection moved = std::move(*t.conn);
    t.conn.reset();
    tunnel other;
    t.conn.emplace(std::move(moved));
    t.peer->send("found");
    EXPECT_TRUE(run({&t}, [&] { return t.received == "found"; }));
}

TEST_P(mailbox_test, forgets_what_was_removed_closed_or_destroyed_even_with_messages_on_their_way) {
    tunnel kept;
    tunnel removed;
    tunnel closed;
    tunnel destroyed;
    for (auto* t : {&kept, &removed, &closed, &destroyed}) {
        ASSERT_TRUE(box.add(*t->conn));
        t->peer->send("x");
    }
    // Has the mailbox fetch all four, which lie ready together.
    const auto first = box.receive(long_enough);
    ASSERT_TRUE(first);
    for (auto* t : {&kept, &removed, &closed, &destroyed}) {
        if (t->conn->owns(*first)) t->stream(*first, box);
    }
    box.remove(*removed.conn);
    closed.conn->close();
    destroyed.conn.reset();
    ASSERT_TRUE(run({&kept}, [&] { return kept.received == "x"; }));
    for (const auto id : handed_out) EXPECT_EQ(id, kept.conn->id());
    EXPECT_TRUE(is_quiet({&kept}));
    // A descriptor that is reused belongs to the new connection alone.
    tunnel next;
    ASSERT_TRUE(box.add(*next.conn));
    next.peer->send("y");
    EXPECT_TRUE(run({&kept, &next}, [&] { return next.received == "y"; }));
}

TEST_P(mailbox_test, looks_afresh_at_what_is_added_again) {
    tunnel t;
    ASSERT_TRUE(box.add(*t.conn));
    ASSERT_TRUE(is_quiet({&t}));
    ASSERT_TRUE(t.conn->set_mode(http::mode::passive));
    t.peer->send("x");
    EXPECT_FALSE(box.receive(20ms));
    ASSERT_TRUE(t.conn->set_mode(http::mode::active));
    ASSERT_TRUE(box.add(*t.conn));
    EXPECT_TRUE(run({&t}, [&] { return t.received == "x"; }));
}

TEST_P(mailbox_test, tells_of_octets_that_a_timed_out_recv_left_in_the_connection) {
    tunnel t;
    http::read_buffer scratch;
    ASSERT_TRUE(t.conn->set_mode(http::mode::passive));
    t.peer->send("abc");
    const auto received = t.conn->recv(10, 20ms, scratch);
    ASSERT_FALSE(received);
    ASSERT_EQ(received.error().reason, errc::timeout);
    ASSERT_TRUE(t.conn->set_mode(http::mode::active));
    ASSERT_TRUE(box.add(*t.conn));
    EXPECT_TRUE(run({&t}, [&] { return t.received == "abc"; }));
}

TEST_P(mailbox_test, refuses_what_is_passive_or_closed) {
    tunnel t;
    ASSERT_TRUE(t.conn->set_mode(http::mode::passive));
    EXPECT_EQ(box.add(*t.conn).error(), errc::wrong_mode);
    t.conn->close();
    EXPECT_EQ(box.add(*t.conn).error(), errc::connection_closed);
    box.remove(*t.conn);
}

TEST_P(mailbox_test, moves_with_all_it_watches) {
    tunnel t;
    ASSERT_TRUE(box.add(*t.conn));
    mailbox moved = std::move(box);
    box = std::move(moved);
    t.peer->send("x");
    EXPECT_TRUE(run({&t}, [&] { return t.received == "x"; }));
}

TEST_P(mailbox_test, serves_many_connections) {
    std::vector<std::unique_ptr<tunnel>> all;
    std::vector<tunnel*> pointers;
    for (int i = 0; i < 300; ++i) {
        pointers.push_back(all.emplace_back(std::make_unique<tunnel>()).get());
        ASSERT_TRUE(box.add(*pointers.back()->conn));
    }
    for (int round = 1; round <= 3; ++round) {
        for (auto* t : pointers) t->peer->send("x");
        std::size_t count = 0;
        ASSERT_TRUE(run(pointers, [&] {
            count = 0;
            for (const auto* t : pointers) count += t->received.size();
            return count == 300U * static_cast<unsigned>(round);
        }));
        for (const auto* t : pointers) EXPECT_EQ(t->received.size(), static_cast<unsigned>(round));
    }
}

}  // namespace
}  // namespace mint
