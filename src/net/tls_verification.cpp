#include "net/tls_verification.hpp"

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "base/ends_in_number.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <new>
#include <sys/socket.h>
#include <utility>

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

namespace mint::net::detail {

namespace {

/// Names are the subjectAltName's alone, and a wildcard is a whole label (RFC 9525 §6.3).
constexpr unsigned name_flags = X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT;

std::size_t size_of(const address& ip) noexcept { return ip.version == ip_version::v4 ? 4 : 16; }

/// For errors, which carry none of the peer's raw octets.
std::string printable(std::string_view text, std::size_t longest = 256) {
    std::string result{text.substr(0, longest)};
    std::ranges::replace_if(result, [](char c) { return c < ' ' || c > '~'; }, '?');
    if (text.size() > longest) result += "...";
    return result;
}

std::string text_of(const X509_NAME* name) {
    const openssl_ptr<BIO> out{::BIO_new(::BIO_s_mem())};
    if (!out || ::X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253) < 0) throw std::bad_alloc{};
    char* data = nullptr;
    const long size = BIO_get_mem_data(out.get(), &data);
    return size > 0 ? printable({data, static_cast<std::size_t>(size)}) : std::string{"no name"};
}

std::string text_of(const ASN1_TIME* time) {
    std::tm t{};
    if (::ASN1_TIME_to_tm(time, &t) != 1) return "?";
    std::array<char, 40> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &t)};
}

std::string_view octets_of(const ASN1_STRING* text) {
    return {reinterpret_cast<const char*>(::ASN1_STRING_get0_data(text)),
            static_cast<std::size_t>(::ASN1_STRING_length(text))};
}

/// The text of a DNS name or address; empty for names of another kind.
std::string text_of(const GENERAL_NAME* name) {
    int type = 0;
    const auto* value = static_cast<const ASN1_STRING*>(::GENERAL_NAME_get0_value(name, &type));
    if (type == GEN_DNS) return printable(octets_of(value), 80);
    if (type != GEN_IPADD) return {};
    const std::string_view octets = octets_of(value);
    std::array<char, INET6_ADDRSTRLEN> text{};
    const int family = octets.size() == 4 ? AF_INET : AF_INET6;
    if (octets.size() != 4 && octets.size() != 16) return {};
    return ::inet_ntop(family, octets.data(), text.data(), text.size()) != nullptr ? text.data() : "";
}

struct free_names {
    void operator()(GENERAL_NAMES* names) const noexcept { ::GENERAL_NAMES_free(names); }
};
using names_ptr = std::unique_ptr<GENERAL_NAMES, free_names>;

std::string names_of(const GENERAL_NAMES* names) {
    constexpr std::size_t most_names = 8;
    std::string text;
    std::size_t count = 0;
    for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
        const std::string name = text_of(sk_GENERAL_NAME_value(names, i));
        if (name.empty() || ++count > most_names) continue;
        text += (text.empty() ? "" : ", ") + name;
    }
    if (count > most_names) text += " and " + std::to_string(count - most_names) + " more";
    return text.empty() ? "nobody" : text;
}

/// `*.local`, which stands for no name though `wanted` is one label before it.
bool is_too_wide(std::string_view pattern, std::string_view wanted) noexcept {
    if (!pattern.starts_with("*.") || pattern.find('.', 2) != std::string_view::npos) return false;
    const std::size_t dot = wanted.find('.');
    return dot != std::string_view::npos && wanted.substr(dot) == pattern.substr(1);
}

/// Why a name that is there doesn't count; empty where none looks as if it did.
std::string near_miss(X509* certificate, const GENERAL_NAMES* names, const peer_name& wanted) {
    if (names == nullptr) {
        return "; it has no subjectAltName, and its subject, " + subject_of(certificate) + ", doesn't count";
    }
    for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
        int type = 0;
        const auto* value =
            static_cast<const ASN1_STRING*>(::GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, i), &type));
        if (type != GEN_DNS) continue;
        const std::string name = mint::detail::lower_case(printable(octets_of(value), 80));
        if (wanted.ip && parse_address(name, 0) == wanted.ip) {
            return "; it has " + name + " as a DNS name, not as an address";
        }
        if (is_too_wide(name, wanted.text)) return "; after the wildcard of " + name + " there are too few labels";
    }
    return {};
}

/// Whom it is for, beside whom it should be for.
std::string describe_names(X509* certificate, const peer_name& wanted) {
    const names_ptr names{
        static_cast<GENERAL_NAMES*>(::X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr))};
    return "wanted " + wanted.text + ", and the certificate is for " + names_of(names.get()) +
           near_miss(certificate, names.get(), wanted);
}

key_digest digest_of_key(X509* certificate) {
    key_digest digest{};
    unsigned char* encoded = nullptr;
    const int size = ::i2d_X509_PUBKEY(::X509_get_X509_PUBKEY(certificate), &encoded);
    const bool is_made = size > 0 && ::EVP_Digest(encoded, static_cast<std::size_t>(size),
                                                  reinterpret_cast<unsigned char*>(digest.data()), nullptr,
                                                  ::EVP_sha256(), nullptr) == 1;
    ::OPENSSL_free(encoded);
    if (!is_made) throw std::bad_alloc{};
    return digest;
}

error describe(X509_STORE_CTX* chain, const peer_name& name) {
    const int reason = ::X509_STORE_CTX_get_error(chain);
    X509* const certificate = ::X509_STORE_CTX_get_current_cert(chain);
    const std::string words = ::X509_verify_cert_error_string(reason);
    if (certificate == nullptr) return {errc::certificate_invalid, words};
    switch (reason) {
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_CERT_UNTRUSTED:
            return {errc::certificate_not_trusted, words + ": " + subject_of(certificate) + ", issued by " +
                                                       text_of(::X509_get_issuer_name(certificate))};
        case X509_V_ERR_CERT_NOT_YET_VALID:
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return {errc::certificate_expired, subject_of(certificate) + ", valid from " +
                                                   text_of(::X509_get0_notBefore(certificate)) + " until " +
                                                   text_of(::X509_get0_notAfter(certificate))};
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return {errc::certificate_name_mismatch, describe_names(certificate, name)};
        default: return {errc::certificate_invalid, words + ": " + subject_of(certificate)};
    }
}

/// In place of X509_verify_cert: 1 where the server's certificate is accepted.
int check_certificate(X509_STORE_CTX* chain, void*) noexcept {
    const auto* ssl =
        static_cast<const SSL*>(::X509_STORE_CTX_get_ex_data(chain, ::SSL_get_ex_data_X509_STORE_CTX_idx()));
    auto* const check = static_cast<verification*>(SSL_get_app_data(ssl));
    if (check == nullptr) return 0;
    try {
        X509* const certificate = ::X509_STORE_CTX_get0_cert(chain);
        if (!has_pinned_key(*check->settings, certificate)) {
            ::X509_STORE_CTX_set_error(chain, X509_V_ERR_APPLICATION_VERIFICATION);
            check->verdict =
                error{errc::pinned_key_mismatch, "sha256//" + mint::detail::base64_encode(digest_of_key(certificate))};
            return 0;
        }
        if (check->settings->is_insecure) return 1;
        if (::X509_verify_cert(chain) == 1) {
            // Once more, for where memory runs out OpenSSL can lose the name that it was to check.
            if (check->name->is_in(certificate)) return 1;
            ::X509_STORE_CTX_set_error(chain, X509_V_ERR_HOSTNAME_MISMATCH);
        }
        check->verdict = describe(chain, *check->name);
    } catch (const std::bad_alloc&) {
        check->verdict = error{errc::system_error};
        check->verdict->system = ENOMEM;
    }
    return 0;
}

bool is_dns_name(std::string_view text) noexcept {
    constexpr std::size_t longest = 253;
    constexpr std::size_t longest_label = 63;
    std::size_t label_size = 0;
    for (const char c : text) {
        const bool is_usual = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
        if (c == '.' ? label_size == 0 : !is_usual || label_size == longest_label) return false;
        label_size = c == '.' ? 0 : label_size + 1;
    }
    return label_size > 0 && text.size() <= longest;
}

}  // namespace

std::expected<peer_name, error> peer_name::read(std::string_view text) {
    if (const auto ip = parse_address(text, 0)) {
        std::array<char, INET6_ADDRSTRLEN> canonical{};
        const int family = ip->version == ip_version::v4 ? AF_INET : AF_INET6;
        ::inet_ntop(family, ip->octets.data(), canonical.data(), canonical.size());
        return peer_name{.text = canonical.data(), .ip = ip};
    }
    std::string name{text.ends_with('.') ? text.substr(0, text.size() - 1) : text};
    std::ranges::transform(name, name.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (!is_dns_name(name) || mint::detail::ends_in_number(name))
        return std::unexpected(error{errc::invalid_host, "no certificate can be for it"});
    return peer_name{.text = std::move(name)};
}

void peer_name::apply_to(SSL* ssl) const {
    X509_VERIFY_PARAM* const checks = ::SSL_get0_param(ssl);
    ::X509_VERIFY_PARAM_set_hostflags(checks, name_flags);
    std::string server_name = text;  // which OpenSSL copies, and takes from what isn't constant
    const bool is_set =
        ip ? ::X509_VERIFY_PARAM_set1_ip(checks, ip->octets.data(), size_of(*ip)) == 1
           : ::X509_VERIFY_PARAM_set1_host(checks, text.data(), text.size()) == 1 &&
                 ::SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, server_name.data()) == 1;
    if (!is_set) throw std::bad_alloc{};
}

bool peer_name::is_in(X509* certificate) const {
    if (ip) return ::X509_check_ip(certificate, ip->octets.data(), size_of(*ip), 0) == 1;
    return ::X509_check_host(certificate, text.data(), text.size(), name_flags, nullptr) == 1;
}

void set_verification(SSL_CTX* context) {
    ::SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    ::SSL_CTX_set_cert_verify_callback(context, check_certificate, nullptr);
}

bool has_pinned_key(const tls_settings& settings, X509* certificate) {
    if (settings.pins.empty()) return true;
    return std::ranges::find(settings.pins, digest_of_key(certificate)) != settings.pins.end();
}

std::string subject_of(X509* certificate) { return text_of(::X509_get_subject_name(certificate)); }

}  // namespace mint::net::detail
