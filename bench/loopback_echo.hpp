#pragma once

// An echo server on a thread of its own, for benchmarks that need nothing but themselves. Measurements against it say
// how a change compares with the version before; the comparison with others uses a process of its own (bench/compare).

#include <mint/base/buffer.hpp>
#include <mint/base/bytes.hpp>
#include <mint/base/overloaded.hpp>
#include <mint/ws/codec.hpp>
#include <mint/ws/frame.hpp>
#include <mint/ws/handshake.hpp>

#include <arpa/inet.h>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <variant>
#include <vector>

namespace mint_bench {

class loopback_echo {
  public:
    loopback_echo() {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const any = reinterpret_cast<sockaddr*>(&address);
        if (::bind(listener_, any, size) != 0 || ::listen(listener_, SOMAXCONN) != 0 ||
            ::getsockname(listener_, any, &size) != 0) {
            throw std::runtime_error("no loopback socket");
        }
        port_ = ntohs(address.sin_port);
        watch(listener_);
        watch(stop_);
        thread_ = std::thread{[this] { serve(); }};
    }
    loopback_echo(const loopback_echo&) = delete;
    loopback_echo& operator=(const loopback_echo&) = delete;
    ~loopback_echo() {
        ::eventfd_write(stop_, 1);
        thread_.join();
        for (const auto& entry : peers_) ::close(entry.first);
        for (const int fd : {listener_, stop_, epoll_}) ::close(fd);
    }

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

  private:
    struct peer {
        bool is_open = false;
        std::string request;
        mint::ws::codec codec{{.role = mint::ws::role::server}};
    };

    void watch(int fd) const {
        epoll_event interest{};
        interest.events = EPOLLIN;
        interest.data.fd = fd;
        ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &interest);
    }

    void serve() {
        std::array<epoll_event, 64> events{};
        while (true) {
            const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
            for (int i = 0; i < count; ++i) {
                const int fd = events[static_cast<std::size_t>(i)].data.fd;
                if (fd == stop_) return;
                if (fd == listener_) {
                    accept();
                } else if (!answer(fd, peers_[fd])) {
                    peers_.erase(fd);
                    ::close(fd);
                }
            }
        }
    }

    void accept() {
        const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0) return;
        const int on = 1;
        ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        watch(fd);
    }

    /// False when the peer is gone.
    bool answer(int fd, peer& p) {
        const ssize_t size = ::recv(fd, input_.data(), input_.size(), 0);
        if (size <= 0) return false;
        const std::string_view octets{input_.data(), static_cast<std::size_t>(size)};
        output_.clear();
        if (p.is_open) {
            if (!p.codec.decode(mint::as_bytes(octets), frames_)) return false;
            for (const mint::ws::frame& frame : frames_) echo(p.codec, frame);
        } else {
            p.request += octets;
            if (p.request.ends_with("\r\n\r\n")) open(p);
        }
        for (mint::byte_view rest = output_.view(); !rest.empty();) {
            const ssize_t sent = ::send(fd, rest.data(), rest.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            rest = rest.subspan(static_cast<std::size_t>(sent));
        }
        return true;
    }

    void open(peer& p) {
        constexpr std::string_view name = "sec-websocket-key: ";
        const std::size_t at = p.request.find(name) + name.size();
        const std::string key = p.request.substr(at, p.request.find('\r', at) - at);
        output_.append("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n");
        output_.append("Sec-WebSocket-Accept: " + mint::ws::accept_for(key) + "\r\n\r\n");
        p.request = {};
        p.is_open = true;
    }

    void echo(mint::ws::codec& codec, const mint::ws::frame& frame) {
        const bool is_encoded = std::visit(
            mint::overloaded{
                [&](const mint::ws::ping& ping) { return !!codec.encode(mint::ws::pong{ping.payload}, output_); },
                [&](const mint::ws::pong&) { return true; },
                [&](const auto& message) { return !!codec.encode(message, output_); },
            },
            frame);
        if (!is_encoded) throw std::logic_error("a frame that was received can be sent");
    }

    int listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int stop_ = ::eventfd(0, EFD_CLOEXEC);
    int epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    std::uint16_t port_ = 0;
    std::map<int, peer> peers_;
    std::vector<char> input_ = std::vector<char>(64 * 1024);
    mint::buffer output_;
    std::vector<mint::ws::frame> frames_;
    std::thread thread_;
};

}  // namespace mint_bench
