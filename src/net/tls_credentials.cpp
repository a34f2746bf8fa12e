#include "net/tls_credentials.hpp"

#include "net/regular_file.hpp"
#include "net/tls_settings.hpp"

#include <algorithm>
#include <cstdlib>
#include <fcntl.h>
#include <utility>

#include <climits>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace mint::net::detail {

namespace {

/// Several times what the largest bundles of CAs have.
constexpr std::size_t max_file_size = 16 * 1024 * 1024;

std::unexpected<error> unusable(std::string_view option, std::string_view reason) {
    return std::unexpected(error{errc::invalid_certificate_file, std::string{option} + ": " + std::string{reason}});
}

/// With the reason of the first of OpenSSL's errors, all of which are dropped.
std::unexpected<error> refused_by_library(std::string_view option, std::string_view otherwise) {
    const char* reason = ::ERR_reason_error_string(::ERR_peek_error());
    ::ERR_clear_error();
    return unusable(option, reason != nullptr ? std::string_view{reason} : otherwise);
}

/// Text of which nothing stays in memory.
class secret_text {
  public:
    secret_text() noexcept = default;
    explicit secret_text(std::string text) noexcept : text_(std::move(text)) {}
    secret_text(const secret_text&) = delete;
    secret_text& operator=(const secret_text&) = delete;
    ~secret_text() { ::OPENSSL_cleanse(text_.data(), text_.size()); }

    [[nodiscard]] const std::string& text() const noexcept { return text_; }

  private:
    std::string text_;
};

openssl_ptr<BIO> reader_of(std::string_view text) {
    const auto size = static_cast<int>(std::min<std::size_t>(text.size(), INT_MAX));
    return openssl_ptr<BIO>{::BIO_new_mem_buf(text.data(), size)};
}

/// Calls `use` with each certificate, which says whether it took it; errors name `option`.
template <class Use>
std::expected<void, error> for_each_certificate(std::string_view option, std::string_view pem, Use use) {
    ::ERR_clear_error();
    const openssl_ptr<BIO> reader = reader_of(pem);
    if (!reader) return refused_by_library(option, "no memory");
    for (std::size_t count = 0;; ++count) {
        // No certificate has a passphrase; without a callback it would ask the terminal.
        const auto no_passphrase = [](char*, int, int, void*) { return -1; };
        const openssl_ptr<X509> next{::PEM_read_bio_X509_AUX(reader.get(), nullptr, no_passphrase, nullptr)};
        if (!next) {
            const auto last = ::ERR_peek_last_error();
            const bool is_end = ERR_GET_LIB(last) == ERR_LIB_PEM && ERR_GET_REASON(last) == PEM_R_NO_START_LINE;
            if (!is_end) return refused_by_library(option, "a broken certificate");
            ::ERR_clear_error();
            if (count == 0) return unusable(option, "no certificate in PEM form");
            return {};
        }
        if (!use(next.get(), count)) return refused_by_library(option, "a certificate that can't be used");
    }
}

/// The option's text, from where it is given; empty without one.
std::expected<std::string, error> text_of(std::string_view file_option, const std::string& path,
                                          std::string_view text_option, const std::string& pem) {
    if (path.empty()) return pem;
    if (pem.empty()) return read_credential(file_option, path);
    return std::unexpected(
        error{errc::invalid_argument, std::string{file_option} + " and " + std::string{text_option} + " are both set"});
}

std::expected<openssl_ptr<EVP_PKEY>, error> read_key(std::string_view option, const std::string& pem,
                                                     const std::string& passphrase) {
    struct asked {
        const std::string* passphrase;
        bool is_encrypted = false;
    } state{.passphrase = &passphrase};
    const auto give = [](char* space, int space_size, int, void* data) {
        auto& wanted = *static_cast<asked*>(data);
        wanted.is_encrypted = true;
        const std::size_t size = wanted.passphrase->size();
        if (size == 0 || size > static_cast<std::size_t>(space_size)) return -1;
        std::ranges::copy(*wanted.passphrase, space);
        return static_cast<int>(size);
    };
    ::ERR_clear_error();
    const openssl_ptr<BIO> reader = reader_of(pem);
    if (!reader) return refused_by_library(option, "no memory");
    openssl_ptr<EVP_PKEY> key{::PEM_read_bio_PrivateKey(reader.get(), nullptr, give, &state)};
    if (key) return key;
    ::ERR_clear_error();
    if (!state.is_encrypted) return unusable(option, "no private key in PEM form");
    return unusable(option, passphrase.empty() ? "the key is encrypted, and there is no passphrase"
                                               : "the passphrase doesn't fit the key");
}

/// The environment can name the file (SSL_CERT_FILE): one that OpenSSL would wait for isn't read.
void trust_system(SSL_CTX* context) {
    const char* const named = ::secure_getenv(::X509_get_default_cert_file_env());
    const std::string path = named != nullptr ? named : ::X509_get_default_cert_file();
    const named_file file{.option = "", .path = path, .refusal = errc::invalid_certificate_file};
    if (file.open(O_RDONLY)) ::SSL_CTX_set_default_verify_file(context);
    ::SSL_CTX_set_default_verify_dir(context);
    ::SSL_CTX_set_default_verify_store(context);
}

}  // namespace

std::expected<std::string, error> read_credential(std::string_view option, const std::string& path) {
    return named_file{.option = option, .path = path, .refusal = errc::invalid_certificate_file}.read(max_file_size);
}

std::expected<void, error> use_trusted(SSL_CTX* context, const tls_options& options) {
    X509_STORE* const store = ::SSL_CTX_get_cert_store(context);
    const auto trust = [&](X509* certificate, std::size_t) { return ::X509_STORE_add_cert(store, certificate) == 1; };
    if (!options.ca_file.empty()) {
        const auto text = read_credential("ca_file", options.ca_file);
        if (!text) return std::unexpected(text.error());
        if (auto used = for_each_certificate("ca_file", *text, trust); !used) return used;
    }
    if (!options.ca_pem.empty()) {
        if (auto used = for_each_certificate("ca_pem", options.ca_pem, trust); !used) return used;
    }
    const bool has_own = !options.ca_file.empty() || !options.ca_pem.empty();
    // A system without any is no error here: nothing is trusted then.
    if (options.trusts_system.value_or(!has_own)) trust_system(context);
    ::ERR_clear_error();
    return {};
}

std::expected<void, error> use_certificate(SSL_CTX* context, const tls_options& options) {
    const std::string_view certificate_option =
        options.certificate_file.empty() ? "certificate_pem" : "certificate_file";
    auto certificate =
        text_of("certificate_file", options.certificate_file, "certificate_pem", options.certificate_pem);
    if (!certificate) return std::unexpected(std::move(certificate.error()));
    auto key_text = text_of("key_file", options.key_file, "key_pem", options.key_pem);
    if (!key_text) return std::unexpected(std::move(key_text.error()));
    std::string_view key_option = options.key_file.empty() ? "key_pem" : "key_file";
    const secret_text chain{std::move(*certificate)};
    const secret_text key_pem{std::move(*key_text)};
    if (chain.text().empty() && options.certificate_file.empty()) {
        return key_pem.text().empty() ? std::expected<void, error>{}
                                      : unusable(key_option, "a key without certificate");
    }
    const auto use = [&](X509* each, std::size_t number) {
        return (number == 0 ? ::SSL_CTX_use_certificate(context, each)
                            : static_cast<int>(::SSL_CTX_add1_chain_cert(context, each))) == 1;
    };
    if (auto used = for_each_certificate(certificate_option, chain.text(), use); !used) return used;
    // One file for both is usual.
    const bool is_combined = options.key_file.empty() && options.key_pem.empty();
    if (is_combined) key_option = certificate_option;
    const auto key = read_key(key_option, is_combined ? chain.text() : key_pem.text(), options.passphrase);
    if (!key) return std::unexpected(key.error());
    if (::SSL_CTX_use_PrivateKey(context, key->get()) != 1 || ::SSL_CTX_check_private_key(context) != 1) {
        return refused_by_library(key_option, "the key of another certificate");
    }
    ::SSL_CTX_set_post_handshake_auth(context, 1);  // a server may ask for it later (RFC 8446 §4.6.2)
    return {};
}

}  // namespace mint::net::detail
