#include "net/socket_address.hpp"

#include <mint/net/socket.hpp>

#include <cerrno>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace mint::net {

namespace {

/// What the result of recv or send means, errno included.
io_result result_of(ssize_t moved, bool is_read) noexcept {
    if (moved > 0) return {.size = static_cast<std::size_t>(moved)};
    if (moved == 0) return {.status = is_read ? io_status::end : io_status::would_block};
    const int system = errno;
    if (system == EAGAIN || system == EINTR) return {.status = io_status::would_block, .system = system};
    return {.status = io_status::failed, .system = system};
}

/// True where a connect to a free local port was answered by its own socket, which the system had given that very port
/// (RFC 9293 §3.5, simultaneous open): nobody else is there.
bool is_connected_to_itself(int descriptor) noexcept {
    sockaddr_storage ours{};
    sockaddr_storage theirs{};
    socklen_t our_size = sizeof ours;
    socklen_t their_size = sizeof theirs;
    if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&ours), &our_size) != 0) return false;
    if (::getpeername(descriptor, reinterpret_cast<sockaddr*>(&theirs), &their_size) != 0) return false;
    const auto our_address = detail::from_socket_address(reinterpret_cast<const sockaddr*>(&ours));
    return our_address && our_address == detail::from_socket_address(reinterpret_cast<const sockaddr*>(&theirs));
}

}  // namespace

error error_of(int system, const char* call) {
    const auto code = [&] {
        switch (system) {
            case ECONNREFUSED: return errc::connection_refused;
            case ECONNRESET:
            case ECONNABORTED:
            case EPIPE: return errc::connection_reset;
            case ENETUNREACH:
            case ENETDOWN:
            case EHOSTUNREACH:
            case EHOSTDOWN:
            case EADDRNOTAVAIL:
            case ETIMEDOUT: return errc::host_unreachable;
            default: return errc::system_error;
        }
    }();
    error result{code, call};
    result.system = system;
    return result;
}

socket& socket::operator=(socket&& other) noexcept {
    if (this != &other) {
        close();
        descriptor_ = std::exchange(other.descriptor_, -1);
    }
    return *this;
}

std::expected<socket, error> socket::start_connect(const address& to) {
    const int family = to.version == ip_version::v4 ? AF_INET : AF_INET6;
    socket result{::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!result.is_open()) {
        // A host without IPv6 says so here, not in connect.
        return std::unexpected(error_of(errno == EAFNOSUPPORT ? EADDRNOTAVAIL : errno, "socket"));
    }
    const auto target = detail::to_socket_address(to);
    // An interrupted connect goes on by itself (POSIX connect).
    if (::connect(result.descriptor_, target.data(), target.size) != 0 && errno != EINPROGRESS && errno != EINTR) {
        return std::unexpected(error_of(errno, "connect"));
    }
    return result;
}

std::expected<void, error> socket::finish_connect() {
    int failure = 0;
    socklen_t size = sizeof failure;
    if (::getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &failure, &size) != 0) {
        return std::unexpected(error_of(errno, "getsockopt"));
    }
    if (failure != 0) return std::unexpected(error_of(failure, "connect"));
    if (is_connected_to_itself(descriptor_)) return std::unexpected(error_of(ECONNREFUSED, "connect"));
    const int on = 1;
    if (::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) {
        return std::unexpected(error_of(errno, "setsockopt"));
    }
    const int flags = ::fcntl(descriptor_, F_GETFL);
    if (flags < 0 || ::fcntl(descriptor_, F_SETFL, flags & ~O_NONBLOCK) != 0) {
        return std::unexpected(error_of(errno, "fcntl"));
    }
    return {};
}

io_result socket::read_some(byte_span space) noexcept {
    while (true) {
        const io_result result = result_of(::recv(descriptor_, space.data(), space.size(), MSG_DONTWAIT), true);
        if (result.system != EINTR) return result;
    }
}

io_result socket::read_waiting(byte_span space) noexcept {
    return result_of(::recv(descriptor_, space.data(), space.size(), 0), true);
}

std::expected<void, error> socket::set_read_timeout(std::chrono::milliseconds timeout) {
    timeval value{};
    value.tv_sec = static_cast<time_t>(timeout.count() / 1000);
    value.tv_usec = static_cast<suseconds_t>(timeout.count() % 1000 * 1000);
    if (::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &value, sizeof value) != 0) {
        return std::unexpected(error_of(errno, "setsockopt"));
    }
    return {};
}

io_result socket::write_some(byte_view octets) noexcept {
    while (true) {
        const io_result result =
            result_of(::send(descriptor_, octets.data(), octets.size(), MSG_DONTWAIT | MSG_NOSIGNAL), false);
        if (result.system != EINTR) return result;
    }
}

void socket::shutdown_write() noexcept { ::shutdown(descriptor_, SHUT_WR); }

void socket::close() noexcept {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

}  // namespace mint::net
