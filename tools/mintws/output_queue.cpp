#include "output_queue.hpp"

#include "milliseconds.hpp"

#include <algorithm>
#include <array>
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

void output_queue::on_ready(short events) {
    if (wants_write()) return write_some();  // the system says what is wrong, if anything is
    if ((events & (POLLERR | POLLHUP)) == 0) return;
    int reason = EPIPE;
    socklen_t size = sizeof reason;
    const bool is_told = kind_ == kind::socket && ::getsockopt(number_, SOL_SOCKET, SO_ERROR, &reason, &size) == 0;
    fail(is_told && reason != 0 ? reason : EPIPE);
}

void output_queue::write_ready() {
    pollfd writable{.fd = number_, .events = POLLOUT, .revents = 0};
    while (wants_write() && ::poll(&writable, 1, 0) > 0) write_some();
}

bool output_queue::write_all(int interrupt, clock::time_point until) {
    while (wants_write()) {
        std::array<pollfd, 2> ready{{
            {.fd = number_, .events = POLLOUT, .revents = 0},
            {.fd = interrupt, .events = POLLIN, .revents = 0},
        }};
        const int count = ::poll(ready.data(), ready.size(), milliseconds_until(until));
        if (count == 0 || (count > 0 && ready[1].revents != 0)) return false;
        if (count > 0) write_some();
    }
    return true;
}

void output_queue::give_up() noexcept {
    is_broken_ = true;
    pending_.release();
}

void output_queue::write_some() {
    const auto bytes = pending_.view();
    ssize_t size = 0;
    if (kind_ == kind::socket) {
        size = ::send(number_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    } else {
        // A pipe that is writable takes PIPE_BUF bytes at once; a file or terminal never keeps us waiting for long.
        const auto most = kind_ == kind::pipe ? std::size_t{PIPE_BUF} : bytes.size();
        size = ::write(number_, bytes.data(), std::min(bytes.size(), most));
    }
    if (size >= 0) {
        pending_.consume(static_cast<std::size_t>(size));
    } else if (errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK) {
        fail(errno);
    }
}

// Only EPIPE means that the reader has enough; everything else loses what it wanted.
void output_queue::fail(int reason) noexcept {
    failure_ = reason == EPIPE ? 0 : reason;
    give_up();
}

}  // namespace mintws
