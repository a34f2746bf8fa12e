#include "signals.hpp"

#include <csignal>
#include <sys/signalfd.h>
#include <unistd.h>

namespace mintws {

signals::signals() {
    sigset_t ends{};
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &ends, nullptr);
    descriptor_ = mintws::descriptor{::signalfd(-1, &ends, SFD_NONBLOCK | SFD_CLOEXEC)};
}

int signals::take() const {
    signalfd_siginfo info{};
    int count = 0;
    while (::read(descriptor(), &info, sizeof info) > 0) ++count;
    return count;
}

}  // namespace mintws
