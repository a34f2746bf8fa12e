// The floor of the end-to-end rows: frames made once, one masking key for ever, octets counted and not looked at. What
// is left is what the system calls cost; over TLS, what those and OpenSSL on the bare socket cost.
//
// With RAW_EPOLL set the one connection is non-blocking and waited for with an edge-triggered epoll: the floor for
// clients that wait for any of many connections.
#include "compare/client_meter.hpp"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

#include <openssl/ssl.h>

namespace {

using compare::arguments;

constexpr std::size_t read_size = 512 * 1024;

/// One connection: a socket, and the TLS on it where there is one.
struct channel {
    int fd = -1;
    SSL* tls = nullptr;

    [[nodiscard]] ssize_t read(char* space, std::size_t size) const {
        return tls != nullptr ? SSL_read(tls, space, static_cast<int>(size)) : ::recv(fd, space, size, 0);
    }

    [[nodiscard]] ssize_t write(std::string_view octets) const {
        if (tls != nullptr) return SSL_write(tls, octets.data(), static_cast<int>(octets.size()));
        return ::send(fd, octets.data(), octets.size(), MSG_NOSIGNAL);
    }

    void write_all(std::string_view octets) const {
        while (!octets.empty()) {
            const ssize_t written = write(octets);
            if (written < 0 && errno == EAGAIN) continue;
            if (written <= 0) arguments::fail("send failed");
            octets.remove_prefix(static_cast<std::size_t>(written));
        }
    }
};

/// A masked frame around `payload`.
std::string masked_frame(std::string_view payload, bool is_text) {
    constexpr std::array<unsigned char, 4> key = {0x37, 0xfa, 0x21, 0x3d};
    std::string frame(1, static_cast<char>(is_text ? 0x81 : 0x82));
    const std::size_t size = payload.size();
    const auto put_length = [&](unsigned code, int octets) {
        frame.push_back(static_cast<char>(0x80U | code));
        for (int i = octets - 1; i >= 0; --i) frame.push_back(static_cast<char>(size >> (8 * i)));
    };
    if (size < 126) {
        put_length(static_cast<unsigned>(size), 0);
    } else if (size < 65536) {
        put_length(126, 2);
    } else {
        put_length(127, 8);
    }
    for (const unsigned char octet : key) frame.push_back(static_cast<char>(octet));
    for (std::size_t i = 0; i < size; ++i) {
        frame.push_back(static_cast<char>(static_cast<unsigned char>(payload[i]) ^ key[i % 4]));
    }
    return frame;
}

SSL* shake_hands(int fd) {
    static SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
    SSL* const tls = SSL_new(context);
    if (tls == nullptr || SSL_set_fd(tls, fd) != 1 || SSL_connect(tls) != 1) arguments::fail("no TLS");
    return tls;
}

channel connect_to(const arguments& args) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(args.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        arguments::fail("can't connect");
    }
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const channel made{.fd = fd, .tls = args.is_tls ? shake_hands(fd) : nullptr};
    made.write_all(
        "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n");
    std::string answer;
    while (answer.find("\r\n\r\n") == std::string::npos) {
        std::array<char, 1024> chunk{};
        const ssize_t size = made.read(chunk.data(), chunk.size());
        if (size <= 0) arguments::fail("no answer to the handshake");
        answer.append(chunk.data(), static_cast<std::size_t>(size));
    }
    if (!answer.starts_with("HTTP/1.1 101")) arguments::fail("the handshake was refused");
    return made;
}

struct free_memory {
    void operator()(char* memory) const noexcept { std::free(memory); }
};

/// Page-aligned: a read into an odd address can be half as fast.
std::unique_ptr<char, free_memory> read_memory() {
    return std::unique_ptr<char, free_memory>{static_cast<char*>(std::aligned_alloc(4096, read_size))};
}

struct peer {
    channel conn;
    std::size_t received_size = 0;  // octets of the echo that isn't complete yet
};

/// Waits for any of the connections, counts what came, and answers each complete echo with a frame.
void run_with_epoll(const arguments& args, std::string_view client, std::string_view frame, std::size_t echo_size) {
    const auto memory = read_memory();
    const bool is_fan = args.kind == compare::traffic::fan;
    std::vector<peer> peers(static_cast<std::size_t>(is_fan ? args.connection_count : 1));
    compare::meter meter{args, client};
    const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
    const long before = compare::resident_kib();
    for (peer& p : peers) {
        p.conn = connect_to(args);
        epoll_event interest{};
        interest.events = EPOLLIN | EPOLLET;
        interest.data.ptr = &p;
        ::epoll_ctl(epoll, EPOLL_CTL_ADD, p.conn.fd, &interest);
    }
    if (is_fan) compare::print_resident("R", args, client, before, compare::resident_kib());
    for (const peer& p : peers) {
        for (int i = 0; i < args.window; ++i) p.conn.write_all(frame);
    }
    std::vector<epoll_event> events(1024);
    while (true) {
        const int count = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
        for (int i = 0; i < count; ++i) {
            peer& p = *static_cast<peer*>(events[static_cast<std::size_t>(i)].data.ptr);
            const ssize_t size = p.conn.read(memory.get(), read_size);
            if (size <= 0) arguments::fail("the server closed");
            p.received_size += static_cast<std::size_t>(size);
            for (; p.received_size >= echo_size; p.received_size -= echo_size) {
                if (meter.tick()) return;
                p.conn.write_all(frame);
            }
        }
    }
}

/// Blocks in read; answers all echoes of one read with one write.
void run_blocking(const arguments& args, std::string_view frame, std::size_t echo_size) {
    const auto memory = read_memory();
    const channel conn = connect_to(args);
    compare::meter meter{args, "raw"};
    std::string frames;
    for (int i = 0; i < args.window; ++i) frames += frame;
    conn.write_all(frames);
    std::size_t received_size = 0;
    while (true) {
        const ssize_t size = conn.read(memory.get(), read_size);
        if (size <= 0) arguments::fail("the server closed");
        received_size += static_cast<std::size_t>(size);
        const std::size_t echo_count = received_size / echo_size;
        received_size %= echo_size;
        for (std::size_t i = 0; i < echo_count; ++i) {
            if (meter.tick()) return;
        }
        if (echo_count > 0) conn.write_all(std::string_view{frames}.substr(0, echo_count * frame.size()));
    }
}

}  // namespace

int main(int argc, char** argv) {
    const arguments args{argc, argv};
    const std::string frame = masked_frame(args.payload(), args.is_text());
    const std::size_t echo_size = frame.size() - 4;  // the server masks nothing
    if (args.kind == compare::traffic::fan) {
        run_with_epoll(args, "raw", frame, echo_size);
    } else if (std::getenv("RAW_EPOLL") != nullptr) {
        run_with_epoll(args, "raw-epoll", frame, echo_size);
    } else {
        run_blocking(args, frame, echo_size);
    }
}
