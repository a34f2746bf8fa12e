#include "base/base64.hpp"
#include "net/tls_bio.hpp"
#include "net/tls_credentials.hpp"
#include "net/tls_settings.hpp"
#include "net/tls_verification.hpp"

#include <mint/net/tls_options.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <new>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

namespace mint::net {

namespace detail {

std::expected<void, error> key_log::open(const std::string& path) {
    const named_file file{.option = "key_log_file", .path = path, .refusal = errc::invalid_argument};
    auto opened = file.open(O_WRONLY | O_APPEND | O_CREAT);
    if (!opened) return std::unexpected(std::move(opened.error()));
    file_ = std::move(*opened);
    return {};
}

void key_log::append(std::string_view line) const noexcept {
    std::array<char, 512> whole;  // a label, 64 digits for the connection and 128 at most for the secret
    if (line.size() >= whole.size()) return;
    *std::ranges::copy(line, whole.begin()).out = '\n';
    while (::write(file_.number(), whole.data(), line.size() + 1) < 0 && errno == EINTR) {}
    ::OPENSSL_cleanse(whole.data(), whole.size());
}

}  // namespace detail

namespace {

using detail::key_digest;
using detail::tls_settings;

/// For TLS 1.2: forward secrecy and AEAD, as all suites of TLS 1.3 have (RFC 9325 §4.2).
constexpr const char* default_ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

constexpr int openssl_version(tls_version v) noexcept {
    return v == tls_version::tls1_2 ? TLS1_2_VERSION : TLS1_3_VERSION;
}

std::unexpected<error> unusable(const char* option) {
    ::ERR_clear_error();
    return std::unexpected(error{errc::invalid_argument, option});
}

std::expected<key_digest, error> read_pin(std::string_view text) {
    constexpr std::string_view scheme = "sha256//";
    if (text.starts_with(scheme)) {
        const auto octets = mint::detail::base64_decode(text.substr(scheme.size()));
        key_digest digest;
        if (octets && octets->size() == digest.size()) {
            std::ranges::copy(*octets, digest.begin());
            return digest;
        }
    }
    return unusable("pinned_keys: one isn't sha256// and the base64 of 32 octets");
}

/// Of the options that say whom we trust and as whom we come.
key_digest identity_of(const tls_options& options) {
    std::string all;
    for (const std::string* text :
         {&options.ca_file, &options.ca_pem, &options.certificate_file, &options.certificate_pem}) {
        all += std::to_string(text->size()) + ":" + *text;
    }
    all += options.trusts_system ? (*options.trusts_system ? "+" : "-") : "";
    key_digest digest{};
    if (::EVP_Digest(all.data(), all.size(), reinterpret_cast<unsigned char*>(digest.data()), nullptr, ::EVP_sha256(),
                     nullptr) != 1) {
        throw std::bad_alloc{};
    }
    return digest;
}

void log_keys(const SSL* ssl, const char* line) noexcept {
    static_cast<const tls_settings*>(SSL_CTX_get_app_data(::SSL_get_SSL_CTX(ssl)))->log.append(line);
}

std::expected<void, error> set_protocol(SSL_CTX* context, const tls_options& options) {
    if (options.max_version && *options.max_version < options.min_version) return unusable("max_version");
    if (::SSL_CTX_set_min_proto_version(context, openssl_version(options.min_version)) != 1) {
        return unusable("min_version");
    }
    const int highest = options.max_version ? openssl_version(*options.max_version) : 0;
    if (::SSL_CTX_set_max_proto_version(context, highest) != 1) return unusable("max_version");
    if (options.allows_old_suites && !options.ciphers.empty()) return unusable("ciphers and allows_old_suites");
    // Without it OpenSSL's own choice stays, which has RSA key exchange and CBC.
    if (!options.allows_old_suites) {
        const char* const ciphers = options.ciphers.empty() ? default_ciphers : options.ciphers.c_str();
        if (::SSL_CTX_set_cipher_list(context, ciphers) != 1) return unusable("ciphers");
    }
    if (!options.cipher_suites.empty() && ::SSL_CTX_set_ciphersuites(context, options.cipher_suites.c_str()) != 1) {
        return unusable("cipher_suites");
    }
    return {};
}

void set_behaviour(SSL_CTX* context) {
    ::SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    // Idle connections hold no record buffers; what is left of a write may be offered again from elsewhere.
    ::SSL_CTX_set_mode(context,
                       SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    detail::count_key_updates(context);
    ::SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // sessions are the caller's
    // Whatever is in the store is trusted as it stands, an intermediate CA or a server's own certificate too.
    ::X509_VERIFY_PARAM_set_flags(::SSL_CTX_get0_param(context), X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN);
}

}  // namespace

std::expected<tls_context, error> tls_context::create(const tls_options& options) {
    ::ERR_clear_error();
    auto settings = std::make_shared<tls_settings>();
    settings->context.reset(::SSL_CTX_new(::TLS_client_method()));
    SSL_CTX* const context = settings->context.get();
    if (context == nullptr) throw std::bad_alloc{};
    settings->is_insecure = options.insecure;
    settings->identity = identity_of(options);
    for (const std::string& text : options.pinned_keys) {
        const auto pin = read_pin(text);
        if (!pin) return std::unexpected(pin.error());
        settings->pins.push_back(*pin);
    }
    set_behaviour(context);
    if (auto set = set_protocol(context, options); !set) return std::unexpected(std::move(set.error()));
    if (auto set = detail::use_trusted(context, options); !set) return std::unexpected(std::move(set.error()));
    if (auto set = detail::use_certificate(context, options); !set) return std::unexpected(std::move(set.error()));
    detail::set_verification(context);
    if (!options.key_log_file.empty()) {
        if (auto opened = settings->log.open(options.key_log_file); !opened) {
            return std::unexpected(std::move(opened.error()));
        }
        SSL_CTX_set_app_data(context, settings.get());
        ::SSL_CTX_set_keylog_callback(context, log_keys);
    }
    return tls_context{std::move(settings)};
}

}  // namespace mint::net
