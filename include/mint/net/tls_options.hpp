#pragma once

#include <mint/base/error.hpp>

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mint::net {

namespace detail {
class tls_stream;
struct stored_session;
struct tls_settings;
}  // namespace detail

enum class tls_version : std::uint8_t { tls1_2, tls1_3 };

/// What a server gave to make the next handshake with it shorter (RFC 8446 §2.2): kept by the caller, for as long and
/// for as many connections as he likes.
///
/// It counts only where host and port are those that it came from, with the same CAs and certificate of our own in the
/// options, and was got with verification unless `insecure` is set; else, and where the server has forgotten it, there
/// is a full handshake. A regular type, cheap to copy; as text, to be stored as a secret: who has it can read what is
/// resumed with it.
class tls_session {
  public:
    tls_session() noexcept = default;

    /// From what `to_text` gave. errc::invalid_argument.
    [[nodiscard]] static std::expected<tls_session, error> from_text(std::string_view text);

    /// Printable, of 64 KiB at most; empty for an empty one, and for one that is larger.
    [[nodiscard]] std::string to_text() const;

    [[nodiscard]] bool empty() const noexcept { return !stored_; }

    /// Compares the texts: for tests, not for each connection.
    friend bool operator==(const tls_session& a, const tls_session& b) {
        return a.stored_ == b.stored_ || a.to_text() == b.to_text();
    }

  private:
    friend class detail::tls_stream;

    explicit tls_session(std::shared_ptr<const detail::stored_session> stored) noexcept : stored_(std::move(stored)) {}

    std::shared_ptr<const detail::stored_session> stored_;
};

/// How TLS is spoken, and whom it trusts. The defaults are safe: the system's CAs, the name checked, TLS 1.2 or later.
struct tls_options {
    /// Trusted CAs, PEM: a file, and text in memory. With either, the system's are not trusted, unless
    /// `trusts_system` says so.
    std::string ca_file = {};
    std::string ca_pem = {};
    std::optional<bool> trusts_system = std::nullopt;

    /// A certificate of our own for servers that ask for one, with the chain behind it, and its private key: PEM, in
    /// files or in memory, and the key's passphrase where it has one. A server with TLS 1.3 that refuses it says so
    /// behind the handshake: the first receiving call gives errc::tls_alert.
    std::string certificate_file = {};
    std::string certificate_pem = {};
    std::string key_file = {};
    std::string key_pem = {};
    std::string passphrase = {};

    /// The versions accepted; the highest one is the newest there is where it isn't given.
    tls_version min_version = tls_version::tls1_2;
    std::optional<tls_version> max_version = std::nullopt;

    /// For TLS 1.2, as OpenSSL's ciphers(1) writes them; and for TLS 1.3 its suites. Empty: ECDHE with AEAD alone, and
    /// OpenSSL's choice for TLS 1.3.
    std::string ciphers = {};
    std::string cipher_suites = {};

    /// For old servers with TLS 1.2: offers RSA key exchange and CBC as well, as OpenSSL does by default. Not together
    /// with `ciphers`. HTTP/2 is never spoken on those (RFC 9113 §9.2.2).
    bool allows_old_suites = false;

    /// Public keys of which the server's must be one: `sha256//` and the base64 of the SHA-256 of its
    /// SubjectPublicKeyInfo (as curl's --pinnedpubkey). Checked beside the chain, and also where `insecure` is set.
    std::vector<std::string> pinned_keys = {};

    /// DANGER: checks neither chain nor name. Anyone on the way can read and change everything. For tests.
    bool insecure = false;

    /// Appends the secrets of each connection to this file, as SSLKEYLOGFILE has them, for tools that decrypt a
    /// capture. Nothing is written where it is empty: the environment isn't asked.
    std::string key_log_file = {};
};

/// TLS options made ready: certificates read, keys parsed. Making one reads files and may take a millisecond; a program
/// with many connections makes it once. Cheap to copy, may be used by several threads at once, changes no more.
class tls_context {
  public:
    /// Empty: connections make one of their own.
    tls_context() noexcept = default;

    /// errc::invalid_certificate_file, invalid_argument (a cipher, a pinned key); the detail names the option.
    [[nodiscard]] static std::expected<tls_context, error> create(const tls_options& options);

    [[nodiscard]] bool empty() const noexcept { return !settings_; }

  private:
    friend class detail::tls_stream;

    explicit tls_context(std::shared_ptr<const detail::tls_settings> s) noexcept : settings_(std::move(s)) {}

    std::shared_ptr<const detail::tls_settings> settings_;
};

/// What an established TLS connection is, for people and checks.
struct tls_info {
    tls_version version = tls_version::tls1_3;
    std::string cipher;            ///< e.g. TLS_AES_256_GCM_SHA384
    std::string alpn;              ///< the protocol chosen; empty where the server chose none
    std::string certificate_name;  ///< the certificate's subject, as text; empty where a session was resumed
    bool is_resumed = false;
    bool is_verified = false;  ///< chain and name were checked; false with `insecure`
};

}  // namespace mint::net
