#include "net/tls_failure.hpp"

#include <cerrno>
#include <string>
#include <string_view>

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

struct openssl_error {
    unsigned long code = 0;
    std::string_view function;
};

/// The oldest error of the TLS library's own, behind which others follow from it; else the oldest of all, which come
/// from the ciphers and the like. Takes all of them.
openssl_error take_cause() noexcept {
    openssl_error cause;
    const char* function = "";
    while (const unsigned long next = ::ERR_get_error_all(nullptr, nullptr, &function, nullptr, nullptr)) {
        const bool is_own = ERR_GET_LIB(next) == ERR_LIB_SSL;
        if (cause.code == 0 || (is_own && ERR_GET_LIB(cause.code) != ERR_LIB_SSL)) cause = {next, function};
    }
    return cause;
}

}  // namespace

error take_tls_failure() {
    const auto [first, function] = take_cause();
    const int library = ERR_GET_LIB(first);
    const int reason = ERR_GET_REASON(first);
    const char* const words = ::ERR_reason_error_string(first);
    error result{errc::tls_protocol_error, words != nullptr ? words : ""};
    if (reason == ERR_R_MALLOC_FAILURE) {
        result = error{errc::system_error};
        result.system = ENOMEM;
    } else if (library == ERR_LIB_SSL && reason > SSL_AD_REASON_OFFSET && reason <= SSL_AD_REASON_OFFSET + 255) {
        const int alert = reason - SSL_AD_REASON_OFFSET;
        const bool is_alpn = alert == SSL_AD_NO_APPLICATION_PROTOCOL;
        result = error{is_alpn ? errc::alpn_mismatch : errc::tls_alert, alert_name(alert)};
    } else if (library == ERR_LIB_SSL &&
               (reason == SSL_R_NO_CIPHERS_AVAILABLE || reason == SSL_R_NO_PROTOCOLS_AVAILABLE)) {
        result.code = errc::invalid_argument;
    } else if (library == ERR_LIB_SSL && reason == SSL_R_CERTIFICATE_VERIFY_FAILED) {
        result.code = errc::certificate_invalid;
    } else if (library == ERR_LIB_SSL && reason == SSL_R_BAD_EXTENSION && function == "tls_parse_stoc_alpn") {
        result = errc::alpn_mismatch;  // releases of OpenSSL that check it say it no clearer
    }
    return result;
}

void drop_openssl_errors() noexcept {
    if (::ERR_peek_error() != 0) ::ERR_clear_error();  // looking is cheaper than clearing
}

}  // namespace mint::net::detail
