#include "net/tls_session.hpp"

#include "base/base64.hpp"
#include "support/tls_talk.hpp"

#include <gtest/gtest.h>

namespace mint::net::detail {
namespace {

using mint::testing::certificates;
using mint::testing::tls_server;
using mint::testing::tls_talk;
using mint::testing::trusting_options;

class tls_sessions : public ::testing::TestWithParam<int> {
  protected:
    [[nodiscard]] tls_server server() const { return tls_server{{.max_version = GetParam()}}; }

    /// A session that `with` gave.
    static tls_session learn(const tls_server& with, const tls_options& options = trusting_options(),
                             const tls_peer& peer = {.name = "localhost", .port = 443}) {
        tls_talk talk{options, with, peer};
        EXPECT_TRUE(talk.shake_hands());
        return talk.client.session();
    }

    static bool is_resumed(const tls_session& session, const tls_server& with,
                           const tls_options& options = trusting_options(), const char* name = "localhost",
                           std::uint16_t port = 443) {
        tls_talk talk{options, with, {.name = name, .port = port, .session = session}};
        EXPECT_TRUE(talk.shake_hands());
        EXPECT_EQ(talk.client.info()->is_resumed, talk.server.is_resumed());
        return talk.server.is_resumed();
    }
};

TEST_P(tls_sessions, make_the_next_handshake_shorter) {
    const tls_server with = server();
    const tls_session session = learn(with);
    ASSERT_FALSE(session.empty());
    EXPECT_TRUE(is_resumed(session, with));
    EXPECT_TRUE(is_resumed(session, with)) << "any number of connections";
    EXPECT_TRUE(is_resumed(session, with, trusting_options(), "LOCALHOST."));
}

TEST_P(tls_sessions, go_on_as_text) {
    const tls_server with = server();
    const tls_session session = learn(with);
    const auto again = tls_session::from_text(session.to_text());
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, session);
    EXPECT_TRUE(is_resumed(*again, with));
    EXPECT_EQ(session.to_text().find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="),
              std::string::npos);
    EXPECT_LT(session.to_text().size(), 4096U);
}

TEST_P(tls_sessions, give_another_one_with_each_connection) {
    const tls_server with = server();
    const tls_session first = learn(with);
    tls_talk talk{trusting_options(), with, {.name = "localhost", .port = 443, .session = first}};
    ASSERT_TRUE(talk.shake_hands());
    EXPECT_FALSE(talk.client.session().empty());
    EXPECT_TRUE(is_resumed(talk.client.session(), with));
    EXPECT_TRUE(talk.client.info()->is_verified);
    EXPECT_EQ(talk.client.info()->certificate_name, "");
}

TEST_P(tls_sessions, count_for_their_own_host_and_port_only) {
    const tls_server with = server();
    const tls_session session = learn(with);
    EXPECT_FALSE(is_resumed(session, with, trusting_options(), "127.0.0.1"));
    EXPECT_FALSE(is_resumed(session, with, trusting_options(), "localhost", 444));
}

TEST_P(tls_sessions, count_only_where_as_much_was_verified) {
    const tls_server with = server();
    tls_options insecure = trusting_options();
    insecure.insecure = true;
    const tls_session unverified = learn(with, insecure);
    EXPECT_FALSE(is_resumed(unverified, with));
    EXPECT_TRUE(is_resumed(unverified, with, insecure));
    EXPECT_TRUE(is_resumed(learn(with), with, insecure));
}

TEST_P(tls_sessions, count_for_the_same_trust_and_certificate_only) {
    const tls_server with = server();
    const tls_session session = learn(with);
    const certificates& made = certificates::shared();
    EXPECT_FALSE(is_resumed(session, with, {.ca_file = made.ca.certificate_file}));
    tls_options options = trusting_options();
    options.certificate_pem = made.client.certificate;
    options.key_pem = made.client.key;
    EXPECT_FALSE(is_resumed(session, with, options));
    options = trusting_options();
    options.trusts_system = true;
    EXPECT_FALSE(is_resumed(session, with, options));
}

TEST_P(tls_sessions, hold_the_pinned_key) {
    const tls_server with = server();
    const tls_session session = learn(with);
    tls_options options = trusting_options();
    options.pinned_keys = {certificates::shared().good_pin};
    EXPECT_TRUE(is_resumed(session, with, options));
    options.pinned_keys = {"sha256//" + std::string(43, 'A') + "="};
    tls_talk talk{options, with, {.name = "localhost", .port = 443, .session = session}};
    EXPECT_FALSE(talk.shake_hands());
    EXPECT_EQ(talk.failure(), errc::pinned_key_mismatch);
    options.insecure = true;
    tls_talk insecure{options, with, {.name = "localhost", .port = 443, .session = session}};
    EXPECT_FALSE(insecure.shake_hands());
    EXPECT_EQ(insecure.failure(), errc::pinned_key_mismatch);
}

TEST_P(tls_sessions, mean_nothing_to_a_server_that_forgot_them) {
    const tls_session session = learn(server());
    EXPECT_FALSE(is_resumed(session, server()));
}

TEST_P(tls_sessions, mean_nothing_where_their_version_is_not_offered) {
    const tls_server with = server();
    const tls_session session = learn(with);
    tls_options options = trusting_options();
    if (GetParam() == TLS1_2_VERSION) {
        options.min_version = tls_version::tls1_3;
    } else {
        options.max_version = tls_version::tls1_2;
    }
    EXPECT_FALSE(is_resumed(session, tls_server{}, options));
}

INSTANTIATE_TEST_SUITE_P(versions, tls_sessions, ::testing::Values(TLS1_2_VERSION, TLS1_3_VERSION));

TEST(tls_session, is_empty_where_the_server_gives_none) {
    tls_talk talk{trusting_options(), tls_server{{.ticket_count = 0}}};
    ASSERT_TRUE(talk.shake_hands());
    EXPECT_TRUE(talk.client.session().empty());
}

TEST(tls_session, comes_behind_the_handshake_of_tls_1_3) {
    tls_talk talk;
    talk.step();
    talk.step();
    ASSERT_TRUE(talk.client.is_established());
    EXPECT_TRUE(talk.client.session().empty());
    talk.client_takes();
    const tls_session first = talk.client.session();
    EXPECT_FALSE(first.empty());
    talk.server.send_ticket();
    talk.step();
    talk.client_takes();
    EXPECT_NE(talk.client.session(), first) << "the newest";
}

TEST(tls_session, is_refused_as_text_where_it_is_none) {
    EXPECT_TRUE(tls_session::from_text("").value().empty());
    tls_talk talk;
    ASSERT_TRUE(talk.shake_hands());
    const std::string text = talk.client.session().to_text();
    const auto octets = mint::detail::base64_decode(text).value();
    for (std::size_t size = 1; size < octets.size(); size += size < 64 ? 1 : 37) {
        const std::string part = mint::detail::base64_encode(byte_view{octets}.first(size));
        EXPECT_FALSE(tls_session::from_text(part)) << size;
    }
    auto longer = octets;
    longer.push_back(std::byte{0});
    EXPECT_FALSE(tls_session::from_text(mint::detail::base64_encode(longer)));
    for (std::size_t changed = 0; changed < 2; ++changed) {
        auto other = octets;
        other[changed] = std::byte{9};
        EXPECT_FALSE(tls_session::from_text(mint::detail::base64_encode(other)));
    }
    EXPECT_FALSE(tls_session::from_text(text + "\n"));
    EXPECT_FALSE(tls_session::from_text(std::string(100'000, 'A')));
    EXPECT_EQ(tls_session::from_text("no session").error(), errc::invalid_argument);
}

}  // namespace
}  // namespace mint::net::detail
