#include "support/count_allocations.hpp"
#include "support/fail_at_each_call.hpp"
#include "support/tls_client.hpp"

#include <algorithm>
#include <cerrno>
#include <new>
#include <optional>
#include <sys/socket.h>

namespace mint::net {
namespace {

using mint::testing::allocation_counter;
using mint::testing::calls;
using mint::testing::count_calls;
using mint::testing::fail_at_each_call;
using mint::testing::failing_allocation;
using mint::testing::long_text;
using mint::testing::tls_server;
using mint::testing::transport_over_tls;

class transport_over_tls_pressure : public transport_over_tls {};

TEST_F(transport_over_tls_pressure, keeps_what_the_socket_does_not_take) {
    transport t = connect(4096, 4096);
    ASSERT_EQ(secure(t, trusting_), true);
    peer_.reads = false;
    const std::string text = long_text(3'000'000);
    byte_view rest = as_bytes(text);
    io_result sent;
    while ((sent = t.write_some(rest)).status == io_status::ok) rest = rest.subspan(sent.size);
    EXPECT_EQ(sent.status, io_status::would_block);
    EXPECT_TRUE(t.wants_write());
    EXPECT_EQ(t.flush().status, io_status::would_block);
    EXPECT_EQ(t.write_some(rest).status, io_status::would_block) << "nothing more is encrypted";
    ASSERT_FALSE(rest.empty());
    peer_.reads = true;
    send_all(t, as_text(rest));
    EXPECT_FALSE(t.wants_write());
    run(t, [&] { return peer_.top().received.size() >= text.size(); });
    EXPECT_TRUE(peer_.top().received == text);
}

TEST_F(transport_over_tls_pressure, holds_no_more_answers_than_it_may_for_a_peer_that_takes_none) {
    transport t = connect(4096, 4096);
    ASSERT_EQ(secure(t, trusting_, {.name = "localhost", .port = 443}, tls_server{{.max_version = TLS1_2_VERSION}}),
              true);
    peer_.reads = false;
    for (int i = 0; i < 20'000; ++i) peer_.top().ask_to_renegotiate();
    std::ptrdiff_t held_size = 0;
    const auto read_once = [&] {
        const allocation_counter counter;
        static_cast<void>(t.read_some(space_));
        held_size += counter.held_size();
        return t.read_waits_for_write();
    };
    run(t, read_once);
    for (int i = 0; i < 100; ++i) {
        peer_.pump();
        static_cast<void>(read_once());
    }
    EXPECT_TRUE(t.wants_write());
    EXPECT_LT(held_size, 300'000) << "of some 600'000 octets of answers";
    peer_.reads = true;
    run(t, [&] { return t.read_some(space_).status != io_status::would_block || !peer_.top().failure().empty(); });
}

TEST_F(transport_over_tls_pressure, takes_no_more_key_updates_in_a_row_than_it_may) {
    transport t = connect_secure({.max_version = TLS1_3_VERSION});
    peer_.top().send("before");
    for (int i = 0; i < 5000; ++i) peer_.top().request_key_update();
    peer_.top().send("after");
    io_result got;
    std::string received;
    run(t, [&] {
        got = t.read_some(space_);
        received += as_text(byte_view{space_}.first(got.size));
        return got.status == io_status::failed;
    });
    EXPECT_EQ(received, "before") << "what came before an error is delivered";
    EXPECT_EQ(t.failure(got, "recv"), errc::too_many_key_updates);
    const io_result sent = t.write_some(as_bytes("x"));
    EXPECT_EQ(t.failure(sent, "send"), errc::too_many_key_updates);
}

TEST_F(transport_over_tls_pressure, takes_any_number_of_key_updates_with_data_between_them) {
    transport t = connect_secure();
    for (int i = 0; i < 200; ++i) {
        for (int j = 0; j < 30; ++j) peer_.top().request_key_update();
        peer_.top().send("x");
    }
    EXPECT_EQ(receive(t, 200), std::string(200, 'x'));
    send_all(t, "with new keys");
    EXPECT_EQ(peer_.top().received, "with new keys");
}

/// A peer whose records without data fill the client's socket.
class transport_over_tls_without_data : public transport_over_tls {
  protected:
    void fill(const transport& t) {
        const int size = 1024 * 1024;
        ASSERT_EQ(::setsockopt(t.descriptor(), SOL_SOCKET, SO_RCVBUF, &size, sizeof size), 0);
        while (peer_.pump()) {}
        net::wait(t.descriptor(), {.read = true}, deadline{patience}).value();
    }

    /// Each call takes little of them, says that there is more, and at last there is the data.
    void expect_small_steps(transport& t, byte_span space) {
        io_result got;
        int call_count = 0;
        run(t, [&] {
            EXPECT_LE(count_calls(calls::recv, [&] { got = t.read_within(space, patience); }), 2U);
            ++call_count;
            if (got.status == io_status::would_block) {
                EXPECT_TRUE(t.may_have_more()) << "no edge would tell";
            }
            return got.status != io_status::would_block;
        });
        EXPECT_EQ(as_text(byte_view{space}.first(got.size)), "data");
        EXPECT_GE(call_count, 4);
    }
};

TEST_F(transport_over_tls_without_data, takes_hello_requests_in_small_steps) {
    for (const std::size_t space : {std::size_t{64 * 1024}, std::size_t{100}}) {
        transport t = connect_secure({.max_version = TLS1_2_VERSION});
        for (int i = 0; i < 8000; ++i) peer_.top().ask_to_renegotiate();
        peer_.top().send("data");
        fill(t);
        expect_small_steps(t, byte_span{space_}.first(space));
    }
}

TEST_F(transport_over_tls_without_data, takes_tickets_in_small_steps_through_two_layers) {
    transport t = connect();
    ASSERT_EQ(secure(t, trusting_), true);
    ASSERT_EQ(secure(t, trusting_), true);
    for (int i = 0; i < 1500; ++i) peer_.layer(0).send_ticket();
    peer_.top().send("data");
    fill(t);
    expect_small_steps(t, space_);
}

class transport_over_tls_faults : public transport_over_tls {
  protected:
    /// A conversation; false where it failed, which it says to `failed`.
    bool converse(std::optional<error>& failed) {
        auto socket = net::socket::start_connect(*parse_address("127.0.0.1", peer_.port())).value();
        net::wait(socket.descriptor(), {.write = true}, deadline{patience}).value();
        socket.finish_connect().value();
        peer_.accept();
        transport t{std::move(socket)};
        const auto hands = secure(t, trusting_, {.name = "localhost", .port = 443}, server_);
        if (!hands) {
            failed = hands.error();
            return false;
        }
        const std::string text = long_text(50'000);
        peer_.top().send(text);
        byte_view rest = as_bytes(text);
        std::string received;
        run(t, [&] {
            if (!rest.empty()) {
                const io_result sent = t.write_some(rest);
                if (sent.status == io_status::failed) failed = t.failure(sent, "send");
                rest = rest.subspan(sent.size);
            }
            if (t.flush().status == io_status::failed && !failed) failed = error{errc::system_error};
            const io_result got = t.read_some(space_);
            if (got.status == io_status::failed) failed = t.failure(got, "recv");
            received += as_text(byte_view{space_}.first(got.size));
            return failed || (rest.empty() && !t.wants_write() && received.size() >= text.size() &&
                              peer_.top().received.size() >= text.size());
        });
        if (failed) return false;
        EXPECT_TRUE(received == text);
        EXPECT_TRUE(peer_.top().received == text);
        return true;
    }

    tls_server server_;
};

TEST_F(transport_over_tls_faults, never_matter_where_they_are_interruptions) {
    for (const int system : {EINTR, EAGAIN, 0}) {
        const std::size_t count = fail_at_each_call({.which = calls::send | calls::recv, .error = system}, [&] {
            std::optional<error> failed;
            EXPECT_TRUE(converse(failed)) << system << ": " << (failed ? to_string(*failed) : "");
        });
        EXPECT_GT(count, 5U);
    }
}

TEST_F(transport_over_tls_faults, never_matter_where_one_octet_at_a_time_is_moved) {
    fail_at_each_call({.which = calls::send | calls::recv, .error = 0, .lasts = true}, [&, turn = 0]() mutable {
        // Each run moves single octets from its call on: the first ones take long, and say the most.
        std::optional<error> failed;
        if (turn++ % 8 == 0) {
            EXPECT_TRUE(converse(failed));
        }
    });
}

TEST_F(transport_over_tls_faults, are_reported_and_leave_nothing_behind) {
    std::size_t failure_count = 0;
    const std::size_t count = fail_at_each_call({.which = calls::send | calls::recv, .error = ENOBUFS}, [&] {
        std::optional<error> failed;
        if (converse(failed)) return;
        ++failure_count;
        ASSERT_TRUE(failed);
        EXPECT_EQ(failed->code, errc::system_error);
    });
    EXPECT_GE(failure_count, 5U);
    EXPECT_LE(failure_count, count);
}

TEST_F(transport_over_tls_faults, of_memory_are_errors) {
    bool was_without_failure = false;
    for (std::size_t index = 0; !was_without_failure && index < 1000; ++index) {
        transport t = connect();
        peer_.add_layer(server_);
        bool is_done = false;
        std::optional<error> failed;
        const auto step = [&] {
            const auto hands = t.handshake();
            if (!hands) failed = hands.error();
            if (!hands || !*hands) return failed.has_value();
            const io_result sent = t.write_some(as_bytes("x"));
            if (sent.status == io_status::failed) failed = t.failure(sent, "send");
            const io_result got = t.read_some(byte_span{space_}.first(1));
            if (got.status == io_status::failed) failed = t.failure(got, "recv");
            is_done = got.size > 0;
            return is_done || failed;
        };
        peer_.top().send("some data");
        try {
            bool is_over = false;
            const allocation_counter counter;
            std::size_t used = 0;
            while (!is_over) {
                const std::size_t before = counter.count();
                {
                    const failing_allocation failing{index - std::min(index, used)};
                    if (!t.is_tls()) static_cast<void>(t.start_tls(trusting_, {.name = "localhost", .port = 443}));
                    is_over = step();
                }
                used += counter.count() - before;
                if (!peer_.pump() && !is_over) net::wait(t.descriptor(), {.read = true}, deadline{patience}).value();
            }
            was_without_failure = used < index;
        } catch (const std::bad_alloc&) {}
        if (failed) {
            EXPECT_EQ(failed->code, errc::system_error) << to_string(*failed);
        }
    }
    EXPECT_TRUE(was_without_failure);
}

}  // namespace
}  // namespace mint::net
