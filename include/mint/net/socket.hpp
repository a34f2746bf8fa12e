#pragma once

#include <mint/base/bytes.hpp>
#include <mint/base/error.hpp>
#include <mint/net/address.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <utility>

namespace mint::net {

enum class io_status : std::uint8_t {
    ok,           ///< `size` octets, at least one, were moved
    would_block,  ///< nothing now; a call that waits may have been interrupted
    end,          ///< the peer ended its direction
    failed,       ///< `system` is errno
};

/// What came of one call that moves octets. Cheap, for there is one for each read.
struct io_result {
    io_status status = io_status::ok;
    int system = 0;
    std::size_t size = 0;
};

/// The error of a failed system call: errc::connection_refused, connection_reset or host_unreachable where errno means
/// that, else system_error. The detail is `call`, its name.
[[nodiscard]] error error_of(int system, const char* call);

/// Probes that find a dead peer or keep a middlebox from forgetting the connection (RFC 9293 §3.8.4).
struct tcp_keepalive {
    std::chrono::seconds idle{60};      ///< silence before the first probe
    std::chrono::seconds interval{15};  ///< between probes
    int probe_count = 4;                ///< unanswered, and the connection is broken

    friend bool operator==(const tcp_keepalive&, const tcp_keepalive&) = default;
};

/// What a socket is set to before it connects. TCP_NODELAY is always on, and close-on-exec.
struct socket_options {
    std::optional<tcp_keepalive> keepalive = std::nullopt;

    /// SO_RCVBUF and SO_SNDBUF in octets; 0 leaves the system's automatic choice, which is better for most.
    int receive_buffer_size = 0;
    int send_buffer_size = 0;

    /// Our own end's address: an interface of this host, and a port or 0 for any. Addresses of the other IP version are
    /// not connected to then.
    std::optional<address> local_address = std::nullopt;

    friend bool operator==(const socket_options&, const socket_options&) = default;
};

/// A connected or connecting stream socket, TCP or Unix, that owns its descriptor. SIGPIPE is never raised, a child
/// process doesn't inherit it. Move-only; a moved-from socket is closed.
class socket {
  public:
    socket() noexcept = default;
    socket(socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    socket& operator=(socket&& other) noexcept;
    ~socket() { close(); }

    /// Begins to connect, and doesn't wait for it: then wait until the socket is writable, and call `finish_connect`.
    [[nodiscard]] static std::expected<socket, error> start_connect(const address& to,
                                                                    const socket_options& options = {});

    /// The same to a Unix domain socket; a path that begins with NUL is in Linux's abstract namespace.
    /// errc::invalid_argument for a path that is empty or too long for the system.
    [[nodiscard]] static std::expected<socket, error> start_connect_unix(const std::string& path);

    /// Takes over a descriptor that is a connected stream socket, and sets what `finish_connect` sets; `options` but
    /// the local address are set as well. errc::invalid_argument for another descriptor, and system_error: it is still
    /// the caller's then.
    [[nodiscard]] static std::expected<socket, error> adopt(int descriptor, const socket_options& options = {});

    /// Says how the connecting went, and sets the options of a connected socket: TCP_NODELAY, and blocking, though no
    /// call but `read_waiting` ever waits. Precondition: the socket was writable after `start_connect`.
    [[nodiscard]] std::expected<void, error> finish_connect();

    /// Reads what is there, at most `space.size()`, with one system call. Precondition: `space` isn't empty.
    [[nodiscard]] io_result read_some(byte_span space) noexcept;

    /// As `read_some`, and where nothing is there waits for it, as long as `set_read_timeout` said; a signal's handler
    /// ends it with `would_block`.
    [[nodiscard]] io_result read_waiting(byte_span space) noexcept;

    /// How long `read_waiting` waits; 0 for as long as it takes, as it is at first.
    [[nodiscard]] std::expected<void, error> set_read_timeout(std::chrono::milliseconds timeout);

    /// Writes what the system takes without waiting. Precondition: `octets` isn't empty.
    [[nodiscard]] io_result write_some(byte_view octets) noexcept;

    /// Ends our direction, after what was written.
    void shutdown_write() noexcept;

    /// Closes it at once; what was written still goes out where the peer's octets were all read, else it may be lost.
    void close() noexcept;

    [[nodiscard]] bool is_open() const noexcept { return descriptor_ >= 0; }

    /// The descriptor, still owned; -1 when closed.
    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

  private:
    explicit socket(int descriptor) noexcept : descriptor_(descriptor) {}

    int descriptor_ = -1;
};

}  // namespace mint::net
