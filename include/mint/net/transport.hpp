#pragma once

#include <mint/base/bytes.hpp>
#include <mint/base/error.hpp>
#include <mint/net/socket.hpp>
#include <mint/net/tls_options.hpp>

#include <chrono>
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
class tls_layer;
}

/// Whom a TLS handshake is with, and what it offers.
struct tls_peer {
    std::string name = {};   ///< verified against the certificate; a DNS name goes into SNI, an address doesn't
    std::uint16_t port = 0;  ///< tells sessions apart
    std::vector<std::string> alpn = {};  ///< in order of preference; empty offers none (RFC 7301)
    tls_session session = {};            ///< to be resumed where it fits
};

/// What carries a connection's octets: a connected socket, and over it any number of TLS layers (two where an HTTPS
/// proxy is on the way). The one type that the layers above read from and write to. Move-only; a moved-from transport
/// is closed.
///
/// Over TLS, reading can make something to send (a KeyUpdate's answer, an alert), and a write can leave encrypted
/// octets that the socket didn't take: both wait here, `wants_write` says so, and each later call tries to send them
/// first.
class transport {
  public:
    transport() noexcept;
    explicit transport(socket connected) noexcept;
    transport(transport&&) noexcept;
    transport& operator=(transport&&) noexcept;
    ~transport();

    /// Puts TLS on top, and begins its handshake: call `handshake` then. errc::invalid_host for a name that no
    /// certificate can have. `unread` are octets that were read already and belong to it.
    [[nodiscard]] std::expected<void, error> start_tls(const tls_context& context, const tls_peer& peer,
                                                       byte_view unread = {});

    /// Goes on with the handshake, without waiting: true when it is finished, false when it waits for the socket (to be
    /// readable; and writable where `wants_write`). A peer that isn't verified gets an alert and nothing else. The
    /// errors of TLS, where the end or a reset is tls_handshake_cut_short. Takes a bounded number of bytes: false with
    /// `may_have_more()` means that more of them are here.
    [[nodiscard]] std::expected<bool, error> handshake();

    /// Reads what is there, at most `space.size()` octets; never waits. Over TLS `ok` with size 0 doesn't happen: where
    /// records came without data it is `would_block`. `space` of 32 KiB or more (over two layers 52) is read with one
    /// system call for many records, and nothing but an end stays behind in here; see `has_unread`.
    [[nodiscard]] io_result read_some(byte_span space) noexcept {
        return tls_ == nullptr ? socket_.read_some(space) : read_tls(space, std::chrono::milliseconds::zero());
    }

    /// As `read_some`, but waits up to `timeout` for the first octet, with one system call where the timeout is the
    /// last one's. `would_block` may come early, after a signal or a record without data: only a clock tells.
    /// `milliseconds::max()` is for ever.
    [[nodiscard]] io_result read_within(byte_span space, std::chrono::milliseconds timeout) noexcept;

    /// Writes what the system takes without waiting. Over TLS, `size` octets were encrypted for good, and up to one
    /// record of them may wait in here.
    [[nodiscard]] io_result write_some(byte_view octets) noexcept {
        return tls_ == nullptr ? socket_.write_some(octets) : write_tls(octets);
    }

    /// Sends encrypted octets that wait here. `ok` when none waits any more.
    [[nodiscard]] io_result flush() noexcept { return tls_ == nullptr ? io_result{} : flush_tls(); }

    /// True if encrypted octets wait for the socket.
    [[nodiscard]] bool wants_write() const noexcept { return tls_ != nullptr && tls_wants_write(); }

    /// True if octets of the peer's wait in here, which no readiness of the socket will tell: read again.
    [[nodiscard]] bool has_unread() const noexcept { return tls_ != nullptr && tls_has_unread(); }

    /// True if there may be more to read at once: octets wait in here, or the last read over TLS filled the room that
    /// it had. What an edge-triggered loop must ask.
    [[nodiscard]] bool may_have_more() const noexcept { return tls_ != nullptr && tls_may_have_more(); }

    /// True while no octet can be written before something was read (a message of TLS's own that came half), and while
    /// none can be read before something was written (answers of TLS's own that the peer doesn't take). Waiting for the
    /// other direction would only spin.
    [[nodiscard]] bool write_waits_for_read() const noexcept { return tls_ != nullptr && tls_write_waits(); }
    [[nodiscard]] bool read_waits_for_write() const noexcept { return tls_ != nullptr && tls_read_waits(); }

    /// Why the last `failed` was: TLS's error where TLS failed, else errno's. `call` names the system call then.
    [[nodiscard]] error failure(const io_result& failed, const char* call) const;

    /// True once `end` was read over TLS without the peer's close_notify: octets may be missing (RFC 8446 §6.1).
    [[nodiscard]] bool was_truncated() const noexcept;

    /// Ends our direction, over TLS with close_notify; the peer's stays.
    void shutdown_write() noexcept;

    /// Closes at once; over TLS a close_notify is tried, and what the socket doesn't take is dropped.
    void close() noexcept;

    [[nodiscard]] bool is_open() const noexcept { return socket_.is_open(); }

    /// True if TLS is there, to whom the last `start_tls` named.
    [[nodiscard]] bool is_tls() const noexcept { return tls_ != nullptr; }

    /// Of the uppermost TLS layer, once its handshake is finished; nothing without one.
    [[nodiscard]] std::optional<tls_info> info() const;

    /// What the uppermost layer's server gave for the next handshake, the newest; empty where it gave none. TLS 1.3's
    /// comes behind the handshake, with the first octets read.
    [[nodiscard]] tls_session session() const;

    /// -1 when closed.
    [[nodiscard]] int descriptor() const noexcept { return socket_.descriptor(); }

  private:
    [[nodiscard]] io_result read_tls(byte_span space, std::chrono::milliseconds timeout) noexcept;
    [[nodiscard]] io_result write_tls(byte_view octets) noexcept;
    [[nodiscard]] io_result flush_tls() noexcept;
    [[nodiscard]] bool tls_wants_write() const noexcept;
    [[nodiscard]] bool tls_has_unread() const noexcept;
    [[nodiscard]] bool tls_may_have_more() const noexcept;
    [[nodiscard]] bool tls_write_waits() const noexcept;
    [[nodiscard]] bool tls_read_waits() const noexcept;

    socket socket_;
    std::int32_t read_timeout_ = 0;  // milliseconds, as the socket has it; 0 for ever
    std::unique_ptr<detail::tls_layer> tls_;
};

}  // namespace mint::net
