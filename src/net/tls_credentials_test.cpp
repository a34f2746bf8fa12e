#include "net/tls_credentials.hpp"

#include "support/tls_talk.hpp"

#include <cerrno>
#include <fstream>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace mint::net::detail {
namespace {

using mint::testing::certificates;
using mint::testing::tls_server;
using mint::testing::tls_talk;
using mint::testing::trusting_options;

const certificates& credentials = certificates::shared();

error failure_of(const tls_options& options) {
    auto created = tls_context::create(options);
    EXPECT_FALSE(created);
    return created ? error{errc::failed_already} : created.error();
}

/// True if a server that wants a client's certificate got it and accepted it.
bool is_accepted(const tls_options& options, int version = 0) {
    tls_talk talk{options, tls_server{{.max_version = version, .wants_client_certificate = true}}};
    talk.shake_hands();
    EXPECT_FALSE(talk.client.failure());
    return talk.server.is_established() && talk.server.has_client_certificate();
}

TEST(tls_credentials, shows_a_certificate_to_a_server_that_wants_one) {
    tls_options options = trusting_options();
    options.certificate_file = credentials.client.certificate_file;
    options.key_file = credentials.client.key_file;
    EXPECT_TRUE(is_accepted(options));
    EXPECT_TRUE(is_accepted(options, TLS1_2_VERSION));
    options.certificate_file.clear();
    options.certificate_pem = credentials.client.certificate;
    EXPECT_TRUE(is_accepted(options));
    options.key_file.clear();
    options.key_pem = credentials.client.key;
    EXPECT_TRUE(is_accepted(options));
}

TEST(tls_credentials, finds_the_key_beside_the_certificate) {
    tls_options options = trusting_options();
    options.certificate_pem = credentials.client.key + credentials.client.certificate;
    EXPECT_TRUE(is_accepted(options));
}

TEST(tls_credentials, opens_a_key_with_its_passphrase) {
    tls_options options = trusting_options();
    options.certificate_pem = credentials.client.certificate;
    options.key_file = credentials.encrypted_client_key_file;
    options.passphrase = certificates::passphrase;
    EXPECT_TRUE(is_accepted(options));
    options.passphrase = "wrong";
    EXPECT_EQ(failure_of(options).detail, "key_file: the passphrase doesn't fit the key");
    options.passphrase.clear();
    EXPECT_EQ(failure_of(options).detail, "key_file: the key is encrypted, and there is no passphrase")
        << "the terminal isn't asked";
    options.passphrase = std::string(5000, 'x');
    EXPECT_EQ(failure_of(options), errc::invalid_certificate_file);
}

TEST(tls_credentials, learns_that_a_certificate_is_required) {
    tls_talk older{trusting_options(), tls_server{{.max_version = TLS1_2_VERSION, .wants_client_certificate = true}}};
    EXPECT_FALSE(older.shake_hands());
    EXPECT_EQ(older.failure(), errc::tls_alert);
    EXPECT_EQ(older.client.failure()->detail, "handshake failure");

    // In TLS 1.3 the client's handshake is finished before the server looks.
    tls_talk newest{trusting_options(), tls_server{{.wants_client_certificate = true}}};
    newest.step();
    newest.step();
    ASSERT_TRUE(newest.client.is_established());
    newest.shake_hands();
    EXPECT_EQ(newest.failure(), errc::tls_alert);
    EXPECT_EQ(newest.client.failure()->detail, "certificate required");
}

TEST(tls_credentials, shows_a_certificate_to_a_server_that_wants_it_after_the_handshake) {
    tls_options options = trusting_options();
    options.certificate_pem = credentials.client.certificate;
    options.key_pem = credentials.client.key;
    tls_talk talk{options, tls_server{{.may_ask_later = true}}};
    ASSERT_TRUE(talk.shake_hands());
    EXPECT_FALSE(talk.server.has_client_certificate());
    talk.server.ask_for_certificate();
    talk.server.send("data");
    talk.from_server += talk.server.take_output();
    talk.client_takes();
    EXPECT_FALSE(talk.failure());
    EXPECT_EQ(talk.received, "data");
    talk.client_sends("more");
    talk.step();
    EXPECT_TRUE(talk.server.has_client_certificate());
    EXPECT_EQ(talk.server.failure(), "");
    EXPECT_EQ(talk.server.received, "more");
}

TEST(tls_credentials, names_the_option_that_can_not_be_used) {
    const error missing = failure_of({.ca_file = "/nowhere/ca.pem"});
    EXPECT_EQ(missing, errc::invalid_certificate_file);
    EXPECT_EQ(missing.detail, "ca_file: /nowhere/ca.pem");
    EXPECT_EQ(missing.system, ENOENT);
    EXPECT_EQ(failure_of({.ca_file = credentials.directory}).system, EISDIR);
    EXPECT_EQ(failure_of({.ca_pem = "no PEM"}).detail, "ca_pem: no certificate in PEM form");
    EXPECT_EQ(failure_of({.ca_pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}),
              errc::invalid_certificate_file);
    EXPECT_EQ(failure_of({.ca_pem = credentials.ca.certificate + credentials.ca.certificate.substr(0, 200)}),
              errc::invalid_certificate_file)
        << "cut short";
    const std::string empty_file = credentials.directory + "/empty.pem";
    std::ofstream{empty_file}.flush();
    EXPECT_EQ(failure_of({.ca_file = empty_file}).detail, "ca_file: no certificate in PEM form");
    EXPECT_EQ(failure_of({.certificate_file = empty_file}).detail, "certificate_file: no certificate in PEM form");
    EXPECT_EQ(failure_of({.certificate_pem = credentials.client.certificate}).detail,
              "certificate_pem: no private key in PEM form");
    EXPECT_EQ(failure_of({.certificate_pem = credentials.client.certificate, .key_pem = "no PEM"}).detail,
              "key_pem: no private key in PEM form");
    EXPECT_EQ(failure_of({.certificate_pem = credentials.client.certificate, .key_file = "/nowhere/key"}).detail,
              "key_file: /nowhere/key");
    EXPECT_EQ(failure_of({.key_pem = credentials.client.key}).detail, "key_pem: a key without certificate");
    const error other =
        failure_of({.certificate_pem = credentials.client.certificate, .key_pem = credentials.good.key});
    EXPECT_EQ(other, errc::invalid_certificate_file);
    EXPECT_EQ(other.detail, "key_pem: key values mismatch");
}

TEST(tls_credentials, takes_no_option_twice) {
    EXPECT_EQ(failure_of({.certificate_file = "a", .certificate_pem = "b"}).detail,
              "certificate_file and certificate_pem are both set");
    EXPECT_EQ(failure_of({.certificate_pem = "a", .key_file = "a", .key_pem = "b"}).detail,
              "key_file and key_pem are both set");
}

/// Each would wait for what never comes, or have no end.
TEST(tls_credentials, wait_for_no_file_that_is_no_regular_one) {
    const std::string fifo = credentials.directory + "/fifo";
    ASSERT_EQ(::mkfifo(fifo.c_str(), S_IRUSR | S_IWUSR), 0);
    const std::string socket = credentials.directory + "/link";
    ASSERT_EQ(::symlink(fifo.c_str(), socket.c_str()), 0);
    for (const std::string& path :
         {fifo, socket, std::string{"/dev/zero"}, std::string{"/dev/tty"}, credentials.directory}) {
        const tls_options options[] = {
            {.ca_file = path},
            {.certificate_file = path, .key_pem = credentials.client.key},
            {.certificate_pem = credentials.client.certificate, .key_file = path},
        };
        for (const tls_options& o : options) {
            const error reason = failure_of(o);
            EXPECT_EQ(reason, errc::invalid_certificate_file) << path;
            EXPECT_NE(reason.detail.find("_file: " + path), std::string::npos) << reason.detail;
        }
        EXPECT_EQ(failure_of({.key_log_file = path}), errc::invalid_argument) << path;
    }
    EXPECT_EQ(failure_of({.ca_file = "/dev/zero"}).detail, "ca_file: /dev/zero: it is no regular file");
    EXPECT_EQ(failure_of({.ca_file = fifo}).detail, "ca_file: " + fifo + ": it is no regular file");
    EXPECT_EQ(failure_of({.key_log_file = credentials.directory}).system, EISDIR);

    ::setenv("SSL_CERT_FILE", fifo.c_str(), 1);
    EXPECT_TRUE(tls_context::create({})) << "a system without CAs trusts nobody";
    ::unsetenv("SSL_CERT_FILE");
    ::unlink(socket.c_str());
    ::unlink(fifo.c_str());
}

TEST(tls_credentials, reads_a_file_of_any_size_whole) {
    const std::string path = credentials.directory + "/long";
    const std::string text(100'000, 'x');
    std::ofstream{path} << text;
    EXPECT_EQ(read_credential("key_file", path).value(), text);
}

}  // namespace
}  // namespace mint::net::detail
