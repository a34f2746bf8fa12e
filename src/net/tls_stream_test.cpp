#include "net/tls_stream.hpp"

#include "support/every_split.hpp"
#include "support/tls_talk.hpp"

#include <cerrno>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/err.h>

namespace mint::net::detail {
namespace {

using mint::testing::for_each_split;
using mint::testing::tls_server;
using mint::testing::tls_talk;
using mint::testing::trusting_options;

class tls_versions : public ::testing::TestWithParam<int> {
  protected:
    [[nodiscard]] tls_server server() const { return tls_server{{.max_version = GetParam()}}; }
};

INSTANTIATE_TEST_SUITE_P(both, tls_versions, ::testing::Values(TLS1_2_VERSION, TLS1_3_VERSION));

TEST_P(tls_versions, carry_octets_both_ways) {
    tls_talk talk{trusting_options(), server()};
    ASSERT_TRUE(talk.shake_hands());
    talk.client_sends("to the server");
    talk.server.send("to the client");
    talk.step();
    talk.step();
    EXPECT_EQ(talk.server.received, "to the server");
    EXPECT_EQ(talk.received, "to the client");
    const auto info = talk.client.info();
    ASSERT_TRUE(info);
    EXPECT_EQ(info->version, GetParam() == TLS1_2_VERSION ? tls_version::tls1_2 : tls_version::tls1_3);
    EXPECT_FALSE(info->cipher.empty());
    EXPECT_FALSE(info->is_resumed);
    EXPECT_TRUE(info->is_verified);
}

TEST_P(tls_versions, shake_hands_one_octet_at_a_time) {
    tls_talk talk{trusting_options(), server()};
    std::string to_server;
    std::string to_client;
    while (true) {
        buffer out;
        byte_view next = as_bytes(std::string_view{to_client}.substr(0, 1));
        if (!talk.client.is_established()) {
            ASSERT_EQ(talk.client.handshake(next, out), next.size());
        } else {
            std::byte space[16];
            EXPECT_EQ(talk.client.decrypt(next, space, out).made, 0U);
        }
        ASSERT_FALSE(talk.client.failure());
        to_client.erase(0, next.size());
        to_server += out.text();
        if (to_server.empty() && to_client.empty()) break;
        while (!to_server.empty()) {
            talk.server.receive(to_server.substr(0, 1));
            to_server.erase(0, 1);
        }
        to_client += talk.server.take_output();
    }
    EXPECT_TRUE(talk.client.is_established());
    EXPECT_TRUE(talk.server.is_established());
}

TEST_P(tls_versions, shake_hands_however_the_servers_octets_are_split) {
    // The server's octets differ each time; what is split is the first flight of each.
    const tls_server with = server();
    const auto context = tls_context::create(trusting_options()).value();
    for (std::size_t at = 0; at < 1200; at += at < 64 ? 1 : 41) {
        tls_talk talk{context, with, {.name = "localhost", .port = 443}};
        talk.step();
        const std::string flight = std::exchange(talk.from_server, {});
        const std::size_t first = std::min(at, flight.size());
        talk.from_server = flight.substr(0, first);
        talk.client_takes();
        talk.from_server += flight.substr(first);
        ASSERT_TRUE(talk.shake_hands()) << at;
        talk.server.send("done");
        talk.step();
        talk.client_takes();
        ASSERT_EQ(talk.received, "done");
    }
}

TEST_P(tls_versions, decrypt_however_the_octets_are_split) {
    const tls_server with = server();
    const auto context = tls_context::create(trusting_options()).value();
    std::string expected;
    std::vector<std::size_t> sizes{0, 1, 2, 100, 700};
    for (const std::size_t size : sizes) expected.append(size, static_cast<char>('a' + size % 26));
    const auto run = [&](auto&& split) {
        tls_talk talk{context, with, {.name = "localhost", .port = 443}};
        ASSERT_TRUE(talk.shake_hands());
        for (const std::size_t size : sizes) talk.server.send(std::string(size, static_cast<char>('a' + size % 26)));
        talk.server.close_notify();
        split(talk, talk.server.take_output());
        EXPECT_EQ(talk.received, expected);
        EXPECT_TRUE(talk.client.is_at_end());
        EXPECT_FALSE(talk.client.was_truncated());
        EXPECT_FALSE(talk.client.failure());
    };
    std::size_t ciphertext_size = 0;
    run([&](tls_talk& talk, const std::string& octets) {
        ciphertext_size = octets.size();
        for (const char c : octets) {
            talk.from_server += c;
            talk.client_takes();
        }
    });
    for_each_split(std::string(ciphertext_size, ' '), [&](const std::vector<byte_view>& chunks) {
        run([&](tls_talk& talk, const std::string& octets) {
            std::size_t begin = 0;
            for (const byte_view chunk : chunks) {
                talk.from_server += octets.substr(begin, chunk.size());
                begin += chunk.size();
                talk.client_takes();
            }
        });
    });
}

TEST_P(tls_versions, decrypt_into_any_space) {
    tls_talk talk{trusting_options(), server()};
    ASSERT_TRUE(talk.shake_hands());
    const std::string text = "a text of some octets";
    talk.server.send(text);
    talk.server.send(text);
    const std::string octets = talk.server.take_output();
    byte_view input = as_bytes(octets);
    std::string received;
    buffer out;
    for (std::size_t size = 1; received.size() < 2 * text.size(); size = size % 5 + 1) {
        std::byte space[5];
        const auto done = talk.client.decrypt(input, byte_span{space}.first(size), out);
        ASSERT_GT(done.made, 0U);
        ASSERT_LE(done.made, size);
        received += as_text(byte_view{space}.first(done.made));
        input = input.subspan(done.taken);
    }
    EXPECT_EQ(received, text + text);
    EXPECT_TRUE(input.empty());
    EXPECT_FALSE(talk.client.has_pending());
}

TEST_P(tls_versions, decrypt_over_their_own_input) {
    tls_talk talk{trusting_options(), server()};
    ASSERT_TRUE(talk.shake_hands());
    std::string expected;
    for (std::size_t i = 0; i < 400'000; ++i) expected += static_cast<char>('a' + i % 23);
    talk.server.send(expected);
    const std::string octets = talk.server.take_output();
    byte_view rest = as_bytes(octets);
    std::string received;
    std::vector<std::byte> space(40 * 1024);
    buffer out;
    for (std::size_t turn = 0; !rest.empty(); ++turn) {
        // Each input ends inside of another part of a record; the largest is as large as there is room for.
        const std::size_t most = space.size() - tls_stream::in_place_gap;
        const std::size_t size = std::min(rest.size(), turn % 2 == 0 ? most : most - turn * 977 % most);
        const byte_span input = byte_span{space}.subspan(tls_stream::in_place_gap, size);
        std::copy_n(rest.begin(), size, input.begin());
        rest = rest.subspan(size);
        const auto done = talk.client.decrypt(input, space, out);
        ASSERT_EQ(done.taken, size);
        ASSERT_FALSE(talk.client.has_pending());
        received += as_text(byte_view{space}.first(done.made));
    }
    EXPECT_TRUE(received == expected);
}

TEST_P(tls_versions, encrypt_one_record_at_a_time) {
    tls_talk talk{trusting_options(), server()};
    ASSERT_TRUE(talk.shake_hands());
    const std::string text(40'000, 'x');
    buffer out;
    std::vector<std::byte> room(tls_stream::max_record_size);
    const auto done = talk.client.encrypt(as_bytes(text), room, out);
    EXPECT_EQ(done.taken, tls_stream::max_record_content);
    EXPECT_GT(done.made, done.taken);
    EXPECT_TRUE(out.empty());
    talk.server.receive(as_text(byte_view{room}.first(done.made)));
    EXPECT_EQ(talk.server.received.size(), tls_stream::max_record_content);
}

TEST_P(tls_versions, tell_close_notify_from_a_bare_end) {
    tls_talk talk{trusting_options(), server()};
    ASSERT_TRUE(talk.shake_hands());
    talk.server.send("last words");
    talk.server.close_notify();
    talk.from_server += talk.server.take_output();
    talk.client_takes();
    EXPECT_EQ(talk.received, "last words");
    EXPECT_TRUE(talk.client.is_at_end());
    talk.client.receive_eof();
    EXPECT_FALSE(talk.client.was_truncated());
    talk.client_sends("an answer to that");
    talk.step();
    EXPECT_EQ(talk.server.received, "an answer to that") << "our direction stays";

    tls_talk cut{trusting_options(), server()};
    ASSERT_TRUE(cut.shake_hands());
    cut.client.receive_eof();
    EXPECT_TRUE(cut.client.is_at_end());
    EXPECT_TRUE(cut.client.was_truncated());
}

TEST_P(tls_versions, end_our_direction_once_and_leave_the_peers) {
    tls_talk talk{trusting_options(), server()};
    ASSERT_TRUE(talk.shake_hands());
    buffer out;
    talk.client.close_notify(out);
    talk.to_server += out.text();
    talk.client.close_notify(out);
    EXPECT_EQ(out.text(), talk.to_server) << "once";
    talk.step();
    EXPECT_TRUE(talk.server.is_closed());
    talk.server.send("still open this way");
    talk.step();
    talk.client_takes();
    EXPECT_EQ(talk.received, "still open this way");
    talk.client_sends("too late");
    EXPECT_EQ(talk.to_server, "");
}

TEST_P(tls_versions, fail_at_octets_that_were_changed_and_keep_those_before) {
    tls_talk talk{trusting_options(), server()};
    ASSERT_TRUE(talk.shake_hands());
    talk.server.send("good");
    std::string octets = talk.server.take_output();
    talk.server.send("changed");
    std::string changed = talk.server.take_output();
    changed.back() = static_cast<char>(changed.back() ^ 1);
    octets += changed;
    talk.server.send("never seen");
    octets += talk.server.take_output();

    buffer out;
    std::byte space[100];
    const auto done = talk.client.decrypt(as_bytes(octets), space, out);
    EXPECT_EQ(as_text(byte_view{space}.first(done.made)), "good");
    ASSERT_EQ(talk.failure(), errc::tls_protocol_error);
    EXPECT_EQ(talk.client.failure()->detail, "decryption failed or bad record mac");
    talk.server.receive(out.text());
    EXPECT_NE(talk.server.failure().find("bad record mac"), std::string::npos) << talk.server.failure();

    EXPECT_EQ(talk.client.decrypt(as_bytes(octets), space, out).made, 0U);
    EXPECT_EQ(talk.client.encrypt(as_bytes("x"), space, out).taken, 0U);
    EXPECT_EQ(talk.failure(), errc::tls_protocol_error) << "it stays";
}

TEST_P(tls_versions, fail_where_the_server_speaks_no_tls) {
    for (const std::string_view text :
         std::initializer_list<std::string_view>{"HTTP/1.1 400 Bad Request\r\n\r\n", "220 mail.example ESMTP\r\n",
                                                 std::string_view{"\x15\x03\x01\x00\x00", 5}}) {
        tls_talk talk{trusting_options(), server()};
        talk.from_server = text;
        EXPECT_FALSE(talk.shake_hands());
        EXPECT_EQ(talk.failure(), errc::tls_protocol_error) << text;
    }
}

TEST_P(tls_versions, negotiate_a_protocol_that_was_offered) {
    const tls_server with{{.max_version = GetParam(), .alpn = "http/1.1"}};
    tls_talk talk{trusting_options(), with, {.name = "localhost", .port = 1, .alpn = {"h2", "http/1.1"}}};
    ASSERT_TRUE(talk.shake_hands());
    EXPECT_EQ(talk.client.info()->alpn, "http/1.1");

    tls_talk other{trusting_options(), with, {.name = "localhost", .port = 1, .alpn = {"h2", "http/1.11"}}};
    EXPECT_FALSE(other.shake_hands());
    EXPECT_EQ(other.failure(), errc::alpn_mismatch) << to_string(*other.client.failure());

    tls_talk silent{trusting_options(), server(), {.name = "localhost", .port = 1, .alpn = {"h2"}}};
    ASSERT_TRUE(silent.shake_hands());
    EXPECT_EQ(silent.client.info()->alpn, "") << "the server need not choose";
}

TEST_P(tls_versions, ignore_errors_that_others_left_in_the_thread) {
    tls_talk talk{trusting_options(), server()};
    ERR_raise(ERR_LIB_SSL, SSL_R_BAD_LENGTH);
    ASSERT_TRUE(talk.shake_hands());
    ERR_raise(ERR_LIB_SSL, SSL_R_BAD_LENGTH);
    talk.client_takes();
    EXPECT_FALSE(talk.client.failure());
    EXPECT_EQ(::ERR_peek_error(), 0U);
}

TEST(tls_stream, does_nothing_out_of_order) {
    tls_talk talk;
    buffer out;
    std::vector<std::byte> room(tls_stream::max_record_size);
    EXPECT_EQ(talk.client.decrypt(as_bytes("x"), room, out).taken, 0U);
    EXPECT_EQ(talk.client.encrypt(as_bytes("x"), room, out).taken, 0U);
    talk.client.close_notify(out);
    EXPECT_TRUE(out.empty());
    EXPECT_FALSE(talk.client.info());
    EXPECT_TRUE(talk.client.session().empty());
    EXPECT_TRUE(talk.shake_hands());
}

TEST(tls_stream, answers_a_key_update_before_it_sends_more) {
    tls_talk talk;
    ASSERT_TRUE(talk.shake_hands());
    talk.client_sends("with the old keys, ");
    talk.server.request_key_update();
    talk.from_server += talk.server.take_output();
    EXPECT_NE(talk.from_server, "");
    talk.client_takes();
    EXPECT_EQ(talk.received, "") << "it brings no data";
    talk.client_sends("with the new ones");
    talk.step();
    EXPECT_EQ(talk.server.received, "with the old keys, with the new ones");
    talk.server.send("and back");
    talk.step();
    talk.client_takes();
    EXPECT_EQ(talk.received, "and back");
    EXPECT_EQ(talk.server.failure(), "");
}

TEST(tls_stream, encrypts_again_once_a_message_in_several_records_is_complete) {
    // A ticket of some hundred octets, in records of which each has less than that.
    tls_options options = trusting_options();
    options.certificate_pem = mint::testing::certificates::shared().client.certificate;
    options.key_pem = mint::testing::certificates::shared().client.key;
    tls_talk talk{options,
                  tls_server{{.wants_client_certificate = true, .ticket_count = 0, .max_record_content = 512}}};
    ASSERT_TRUE(talk.shake_hands());
    talk.server.send_ticket();
    const std::string ticket = talk.server.take_output();
    const std::size_t first_size = 5U + (static_cast<std::size_t>(static_cast<unsigned char>(ticket[3])) << 8U) +
                                   static_cast<unsigned char>(ticket[4]);
    ASSERT_LT(first_size, ticket.size());
    talk.from_server = ticket.substr(0, first_size);
    talk.client_takes();
    buffer out;
    std::vector<std::byte> room(tls_stream::max_record_size);
    EXPECT_EQ(talk.client.encrypt(as_bytes("x"), room, out).taken, 0U);
    EXPECT_FALSE(talk.client.failure());
    EXPECT_EQ(talk.client.handshake(as_bytes(ticket).subspan(first_size), out), ticket.size() - first_size);
    EXPECT_EQ(talk.client.encrypt(as_bytes("x"), room, out).taken, 1U);
}

TEST(tls_stream, refuses_protocols_that_alpn_can_not_carry) {
    const auto context = tls_context::create({}).value();
    const auto code = [&](std::vector<std::string> alpn) {
        const auto created = tls_stream::create(context, {.name = "localhost", .port = 1, .alpn = std::move(alpn)});
        return created ? std::nullopt : std::optional{created.error().code};
    };
    EXPECT_EQ(code({""}), errc::invalid_argument);
    EXPECT_EQ(code({std::string(256, 'x')}), errc::invalid_argument);
    EXPECT_EQ(code(std::vector<std::string>(300, std::string(255, 'x'))), errc::invalid_argument);
    EXPECT_EQ(code({std::string(255, 'x')}), std::nullopt);
    EXPECT_EQ(tls_stream::create(context, {.name = "a b"}).error(), errc::invalid_host);
}

TEST(tls_stream, fails_where_the_server_ends_it_in_the_handshake) {
    tls_talk talk;
    talk.from_server = std::string{"\x15\x03\x03\x00\x02\x01\x00", 7};  // close_notify
    EXPECT_FALSE(talk.shake_hands());
    EXPECT_EQ(talk.failure(), errc::tls_handshake_cut_short);
}

TEST(tls_stream, keeps_a_failure_from_outside) {
    tls_talk talk;
    ASSERT_TRUE(talk.shake_hands());
    talk.client.fail(errc::system_error, ENOMEM);
    EXPECT_EQ(talk.failure(), errc::system_error);
    EXPECT_EQ(talk.client.failure()->system, ENOMEM);
    talk.client.fail(errc::tls_protocol_error, 0);
    EXPECT_EQ(talk.failure(), errc::system_error) << "the first one";
}

}  // namespace
}  // namespace mint::net::detail
