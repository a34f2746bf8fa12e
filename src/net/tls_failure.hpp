#pragma once

#include <mint/base/error.hpp>

namespace mint::net::detail {

/// What OpenSSL's first error of this thread means for a TLS connection; drops all of them. errc::tls_alert,
/// tls_protocol_error, alpn_mismatch, certificate_invalid, invalid_argument (options that leave nothing to offer),
/// system_error.
[[nodiscard]] error take_tls_failure();

/// Drops OpenSSL's errors of this thread, whoever left them: they would be taken for our calls'.
void drop_openssl_errors() noexcept;

}  // namespace mint::net::detail
