#pragma once

#include "descriptor.hpp"
#include "echo_tls.hpp"

#include <mint/base/bytes.hpp>

#include <cstddef>
#include <utility>

namespace mintws {

/// The octets of one connection of the echo server, in clear text or over TLS. Nothing ever waits.
///
/// Over TLS the handshake is part of the first reads. Reading may wait for room to write and the reverse: do what the
/// result says, then call the same again.
class echo_stream {
  public:
    enum class status {
        ok,           ///< `size` octets were moved
        wants_read,   ///< nothing; call again when the socket is readable
        wants_write,  ///< nothing; call again when the socket is writable
        end,          ///< the peer ended its direction
        failed,
    };
    struct result {
        status what;
        std::size_t size = 0;
    };

    /// `tls` is null for clear text. SIGPIPE is ignored by the process, for OpenSSL can't avoid it.
    echo_stream(descriptor socket, echo_tls::connection tls) noexcept
        : socket_(std::move(socket)), tls_(std::move(tls)) {}

    /// Reads what is there. Precondition: `room` isn't empty.
    [[nodiscard]] result read(mint::byte_span room) noexcept { return tls_ ? read_records(room) : read_socket(room); }

    /// True if `read` may give more at once, though the socket won't be readable.
    [[nodiscard]] bool has_unread() const noexcept { return has_unread_; }

    /// Writes what the socket takes. Precondition: `octets` isn't empty. After `wants_…` the same octets must be given
    /// again, more may stand behind them.
    [[nodiscard]] result write(mint::byte_view octets) noexcept;

    /// Ends our direction, over TLS with close_notify. Then the rest may be dropped by `drop_received`.
    [[nodiscard]] status shutdown() noexcept;

    /// Reads and drops what came on the socket: `end` and `failed` say that there is no more.
    [[nodiscard]] status drop_received(mint::byte_span scratch) noexcept { return read_socket(scratch).what; }

    /// True until TLS is there.
    [[nodiscard]] bool is_shaking_hands() const noexcept;

    [[nodiscard]] int socket() const noexcept { return socket_.number(); }

  private:
    [[nodiscard]] result read_socket(mint::byte_span room) const noexcept;
    [[nodiscard]] result read_records(mint::byte_span room) noexcept;
    [[nodiscard]] status why(int returned) noexcept;

    descriptor socket_;
    echo_tls::connection tls_;
    bool has_unread_ = false;
    status last_ = status::ok;  // the end, or why reading failed, when octets before it are given first
};

}  // namespace mintws
