#include "output_queue.hpp"

#include <algorithm>
#include <cerrno>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <climits>

namespace mintws {

output_queue::output_queue(int number) noexcept : number_(number), kind_(kind::other) {
    struct stat status{};
    if (::fstat(number, &status) != 0) return;
    if (S_ISFIFO(status.st_mode)) kind_ = kind::pipe;
    if (S_ISSOCK(status.st_mode)) kind_ = kind::socket;
}

void output_queue::write_some() {
    if (!wants_write()) return;
    const auto octets = pending_.view();
    ssize_t size = 0;
    if (kind_ == kind::socket) {
        size = ::send(number_, octets.data(), octets.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    } else {
        // A pipe that is writable takes PIPE_BUF octets at once; a file or terminal never keeps us waiting for long.
        const auto most = kind_ == kind::pipe ? std::size_t{PIPE_BUF} : octets.size();
        size = ::write(number_, octets.data(), std::min(octets.size(), most));
    }
    if (size >= 0) {
        pending_.consume(static_cast<std::size_t>(size));
    } else if (errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK) {
        give_up();
    }
}

void output_queue::write_all() {
    while (wants_write()) {
        pollfd writable{.fd = number_, .events = POLLOUT, .revents = 0};
        if (::poll(&writable, 1, -1) > 0) write_some();
    }
}

void output_queue::give_up() noexcept {
    is_broken_ = true;
    pending_.release();
}

}  // namespace mintws
