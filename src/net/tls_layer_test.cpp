#include "net/tls_layer.hpp"

#include "support/tls_client.hpp"

namespace mint::net::detail {
namespace {

using mint::testing::certificates;
using mint::testing::long_text;
using mint::testing::tls_server;
using mint::testing::trusting_options;

class tls_layers : public mint::testing::transport_over_tls {
  protected:
    /// Over `count` layers: to a proxy, and through it to a server.
    transport connect_through(std::size_t count, int send_buffer_size = 0, int receive_buffer_size = 0) {
        transport t = connect(send_buffer_size, receive_buffer_size);
        for (std::size_t i = 0; i < count; ++i) {
            EXPECT_EQ(secure(t, trusting_, {.name = "localhost", .port = 443}), true);
        }
        return t;
    }

    /// `size` octets each way at once, in pieces.
    void exchange(transport& t, std::size_t size) {
        const std::string there = long_text(size, 65'521);
        const std::string back = long_text(size, 32'749);
        byte_view rest = as_bytes(there);
        std::size_t offered = 0;
        std::string received;
        received.reserve(size);
        run(t, [&] {
            if (!peer_.has_unsent() && offered < size) {
                const std::size_t next = std::min<std::size_t>(size - offered, 500'000);
                peer_.top().send(std::string_view{back}.substr(offered, next));
                offered += next;
            }
            while (!rest.empty()) {
                const io_result sent = t.write_some(rest);
                EXPECT_NE(sent.status, io_status::failed);
                if (sent.status != io_status::ok) break;
                rest = rest.subspan(sent.size);
            }
            if (rest.empty()) static_cast<void>(t.flush());
            io_result got;
            do {
                got = t.read_some(space_);
                EXPECT_NE(got.status, io_status::failed);
                received += as_text(byte_view{space_}.first(got.size));
            } while (got.status == io_status::ok);
            return received.size() >= size && peer_.top().received.size() >= size;
        });
        EXPECT_TRUE(received == back);
        EXPECT_TRUE(peer_.top().received == there);
        EXPECT_FALSE(t.wants_write());
        EXPECT_FALSE(t.has_unread());
    }
};

TEST_F(tls_layers, carry_much_both_ways_at_once) {
    transport t = connect_through(1);
    exchange(t, 16 * 1024 * 1024);
}

TEST_F(tls_layers, carry_much_both_ways_through_each_other) {
    transport t = connect_through(2);
    EXPECT_EQ(peer_.layer(0).server_name(), "localhost");
    EXPECT_EQ(peer_.layer(1).server_name(), "localhost");
    exchange(t, 1024 * 1024);
}

TEST_F(tls_layers, carry_much_where_buffers_are_small) {
    transport one = connect_through(1, 4096, 4096);
    exchange(one, 1024 * 1024);
    transport two = connect_through(2, 4096, 4096);
    exchange(two, 300'000);
    transport three = connect_through(3);
    exchange(three, 300'000);
}

TEST_F(tls_layers, read_into_small_spaces_through_each_other) {
    transport t = connect_through(2);
    const std::string text = long_text(40'000);
    peer_.top().send(text);
    std::string received;
    run(t, [&] {
        const io_result got = t.read_some(byte_span{space_}.first(received.size() % 700 + 1));
        received += as_text(byte_view{space_}.first(got.size));
        return received.size() >= text.size();
    });
    EXPECT_TRUE(received == text);
    EXPECT_FALSE(t.has_unread());
}

TEST_F(tls_layers, fail_with_the_error_of_the_layer_that_failed) {
    transport t = connect_through(1);
    const auto inner = secure(t, trusting_, {.name = "localhost", .port = 443},
                              tls_server{{.identity = &certificates::shared().expired}});
    EXPECT_EQ(inner.error(), errc::certificate_expired);
    EXPECT_EQ(peer_.layer(0).failure(), "") << "the layer below is well";

    transport other = connect_through(2);
    peer_.send_raw("no record at all");
    peer_.pump();
    io_result got;
    run(other, [&] { return (got = other.read_some(space_)).status != io_status::would_block; });
    EXPECT_EQ(got.status, io_status::failed);
    EXPECT_EQ(other.failure(got, "recv"), errc::tls_protocol_error);
    const io_result sent = other.write_some(as_bytes("x"));
    EXPECT_EQ(sent.status, io_status::failed);
    EXPECT_EQ(other.failure(sent, "send"), errc::tls_protocol_error);
}

TEST_F(tls_layers, fail_in_the_handshake_with_the_error_of_the_layer_below) {
    transport t = connect_through(1);
    ASSERT_TRUE(t.start_tls(trusting_, {.name = "localhost", .port = 443}));
    EXPECT_EQ(t.handshake(), false);
    peer_.send_raw("no record at all");
    peer_.pump();
    std::expected<bool, error> hands;
    run(t, [&] { return !(hands = t.handshake()); });
    EXPECT_EQ(hands.error(), errc::tls_protocol_error);
}

TEST_F(tls_layers, tell_the_upper_ones_end_and_the_lower_ones) {
    transport t = connect_through(2);
    peer_.top().close_notify();
    peer_.pump();
    io_result got;
    run(t, [&] { return (got = t.read_some(space_)).status != io_status::would_block; });
    EXPECT_EQ(got.status, io_status::end);
    EXPECT_FALSE(t.was_truncated());

    transport cut = connect_through(2);
    peer_.layer(0).close_notify();
    peer_.pump();
    run(cut, [&] { return (got = cut.read_some(space_)).status != io_status::would_block; });
    EXPECT_EQ(got.status, io_status::end);
    EXPECT_TRUE(cut.was_truncated()) << "the proxy's word isn't the server's";
}

TEST_F(tls_layers, say_close_notify_one_after_another) {
    transport t = connect_through(2);
    t.shutdown_write();
    run(t, [&] { return peer_.layer(1).is_closed(); });
    EXPECT_FALSE(peer_.layer(0).is_closed()) << "the way itself stays";
    t.close();
    run(t, [&] { return peer_.is_at_end(); });
    EXPECT_TRUE(peer_.layer(0).is_closed());
}

TEST_F(tls_layers, go_on_writing_once_a_ticket_in_two_records_is_complete) {
    tls_options options = trusting_options();
    options.certificate_pem = certificates::shared().client.certificate;
    options.key_pem = certificates::shared().client.key;
    transport t = connect();
    ASSERT_EQ(secure(t, tls_context::create(options).value(), {.name = "localhost", .port = 443},
                     tls_server{{.wants_client_certificate = true, .ticket_count = 0, .max_record_content = 512}}),
              true);
    peer_.top().send_ticket();
    const std::string ticket = peer_.top().take_output();
    const std::size_t first = 5U + (static_cast<std::size_t>(static_cast<unsigned char>(ticket[3])) << 8U) +
                              static_cast<unsigned char>(ticket[4]);
    ASSERT_LT(first, ticket.size());
    peer_.send_raw(std::string_view{ticket}.substr(0, first));
    peer_.pump();
    net::wait(t.descriptor(), {.read = true}, deadline{patience}).value();
    EXPECT_EQ(t.read_some(space_).status, io_status::would_block);
    EXPECT_FALSE(t.write_waits_for_read());
    EXPECT_EQ(t.write_some(as_bytes("x")).status, io_status::would_block);
    EXPECT_TRUE(t.write_waits_for_read()) << "to wait until the socket is writable would be to spin";
    EXPECT_FALSE(t.wants_write());
    peer_.send_raw(std::string_view{ticket}.substr(first));
    peer_.pump();
    net::wait(t.descriptor(), {.read = true}, deadline{patience}).value();
    EXPECT_EQ(t.read_some(space_).status, io_status::would_block);
    EXPECT_FALSE(t.write_waits_for_read());
    EXPECT_EQ(t.write_some(as_bytes("x")).size, 1U);
    run(t, [&] { return peer_.top().received == "x"; });
}

/// Of a handshake that never gets on: each HelloRequest is ignored (RFC 5246 §7.4.1.1).
TEST_F(tls_layers, take_no_more_of_a_handshake_than_its_limit_and_little_at_a_time) {
    transport t = connect();
    ASSERT_TRUE(t.start_tls(trusting_, {.name = "localhost", .port = 443}));
    EXPECT_EQ(t.handshake(), false);
    const std::string hello_request{"\x16\x03\x03\0\x04\0\0\0\0", 9};
    std::string flood;
    while (flood.size() < 1'100'000) flood += hello_request;
    peer_.send_raw(flood);
    std::expected<bool, error> hands = false;
    int call_count = 0;
    run(t, [&] {
        ++call_count;
        hands = t.handshake();
        return !hands;
    });
    EXPECT_EQ(hands.error(), errc::tls_protocol_error);
    EXPECT_GE(call_count, 16) << "a clock is looked at between calls";
}

TEST_F(tls_layers, take_a_handshake_below_its_limit) {
    transport t = connect();
    ASSERT_TRUE(t.start_tls(trusting_, {.name = "localhost", .port = 443}));
    EXPECT_EQ(t.handshake(), false);
    const std::string hello_request{"\x16\x03\x03\0\x04\0\0\0\0", 9};
    std::string flood;
    while (flood.size() < 900'000) flood += hello_request;
    peer_.send_raw(flood);
    run(t, [&] {
        EXPECT_EQ(t.handshake(), false);
        return !peer_.has_unsent() && !t.may_have_more();
    });
    EXPECT_EQ(t.handshake(), false);
}

}  // namespace
}  // namespace mint::net::detail
