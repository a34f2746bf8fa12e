#include "echo_server.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string_view>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <utility>

namespace mintws {

using interest = echo_connection::interest;
using namespace std::chrono_literals;

namespace {

// For a peer that was told goodbye to close its side, and for TLS to be there.
constexpr auto ending_time = 2s;
constexpr auto handshake_time = 10s;

constexpr std::uint64_t listener_key = ~std::uint64_t{0};
constexpr std::uint64_t signals_key = listener_key - 1;

constexpr std::uint64_t key_of(int socket, std::uint32_t generation) noexcept {
    return std::uint64_t{generation} << 32U | static_cast<std::uint32_t>(socket);
}

std::string failed(std::string_view what) { return std::string{what} + ": " + std::strerror(errno); }

struct free_addresses {
    void operator()(addrinfo* list) const noexcept { ::freeaddrinfo(list); }
};

std::string name_of(int listener) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    std::array<char, NI_MAXHOST> host{};
    std::array<char, NI_MAXSERV> port{};
    auto* const generic = reinterpret_cast<sockaddr*>(&address);  // as the socket interface wants it
    if (::getsockname(listener, generic, &size) != 0 ||
        ::getnameinfo(generic, size, host.data(), host.size(), port.data(), port.size(),
                      NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
        return "?";
    }
    const std::string name{host.data()};
    return (name.find(':') == std::string::npos ? name : "[" + name + "]") + ":" + port.data();
}

std::expected<descriptor, std::string> listen_on(const std::string& host, std::uint16_t port) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    if (const int e = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found); e != 0) {
        return std::unexpected(host + ": " + ::gai_strerror(e));
    }
    const std::unique_ptr<addrinfo, free_addresses> addresses{found};
    std::string problem = host + ": no address";
    for (const auto* a = found; a != nullptr; a = a->ai_next) {
        descriptor socket{::socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
        const int on = 1;
        if (socket && ::setsockopt(socket.number(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
            ::bind(socket.number(), a->ai_addr, a->ai_addrlen) == 0 && ::listen(socket.number(), SOMAXCONN) == 0) {
            return socket;
        }
        problem = failed(host + ":" + std::to_string(port));
    }
    return std::unexpected(problem);
}

void raise_descriptor_limit() noexcept {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);  // where it fails, fewer connections are taken
}

}  // namespace

std::expected<echo_server, std::string> echo_server::listen(const echo_options& options) {
    echo_server server;
    if (!options.certificate_file.empty()) {
        auto tls = echo_tls::load(options.certificate_file, options.key_file);
        if (!tls) return std::unexpected(std::move(tls.error()));
        server.tls_ = std::move(*tls);
    }
    auto listener = listen_on(options.host, options.port);
    if (!listener) return std::unexpected(std::move(listener.error()));
    server.address_ = name_of(listener->number());
    server.listener_ = std::move(*listener);
    server.limits_ = {.max_frame_size = options.max_message_size,
                      .max_message_size = options.max_message_size,
                      .max_fragment_count = 1U << 20U};
    return server;
}

std::expected<void, std::string> echo_server::run() {
    raise_descriptor_limit();
    std::signal(SIGPIPE, SIG_IGN);
    sigset_t ends{};
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &ends, nullptr);
    signals_ = descriptor{::signalfd(-1, &ends, SFD_NONBLOCK | SFD_CLOEXEC)};
    epoll_ = descriptor{::epoll_create1(EPOLL_CLOEXEC)};
    epoll_event watch_signals{.events = EPOLLIN, .data = {.u64 = signals_key}};
    if (!signals_ || !epoll_ || ::epoll_ctl(epoll_.number(), EPOLL_CTL_ADD, signals_.number(), &watch_signals) != 0) {
        return std::unexpected(failed("epoll"));
    }
    set_listening(true);
    std::array<epoll_event, 256> events{};
    for (;;) {
        const int count =
            ::epoll_wait(epoll_.number(), events.data(), static_cast<int>(events.size()), milliseconds_to_deadline());
        if (count < 0 && errno != EINTR) return std::unexpected(failed("epoll_wait"));
        for (const auto& event : std::span{events.data(), static_cast<std::size_t>(std::max(count, 0))}) {
            const auto key = event.data.u64;
            if (key == signals_key) {
                for (auto& s : slots_) {
                    if (s.connection) s.connection->say_goodbye(scratch_);
                }
                return {};
            }
            if (key == listener_key) {
                accept_all();
            } else {
                on_event(key);
            }
        }
        drop_overdue();
    }
}

void echo_server::accept_all() {
    for (;;) {
        descriptor socket{::accept4(listener_.number(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
        if (!socket) {
            if (errno == EINTR || errno == ECONNABORTED) continue;
            // The listener would stay readable: it waits until a connection is dropped.
            if (errno != EAGAIN && errno != EWOULDBLOCK) set_listening(false);
            return;
        }
        const int on = 1;
        ::setsockopt(socket.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        const int number = socket.number();
        const auto index = static_cast<std::size_t>(number);
        if (index >= slots_.size()) slots_.resize(index + 1);
        auto& s = slots_[index];
        auto tls = tls_.accept(number);
        if (tls_ && !tls) continue;
        if (tls_) handshakes_.push_back({clock::now() + handshake_time, number, s.generation + 1});
        s.connection = std::make_unique<echo_connection>(echo_stream{std::move(socket), std::move(tls)}, limits_);
        s.waits_for = interest::readable;
        epoll_event watch{.events = EPOLLIN, .data = {.u64 = key_of(number, ++s.generation)}};
        if (::epoll_ctl(epoll_.number(), EPOLL_CTL_ADD, number, &watch) != 0) s.connection.reset();
    }
}

void echo_server::set_listening(bool on) {
    if (on == is_listening_) return;
    epoll_event watch{.events = EPOLLIN, .data = {.u64 = listener_key}};
    ::epoll_ctl(epoll_.number(), on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, listener_.number(), &watch);
    is_listening_ = on;
}

void echo_server::on_event(std::uint64_t key) {
    const auto socket = static_cast<int>(key & 0xFFFF'FFFFU);
    auto& s = slots_[static_cast<std::size_t>(socket)];
    if (!s.connection || s.generation != key >> 32U) return;
    wait_for(socket, s.connection->on_ready(scratch_));
}

void echo_server::wait_for(int socket, interest next) {
    auto& s = slots_[static_cast<std::size_t>(socket)];
    if (next == s.waits_for) return;
    if (next == interest::none) return drop(socket);
    const bool was_writable = s.waits_for == interest::writable;
    s.waits_for = next;
    if (next == interest::end) endings_.push_back({clock::now() + ending_time, socket, s.generation});
    if (was_writable == (next == interest::writable)) return;
    epoll_event watch{.events = next == interest::writable ? EPOLLOUT : EPOLLIN,
                      .data = {.u64 = key_of(socket, s.generation)}};
    if (::epoll_ctl(epoll_.number(), EPOLL_CTL_MOD, socket, &watch) != 0) drop(socket);
}

void echo_server::drop(int socket) {
    slots_[static_cast<std::size_t>(socket)].connection.reset();
    set_listening(true);
}

bool echo_server::is_alive(const deadline& d) const {
    const auto& s = slots_[static_cast<std::size_t>(d.socket)];
    return s.connection && s.generation == d.generation;
}

int echo_server::milliseconds_to_deadline() const {
    auto next = clock::time_point::max();
    for (const auto* list : {&handshakes_, &endings_}) {
        if (!list->empty()) next = std::min(next, list->front().time);
    }
    if (next == clock::time_point::max()) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - clock::now());
    return static_cast<int>(std::max<std::chrono::milliseconds::rep>(left.count(), 0));
}

void echo_server::drop_overdue() {
    if (endings_.empty() && handshakes_.empty()) return;
    const auto now = clock::now();
    for (; !endings_.empty() && endings_.front().time <= now; endings_.pop_front()) {
        const auto& d = endings_.front();
        if (is_alive(d)) drop(d.socket);
    }
    for (; !handshakes_.empty() && handshakes_.front().time <= now; handshakes_.pop_front()) {
        const auto& d = handshakes_.front();
        if (is_alive(d) && slots_[static_cast<std::size_t>(d.socket)].connection->is_shaking_hands()) drop(d.socket);
    }
}

}  // namespace mintws
