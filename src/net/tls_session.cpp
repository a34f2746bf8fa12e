#include "net/tls_session.hpp"

#include "base/base64.hpp"

#include <mint/net/tls_options.hpp>

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <utility>
#include <vector>

#include <openssl/err.h>
#include <openssl/x509.h>

namespace mint::net {

namespace detail {

namespace {

// Before base64: the form's number, flags, the port's two octets, tls_settings::identity, the host's size, the host,
// and then OpenSSL's SSL_SESSION in DER, with the ticket and the server's certificate in it.
constexpr std::byte form{1};
constexpr std::byte verified_flag{1};
constexpr std::size_t fixed_size = 1 + 1 + 2 + sizeof(key_digest) + 1;

/// Tickets are of up to 64 KiB (RFC 8446 §4.6.1), real ones of two at most.
constexpr std::size_t max_text_size = 64 * 1024;

}  // namespace

std::string stored_session::write() const {
    const int size = ::i2d_SSL_SESSION(session.get(), nullptr);
    if (size <= 0) return {};
    std::vector<std::byte> all;
    all.reserve(fixed_size + host.size() + static_cast<std::size_t>(size));
    all.push_back(form);
    all.push_back(is_verified ? verified_flag : std::byte{0});
    all.push_back(static_cast<std::byte>(port >> 8U));
    all.push_back(static_cast<std::byte>(port & 0xFFU));
    all.insert(all.end(), identity.begin(), identity.end());
    all.push_back(static_cast<std::byte>(host.size()));  // 253 at most
    const byte_view name = as_bytes(host);
    all.insert(all.end(), name.begin(), name.end());
    const std::size_t start = all.size();
    all.resize(start + static_cast<std::size_t>(size));
    auto* place = reinterpret_cast<unsigned char*>(all.data() + start);
    ::i2d_SSL_SESSION(session.get(), &place);
    std::string text = mint::detail::base64_encode(all);
    if (text.size() > max_text_size) text.clear();
    return text;
}

std::optional<stored_session> stored_session::read(std::string_view text) {
    if (text.size() > max_text_size) return std::nullopt;
    const auto octets = mint::detail::base64_decode(text);
    if (!octets || octets->size() < fixed_size) return std::nullopt;
    byte_view rest{*octets};
    if (rest[0] != form || (rest[1] & ~verified_flag) != std::byte{0}) return std::nullopt;
    stored_session result;
    result.is_verified = rest[1] == verified_flag;
    result.port =
        static_cast<std::uint16_t>(std::to_integer<unsigned>(rest[2]) << 8U | std::to_integer<unsigned>(rest[3]));
    std::ranges::copy(rest.subspan(4, result.identity.size()), result.identity.begin());
    const auto host_size = std::to_integer<std::size_t>(rest[fixed_size - 1]);
    rest = rest.subspan(fixed_size);
    if (rest.size() < host_size) return std::nullopt;
    result.host = as_text(rest.first(host_size));
    rest = rest.subspan(host_size);
    const auto* place = reinterpret_cast<const unsigned char*>(rest.data());
    result.session.reset(::d2i_SSL_SESSION(nullptr, &place, static_cast<long>(rest.size())));
    ::ERR_clear_error();
    if (!result.session || place != reinterpret_cast<const unsigned char*>(rest.data() + rest.size())) {
        return std::nullopt;
    }
    return result;
}

bool stored_session::fits(const peer_name& name, std::uint16_t wanted_port, const tls_settings& settings) const {
    if (host != name.text || port != wanted_port || identity != settings.identity) return false;
    if (!is_verified && !settings.is_insecure) return false;
    if (settings.is_insecure && settings.pins.empty()) return true;
    // A resumed handshake shows no certificate: the one of then must do.
    X509* const certificate = ::SSL_SESSION_get0_peer(session.get());
    if (certificate == nullptr || !has_pinned_key(settings, certificate)) return false;
    if (settings.is_insecure) return true;
    return name.is_in(certificate) && ::X509_cmp_current_time(::X509_get0_notAfter(certificate)) > 0;
}

}  // namespace detail

std::expected<tls_session, error> tls_session::from_text(std::string_view text) {
    if (text.empty()) return tls_session{};
    auto stored = detail::stored_session::read(text);
    if (!stored) return std::unexpected(error{errc::invalid_argument, "no TLS session"});
    return tls_session{std::make_shared<const detail::stored_session>(std::move(*stored))};
}

std::string tls_session::to_text() const { return stored_ ? stored_->write() : std::string{}; }

}  // namespace mint::net
