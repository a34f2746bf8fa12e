#pragma once

#include <mint/base/error.hpp>
#include <mint/http/connection.hpp>
#include <mint/http/read_buffer.hpp>
#include <mint/http/socket_message.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>

namespace mint {

/// Waits for any of a number of connections: the loop for programs that have none of their own.
///
///     mailbox box;
///     box.add(conn);
///     while (auto message = box.receive(5s)) handle(websocket::stream(conn, *message, box.scratch()));
///
/// Over epoll, edge-triggered, with one system call for many messages; over poll where there is no epoll or where asked
/// for. Holds no connection: it may be moved or destroyed at any time, and one that was closed or destroyed is
/// forgotten. Each message must be given to the `stream` of its connection, with this mailbox's `scratch()`, before the
/// next `receive`. No connection is kept waiting by another one that always has octets. Move-only; for one thread.
class mailbox {
  public:
    enum class backend : std::uint8_t { best, poll };

    explicit mailbox(backend b = backend::best);
    mailbox(mailbox&&) noexcept;
    mailbox& operator=(mailbox&&) noexcept;
    ~mailbox();

    /// Watches a connection in active mode. Adding it again is needed only after it was in passive mode for a while:
    /// then it is looked at afresh. errc::wrong_mode, connection_closed, system_error.
    [[nodiscard]] std::expected<void, error> add(http::connection& conn);

    /// Stops watching it; unknown ones are ignored.
    void remove(const http::connection& conn) noexcept;

    /// The next message; waits for one up to `timeout`, also where nothing is watched. errc::timeout; system_error.
    [[nodiscard]] std::expected<http::socket_message, error> receive(std::chrono::milliseconds timeout);

    /// The scratch memory to lend to `stream`.
    [[nodiscard]] http::read_buffer& scratch() noexcept;

  private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace mint
