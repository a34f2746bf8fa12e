#include "support/count_allocations.hpp"
#include "support/fail_at_each_call.hpp"
#include "support/tls_client.hpp"

#include <cerrno>
#include <sys/socket.h>

namespace mint::net {
namespace {

using mint::testing::allocation_counter;
using mint::testing::calls;
using mint::testing::certificates;
using mint::testing::count_calls;
using mint::testing::long_text;
using mint::testing::tls_server;
using mint::testing::transport_over_tls;
using namespace std::chrono_literals;

TEST_F(transport_over_tls, carries_octets_both_ways) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        transport t = connect_secure({.max_version = version, .alpn = "http/1.1"});
        EXPECT_TRUE(t.is_tls());
        send_all(t, "there");
        EXPECT_EQ(peer_.top().received, "there");
        peer_sends(t, "and back");
        EXPECT_EQ(receive(t, 8), "and back");
        ASSERT_TRUE(t.info());
        EXPECT_TRUE(t.info()->is_verified);
        EXPECT_FALSE(t.session().empty());
        transport moved = std::move(t);
        send_all(moved, "!");
        EXPECT_EQ(peer_.top().received, "there!");
    }
}

TEST_F(transport_over_tls, is_plain_without_it) {
    transport t = connect();
    EXPECT_FALSE(t.is_tls());
    EXPECT_FALSE(t.wants_write());
    EXPECT_FALSE(t.has_unread());
    EXPECT_FALSE(t.was_truncated());
    EXPECT_FALSE(t.info());
    EXPECT_TRUE(t.session().empty());
    EXPECT_EQ(t.flush().status, io_status::ok);
    EXPECT_EQ(t.handshake(), true);
    EXPECT_EQ(t.failure({.status = io_status::failed, .system = ECONNRESET}, "recv"), errc::connection_reset);
}

TEST_F(transport_over_tls, trusts_the_system_where_no_context_is_given) {
    transport t = connect();
    EXPECT_EQ(secure(t, {}).error(), errc::certificate_not_trusted);
}

TEST_F(transport_over_tls, refuses_a_name_that_no_certificate_can_have) {
    transport t = connect();
    EXPECT_EQ(t.start_tls(trusting_, {.name = "a b", .port = 1}).error(), errc::invalid_host);
    EXPECT_FALSE(t.is_tls());
}

TEST_F(transport_over_tls, sends_the_alert_of_a_handshake_that_failed) {
    transport t = connect();
    const auto failed = secure(t, trusting_, {.name = "localhost", .port = 443},
                               tls_server{{.identity = &certificates::shared().wrong_name}});
    EXPECT_EQ(failed.error(), errc::certificate_name_mismatch);
    run(t, [&] { return !peer_.top().failure().empty(); });
    EXPECT_NE(peer_.top().failure().find("alert bad certificate"), std::string::npos) << peer_.top().failure();
    EXPECT_EQ(t.handshake().error(), errc::certificate_name_mismatch) << "it stays";
    const io_result got = t.read_some(space_);
    EXPECT_EQ(got.status, io_status::failed);
    EXPECT_EQ(t.failure(got, "recv"), errc::certificate_name_mismatch);
    const io_result sent = t.write_some(as_bytes("x"));
    EXPECT_EQ(sent.status, io_status::failed);
    EXPECT_EQ(t.failure(sent, "send"), errc::certificate_name_mismatch);
    EXPECT_FALSE(t.info());
}

TEST_F(transport_over_tls, moves_no_data_before_the_handshake) {
    transport t = connect();
    ASSERT_TRUE(t.start_tls(trusting_, {.name = "localhost", .port = 443}));
    EXPECT_EQ(t.write_some(as_bytes("x")).status, io_status::would_block);
    EXPECT_EQ(t.read_some(space_).status, io_status::would_block);
    t.close();
    EXPECT_EQ(t.handshake().error(), errc::connection_closed);
}

TEST_F(transport_over_tls, tells_an_end_in_the_handshake) {
    transport t = connect();
    ASSERT_TRUE(t.start_tls(trusting_, {.name = "localhost", .port = 443}));
    EXPECT_EQ(t.handshake(), false);
    peer_.finish();
    net::wait(t.descriptor(), {.read = true}, deadline{patience}).value();
    EXPECT_EQ(t.handshake().error(), errc::tls_handshake_cut_short);

    transport other = connect();
    ASSERT_TRUE(other.start_tls(trusting_, {.name = "localhost", .port = 443}));
    EXPECT_EQ(other.handshake(), false);
    peer_.reset();
    net::wait(other.descriptor(), {.read = true}, deadline{patience}).value();
    const error reset = other.handshake().error();
    EXPECT_EQ(reset, errc::tls_handshake_cut_short);
    EXPECT_EQ(reset.system, ECONNRESET);
}

TEST_F(transport_over_tls, takes_octets_that_were_read_before) {
    transport t = connect();
    ASSERT_TRUE(t.start_tls(trusting_, {.name = "localhost", .port = 443}, as_bytes("HTTP/1.1 400 Bad Request\r\n")));
    EXPECT_EQ(t.handshake().error(), errc::tls_protocol_error);
}

TEST_F(transport_over_tls, brings_the_alert_of_a_server_that_wants_a_certificate) {
    transport older = connect();
    const auto refused = secure(older, trusting_, {.name = "localhost", .port = 443},
                                tls_server{{.max_version = TLS1_2_VERSION, .wants_client_certificate = true}});
    EXPECT_EQ(refused.error(), errc::tls_alert);

    // In TLS 1.3 the server looks when our handshake is finished.
    transport newest = connect();
    EXPECT_EQ(
        secure(newest, trusting_, {.name = "localhost", .port = 443}, tls_server{{.wants_client_certificate = true}}),
        true);
    io_result got;
    run(newest, [&] { return (got = newest.read_some(space_)).status != io_status::would_block; });
    EXPECT_EQ(got.status, io_status::failed);
    EXPECT_EQ(got.system, 0);
    const error reason = newest.failure(got, "recv");
    EXPECT_EQ(reason, errc::tls_alert);
    EXPECT_EQ(reason.detail, "certificate required");
}

TEST_F(transport_over_tls, resumes_a_session) {
    const tls_server with;
    transport first = connect();
    EXPECT_EQ(secure(first, trusting_, {.name = "localhost", .port = 443}, with), true);
    EXPECT_EQ(first.read_some(space_).status, io_status::would_block);
    const tls_session session = first.session();
    ASSERT_FALSE(session.empty());
    transport second = connect();
    EXPECT_EQ(secure(second, trusting_, {.name = "localhost", .port = 443, .session = session}, with), true);
    EXPECT_TRUE(second.info()->is_resumed);
}

TEST_F(transport_over_tls, reads_many_records_with_one_system_call) {
    transport t = connect_secure();
    std::string expected;
    for (int i = 0; i < 50; ++i) {
        peer_.top().send(std::string(700, static_cast<char>('a' + i % 26)));
        expected.append(700, static_cast<char>('a' + i % 26));
    }
    peer_.pump();
    net::wait(t.descriptor(), {.read = true}, deadline{patience}).value();
    io_result got;
    EXPECT_EQ(count_calls(calls::recv | calls::send | calls::setsockopt | calls::poll,
                          [&] { got = t.read_some(byte_span{space_}.first(56 * 1024)); }),
              1U);
    EXPECT_EQ(as_text(byte_view{space_}.first(got.size)), expected);
    EXPECT_FALSE(t.has_unread());
}

TEST_F(transport_over_tls, writes_a_message_with_one_system_call) {
    transport t = connect_secure();
    EXPECT_EQ(count_calls(calls::recv | calls::send | calls::poll,
                          [&] { EXPECT_EQ(t.write_some(as_bytes("a message")).size, 9U); }),
              1U);
    EXPECT_FALSE(t.wants_write());
}

TEST_F(transport_over_tls, takes_no_memory_in_the_steady_state) {
    transport t = connect_secure();
    const std::string text = long_text(20'000);
    for (int turn = 0; turn < 2; ++turn) {
        peer_sends(t, text);
        io_result sent;
        io_result got;
        const allocation_counter counter;
        sent = t.write_some(as_bytes(text));
        got = t.read_some(space_);
        EXPECT_EQ(counter.count(), 0U);
        EXPECT_EQ(sent.size, text.size());
        EXPECT_EQ(got.size, text.size());
        peer_.pump();
    }
}

TEST_F(transport_over_tls, gives_what_fits_and_tells_that_there_is_more) {
    transport t = connect_secure();
    peer_.top().send("first");
    peer_.top().send("second");
    peer_sends(t, "third");
    std::string received;
    for (std::size_t size = 1; received.size() < 16; size = size % 3 + 1) {
        EXPECT_EQ(t.has_unread(), !received.empty()) << received.size();
        const io_result got = t.read_some(byte_span{space_}.first(size));
        ASSERT_EQ(got.status, io_status::ok);
        ASSERT_LE(got.size, size);
        received += as_text(byte_view{space_}.first(got.size));
    }
    EXPECT_EQ(received, "firstsecondthird");
    EXPECT_FALSE(t.has_unread());
    EXPECT_EQ(t.read_some(space_).status, io_status::would_block);
}

TEST_F(transport_over_tls, changes_between_large_and_small_spaces) {
    transport t = connect_secure();
    const std::string text = long_text(300'000);
    peer_.top().send(text);
    std::string received;
    std::size_t turn = 0;
    run(t, [&] {
        constexpr std::size_t sizes[] = {1, 33 * 1024, 5, 64 * 1024, 16 * 1024, 32 * 1024, 31 * 1024, 100};
        const io_result got = t.read_some(byte_span{space_}.first(sizes[turn++ % std::size(sizes)]));
        received += as_text(byte_view{space_}.first(got.size));
        return received.size() == text.size();
    });
    EXPECT_TRUE(received == text);
}

TEST_F(transport_over_tls, waits_for_the_first_octet) {
    transport t = connect_secure();
    EXPECT_EQ(t.read_within(space_, 1ms).status, io_status::would_block);
    peer_sends(t, "0123456789");
    EXPECT_EQ(t.read_within(byte_span{space_}.first(4), 5s).size, 4U);
    EXPECT_EQ(count_calls(calls::recv | calls::poll | calls::setsockopt,
                          [&] { EXPECT_EQ(t.read_within(byte_span{space_}.first(4), 6s).size, 4U); }),
              0U)
        << "what is in here needs no waiting";
    peer_sends(t, "more");
    EXPECT_EQ(t.read_within(byte_span{space_}.first(2), 5s).size, 2U);
    EXPECT_EQ(t.read_within(space_, 5s).size, 4U);
}

TEST_F(transport_over_tls, gives_no_empty_result_for_records_without_data) {
    transport t = connect_secure();
    for (int turn = 0; turn < 3; ++turn) {
        peer_.top().send_ticket();
        peer_.top().request_key_update();
        peer_.pump();
        net::wait(t.descriptor(), {.read = true}, deadline{patience}).value();
        const io_result got = turn == 0 ? t.read_within(space_, patience) : t.read_some(space_);
        EXPECT_EQ(got.status, io_status::would_block);
        EXPECT_EQ(got.size, 0U);
    }
    send_all(t, "with new keys");
    EXPECT_EQ(peer_.top().received, "with new keys");
}

TEST_F(transport_over_tls, ends_a_read_though_records_without_data_go_on) {
    transport t = connect_secure();
    // So that all of it is there before it is read.
    const int size = 1024 * 1024;
    ASSERT_EQ(::setsockopt(t.descriptor(), SOL_SOCKET, SO_RCVBUF, &size, sizeof size), 0);
    for (int i = 0; i < 3000; ++i) peer_.top().send_ticket();
    peer_.top().send("data");
    while (peer_.pump()) {}
    net::wait(t.descriptor(), {.read = true}, deadline{patience}).value();
    const byte_span little = byte_span{space_}.first(100);
    io_result got;
    EXPECT_LE(count_calls(calls::recv, [&] { got = t.read_some(little); }), 20U);
    EXPECT_EQ(got.status, io_status::would_block);
    EXPECT_TRUE(t.may_have_more()) << "no edge would tell";
    run(t, [&] { return (got = t.read_some(little)).status != io_status::would_block; });
    EXPECT_EQ(got.size, 4U);
}

TEST_F(transport_over_tls, tells_an_end_with_close_notify_from_one_without) {
    transport t = connect_secure();
    peer_.top().send("last words");
    peer_.top().close_notify();
    peer_.pump();
    net::wait(t.descriptor(), {.read = true}, deadline{patience}).value();
    EXPECT_EQ(t.read_some(space_).size, 10U);
    EXPECT_TRUE(t.has_unread()) << "the end was read, and the socket won't tell";
    EXPECT_EQ(count_calls(calls::recv, [&] { EXPECT_EQ(t.read_some(space_).status, io_status::end); }), 0U);
    EXPECT_FALSE(t.has_unread());
    EXPECT_EQ(t.read_some(space_).status, io_status::end);
    EXPECT_FALSE(t.was_truncated());
    send_all(t, "an answer");
    EXPECT_EQ(peer_.top().received, "an answer");

    transport cut = connect_secure();
    peer_.top().send("first words");
    peer_.pump();
    peer_.finish();
    net::wait(cut.descriptor(), {.read = true}, deadline{patience}).value();
    EXPECT_EQ(cut.read_some(space_).size, 11U);
    io_result got;
    run(cut, [&] { return (got = cut.read_some(space_)).status != io_status::would_block; });
    EXPECT_EQ(got.status, io_status::end);
    EXPECT_TRUE(cut.was_truncated());
    EXPECT_EQ(cut.read_some(space_).status, io_status::end);
}

TEST_F(transport_over_tls, gives_the_data_before_an_error_and_then_the_error_again_and_again) {
    transport t = connect_secure();
    peer_.top().send("good");
    peer_.pump();
    peer_.send_raw(std::string{"\x17\x03\x03\0\x20", 5} + std::string(0x20, 'x'));  // no record of the peer's
    peer_.pump();
    net::wait(t.descriptor(), {.read = true}, deadline{patience}).value();
    EXPECT_EQ(receive(t, 4), "good");
    for (int turn = 0; turn < 2; ++turn) {
        io_result got;
        run(t, [&] { return (got = t.read_some(space_)).status != io_status::would_block; });
        EXPECT_EQ(got.status, io_status::failed);
        EXPECT_EQ(t.failure(got, "recv"), errc::tls_protocol_error);
        EXPECT_FALSE(t.has_unread());
    }
    const io_result sent = t.write_some(as_bytes("x"));
    EXPECT_EQ(sent.status, io_status::failed);
    EXPECT_EQ(t.failure(sent, "send"), errc::tls_protocol_error);
    run(t, [&] { return !peer_.top().failure().empty(); });
    EXPECT_NE(peer_.top().failure().find("alert bad record mac"), std::string::npos) << peer_.top().failure();
}

TEST_F(transport_over_tls, names_the_system_call_where_tls_did_not_fail) {
    transport t = connect_secure();
    peer_.reset();
    net::wait(t.descriptor(), {.read = true}, deadline{patience}).value();
    const io_result got = t.read_some(space_);
    ASSERT_EQ(got.status, io_status::failed);
    const error reason = t.failure(got, "recv");
    EXPECT_EQ(reason, errc::connection_reset);
    EXPECT_EQ(reason.system, ECONNRESET);
    EXPECT_EQ(reason.detail, "recv");
    io_result sent;
    do sent = t.write_some(as_bytes("x"));
    while (sent.status == io_status::ok);
    EXPECT_EQ(sent.system, EPIPE);
    EXPECT_EQ(t.write_some(as_bytes("x")).system, EPIPE) << "records are missing: it stays";
    EXPECT_EQ(t.flush().system, EPIPE);
}

TEST_F(transport_over_tls, ends_its_direction_and_still_reads) {
    transport t = connect_secure();
    t.shutdown_write();
    run(t, [&] { return peer_.top().is_closed(); });
    EXPECT_EQ(t.write_some(as_bytes("x")).system, EPIPE);
    peer_sends(t, "an answer");
    EXPECT_EQ(receive(t, 9), "an answer");
}

TEST_F(transport_over_tls, says_close_notify_when_it_closes) {
    transport t = connect_secure();
    t.close();
    EXPECT_FALSE(t.is_open());
    run(t, [&] { return peer_.is_at_end(); });
    EXPECT_TRUE(peer_.top().is_closed());
    EXPECT_EQ(peer_.top().failure(), "");
}

}  // namespace
}  // namespace mint::net
