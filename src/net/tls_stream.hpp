#pragma once

#include "net/tls_bio.hpp"
#include "net/tls_settings.hpp"
#include "net/tls_verification.hpp"

#include <mint/base/buffer.hpp>
#include <mint/base/bytes.hpp>
#include <mint/base/error.hpp>
#include <mint/net/tls_options.hpp>
#include <mint/net/transport.hpp>

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>

namespace mint::net::detail {

/// The client's side of one TLS connection: octets in, octets out, no socket.
///
/// `handshake` with what comes until it is established or failed, then `decrypt` and `encrypt` in any order; calls out
/// of order do nothing. Each of them can make octets that the peer must get, even in failing. After an error it stays
/// in error, and neither takes nor gives anything more.
class tls_stream {
  public:
    /// Plaintext that one record takes (RFC 8446 §5.1), and what `encrypt` at most makes of it.
    static constexpr std::size_t max_record_content = 16 * 1024;
    static constexpr std::size_t max_record_size = max_record_content + 512;

    /// `decrypt` may write its plaintext over its own input where that begins at least so far behind. OpenSSL takes all
    /// of a record before any of it comes out, in the order in which they came: what came out is never more than what
    /// was taken, in this call and in those before it; and of theirs it holds at most one record, as ciphertext or
    /// decrypted.
    static constexpr std::size_t in_place_gap = 17 * 1024;

    /// KeyUpdates that may come in a row, without data between them. Each costs new keys, and perhaps an answer.
    static constexpr std::size_t max_key_updates = 32;

    /// How much of the input a call took, and how much it made in the room it was given.
    struct progress {
        std::size_t taken = 0;
        std::size_t made = 0;
    };

    /// errc::invalid_host, invalid_argument (ALPN).
    [[nodiscard]] static std::expected<tls_stream, error> create(const tls_context& context, const tls_peer& peer);

    tls_stream(tls_stream&&) noexcept = default;
    tls_stream& operator=(tls_stream&&) noexcept = default;
    ~tls_stream() = default;

    /// Goes on with the handshake, appends what is to be sent, and returns how many octets it took: all that there are
    /// until it is established. Afterwards it goes on with a message of the server's that isn't complete, if there is
    /// one: only then can `encrypt` take nothing.
    std::size_t handshake(byte_view input, buffer& out) noexcept;

    /// Decrypts until `plain` is full, the input taken, or the stream closed or failed.
    progress decrypt(byte_view input, byte_span plain, buffer& out) noexcept;

    /// Encrypts one record: into `room`, of at least `max_record_size`, and what doesn't fit into `out`.
    progress encrypt(byte_view plain, byte_span room, buffer& out) noexcept;

    /// Ends our direction; once.
    void close_notify(buffer& out) noexcept;

    /// The octets below ended.
    void receive_eof() noexcept;

    /// As after any error: for what fails around the stream.
    void fail(errc code, int system) noexcept;

    [[nodiscard]] bool is_established() const noexcept { return state_ == state::established; }

    /// True if plaintext waits that no more input is needed for.
    [[nodiscard]] bool has_pending() const noexcept { return is_established() && ::SSL_pending(ssl_.get()) > 0; }

    /// True once the peer's direction ended, with close_notify or without.
    [[nodiscard]] bool is_at_end() const noexcept { return is_closed_ || is_truncated_; }
    [[nodiscard]] bool was_truncated() const noexcept { return is_truncated_; }
    [[nodiscard]] bool is_write_closed() const noexcept { return is_write_closed_; }
    [[nodiscard]] const std::optional<error>& failure() const noexcept { return failure_; }

    /// Nothing before the handshake is finished.
    [[nodiscard]] std::optional<tls_info> info() const;
    [[nodiscard]] tls_session session() const;

  private:
    enum class state : std::uint8_t { shaking_hands, established, failed };

    tls_stream() noexcept = default;

    [[nodiscard]] std::expected<void, error> offer(const tls_peer& peer);
    void finish_handshake();
    void take_result(int result, const tls_octets& octets) noexcept;
    void fail(error reason) noexcept;

    std::shared_ptr<const tls_settings> settings_;
    openssl_ptr<SSL> ssl_;
    BIO* bio_ = nullptr;  // the SSL's
    peer_name name_;
    std::string offered_;  // ALPN's list as it is sent (RFC 7301 §3.1)
    std::optional<error> failure_;
    std::size_t key_updates_ = 0;  // in a row, without data
    std::uint16_t port_ = 0;
    state state_ = state::shaking_hands;
    bool is_closed_ = false;
    bool is_truncated_ = false;
    bool is_write_closed_ = false;
};

}  // namespace mint::net::detail
