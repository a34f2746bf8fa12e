#include "net/socket_address.hpp"

#include <mint/net/socket.hpp>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>
#include <vector>

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

/// True for TCP; false for a Unix socket, and where the system doesn't say.
bool is_tcp(int descriptor) noexcept {
    sockaddr_storage ours{};
    socklen_t size = sizeof ours;
    if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&ours), &size) != 0) return false;
    return ours.ss_family == AF_INET || ours.ss_family == AF_INET6;
}

std::expected<void, error> set_option(int descriptor, int level, int name, int value) {
    if (::setsockopt(descriptor, level, name, &value, sizeof value) == 0) return {};
    return std::unexpected(error_of(errno, "setsockopt"));
}

/// What Linux takes: it refuses longer times and more probes.
bool is_valid(const tcp_keepalive& k) noexcept {
    constexpr std::chrono::seconds longest{32767};
    constexpr std::chrono::seconds shortest{1};
    return k.idle >= shortest && k.idle <= longest && k.interval >= shortest && k.interval <= longest &&
           k.probe_count >= 1 && k.probe_count <= 127;
}

std::expected<void, error> check(const socket_options& options) {
    const auto refuse = [](const char* what) { return std::unexpected(error{errc::invalid_argument, what}); };
    if (options.keepalive && !is_valid(*options.keepalive)) return refuse("keepalive");
    if (options.receive_buffer_size < 0) return refuse("receive_buffer_size");
    if (options.send_buffer_size < 0) return refuse("send_buffer_size");
    return {};
}

/// Sets what `options` asks for, but the local address. Precondition: `check`.
std::expected<void, error> set_options(int descriptor, const socket_options& options, bool is_tcp_socket) {
    struct setting {
        int level;
        int name;
        int value;
    };
    std::vector<setting> settings;
    // The receive buffer bounds the window scale, which the first segment announces (RFC 7323 §2.2).
    if (options.receive_buffer_size > 0) settings.push_back({SOL_SOCKET, SO_RCVBUF, options.receive_buffer_size});
    if (options.send_buffer_size > 0) settings.push_back({SOL_SOCKET, SO_SNDBUF, options.send_buffer_size});
    if (options.keepalive && is_tcp_socket) {
        settings.push_back({IPPROTO_TCP, TCP_KEEPIDLE, static_cast<int>(options.keepalive->idle.count())});
        settings.push_back({IPPROTO_TCP, TCP_KEEPINTVL, static_cast<int>(options.keepalive->interval.count())});
        settings.push_back({IPPROTO_TCP, TCP_KEEPCNT, options.keepalive->probe_count});
        settings.push_back({SOL_SOCKET, SO_KEEPALIVE, 1});
    }
    for (const setting& s : settings) {
        if (auto set = set_option(descriptor, s.level, s.name, s.value); !set) return set;
    }
    return {};
}

std::expected<void, error> bind_to(int descriptor, const address& local) {
    // A port of our choice may still be in TIME_WAIT, or be another attempt's: the peer's address tells them apart. Any
    // port is chosen when the peer is known, so that as many connections as there are peers and ports are possible.
    const auto set = local.port != 0 ? set_option(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
                                     : set_option(descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
    if (!set) return set;
    const auto ours = detail::to_socket_address(local);
    if (::bind(descriptor, ours.data(), ours.size) != 0) return std::unexpected(error_of(errno, "bind"));
    return {};
}

/// What every connected socket is set to: nothing is held back for more, and `read_waiting` waits.
std::expected<void, error> set_connected(int descriptor) {
    if (is_tcp(descriptor)) {
        if (auto set = set_option(descriptor, IPPROTO_TCP, TCP_NODELAY, 1); !set) return set;
    }
    const int flags = ::fcntl(descriptor, F_GETFL);
    if (flags < 0 || ::fcntl(descriptor, F_SETFL, flags & ~O_NONBLOCK) != 0) {
        return std::unexpected(error_of(errno, "fcntl"));
    }
    return {};
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

std::expected<socket, error> socket::start_connect(const address& to, const socket_options& options) {
    if (auto checked = check(options); !checked) return std::unexpected(std::move(checked.error()));
    if (options.local_address && options.local_address->version != to.version) {
        return std::unexpected(error{errc::invalid_argument, "local_address of the other IP version"});
    }
    const int family = to.version == ip_version::v4 ? AF_INET : AF_INET6;
    socket result{::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!result.is_open()) {
        // A host without IPv6 says so here, not in connect.
        return std::unexpected(error_of(errno == EAFNOSUPPORT ? EADDRNOTAVAIL : errno, "socket"));
    }
    if (auto set = set_options(result.descriptor_, options, true); !set) return std::unexpected(std::move(set.error()));
    if (options.local_address) {
        auto bound = bind_to(result.descriptor_, *options.local_address);
        if (!bound) return std::unexpected(std::move(bound.error()));
    }
    const auto target = detail::to_socket_address(to);
    // An interrupted connect goes on by itself (POSIX connect).
    if (::connect(result.descriptor_, target.data(), target.size) != 0 && errno != EINPROGRESS && errno != EINTR) {
        return std::unexpected(error_of(errno, "connect"));
    }
    return result;
}

std::expected<socket, error> socket::start_connect_unix(const std::string& path) {
    sockaddr_un target{};
    target.sun_family = AF_UNIX;
    const bool is_abstract = path.starts_with('\0');
    const std::size_t size =
        path.size() + (is_abstract ? 0 : 1);  // a path ends with NUL, an abstract name with its length
    const bool has_inner_nul = !is_abstract && path.find('\0') != std::string::npos;
    if (path.empty() || size > sizeof target.sun_path || has_inner_nul) {
        return std::unexpected(error{errc::invalid_argument, "the path of a Unix socket"});
    }
    std::memcpy(target.sun_path, path.data(), path.size());

    socket result{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!result.is_open()) return std::unexpected(error_of(errno, "socket"));
    const auto target_size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + size);
    if (::connect(result.descriptor_, reinterpret_cast<const sockaddr*>(&target), target_size) != 0) {
        const int system = errno;
        if (system == EINPROGRESS || system == EINTR) return result;
        error failure = error_of(system, "connect");
        // The server is there and its queue is full: nothing is under way, and waiting would not end.
        if (system == EAGAIN) failure.code = errc::connection_refused;
        return std::unexpected(std::move(failure));
    }
    return result;
}

std::expected<socket, error> socket::adopt(int descriptor, const socket_options& options) {
    if (auto checked = check(options); !checked) return std::unexpected(std::move(checked.error()));
    int type = 0;
    socklen_t type_size = sizeof type;
    if (::getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &type_size) != 0) {
        if (errno != EBADF && errno != ENOTSOCK) return std::unexpected(error_of(errno, "getsockopt"));
        return std::unexpected(error{errc::invalid_argument, "the descriptor is no socket"});
    }
    if (type != SOCK_STREAM) return std::unexpected(error{errc::invalid_argument, "the socket is no stream"});
    sockaddr_storage peer{};
    socklen_t peer_size = sizeof peer;
    if (::getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &peer_size) != 0) {
        return std::unexpected(error{errc::invalid_argument, "the socket isn't connected"});
    }

    if (auto set = set_options(descriptor, options, is_tcp(descriptor)); !set) return std::unexpected(set.error());
    const int flags = ::fcntl(descriptor, F_GETFD);
    if (flags < 0 || ::fcntl(descriptor, F_SETFD, flags | FD_CLOEXEC) != 0) {
        return std::unexpected(error_of(errno, "fcntl"));
    }
    if (auto set = set_connected(descriptor); !set) return std::unexpected(set.error());
    return socket{descriptor};
}

std::expected<void, error> socket::finish_connect() {
    int failure = 0;
    socklen_t size = sizeof failure;
    if (::getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &failure, &size) != 0) {
        return std::unexpected(error_of(errno, "getsockopt"));
    }
    if (failure != 0) return std::unexpected(error_of(failure, "connect"));
    if (is_connected_to_itself(descriptor_)) return std::unexpected(error_of(ECONNREFUSED, "connect"));
    return set_connected(descriptor_);
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
