#pragma once

#include "net/tls_stream.hpp"

#include <mint/base/buffer.hpp>
#include <mint/base/bytes.hpp>
#include <mint/base/error.hpp>
#include <mint/net/socket.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>

namespace mint::net::detail {

/// The socket below all layers, and the timeout that it was set to.
struct wire {
    net::socket& socket;
    std::int32_t& read_timeout;  // milliseconds; 0 for ever

    [[nodiscard]] io_result read(byte_span space, std::chrono::milliseconds timeout) const noexcept;
};

/// A tls_stream over the octets of the layer below it, or of the wire; see transport, whose calls these are.
class tls_layer {
  public:
    /// `unread` are octets that come before those of the layer below.
    tls_layer(tls_stream stream, byte_view unread);

    /// Puts this layer on top of `below`.
    void put_on(std::unique_ptr<tls_layer> below) noexcept { below_ = std::move(below); }

    [[nodiscard]] std::expected<bool, error> handshake(const wire& w);
    [[nodiscard]] io_result read(const wire& w, byte_span space, std::chrono::milliseconds timeout) noexcept;
    [[nodiscard]] io_result write(const wire& w, byte_view octets) noexcept;
    [[nodiscard]] io_result flush(const wire& w) noexcept;

    /// Ends our direction of this layer, and sends what the wire takes.
    void close_notify(const wire& w) noexcept;

    /// The same of all layers, from the uppermost down.
    void close_all(const wire& w) noexcept;

    [[nodiscard]] bool wants_write() const noexcept;
    [[nodiscard]] bool has_unread() const noexcept;

    /// True if the last read of the wire filled the room that it was given.
    [[nodiscard]] bool filled_its_room() const noexcept;

    /// True where nothing can be written before something is read, or the reverse.
    [[nodiscard]] bool write_waits_for_read() const noexcept;
    [[nodiscard]] bool read_waits_for_write() const noexcept;

    /// What failed here or below; nullptr where TLS didn't.
    [[nodiscard]] const error* failure() const noexcept;

    [[nodiscard]] const tls_stream& stream() const noexcept { return stream_; }

  private:
    [[nodiscard]] io_result read_below(const wire& w, byte_span space, std::chrono::milliseconds timeout) noexcept;
    [[nodiscard]] io_result write_below(const wire& w, byte_view octets) noexcept;
    [[nodiscard]] error failure_below(const io_result& failed, const char* call) const;

    [[nodiscard]] io_result step(const wire& w, byte_span space, std::chrono::milliseconds timeout);
    [[nodiscard]] io_result read_kept(byte_span space);
    [[nodiscard]] io_result read_in_place(const wire& w, byte_span space, std::chrono::milliseconds timeout) noexcept;
    [[nodiscard]] io_result read_into_little(const wire& w, byte_span space, std::chrono::milliseconds timeout);
    [[nodiscard]] io_result take_end(const io_result& below) noexcept;
    [[nodiscard]] io_result write_records(const wire& w, byte_view octets);
    [[nodiscard]] bool send_record(const wire& w, byte_view record);

    tls_stream stream_;
    buffer incoming_;  // ciphertext that was received and not taken yet
    buffer outgoing_;  // ciphertext that must go before any other
    std::unique_ptr<tls_layer> below_;
    io_result write_failure_;  // `failed` once records are missing in what was sent
    std::size_t handshake_size_ = 0;
    std::size_t received_size_ = 0;  // of the last read below
    bool tells_end_ = true;          // the end or failure of reading wasn't returned yet
    bool filled_room_ = false;       // of the wire's last read, where no layer is below
    bool write_waits_ = false;       // for octets of the peer's
};

}  // namespace mint::net::detail
