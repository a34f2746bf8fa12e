#include "net/tls_failure.hpp"

#include <cerrno>

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

namespace mint::net::detail {
namespace {

error failure_of(int library, int reason) {
    ::ERR_clear_error();
    ERR_raise(library, reason);
    ERR_raise(ERR_LIB_SSL, SSL_R_BAD_LENGTH);  // what follows from it
    const error result = take_tls_failure();
    EXPECT_EQ(::ERR_peek_error(), 0U) << "all are taken";
    return result;
}

TEST(tls_failure, names_the_alerts_of_the_peer) {
    const auto alert = [](int number) { return failure_of(ERR_LIB_SSL, SSL_AD_REASON_OFFSET + number); };
    EXPECT_EQ(alert(SSL_AD_HANDSHAKE_FAILURE), errc::tls_alert);
    EXPECT_EQ(alert(SSL_AD_HANDSHAKE_FAILURE).detail, "handshake failure");
    EXPECT_EQ(alert(SSL_AD_NO_APPLICATION_PROTOCOL), errc::alpn_mismatch) << "RFC 7301 §3.2";
    EXPECT_EQ(alert(SSL_AD_NO_APPLICATION_PROTOCOL).detail, "no application protocol");
    EXPECT_EQ(alert(SSL_AD_PROTOCOL_VERSION).detail, "protocol version");
    EXPECT_EQ(alert(SSL_AD_CERTIFICATE_REQUIRED).detail, "certificate required");
    EXPECT_EQ(alert(SSL_AD_MISSING_EXTENSION).detail, "missing extension");
    EXPECT_EQ(alert(SSL_AD_INAPPROPRIATE_FALLBACK).detail, "inappropriate fallback");
    EXPECT_EQ(alert(SSL_AD_UNEXPECTED_MESSAGE).detail, "unexpected message");
    EXPECT_EQ(alert(200).detail, "alert 200");
}

TEST(tls_failure, takes_the_first_error_for_the_cause) {
    ::OPENSSL_init_ssl(OPENSSL_INIT_LOAD_SSL_STRINGS, nullptr);  // as any context does; the words come with it
    const error reason = failure_of(ERR_LIB_SSL, SSL_R_WRONG_VERSION_NUMBER);
    EXPECT_EQ(reason, errc::tls_protocol_error);
    EXPECT_EQ(reason.detail, "wrong version number");
    ::ERR_clear_error();
    ERR_raise(ERR_LIB_EVP, 111);  // of a cipher, below
    ERR_raise(ERR_LIB_SSL, SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC);
    EXPECT_EQ(take_tls_failure().detail, "decryption failed or bad record mac");
}

TEST(tls_failure, tells_memory_from_protocol) {
    const error reason = failure_of(ERR_LIB_SSL, ERR_R_MALLOC_FAILURE);
    EXPECT_EQ(reason, errc::system_error);
    EXPECT_EQ(reason.system, ENOMEM);
}

TEST(tls_failure, tells_options_that_leave_nothing_to_offer) {
    EXPECT_EQ(failure_of(ERR_LIB_SSL, SSL_R_NO_PROTOCOLS_AVAILABLE), errc::invalid_argument);
    EXPECT_EQ(failure_of(ERR_LIB_SSL, SSL_R_NO_CIPHERS_AVAILABLE), errc::invalid_argument);
    EXPECT_EQ(failure_of(ERR_LIB_SSL, SSL_R_CERTIFICATE_VERIFY_FAILED), errc::certificate_invalid);
}

TEST(tls_failure, is_a_protocol_error_where_the_library_says_nothing) {
    ::ERR_clear_error();
    EXPECT_EQ(take_tls_failure(), errc::tls_protocol_error);
}

TEST(tls_failure, drops_errors_that_others_left) {
    ERR_raise(ERR_LIB_SSL, SSL_R_BAD_LENGTH);
    drop_openssl_errors();
    EXPECT_EQ(::ERR_peek_error(), 0U);
}

}  // namespace
}  // namespace mint::net::detail
