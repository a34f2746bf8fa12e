#include "support/tls_talk.hpp"

#include <mint/net/tls_options.hpp>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <stdlib.h>
#include <sys/stat.h>

#include <gtest/gtest.h>

namespace mint::net {
namespace {

using mint::testing::certificates;
using mint::testing::tls_server;
using mint::testing::tls_talk;
using mint::testing::trusting_options;

error failure_of(const tls_options& options) {
    auto created = tls_context::create(options);
    EXPECT_FALSE(created);
    return created ? error{errc::failed_already} : created.error();
}

TEST(tls_context, is_empty_until_it_is_made) {
    EXPECT_TRUE(tls_context{}.empty());
    const auto context = tls_context::create({});
    ASSERT_TRUE(context);
    EXPECT_FALSE(context->empty());
}

TEST(tls_context, names_the_option_that_is_out_of_range) {
    const std::string good_pin = certificates::shared().good_pin;
    EXPECT_EQ(failure_of({.min_version = tls_version::tls1_3, .max_version = tls_version::tls1_2}).detail,
              "max_version");
    EXPECT_EQ(failure_of({.ciphers = "NOT-A-CIPHER"}).detail, "ciphers");
    EXPECT_EQ(failure_of({.cipher_suites = "TLS_NOT_A_SUITE"}).detail, "cipher_suites");
    for (const std::string& pin :
         {std::string{}, std::string{"sha256//"}, std::string{"sha256//AAAA"}, good_pin.substr(8),
          "sha1//" + good_pin.substr(8), good_pin + "\n", "sha256//" + std::string(44, '-')}) {
        const error reason = failure_of({.pinned_keys = {good_pin, pin}});
        EXPECT_EQ(reason, errc::invalid_argument) << pin;
        EXPECT_EQ(reason.detail.substr(0, 11), "pinned_keys") << pin;
    }
}

TEST(tls_context, offers_only_the_versions_accepted) {
    tls_options options = trusting_options();
    options.min_version = tls_version::tls1_3;
    tls_talk old_server{options, tls_server{{.max_version = TLS1_2_VERSION}}};
    EXPECT_FALSE(old_server.shake_hands());
    EXPECT_EQ(old_server.failure(), errc::tls_alert);
    EXPECT_EQ(old_server.client.failure()->detail, "protocol version");

    options = trusting_options();
    tls_talk older_server{
        options,
        tls_server{{.min_version = TLS1_VERSION, .max_version = TLS1_1_VERSION, .ciphers = "DEFAULT@SECLEVEL=0"}}};
    EXPECT_FALSE(older_server.shake_hands()) << "1.2 is the least by default";

    options.max_version = tls_version::tls1_2;
    tls_talk limited{options};
    ASSERT_TRUE(limited.shake_hands());
    EXPECT_EQ(limited.client.info()->version, tls_version::tls1_2);
    tls_talk newest;
    ASSERT_TRUE(newest.shake_hands());
    EXPECT_EQ(newest.client.info()->version, tls_version::tls1_3);
}

TEST(tls_context, offers_the_ciphers_it_is_told) {
    tls_options options = trusting_options();
    options.cipher_suites = "TLS_CHACHA20_POLY1305_SHA256";
    tls_talk newest{options};
    ASSERT_TRUE(newest.shake_hands());
    EXPECT_EQ(newest.client.info()->cipher, "TLS_CHACHA20_POLY1305_SHA256");

    options = trusting_options();
    options.max_version = tls_version::tls1_2;
    options.ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256";
    tls_talk older{options};
    ASSERT_TRUE(older.shake_hands());
    EXPECT_EQ(older.client.info()->cipher, "ECDHE-ECDSA-AES128-GCM-SHA256");
    tls_talk no_match{options, tls_server{{.ciphers = "ECDHE-ECDSA-AES256-GCM-SHA384"}}};
    EXPECT_FALSE(no_match.shake_hands());
    EXPECT_EQ(no_match.failure(), errc::tls_alert);
    EXPECT_EQ(no_match.client.failure()->detail, "handshake failure");
}

/// The suites of TLS 1.2 and earlier that a ClientHello offers (RFC 8446 §4.1.2, RFC 5246 §7.4.1.2).
std::vector<unsigned> suites_offered(const tls_options& options) {
    tls_talk talk{options};
    buffer out;
    static_cast<void>(talk.client.handshake({}, out));
    const byte_view hello = out.view();
    const auto at = [&](std::size_t i) { return std::to_integer<unsigned>(hello[i]); };
    std::size_t place = 5 + 4 + 2 + 32;  // record, message, version, random
    place += 1 + at(place);              // session id
    const std::size_t size = at(place) << 8U | at(place + 1);
    std::vector<unsigned> suites;
    for (std::size_t i = 0; i < size; i += 2) {
        const unsigned suite = at(place + 2 + i) << 8U | at(place + 3 + i);
        if (suite >> 8U != 0x13 && suite != 0xFF) suites.push_back(suite);
    }
    return suites;
}

TEST(tls_context, offers_only_forward_secrecy_with_aead_for_tls_1_2) {
    // TLS_ECDHE_{ECDSA,RSA}_WITH_{AES_128_GCM,AES_256_GCM,CHACHA20_POLY1305}
    for (const unsigned suite : suites_offered(trusting_options())) {
        EXPECT_TRUE((suite >= 0xC02B && suite <= 0xC030) || suite == 0xCCA8 || suite == 0xCCA9) << std::hex << suite;
    }
    tls_talk talk{trusting_options(),
                  tls_server{{.max_version = TLS1_2_VERSION, .ciphers = "ECDHE-ECDSA-AES128-SHA256"}}};
    EXPECT_FALSE(talk.shake_hands());
    EXPECT_EQ(talk.failure(), errc::tls_alert);
    EXPECT_EQ(talk.client.failure()->detail, "handshake failure");
}

TEST(tls_context, offers_older_suites_where_it_is_told_to) {
    tls_options options = trusting_options();
    options.allows_old_suites = true;
    const auto suites = suites_offered(options);
    EXPECT_NE(std::ranges::find(suites, 0x003CU), suites.end()) << "TLS_RSA_WITH_AES_128_CBC_SHA256";
    tls_talk talk{options, tls_server{{.max_version = TLS1_2_VERSION, .ciphers = "ECDHE-ECDSA-AES128-SHA256"}}};
    ASSERT_TRUE(talk.shake_hands());
    EXPECT_EQ(talk.client.info()->cipher, "ECDHE-ECDSA-AES128-SHA256");
    options.ciphers = "ECDHE-ECDSA-AES128-SHA256";
    EXPECT_EQ(failure_of(options).detail, "ciphers and allows_old_suites");
}

TEST(tls_context, never_speaks_http2_on_a_suite_that_it_prohibits) {
    const tls_peer peer{.name = "localhost", .port = 443, .alpn = {"h2", "http/1.1"}};
    const auto failure_with = [&](const std::string& ciphers, const std::string& alpn) {
        tls_options options = trusting_options();
        options.ciphers = ciphers;
        options.max_version = tls_version::tls1_2;
        tls_talk talk{tls_context::create(options).value(), tls_server{{.alpn = alpn, .ciphers = ciphers}}, peer};
        talk.shake_hands();
        return talk.client.failure();
    };
    const auto failed = failure_with("ECDHE-ECDSA-AES128-SHA256", "h2");
    EXPECT_EQ(failed, errc::prohibited_cipher_suite);
    EXPECT_EQ(failed->detail, "ECDHE-ECDSA-AES128-SHA256");
    EXPECT_FALSE(failure_with("ECDHE-ECDSA-AES128-SHA256", "http/1.1")) << "HTTP/1.1 has no such rule";
    EXPECT_FALSE(failure_with("ECDHE-ECDSA-AES128-GCM-SHA256", "h2"));
    EXPECT_FALSE(failure_with("ECDHE-ECDSA-AES256-CCM", "h2"));
    tls_talk newest{tls_context::create(trusting_options()).value(), tls_server{{.alpn = "h2"}}, peer};
    EXPECT_TRUE(newest.shake_hands()) << "TLS 1.3 has no such suite";
}

TEST(tls_context, appends_the_keys_of_each_connection_to_the_file_named) {
    const std::string path = certificates::shared().directory + "/keys.log";
    std::ofstream{path} << "# kept\n";
    tls_options options = trusting_options();
    options.key_log_file = path;
    const auto context = tls_context::create(options).value();
    for (int i = 0; i < 2; ++i) {
        tls_talk talk{context, tls_server{}, {.name = "localhost", .port = 443}};
        ASSERT_TRUE(talk.shake_hands());
    }
    std::ifstream in{path};
    std::vector<std::string> labels;
    for (std::string line; std::getline(in, line);) labels.push_back(line.substr(0, line.find(' ')));
    ASSERT_FALSE(labels.empty());
    EXPECT_EQ(labels.front(), "#");
    EXPECT_EQ(std::ranges::count(labels, "CLIENT_TRAFFIC_SECRET_0"), 2);
    EXPECT_EQ(std::ranges::count(labels, "SERVER_HANDSHAKE_TRAFFIC_SECRET"), 2);
    EXPECT_EQ(std::ranges::count(labels, ""), 0);
}

TEST(tls_context, makes_a_key_log_that_others_can_not_read) {
    const std::string path = certificates::shared().directory + "/fresh.log";
    ASSERT_TRUE(tls_context::create({.key_log_file = path}));
    struct stat found{};
    ASSERT_EQ(::stat(path.c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777U, 0600U);
}

TEST(tls_context, refuses_a_key_log_that_it_can_not_write) {
    const error reason = failure_of({.key_log_file = "/nowhere/keys.log"});
    EXPECT_EQ(reason, errc::invalid_argument);
    EXPECT_EQ(reason.system, ENOENT);
    EXPECT_EQ(reason.detail, "key_log_file: /nowhere/keys.log");
}

TEST(tls_context, logs_no_keys_unless_told_whatever_the_environment_says) {
    const std::string path = certificates::shared().directory + "/environment.log";
    ::setenv("SSLKEYLOGFILE", path.c_str(), 1);
    tls_talk talk;
    ASSERT_TRUE(talk.shake_hands());
    ::unsetenv("SSLKEYLOGFILE");
    EXPECT_FALSE(std::ifstream{path}.is_open());
}

TEST(tls_context, does_not_renegotiate) {
    tls_options options = trusting_options();
    options.max_version = tls_version::tls1_2;
    tls_talk talk{options};
    ASSERT_TRUE(talk.shake_hands());
    talk.server.ask_to_renegotiate();
    talk.from_server += talk.server.take_output();
    talk.client_takes();
    EXPECT_FALSE(talk.client.failure());
    talk.step();
    EXPECT_EQ(talk.server.failure(), "no renegotiation") << "the server was told so, and gives up";
}

}  // namespace
}  // namespace mint::net
