#pragma once

#include <mint/base/bytes.hpp>
#include <mint/base/error.hpp>
#include <mint/net/socket.hpp>

#include <chrono>
#include <cstdint>
#include <expected>
#include <utility>

namespace mint::net {

/// What carries a connection's octets: a connected socket. The one type that the layers above read from and write to.
/// Move-only; a moved-from transport is closed.
class transport {
  public:
    transport() noexcept = default;
    explicit transport(socket connected) noexcept : socket_(std::move(connected)) {}

    /// Reads what is there, at most `space.size()` octets; never waits.
    [[nodiscard]] io_result read_some(byte_span space) noexcept { return socket_.read_some(space); }

    /// As `read_some`, but waits up to `timeout` for the first octet, with one system call where the timeout is the
    /// last one's. `would_block` may come early, after a signal: only a clock tells. `milliseconds::max()` is for ever.
    [[nodiscard]] io_result read_within(byte_span space, std::chrono::milliseconds timeout) noexcept;

    /// Writes what the system takes without waiting.
    [[nodiscard]] io_result write_some(byte_view octets) noexcept { return socket_.write_some(octets); }

    /// Ends our direction; the peer's stays.
    void shutdown_write() noexcept { socket_.shutdown_write(); }

    void close() noexcept { socket_.close(); }

    [[nodiscard]] bool is_open() const noexcept { return socket_.is_open(); }

    /// True if nobody between the peers can read or change the octets.
    [[nodiscard]] bool is_secure() const noexcept { return false; }

    /// -1 when closed.
    [[nodiscard]] int descriptor() const noexcept { return socket_.descriptor(); }

  private:
    socket socket_;
    std::int32_t read_timeout_ = 0;  // milliseconds, as the socket has it; 0 for ever
};

}  // namespace mint::net
