#include "conversation.hpp"
#include "http_exchange.hpp"
#include "peers_and_modes.hpp"
#include "servers.hpp"
#include "support/certificates.hpp"

#include <cstddef>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mint::test {
namespace {

using mint::testing::certificates;
using mint::testing::credential;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

const certificates& certs() { return certificates::shared(); }

net::tls_options trusting() { return {.ca_file = certs().ca.certificate_file}; }

conversation_options secure(http::mode mode, net::tls_options tls = trusting()) {
    return {.is_secure = true, .mode = mode, .connect = {.tls = std::move(tls)}};
}

std::expected<http::connection, error> connect_to(const test_server& server, const net::tls_options& tls,
                                                  std::string_view host = "127.0.0.1",
                                                  http::connect_options options = {}) {
    options.tls = tls;
    return http::connect(scheme::https, host, server.port(), options);
}

test_server serve(const credential& certificate, const std::string& client_ca_file = {}) {
    return start_tls_server(certificate.certificate_file, certificate.key_file, client_ca_file);
}

error refusal_by(const test_server& server, const net::tls_options& tls, std::string_view host = "localhost") {
    const auto conn = connect_to(server, tls, host);
    return conn ? error{errc::not_a_websocket, "it was accepted"} : conn.error();
}

/// Conversations over TLS with each server in each mode.
class wss : public ::testing::TestWithParam<peer_and_mode> {
  protected:
    static conversation open() {
        return conversation::open(tls_server_of(std::get<0>(GetParam())).port(), secure(std::get<1>(GetParam())));
    }
};

INSTANTIATE_TEST_SUITE_P(
    servers, wss,
    ::testing::Combine(::testing::Values(peer::npm_ws, peer::python_websockets, peer::python_aiohttp), both_modes()),
    name_of_both);

TEST_P(wss, echoes_messages_of_all_sizes) {
    auto talk = open();
    EXPECT_TRUE(talk.connection().is_secure());
    EXPECT_TRUE(talk.connection().tls()->is_verified);
    for (const std::size_t size : {0U, 1U, 125U, 16'000U, 16'384U, 65'536U, 1U << 20U}) {
        const std::string payload(size, 'x');
        talk.send_text(payload);
        EXPECT_EQ(talk.expect_text(), payload) << size;
    }
    talk.send(ws::close{ws::close_code::normal, "bye"});
    EXPECT_EQ(talk.expect<ws::owned_close>().code, ws::close_code::normal);
    EXPECT_EQ(talk.expect_end(), errc::connection_closed);
}

TEST_P(wss, echoes_sixteen_mebibytes) {
    auto talk = open();
    std::string payload(16U << 20U, 'y');
    for (std::size_t i = 0; i < payload.size(); i += 997) payload[i] = static_cast<char>('a' + i % 26);
    talk.send(ws::binary{as_bytes(payload)});
    EXPECT_EQ(as_text(talk.expect<ws::owned_binary>().payload), payload);
}

TEST_P(wss, takes_many_messages_of_one_write) {
    auto talk = open();
    buffer out;
    for (int i = 0; i < 500; ++i) ASSERT_TRUE(talk.socket().encode(ws::text{std::to_string(i)}, out));
    ASSERT_TRUE(talk.connection().stream_request_body(talk.socket().ref(), out.view()));
    for (int i = 0; i < 500; ++i) EXPECT_EQ(talk.expect_text(), std::to_string(i));
}

TEST_P(wss, answers_pings_and_takes_fragments) {
    auto talk = open();
    talk.send(ws::ping{as_bytes("p")});
    EXPECT_EQ(as_text(talk.expect<ws::owned_pong>().payload), "p");
    talk.send_text("!send 200000");
    EXPECT_EQ(talk.expect<ws::owned_binary>().payload.size(), 200'000U);
}

TEST(wss_mailbox, serves_many_at_once) {
    mailbox box;
    struct peer_of_ours {
        http::connection conn;
        websocket ws;
    };
    std::vector<peer_of_ours> peers;
    const auto tls = net::tls_context::create(trusting()).value();
    constexpr std::size_t count = 20;
    for (std::size_t i = 0; i < count; ++i) {
        auto opened = open_websocket("wss://localhost:" + std::to_string(tls_server_of(peer::npm_ws).port()) + "/",
                                     {.connect = {.tls_context = tls}});
        ASSERT_TRUE(opened) << to_string(opened.error());
        peers.push_back({std::move(opened->connection), std::move(opened->socket)});
    }
    buffer out;
    const std::string payload(40'000, 'z');  // several records
    for (auto& p : peers) {
        ASSERT_TRUE(box.add(p.conn));
        ASSERT_TRUE(p.ws.send(p.conn, ws::text{payload}, out));
    }
    std::size_t answer_count = 0;
    std::vector<ws::frame> frames;
    while (answer_count < count) {
        const auto message = box.receive(10s);
        ASSERT_TRUE(message) << to_string(message.error());
        for (auto& p : peers) {
            if (!p.conn.owns(*message)) continue;
            const auto list = p.conn.stream(*message, box.scratch());
            ASSERT_TRUE(list) << to_string(list.error());
            for (const auto& r : *list) {
                const auto* data = std::get_if<responses::data>(&r);
                if (data == nullptr) continue;
                ASSERT_TRUE(p.ws.decode(data->bytes, frames));
                for (const auto& f : frames) answer_count += std::get<ws::text>(f).payload == payload ? 1U : 0U;
            }
        }
    }
}

TEST(https, answers_ordinary_requests) {
    auto http = http_exchange::on(connect_to(tls_server_of(peer::npm_ws), trusting()).value());
    EXPECT_EQ(http.get("/hello").body, "hello\n");
    EXPECT_EQ(http.get("/large").body.size(), 3U << 20U);
    EXPECT_EQ(http.get("/chunked").body, "onetwothree");
    EXPECT_EQ(http.get("/until-close").body, "to the end");
}

TEST(tls, accepts_names_and_addresses_of_the_certificate) {
    for (const char* host : {"localhost", "LOCALHOST", "127.0.0.1"}) {
        const auto conn = connect_to(tls_server_of(peer::npm_ws), trusting(), host);
        ASSERT_TRUE(conn) << host << ": " << to_string(conn.error());
        EXPECT_EQ(conn->tls()->alpn, "http/1.1");
        EXPECT_THAT(conn->tls()->certificate_name, HasSubstr("localhost"));
    }
}

TEST(tls, accepts_chains_and_other_kinds_of_certificates) {
    EXPECT_TRUE(connect_to(serve(certs().behind_intermediate), trusting()));
    EXPECT_TRUE(connect_to(serve(certs().only_ip), trusting()));
    EXPECT_TRUE(connect_to(serve(certs().wildcard), trusting(), "127.0.0.1", {.hostname = "a.mint.example"}));
    EXPECT_TRUE(connect_to(serve(certs().self_signed), {.ca_pem = certs().self_signed.certificate}, "localhost"));
}

TEST(tls, refuses_certificates_that_prove_nothing) {
    const auto refused = [](const credential& certificate, std::string_view host = "localhost") {
        return refusal_by(serve(certificate), trusting(), host);
    };
    EXPECT_EQ(refused(certs().expired), errc::certificate_expired);
    EXPECT_EQ(refused(certs().not_yet_valid), errc::certificate_expired);
    EXPECT_EQ(refused(certs().from_unknown_ca), errc::certificate_not_trusted);
    EXPECT_EQ(refused(certs().self_signed), errc::certificate_not_trusted);
    EXPECT_EQ(refused(certs().without_chain), errc::certificate_not_trusted);
    EXPECT_EQ(refused(certs().not_for_servers), errc::certificate_invalid);
    EXPECT_EQ(refused(certs().only_ip), errc::certificate_name_mismatch);
    EXPECT_EQ(refused(certs().only_common_name), errc::certificate_name_mismatch);
    EXPECT_EQ(refused(certs().wildcard), errc::certificate_name_mismatch);
    const error wrong = refused(certs().wrong_name);
    EXPECT_EQ(wrong, errc::certificate_name_mismatch);
    EXPECT_THAT(wrong.detail, HasSubstr("localhost"));
    EXPECT_THAT(wrong.detail, HasSubstr("other.example"));
    EXPECT_EQ(refusal_by(tls_server_of(peer::npm_ws), {}), errc::certificate_not_trusted) << "the system's CAs alone";
}

TEST(tls, is_insecure_only_where_told_so) {
    const test_server server = serve(certs().from_unknown_ca);
    const auto conn = connect_to(server, {.insecure = true}, "localhost");
    ASSERT_TRUE(conn) << to_string(conn.error());
    EXPECT_TRUE(conn->is_secure());
    EXPECT_FALSE(conn->tls()->is_verified);
}

TEST(tls, checks_pinned_keys_beside_the_chain) {
    net::tls_options tls = trusting();
    tls.pinned_keys = {certs().good_pin};
    EXPECT_TRUE(connect_to(tls_server_of(peer::npm_ws), tls));
    const test_server other = serve(certs().behind_intermediate);
    EXPECT_EQ(refusal_by(other, tls), errc::pinned_key_mismatch);
    tls.insecure = true;
    EXPECT_EQ(refusal_by(other, tls), errc::pinned_key_mismatch) << "also where nothing else is checked";
}

TEST(tls, shows_its_own_certificate_where_one_is_wanted) {
    const test_server server = serve(certs().good, certs().client_ca.certificate_file);
    net::tls_options tls = trusting();
    tls.certificate_file = certs().client.certificate_file;
    tls.key_file = certs().client.key_file;
    auto http = http_exchange::on(connect_to(server, tls).value());
    EXPECT_EQ(http.get("/hello").body, "hello\n");

    tls.key_file.clear();
    tls.key_pem = certs().encrypted_client_key;
    tls.passphrase = certificates::passphrase;
    EXPECT_TRUE(connect_to(server, tls));
    tls.passphrase = "wrong";
    EXPECT_EQ(refusal_by(server, tls), errc::invalid_certificate_file);

    // TLS 1.3's server says so behind the handshake: with the first octets read.
    auto without = connect_to(server, trusting(), "127.0.0.1", {.mode = http::mode::passive}).value();
    static_cast<void>(without.request("GET", "/hello"));
    http::read_buffer scratch;
    std::optional<error> failure;
    while (!failure) {
        if (const auto list = without.recv(0, 10s, scratch); !list) failure = list.error().reason;
    }
    EXPECT_EQ(*failure, errc::tls_alert) << to_string(*failure);
    EXPECT_THAT(failure->detail, HasSubstr("certificate required"));
    net::tls_options old = trusting();
    old.max_version = net::tls_version::tls1_2;
    EXPECT_EQ(refusal_by(server, old), errc::tls_alert);
}

TEST(tls, resumes_sessions_of_both_versions_and_of_the_same_server_only) {
    for (const auto version : {net::tls_version::tls1_2, net::tls_version::tls1_3}) {
        net::tls_options tls = trusting();
        tls.min_version = version;
        tls.max_version = version;
        const test_server& server = tls_server_of(peer::npm_ws);
        auto first = http_exchange::on(connect_to(server, tls).value());
        EXPECT_FALSE(first.connection().tls()->is_resumed);
        EXPECT_EQ(first.get("/hello").body, "hello\n");
        const auto session = net::tls_session::from_text(first.connection().session().to_text()).value();
        ASSERT_FALSE(session.empty());

        auto again = http_exchange::on(connect_to(server, tls, "127.0.0.1", {.session = session}).value());
        EXPECT_TRUE(again.connection().tls()->is_resumed);
        EXPECT_EQ(again.connection().tls()->version, version);
        EXPECT_EQ(again.get("/hello").body, "hello\n");

        const auto by_name = connect_to(server, tls, "localhost", {.session = session});
        ASSERT_TRUE(by_name);
        EXPECT_FALSE(by_name->tls()->is_resumed) << "another name";
        const auto at_another = connect_to(tls_server_of(peer::python_aiohttp), tls, "127.0.0.1", {.session = session});
        ASSERT_TRUE(at_another);
        EXPECT_FALSE(at_another->tls()->is_resumed) << "another port";
    }
}

TEST(tls, verifies_the_name_that_it_was_told) {
    const test_server server = serve(certs().wrong_name);
    EXPECT_TRUE(connect_to(server, trusting(), "localhost", {.hostname = "other.example"}));
    EXPECT_EQ(refusal_by(server, trusting()), errc::certificate_name_mismatch);
}

TEST(tls, logs_keys_where_it_is_told_to) {
    const std::string file = certs().directory + "/keys";
    net::tls_options tls = trusting();
    tls.key_log_file = file;
    ASSERT_TRUE(connect_to(tls_server_of(peer::npm_ws), tls));
    std::stringstream text;
    text << std::ifstream{file}.rdbuf();
    EXPECT_THAT(text.str(), HasSubstr("CLIENT_HANDSHAKE_TRAFFIC_SECRET "));
}

TEST(tls, and_cleartext_do_not_mix) {
    EXPECT_EQ(refusal_by(server_of(peer::npm_ws), trusting()), errc::tls_protocol_error);
    auto cleartext = http_exchange::open(tls_server_of(peer::npm_ws).port());
    EXPECT_FALSE(cleartext.get("/hello").is_done);
    auto conn = connect_to(tls_server_of(peer::npm_ws), trusting());
    ASSERT_TRUE(conn);
    EXPECT_EQ(websocket::upgrade(ws_scheme::ws, *conn, "/").error(), errc::scheme_mismatch);
}

}  // namespace
}  // namespace mint::test
