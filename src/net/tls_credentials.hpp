#pragma once

#include <mint/base/error.hpp>
#include <mint/net/tls_options.hpp>

#include <expected>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

namespace mint::net::detail {

/// A whole regular file, for example a PEM. errc::invalid_certificate_file, which names the option.
[[nodiscard]] std::expected<std::string, error> read_credential(std::string_view option, const std::string& path);

/// Makes `context` trust the CAs that the options name. errc::invalid_certificate_file.
[[nodiscard]] std::expected<void, error> use_trusted(SSL_CTX* context, const tls_options& options);

/// Gives `context` the certificate, chain and key of the options, where there are any. errc::invalid_certificate_file,
/// invalid_argument (both a file and text).
[[nodiscard]] std::expected<void, error> use_certificate(SSL_CTX* context, const tls_options& options);

}  // namespace mint::net::detail
