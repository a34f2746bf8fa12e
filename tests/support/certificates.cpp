#include "support/certificates.hpp"

#include <array>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <stdlib.h>
#include <vector>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace mint::testing {

namespace {

constexpr long day = 24 * 60 * 60;
constexpr const char* good_names = "DNS:localhost,IP:127.0.0.1,IP:::1";

struct deleter {
    void operator()(BIO* bio) const noexcept { ::BIO_free_all(bio); }
    void operator()(EVP_PKEY* key) const noexcept { ::EVP_PKEY_free(key); }
    void operator()(X509* certificate) const noexcept { ::X509_free(certificate); }
    void operator()(X509_EXTENSION* extension) const noexcept { ::X509_EXTENSION_free(extension); }
};

using bio_ptr = std::unique_ptr<BIO, deleter>;

void check(bool is_done, const char* step) {
    if (!is_done) throw std::runtime_error(std::string{"making certificates: "} + step);
}

struct key_pair {
    std::unique_ptr<X509, deleter> certificate;
    std::unique_ptr<EVP_PKEY, deleter> key;
};

struct request {
    const char* common_name;
    const char* names = nullptr;  // as X509V3_EXT_conf has them
    long valid_from = -day;       // seconds from now
    long valid_until = 30 * day;
    const char* key_usage = "serverAuth";
    bool is_ca = false;
};

void add_extension(X509* certificate, X509* issuer, int nid, const char* value) {
    X509V3_CTX context{};
    ::X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, deleter> made{::X509V3_EXT_conf_nid(nullptr, &context, nid, value)};
    check(made && ::X509_add_ext(certificate, made.get(), -1) == 1, value);
}

/// Names that no honest CA writes: with NUL, an escape sequence and a line's end.
void add_strange_names(X509* certificate) {
    GENERAL_NAMES* const names = sk_GENERAL_NAME_new_null();
    const auto add = [&](std::string_view text) {
        GENERAL_NAME* const name = ::GENERAL_NAME_new();
        ASN1_IA5STRING* const value = ::ASN1_IA5STRING_new();
        ::ASN1_STRING_set(value, text.data(), static_cast<int>(text.size()));
        ::GENERAL_NAME_set0_value(name, GEN_DNS, value);
        sk_GENERAL_NAME_push(names, name);
    };
    add(std::string_view{"localhost\0.evil.example", 23});
    add("\x1b[31m\r\nred.example");
    for (char letter = 'c'; letter <= 'l'; ++letter) add(std::string(1, letter) + ".example");
    check(::X509_add1_ext_i2d(certificate, NID_subject_alt_name, names, 0, 0) == 1, "names");
    ::GENERAL_NAMES_free(names);
}

key_pair issue(const request& wanted, const key_pair* issuer) {
    static long serial = 1;
    key_pair made{.certificate = std::unique_ptr<X509, deleter>{::X509_new()},
                  .key = std::unique_ptr<EVP_PKEY, deleter>{EVP_EC_gen("P-256")}};
    X509* const certificate = made.certificate.get();
    check(certificate != nullptr && made.key, "key");
    X509* const issuing = issuer != nullptr ? issuer->certificate.get() : certificate;
    ::X509_set_version(certificate, X509_VERSION_3);
    ::ASN1_INTEGER_set(::X509_get_serialNumber(certificate), serial++);
    ::X509_gmtime_adj(::X509_getm_notBefore(certificate), wanted.valid_from);
    ::X509_gmtime_adj(::X509_getm_notAfter(certificate), wanted.valid_until);
    ::X509_set_pubkey(certificate, made.key.get());
    ::X509_NAME_add_entry_by_txt(::X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                                 reinterpret_cast<const unsigned char*>(wanted.common_name), -1, -1, 0);
    ::X509_set_issuer_name(certificate, ::X509_get_subject_name(issuing));
    add_extension(certificate, issuing, NID_basic_constraints, wanted.is_ca ? "critical,CA:TRUE" : "CA:FALSE");
    if (wanted.is_ca) {
        add_extension(certificate, issuing, NID_key_usage, "critical,keyCertSign,cRLSign");
    } else {
        add_extension(certificate, issuing, NID_ext_key_usage, wanted.key_usage);
    }
    if (wanted.names == nullptr) {
    } else if (*wanted.names == '\0') {
        add_strange_names(certificate);
    } else {
        add_extension(certificate, issuing, NID_subject_alt_name, wanted.names);
    }
    EVP_PKEY* const signer = issuer != nullptr ? issuer->key.get() : made.key.get();
    check(::X509_sign(certificate, signer, ::EVP_sha256()) > 0, "signature");
    return made;
}

std::string text_of(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return {data, static_cast<std::size_t>(size)};
}

std::string pem_of(X509* certificate) {
    const bio_ptr out{::BIO_new(::BIO_s_mem())};
    check(::PEM_write_bio_X509(out.get(), certificate) == 1, "certificate");
    return text_of(out.get());
}

std::string pem_of(EVP_PKEY* key, std::string_view passphrase = {}) {
    const bio_ptr out{::BIO_new(::BIO_s_mem())};
    const std::string secret{passphrase};
    check(::PEM_write_bio_PKCS8PrivateKey(out.get(), key, secret.empty() ? nullptr : ::EVP_aes_128_cbc(), secret.data(),
                                          static_cast<int>(secret.size()), nullptr, nullptr) == 1,
          "private key");
    return text_of(out.get());
}

std::string pin_of(X509* certificate) {
    unsigned char* encoded = nullptr;
    const int size = ::i2d_X509_PUBKEY(::X509_get_X509_PUBKEY(certificate), &encoded);
    std::array<unsigned char, 32> digest{};
    ::EVP_Digest(encoded, static_cast<std::size_t>(size), digest.data(), nullptr, ::EVP_sha256(), nullptr);
    ::OPENSSL_free(encoded);
    std::array<unsigned char, 45> text{};
    ::EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(digest.size()));
    return std::string{"sha256//"} + reinterpret_cast<const char*>(text.data());
}

/// Writes what it makes into a directory.
struct writer {
    std::string directory;

    std::string write(const std::string& name, const std::string& text) const {
        std::string path = directory + "/" + name;
        std::ofstream{path} << text;
        return path;
    }

    credential write(const std::string& name, const key_pair& pair, const std::string& chain = {}) const {
        credential result{.certificate = pem_of(pair.certificate.get()) + chain,
                          .key = pem_of(pair.key.get()),
                          .certificate_file = {},
                          .key_file = {}};
        result.certificate_file = write(name + ".pem", result.certificate);
        result.key_file = write(name + ".key", result.key);
        return result;
    }
};

}  // namespace

const certificates& certificates::shared() {
    static const certificates made;
    return made;
}

certificates::certificates() {
    std::string pattern = (std::filesystem::temp_directory_path() / "mint-certificates-XXXXXX").string();
    check(::mkdtemp(pattern.data()) != nullptr, "directory");
    directory = pattern;
    const writer out{directory};

    const key_pair root = issue({.common_name = "Mint Test CA", .is_ca = true}, nullptr);
    const key_pair unknown = issue({.common_name = "Unknown CA", .is_ca = true}, nullptr);
    const key_pair middle = issue({.common_name = "Mint Intermediate CA", .is_ca = true}, &root);
    const key_pair leaf = issue({.common_name = "localhost", .names = good_names}, &root);
    const key_pair deep = issue({.common_name = "deep", .names = good_names}, &middle);
    ca = out.write("ca", root);
    good = out.write("good", leaf);
    good_pin = pin_of(leaf.certificate.get());
    behind_intermediate = out.write("deep", deep, pem_of(middle.certificate.get()));
    without_chain = out.write("without_chain", deep);
    const auto write = [&](const char* name, const request& wanted, const key_pair* issuer) {
        return out.write(name, issue(wanted, issuer));
    };
    expired = write(
        "expired", {.common_name = "expired", .names = good_names, .valid_from = -2 * day, .valid_until = -day}, &root);
    not_yet_valid =
        write("not_yet_valid", {.common_name = "not yet valid", .names = good_names, .valid_from = day}, &root);
    wrong_name = write("wrong_name", {.common_name = "localhost", .names = "DNS:other.example,IP:203.0.113.7"}, &root);
    from_unknown_ca = write("from_unknown_ca", {.common_name = "localhost", .names = good_names}, &unknown);
    self_signed = write("self_signed", {.common_name = "myself", .names = good_names}, nullptr);
    only_ip = write("only_ip", {.common_name = "localhost", .names = "IP:127.0.0.1"}, &root);
    only_common_name = write("only_common_name", {.common_name = "localhost"}, &root);
    wildcard = write("wildcard", {.common_name = "wildcard", .names = "DNS:*.mint.example"}, &root);
    wide_wildcard = write("wide_wildcard", {.common_name = "wildcard", .names = "DNS:*.example"}, &root);
    ip_as_dns_name = write("ip_as_dns_name", {.common_name = "localhost", .names = "DNS:127.0.0.1,DNS:::1"}, &root);
    not_for_servers =
        write("not_for_servers", {.common_name = "client", .names = good_names, .key_usage = "clientAuth"}, &root);
    of_many_names = write("of_many_names", {.common_name = "many", .names = ""}, &root);

    const key_pair client_root = issue({.common_name = "Mint Client CA", .is_ca = true}, nullptr);
    const key_pair guest = issue({.common_name = "guest", .key_usage = "clientAuth"}, &client_root);
    client_ca = out.write("client_ca", client_root);
    client = out.write("client", guest);
    encrypted_client_key = pem_of(guest.key.get(), passphrase);
    encrypted_client_key_file = out.write("client_encrypted.key", encrypted_client_key);
}

certificates::~certificates() {
    std::error_code ignored;
    std::filesystem::remove_all(directory, ignored);
}

}  // namespace mint::testing
