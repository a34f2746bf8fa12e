// The echo server of the HTTP/2 rows, for HTTP/1.1 and HTTP/2 in cleartext alike, so that the protocol is all that
// differs: the first octets of a connection say which. One thread; all that answers a read goes out together.
//
// It trusts its clients, and judges nothing: it is there to be fast.
#include "compare/echo_protocols.hpp"

#include <mint/base/buffer.hpp>
#include <mint/base/bytes.hpp>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using compare::protocol;
using mint::byte_view;

constexpr std::size_t read_size = 256 * 1024;

/// What the system takes and hasn't sent yet: the rest waits here, where streams can still take turns.
constexpr int unsent_size = 64 * 1024;

[[noreturn]] void fail(const char* why) {
    std::perror(why);
    std::exit(1);
}

struct connection {
    int fd = -1;
    std::unique_ptr<protocol> speaks;
    mint::buffer output;
    bool is_blocked = false;  // the system took less than there is: nothing is read until it takes it
};

class server {
  public:
    server() {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const any = reinterpret_cast<sockaddr*>(&address);
        if (::bind(listener_.fd, any, size) != 0 || ::listen(listener_.fd, SOMAXCONN) != 0) fail("listen");
        ::getsockname(listener_.fd, any, &size);
        watch(listener_, EPOLLIN, EPOLL_CTL_ADD);
        std::printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
        std::fflush(stdout);
    }

    [[noreturn]] void serve() {
        std::array<epoll_event, 256> events{};
        while (true) {
            const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
            for (int i = 0; i < count; ++i) {
                auto& c = *static_cast<connection*>(events[static_cast<std::size_t>(i)].data.ptr);
                if (&c == &listener_) {
                    accept();
                } else if (!(c.is_blocked ? write(c) : read(c))) {
                    ::close(c.fd);
                    delete &c;
                }
            }
        }
    }

  private:
    void watch(connection& c, std::uint32_t events, int operation) const {
        epoll_event interest{};
        interest.events = events;
        interest.data.ptr = &c;
        ::epoll_ctl(epoll_, operation, c.fd, &interest);
    }

    void accept() const {
        const int fd = ::accept4(listener_.fd, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0) return;
        const int on = 1;
        ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        ::setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent_size, sizeof unsent_size);
        auto made = std::make_unique<connection>();
        made->fd = fd;
        watch(*made, EPOLLIN, EPOLL_CTL_ADD);
        static_cast<void>(made.release());  // `serve` ends it
    }

    /// False when the peer is gone.
    bool read(connection& c) {
        const ssize_t size = ::recv(c.fd, input_.data(), input_.size(), 0);
        if (size < 0 && errno == EAGAIN) return true;
        if (size <= 0) return false;
        const byte_view octets = byte_view{input_}.first(static_cast<std::size_t>(size));
        if (c.speaks == nullptr) {
            const bool is_http2 = mint::as_text(octets).starts_with("PRI ");
            if (is_http2) {
                c.speaks = std::make_unique<compare::http2>();
            } else {
                c.speaks = std::make_unique<compare::http1>();
            }
        }
        return c.speaks->take(octets) && write(c);
    }

    bool write(connection& c) const {
        while (true) {
            if (c.output.empty()) c.speaks->give(c.output);
            if (c.output.empty()) break;
            const ssize_t size = ::send(c.fd, c.output.view().data(), c.output.size(), MSG_NOSIGNAL);
            if (size < 0 && errno != EAGAIN) return false;
            if (size > 0) c.output.consume(static_cast<std::size_t>(size));
            if (size > 0) continue;
            if (!std::exchange(c.is_blocked, true)) watch(c, EPOLLOUT, EPOLL_CTL_MOD);
            return true;
        }
        if (std::exchange(c.is_blocked, false)) watch(c, EPOLLIN, EPOLL_CTL_MOD);
        return true;
    }

    connection listener_{.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), .speaks = {}, .output = {}};
    int epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    std::vector<std::byte> input_ = std::vector<std::byte>(read_size);
};

}  // namespace

int main() { server{}.serve(); }
