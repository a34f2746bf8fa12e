#pragma once

#include <mint/version.hpp>

#include <cstdint>

namespace mint::http {

/// Names a connection for as long as the process lives; never reused, unlike a descriptor.
enum class connection_id : std::uint64_t {};

/// What an event loop hands to `connection::stream`: this connection's socket is ready.
///
/// The mailbox makes them; with a loop of your own: `socket_message{conn.id(), readable, writable}`. A message that
/// says more than is true costs a system call and does no harm.
struct socket_message {
    connection_id id{};
    bool readable = true;   ///< octets, an end or an error: POLLIN, POLLHUP, POLLERR
    bool writable = false;  ///< queued octets may go out again

    friend bool operator==(const socket_message&, const socket_message&) = default;
};

}  // namespace mint::http
