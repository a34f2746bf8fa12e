#include "support/dns_server.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstddef>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/time.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace mint::testing {

namespace {

constexpr std::size_t header_size = 12;  // RFC 1035 §4.1.1

void check(std::ptrdiff_t result, const char* step) {
    if (result < 0) throw std::system_error(errno, std::generic_category(), step);
}

/// So that a broken test ends.
void limit_waiting(int descriptor) {
    const timeval limit{.tv_sec = 10, .tv_usec = 0};
    check(::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), "SO_RCVTIMEO");
}

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in result{};
    result.sin_family = AF_INET;
    result.sin_port = htons(port);
    result.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return result;
}

const sockaddr* as_sockaddr(const sockaddr_in& a) { return reinterpret_cast<const sockaddr*>(&a); }

unsigned octet(std::string_view octets, std::size_t at) { return static_cast<unsigned char>(octets.at(at)); }

void append_16(std::string& out, unsigned value) {
    out += static_cast<char>(value >> 8U);
    out += static_cast<char>(value & 0xffU);
}

/// The question's name, type and end: labels, each behind its length (RFC 1035 §4.1.2).
std::pair<dns_server::query, std::size_t> parse(std::string octets) {
    dns_server::query q;
    std::size_t at = header_size;
    while (const unsigned size = octet(octets, at)) {
        if (!q.name.empty()) q.name += '.';
        q.name += octets.substr(at + 1, size);
        at += 1 + size;
    }
    q.type = static_cast<dns_server::record>(octet(octets, at + 1) << 8U | octet(octets, at + 2));
    q.octets = std::move(octets);
    return {std::move(q), at + 5};
}

/// A response's header and question.
std::string response(const dns_server::query& q, unsigned flags, std::size_t answer_count) {
    const std::size_t end = parse(q.octets).second;
    std::string out = q.octets.substr(0, 2);
    append_16(out, 0x8180U | flags);  // a response; recursion desired and available
    append_16(out, 1);
    append_16(out, static_cast<unsigned>(answer_count));
    append_16(out, 0);
    append_16(out, 0);
    return out + q.octets.substr(header_size, end - header_size);
}

}  // namespace

dns_server::dns_server() {
    // A port that is free for one protocol may be taken for the other.
    constexpr int try_count = 100;
    for (int i = 0; i < try_count && !listen(); ++i) {}
    if (listener_ < 0) throw std::runtime_error("no port is free for both protocols");
    limit_waiting(datagrams_);
    limit_waiting(listener_);
}

dns_server::~dns_server() {
    close_connection();
    ::close(listener_);
    ::close(datagrams_);
}

std::string dns_server::where() const { return "127.0.0.1:" + std::to_string(port_); }

dns_server::query dns_server::receive() {
    std::string octets(512, '\0');
    sockaddr_in from{};
    socklen_t size = sizeof from;
    const ssize_t received =
        ::recvfrom(datagrams_, octets.data(), octets.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
    check(received, "receive a query");
    octets.resize(static_cast<std::size_t>(received));
    query q = parse(std::move(octets)).first;
    q.port = ntohs(from.sin_port);
    return q;
}

dns_server::query dns_server::receive_over_tcp() {
    close_connection();
    connection_ = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    check(connection_, "accept");
    limit_waiting(connection_);
    std::array<char, 2> length{};
    check(::recv(connection_, length.data(), length.size(), MSG_WAITALL), "receive a length");
    std::string octets(octet({length.data(), length.size()}, 0) << 8U | octet({length.data(), length.size()}, 1), '\0');
    check(::recv(connection_, octets.data(), octets.size(), MSG_WAITALL), "receive a query");
    return parse(std::move(octets)).first;
}

void dns_server::answer(const query& q, std::initializer_list<const char*> literals) {
    std::string out = response(q, 0, literals.size());
    for (const char* literal : literals) {
        std::array<char, sizeof(in6_addr)> octets{};
        const bool is_v6 = q.type == record::aaaa;
        if (::inet_pton(is_v6 ? AF_INET6 : AF_INET, literal, octets.data()) != 1) throw std::invalid_argument(literal);
        const std::size_t size = is_v6 ? sizeof(in6_addr) : sizeof(in_addr);
        append_16(out, 0xc000U | header_size);  // the name: the question's (RFC 1035 §4.1.4)
        append_16(out, static_cast<unsigned>(q.type));
        append_16(out, 1);  // IN
        append_16(out, 0);  // seconds that it may be kept
        append_16(out, 60);
        append_16(out, static_cast<unsigned>(size));
        out.append(octets.data(), size);
    }
    send(q, out);
}

void dns_server::refuse(const query& q, code why) { send(q, response(q, static_cast<unsigned>(why), 0)); }

void dns_server::truncate(const query& q) { send(q, response(q, 0x0200U, 0)); }

void dns_server::send(const query& q, std::string_view octets) {
    if (q.port != 0) {
        const sockaddr_in to = loopback(q.port);
        check(::sendto(datagrams_, octets.data(), octets.size(), 0, as_sockaddr(to), sizeof to), "send");
        return;
    }
    std::string out;
    append_16(out, static_cast<unsigned>(octets.size()));
    out += octets;
    check(::send(connection_, out.data(), out.size(), MSG_NOSIGNAL), "send");
}

void dns_server::reset() {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    check(::setsockopt(connection_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), "SO_LINGER");
    close_connection();
}

bool dns_server::listen() {
    datagrams_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    check(datagrams_, "socket");
    sockaddr_in own = loopback(0);
    socklen_t size = sizeof own;
    check(::bind(datagrams_, as_sockaddr(own), size), "bind");
    check(::getsockname(datagrams_, reinterpret_cast<sockaddr*>(&own), &size), "getsockname");
    port_ = ntohs(own.sin_port);

    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    check(listener_, "socket");
    if (::bind(listener_, as_sockaddr(own), size) == 0) {
        check(::listen(listener_, 4), "listen");
        return true;
    }
    ::close(std::exchange(listener_, -1));
    ::close(std::exchange(datagrams_, -1));
    return false;
}

void dns_server::close_connection() noexcept {
    if (connection_ >= 0) ::close(std::exchange(connection_, -1));
}

}  // namespace mint::testing
