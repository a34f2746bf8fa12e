#include "net/tls_stream.hpp"

#include "net/tls_failure.hpp"
#include "net/tls_session.hpp"

#include <algorithm>
#include <cerrno>
#include <new>
#include <string_view>
#include <utility>

#include <openssl/err.h>

namespace mint::net::detail {

namespace {

std::string_view chosen_protocol(const SSL* ssl) noexcept {
    const unsigned char* data = nullptr;
    unsigned size = 0;
    ::SSL_get0_alpn_selected(ssl, &data, &size);
    return {reinterpret_cast<const char*>(data), size};
}

bool contains(std::string_view offered, std::string_view protocol) noexcept {
    while (!offered.empty()) {
        const auto size = static_cast<std::size_t>(static_cast<unsigned char>(offered.front()));
        if (offered.substr(1, size) == protocol) return true;
        offered.remove_prefix(1 + size);
    }
    return false;
}

/// RFC 9113 §9.2.2 and its appendix A: with TLS 1.2 only what has ephemeral keys, a certificate or key, and AEAD.
bool is_prohibited_for_http2(const SSL_CIPHER* cipher) noexcept {
    const int exchange = ::SSL_CIPHER_get_kx_nid(cipher);
    if (exchange == NID_kx_any) return false;  // TLS 1.3
    const bool is_ephemeral = exchange == NID_kx_ecdhe || exchange == NID_kx_dhe || exchange == NID_kx_ecdhe_psk ||
                              exchange == NID_kx_dhe_psk;
    return !is_ephemeral || ::SSL_CIPHER_is_aead(cipher) != 1 || ::SSL_CIPHER_get_auth_nid(cipher) == NID_auth_null;
}

}  // namespace

std::expected<tls_stream, error> tls_stream::create(const tls_context& context, const tls_peer& peer) {
    auto name = peer_name::read(peer.name);
    if (!name) return std::unexpected(std::move(name.error()));
    tls_stream made;
    made.settings_ = context.settings_;
    made.name_ = std::move(*name);
    made.port_ = peer.port;
    ::ERR_clear_error();
    made.ssl_.reset(::SSL_new(made.settings_->context.get()));
    if (!made.ssl_) throw std::bad_alloc{};
    made.bio_ = make_bio().release();
    ::SSL_set_bio(made.ssl_.get(), made.bio_, made.bio_);
    ::SSL_set_connect_state(made.ssl_.get());
    made.name_.apply_to(made.ssl_.get());
    if (auto offered = made.offer(peer); !offered) return std::unexpected(std::move(offered.error()));
    return made;
}

/// ALPN, and a session where it fits.
std::expected<void, error> tls_stream::offer(const tls_peer& peer) {
    for (const std::string& protocol : peer.alpn) {
        if (protocol.empty() || protocol.size() > 255) {
            return std::unexpected(error{errc::invalid_argument, "alpn: a name has 1 to 255 octets"});
        }
        offered_ += static_cast<char>(static_cast<unsigned char>(protocol.size()));
        offered_ += protocol;
    }
    if (offered_.size() > 0xFFFF) return std::unexpected(error{errc::invalid_argument, "alpn: too many names"});
    if (!offered_.empty() && ::SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(offered_.data()),
                                                   static_cast<unsigned>(offered_.size())) != 0) {
        throw std::bad_alloc{};
    }
    if (peer.session.empty()) return {};
    if (const auto& stored = *peer.session.stored_; stored.fits(name_, port_, *settings_)) {
        if (const auto own = stored_session::copy_of(stored.session.get())) ::SSL_set_session(ssl_.get(), own.get());
    }
    ::ERR_clear_error();
    return {};
}

std::size_t tls_stream::handshake(byte_view input, buffer& out) noexcept {
    if (state_ == state::failed) return 0;
    drop_openssl_errors();
    tls_octets octets{.input = input, .room = {}, .more = &out};
    verification check{.settings = settings_.get(), .name = &name_};
    set_octets(bio_, &octets);
    verification::set(ssl_.get(), &check);
    const int result = ::SSL_do_handshake(ssl_.get());
    verification::set(ssl_.get(), nullptr);
    set_octets(bio_, nullptr);
    if (check.verdict) {
        fail(std::move(*check.verdict));
    } else if (result != 1) {
        take_result(result, octets);
        if (is_closed_ && state_ == state::shaking_hands) fail(errc::tls_handshake_cut_short, 0);
    } else if (state_ == state::shaking_hands) {
        try {
            finish_handshake();
        } catch (const std::bad_alloc&) {
            fail(errc::system_error, ENOMEM);
        }
    }
    return input.size() - octets.input.size();
}

void tls_stream::finish_handshake() {
    // Only ciphers without authentication, which the caller must have chosen, have none.
    const bool needs_certificate = !settings_->is_insecure || !settings_->pins.empty();
    if (needs_certificate && ::SSL_get0_peer_certificate(ssl_.get()) == nullptr) {
        return fail({errc::certificate_invalid, "the server has none"});
    }
    const std::string_view chosen = chosen_protocol(ssl_.get());
    if (!chosen.empty() && !contains(offered_, chosen)) return fail(errc::alpn_mismatch, 0);
    const SSL_CIPHER* const cipher = ::SSL_get_current_cipher(ssl_.get());
    if (chosen == "h2" && is_prohibited_for_http2(cipher)) {
        return fail({errc::prohibited_cipher_suite, ::SSL_CIPHER_get_name(cipher)});
    }
    offered_ = {};
    state_ = state::established;
}

tls_stream::progress tls_stream::decrypt(byte_view input, byte_span plain, buffer& out) noexcept {
    progress result;
    if (!is_established() || is_at_end()) return result;
    drop_openssl_errors();
    tls_octets octets{.input = input, .room = {}, .more = &out, .max_key_updates = max_key_updates - key_updates_};
    set_octets(bio_, &octets);
    while (result.made < plain.size() && (!octets.input.empty() || ::SSL_pending(ssl_.get()) > 0)) {
        std::size_t size = 0;
        const int read = ::SSL_read_ex(ssl_.get(), plain.data() + result.made, plain.size() - result.made, &size);
        if (read != 1) {
            take_result(read, octets);
            break;
        }
        result.made += size;
        octets.key_updates = 0;
        octets.max_key_updates = max_key_updates;
    }
    set_octets(bio_, nullptr);
    if (octets.key_updates > octets.max_key_updates) fail(errc::too_many_key_updates, 0);
    key_updates_ = max_key_updates - octets.max_key_updates + octets.key_updates;
    result.taken = input.size() - octets.input.size();
    return result;
}

tls_stream::progress tls_stream::encrypt(byte_view plain, byte_span room, buffer& out) noexcept {
    progress result;
    if (!is_established() || is_write_closed_) return result;
    drop_openssl_errors();
    tls_octets octets{.input = {}, .room = room, .more = &out};
    set_octets(bio_, &octets);
    const std::size_t size = std::min(plain.size(), max_record_content);
    const int written = ::SSL_write_ex(ssl_.get(), plain.data(), size, &result.taken);
    if (written != 1) take_result(written, octets);
    set_octets(bio_, nullptr);
    result.made = octets.made;
    return result;
}

void tls_stream::close_notify(buffer& out) noexcept {
    if (!is_established() || is_write_closed_) return;
    is_write_closed_ = true;
    drop_openssl_errors();
    tls_octets octets{.input = {}, .room = {}, .more = &out};
    set_octets(bio_, &octets);
    ::SSL_shutdown(ssl_.get());
    set_octets(bio_, nullptr);
    drop_openssl_errors();
}

void tls_stream::receive_eof() noexcept {
    if (!is_closed_) is_truncated_ = true;
}

/// Of a call of OpenSSL's that didn't do what it was asked for.
void tls_stream::take_result(int result, const tls_octets& octets) noexcept {
    if (octets.is_out_of_memory) return fail(errc::system_error, ENOMEM);
    switch (::SSL_get_error(ssl_.get(), result)) {
        case SSL_ERROR_WANT_READ: return;
        case SSL_ERROR_ZERO_RETURN: is_closed_ = true; return;
        default: break;
    }
    try {
        fail(take_tls_failure());
    } catch (const std::bad_alloc&) {
        fail(errc::system_error, ENOMEM);
    }
}

void tls_stream::fail(errc code, int system) noexcept {
    error reason{code};
    reason.system = system;
    fail(std::move(reason));
}

void tls_stream::fail(error reason) noexcept {
    drop_openssl_errors();
    state_ = state::failed;
    if (!failure_) failure_ = std::move(reason);
}

std::optional<tls_info> tls_stream::info() const {
    if (!is_established()) return std::nullopt;
    tls_info result;
    result.version = ::SSL_version(ssl_.get()) == TLS1_2_VERSION ? tls_version::tls1_2 : tls_version::tls1_3;
    result.cipher = ::SSL_get_cipher_name(ssl_.get());
    result.alpn = chosen_protocol(ssl_.get());
    result.is_resumed = ::SSL_session_reused(ssl_.get()) == 1;
    result.is_verified = !settings_->is_insecure;
    if (X509* const certificate = ::SSL_get0_peer_certificate(ssl_.get());
        certificate != nullptr && !result.is_resumed) {
        result.certificate_name = subject_of(certificate);
    }
    return result;
}

tls_session tls_stream::session() const {
    if (!is_established()) return {};
    // The newest: a ticket puts another session in place of the one before.
    SSL_SESSION* const newest = ::SSL_get0_session(ssl_.get());
    if (newest == nullptr || ::SSL_SESSION_is_resumable(newest) != 1) return {};
    auto own = stored_session::copy_of(newest);
    if (!own) return {};
    return tls_session{std::make_shared<const stored_session>(stored_session{.host = name_.text,
                                                                             .port = port_,
                                                                             .is_verified = !settings_->is_insecure,
                                                                             .identity = settings_->identity,
                                                                             .session = std::move(own)})};
}

}  // namespace mint::net::detail
