#pragma once

#include "net/regular_file.hpp"

#include <mint/base/error.hpp>
#include <mint/net/tls_options.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string_view>
#include <vector>

#include <openssl/ssl.h>

namespace mint::net::detail {

struct openssl_deleter {
    void operator()(BIO* bio) const noexcept { ::BIO_free_all(bio); }
    void operator()(EVP_MD_CTX* digest) const noexcept { ::EVP_MD_CTX_free(digest); }
    void operator()(EVP_PKEY* key) const noexcept { ::EVP_PKEY_free(key); }
    void operator()(SSL* ssl) const noexcept { ::SSL_free(ssl); }
    void operator()(SSL_CTX* context) const noexcept { ::SSL_CTX_free(context); }
    void operator()(SSL_SESSION* session) const noexcept { ::SSL_SESSION_free(session); }
    void operator()(X509* certificate) const noexcept { ::X509_free(certificate); }
};

template <class Object>
using openssl_ptr = std::unique_ptr<Object, openssl_deleter>;

/// A file to which lines are appended, each with one system call, so that several threads and processes may share it.
class key_log {
  public:
    /// Makes the file where there is none, readable for its owner alone. errc::invalid_argument.
    [[nodiscard]] std::expected<void, error> open(const std::string& path);

    /// A line that can't be written, or is over 511 octets, is lost: the connection doesn't suffer from it.
    void append(std::string_view line) const noexcept;

  private:
    descriptor file_;
};

using key_digest = std::array<std::byte, 32>;

/// What a tls_context shares with its connections. Constant once it is made.
struct tls_settings {
    openssl_ptr<SSL_CTX> context;
    std::vector<key_digest> pins;

    /// A digest of whom we trust and as whom we come: sessions got with others aren't resumed.
    key_digest identity{};

    bool is_insecure = false;
    key_log log;
};

}  // namespace mint::net::detail
