#include "net/tls_failure.hpp"

#include <cerrno>
#include <string>

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace mint::net::detail {

namespace {

/// RFC 8446 §6.
std::string alert_name(int number) {
    switch (number) {
        case SSL_AD_INAPPROPRIATE_FALLBACK: return "inappropriate fallback";  // OpenSSL has no words for these
        case SSL_AD_MISSING_EXTENSION: return "missing extension";
        case SSL_AD_CERTIFICATE_REQUIRED: return "certificate required";
        case SSL_AD_UNEXPECTED_MESSAGE: return "unexpected message";
        default: break;
    }
    const std::string name = ::SSL_alert_desc_string_long(number);
    return name == "unknown" ? "alert " + std::to_string(number) : name;
}

}  // namespace

error take_tls_failure() {
    const unsigned long first = ::ERR_peek_error();
    const int library = ERR_GET_LIB(first);
    const int reason = ERR_GET_REASON(first);
    const char* const words = ::ERR_reason_error_string(first);
    error result{errc::tls_protocol_error, words != nullptr ? words : ""};
    ::ERR_clear_error();
    if (reason == ERR_R_MALLOC_FAILURE) {
        result = error{errc::system_error};
        result.system = ENOMEM;
    } else if (library == ERR_LIB_SSL && reason > SSL_AD_REASON_OFFSET && reason <= SSL_AD_REASON_OFFSET + 255) {
        result = error{errc::tls_alert, alert_name(reason - SSL_AD_REASON_OFFSET)};
    } else if (library == ERR_LIB_SSL &&
               (reason == SSL_R_NO_CIPHERS_AVAILABLE || reason == SSL_R_NO_PROTOCOLS_AVAILABLE)) {
        result.code = errc::invalid_argument;
    } else if (library == ERR_LIB_SSL && reason == SSL_R_CERTIFICATE_VERIFY_FAILED) {
        result.code = errc::certificate_invalid;
    }
    return result;
}

void drop_openssl_errors() noexcept {
    if (::ERR_peek_error() != 0) ::ERR_clear_error();  // looking is cheaper than clearing
}

}  // namespace mint::net::detail
