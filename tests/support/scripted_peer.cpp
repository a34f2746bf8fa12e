#include "support/scripted_peer.hpp"

#include <mint/ws/handshake.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/time.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace mint::testing {

namespace {

[[noreturn]] void fail(const char* step) { throw std::system_error(errno, std::generic_category(), step); }

void check(int result, const char* step) {
    if (result < 0) fail(step);
}

/// So that a broken test ends.
void limit_waiting(int descriptor) {
    const timeval limit{.tv_sec = 10, .tv_usec = 0};
    check(::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), "SO_RCVTIMEO");
    check(::setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit), "SO_SNDTIMEO");
}

/// Appends what one call reads; false at the end.
bool receive_some(int descriptor, std::size_t at_most, std::string& out) {
    std::array<char, 65536> space;
    const ssize_t size = ::recv(descriptor, space.data(), std::min(at_most, space.size()), 0);
    if (size < 0) fail("receive");
    out.append(space.data(), static_cast<std::size_t>(size));
    return size > 0;
}

}  // namespace

scripted_peer::scripted_peer(family f, int backlog) {
    const bool is_v6 = f == family::ipv6;
    listener_ = ::socket(is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    check(listener_, "socket");
    limit_waiting(listener_);
    sockaddr_storage storage{};
    socklen_t size = 0;
    if (is_v6) {
        sockaddr_in6 address{};
        address.sin6_family = AF_INET6;
        address.sin6_addr = in6addr_loopback;
        std::memcpy(&storage, &address, size = sizeof address);
    } else {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        std::memcpy(&storage, &address, size = sizeof address);
    }
    auto* const where = reinterpret_cast<sockaddr*>(&storage);
    check(::bind(listener_, where, size), "bind");
    check(::listen(listener_, backlog), "listen");
    check(::getsockname(listener_, where, &size), "getsockname");
    sockaddr_in bound{};  // the port stands in the same place in both families
    std::memcpy(&bound, &storage, sizeof bound);
    port_ = ntohs(bound.sin_port);
}

scripted_peer::~scripted_peer() {
    close();
    stop_listening();
}

void scripted_peer::accept(int receive_buffer_size) {
    close();
    if (receive_buffer_size > 0) {
        check(::setsockopt(listener_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_size, sizeof receive_buffer_size),
              "SO_RCVBUF");
    }
    connection_ = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    check(connection_, "accept");
    limit_waiting(connection_);
    const int on = 1;
    check(::setsockopt(connection_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "TCP_NODELAY");
}

void scripted_peer::drop_waiting() {
    for (pollfd entry{.fd = listener_, .events = POLLIN, .revents = 0}; ::poll(&entry, 1, 0) > 0;) {
        const int waiting = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        check(waiting, "accept");
        ::close(waiting);
    }
}

void scripted_peer::send(std::string_view octets) {
    while (!octets.empty()) {
        const ssize_t size = ::send(connection_, octets.data(), octets.size(), MSG_NOSIGNAL);
        if (size < 0) fail("send");
        octets.remove_prefix(static_cast<std::size_t>(size));
    }
}

std::string scripted_peer::receive(std::size_t size) {
    std::string result;
    while (result.size() < size && receive_some(connection_, size - result.size(), result)) {}
    return result;
}

std::string scripted_peer::receive_until(std::string_view end) {
    std::string result;
    while (!result.ends_with(end)) {
        if (!receive_some(connection_, 1, result)) throw std::runtime_error("the connection ended too early");
    }
    return result;
}

std::string scripted_peer::receive_all() {
    std::string result;
    while (receive_some(connection_, 65536, result)) {}
    return result;
}

bool scripted_peer::is_reset() {
    std::string dropped;
    try {
        while (receive_some(connection_, 65536, dropped)) {}
    } catch (const std::system_error& e) {
        return e.code().value() == ECONNRESET;
    }
    return false;
}

std::string scripted_peer::accept_upgrade(std::string_view behind, std::string_view fields) {
    std::string request = receive_until("\r\n\r\n");
    send(answer_to(request, fields) + std::string{behind});
    return request;
}

std::string scripted_peer::answer_to(std::string_view request, std::string_view fields) {
    constexpr std::string_view name = "sec-websocket-key: ";
    const std::size_t start = request.find(name);
    if (start == std::string_view::npos) throw std::runtime_error("no sec-websocket-key");
    const std::string_view rest = request.substr(start + name.size());
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
           ws::accept_for(rest.substr(0, rest.find('\r'))) + "\r\n" + std::string{fields} + "\r\n";
}

void scripted_peer::finish() { check(::shutdown(connection_, SHUT_WR), "shutdown"); }

void scripted_peer::close() {
    if (connection_ >= 0) ::close(std::exchange(connection_, -1));
}

void scripted_peer::reset() {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    check(::setsockopt(connection_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), "SO_LINGER");
    close();
}

void scripted_peer::stop_listening() {
    if (listener_ >= 0) ::close(std::exchange(listener_, -1));
}

}  // namespace mint::testing
