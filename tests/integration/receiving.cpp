#include "receiving.hpp"

#include <poll.h>

namespace mint::test {

bool wait_for(const http::connection& conn, std::chrono::milliseconds timeout, http::socket_message& message) {
    pollfd descriptor{conn.socket(), 0, 0};
    if (conn.wants_read()) descriptor.events |= POLLIN;
    if (conn.wants_write()) descriptor.events |= POLLOUT;
    if (::poll(&descriptor, 1, static_cast<int>(timeout.count())) <= 0) return false;
    message = {conn.id(), (descriptor.revents & (POLLIN | POLLHUP | POLLERR)) != 0,
               (descriptor.revents & POLLOUT) != 0};
    return true;
}

std::expected<http::response_list, http::stream_error> receive_some(http::connection& conn, http::read_buffer& scratch,
                                                                    std::chrono::milliseconds timeout) {
    if (conn.mode() == http::mode::passive) return conn.recv(0, timeout, scratch);
    http::socket_message message;
    if (conn.socket() >= 0 && !wait_for(conn, timeout, message))
        return std::unexpected(http::stream_error{error{errc::timeout}, {}});
    message.id = conn.id();
    return conn.stream(message, scratch);
}

}  // namespace mint::test
