#pragma once

#include <string>
#include <string_view>

namespace mint::testing {

/// A certificate with the chain behind it, and its private key: PEM, in memory and in files.
struct credential {
    std::string certificate;
    std::string key;
    std::string certificate_file;
    std::string key_file;
};

/// Certificates made once a program, in a directory that is removed at its end.
struct certificates {
    [[nodiscard]] static const certificates& shared();

    /// Trusted in the tests: issued all below where nothing else is said.
    credential ca;

    credential good;                 ///< for localhost, 127.0.0.1 and ::1
    credential expired;              ///< the same names
    credential not_yet_valid;        ///< the same names
    credential wrong_name;           ///< for other.example and 203.0.113.7
    credential from_unknown_ca;      ///< the names of `good`
    credential self_signed;          ///< the names of `good`
    credential only_ip;              ///< for 127.0.0.1
    credential only_common_name;     ///< CN=localhost, and no subjectAltName
    credential wildcard;             ///< for *.mint.example
    credential wide_wildcard;        ///< for *.example, which is too wide to count
    credential ip_as_dns_name;       ///< for 127.0.0.1 and ::1, as DNS names
    credential behind_intermediate;  ///< the names of `good`; the intermediate CA is in the chain
    credential without_chain;        ///< `behind_intermediate`, and no chain
    credential not_for_servers;      ///< the names of `good`, and of use for clients only
    credential of_many_names;        ///< twelve names, none of them localhost, one with NUL and escape characters

    /// For clients, of a CA of their own.
    credential client_ca;
    credential client;
    std::string encrypted_client_key;  ///< PEM, with the passphrase below
    std::string encrypted_client_key_file;
    static constexpr std::string_view passphrase = "open sesame";

    /// `sha256//…` of the key of `good`.
    std::string good_pin;

    /// The directory, for files of a test's own.
    std::string directory;

    certificates(const certificates&) = delete;
    certificates& operator=(const certificates&) = delete;
    ~certificates();

  private:
    certificates();
};

}  // namespace mint::testing
