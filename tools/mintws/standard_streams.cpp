#include "standard_streams.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace mintws {

bool prepare_standard_streams() noexcept {
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
    for (int number = STDIN_FILENO; number <= STDERR_FILENO; ++number) {
        if (::fcntl(number, F_GETFD) >= 0 || errno != EBADF) continue;
        if (::open("/dev/null", O_RDWR) != number) return false;  // the lowest that is free, and those below aren't
    }
    return true;
}

output_queue& standard_output() noexcept {
    static output_queue queue{STDOUT_FILENO};
    return queue;
}

output_queue& standard_error() noexcept {
    static output_queue queue{STDERR_FILENO};
    return queue;
}

void tell(std::string_view text) {
    auto& queue = standard_error();
    if (queue.is_broken()) return;
    queue.pending().append(text);
    queue.write_ready();
}

exit_status finish_standard_streams(exit_status status) {
    auto& output = standard_output();
    output.write_all();
    if (output.failure() != 0) {
        tell("mintws: standard output can't be written: {}\n", std::strerror(output.failure()));
        if (status == exit_status::success) status = exit_status::unwritten;
    }
    standard_error().write_all();
    return status;
}

}  // namespace mintws
