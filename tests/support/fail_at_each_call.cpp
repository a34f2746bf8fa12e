#include "support/fail_at_each_call.hpp"

#include <bitset>
#include <cerrno>
#include <cstdarg>
#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace mint::testing {

namespace {

constexpr std::size_t max_descriptor_count = 65536;

/// What this thread's calls go through while a scenario runs.
struct interceptor {
    call_fault fault{};
    std::size_t failing_call = 0;  // counted from 1
    std::size_t call_count = 0;
    bool takes_any_descriptor = false;
    std::bitset<max_descriptor_count> own;

    [[nodiscard]] bool is_own(int descriptor) const noexcept {
        if (takes_any_descriptor) return true;
        return descriptor >= 0 && static_cast<std::size_t>(descriptor) < own.size() &&
               own[static_cast<std::size_t>(descriptor)];
    }

    void note(int descriptor, bool is_open) noexcept {
        if (descriptor < 0 || static_cast<std::size_t>(descriptor) >= own.size()) return;
        own[static_cast<std::size_t>(descriptor)] = is_open;
    }

    /// Counts a call; true if it must fail.
    [[nodiscard]] bool takes(calls which) noexcept {
        if ((static_cast<unsigned>(fault.which) & static_cast<unsigned>(which)) == 0) return false;
        ++call_count;
        return call_count == failing_call || (fault.lasts && call_count > failing_call && failing_call != 0);
    }
};

thread_local interceptor* active = nullptr;

class activation {
  public:
    explicit activation(interceptor& i) noexcept { active = &i; }
    activation(const activation&) = delete;
    activation& operator=(const activation&) = delete;
    ~activation() { active = nullptr; }
};

/// The system's own function behind ours.
template <class Function>
Function* next(const char* name) {
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

/// True if this call must fail with the fault's errno, which is set then.
bool fails(calls which, int descriptor) noexcept {
    if (active == nullptr || !active->is_own(descriptor) || !active->takes(which)) return false;
    errno = active->fault.error;
    return active->fault.error != 0;
}

/// As `fails`, for calls that move `size` octets: a fault without errno shortens it.
bool fails_or_shortens(calls which, int descriptor, std::size_t& size) noexcept {
    if (active == nullptr || !active->is_own(descriptor)) return false;
    if (active->fault.error == 0 && size <= 1) return false;
    if (!active->takes(which)) return false;
    errno = active->fault.error;
    if (active->fault.error == 0) size = 1;
    return active->fault.error != 0;
}

bool fails_making(calls which) noexcept {
    if (active == nullptr || !active->takes(which)) return false;
    errno = active->fault.error;
    return active->fault.error != 0;
}

void note(int descriptor, bool is_open) noexcept {
    if (active != nullptr) active->note(descriptor, is_open);
}

}  // namespace

std::size_t fail_at_each_call(const call_fault& fault, const std::function<void()>& scenario) {
    constexpr std::size_t too_many = 100'000;
    for (std::size_t n = 1; n < too_many; ++n) {
        interceptor run;
        run.fault = fault;
        run.failing_call = n;
        {
            const activation on{run};
            scenario();
        }
        if (run.own.any())
            throw std::runtime_error("a descriptor was left open when call " + std::to_string(n) + " failed");
        if (run.call_count < n) return n - 1;
    }
    throw std::runtime_error("no end of calls");
}

std::size_t count_calls(calls which, const std::function<void()>& part) {
    interceptor run;
    run.fault = {.which = which};
    run.takes_any_descriptor = true;
    const activation on{run};
    part();
    return run.call_count;
}

}  // namespace mint::testing

// The program's own functions come before the C library's.
extern "C" {

using mint::testing::calls;
using mint::testing::fails;
using mint::testing::fails_making;
using mint::testing::fails_or_shortens;
using mint::testing::next;
using mint::testing::note;

int socket(int domain, int type, int protocol) noexcept {
    static auto* const real = next<int(int, int, int)>("socket");
    if (fails_making(calls::socket)) return -1;
    const int descriptor = real(domain, type, protocol);
    note(descriptor, true);
    return descriptor;
}

int connect(int descriptor, const sockaddr* to, socklen_t size) {
    static auto* const real = next<int(int, const sockaddr*, socklen_t)>("connect");
    return fails(calls::connect, descriptor) ? -1 : real(descriptor, to, size);
}

ssize_t send(int descriptor, const void* octets, size_t size, int flags) {
    static auto* const real = next<ssize_t(int, const void*, size_t, int)>("send");
    return fails_or_shortens(calls::send, descriptor, size) ? -1 : real(descriptor, octets, size, flags);
}

ssize_t sendmsg(int descriptor, const msghdr* message, int flags) {
    static auto* const real = next<ssize_t(int, const msghdr*, int)>("sendmsg");
    return fails(calls::send, descriptor) ? -1 : real(descriptor, message, flags);
}

ssize_t recv(int descriptor, void* space, size_t size, int flags) {
    static auto* const real = next<ssize_t(int, void*, size_t, int)>("recv");
    return fails_or_shortens(calls::recv, descriptor, size) ? -1 : real(descriptor, space, size, flags);
}

ssize_t recvfrom(int descriptor, void* space, size_t size, int flags, sockaddr* from, socklen_t* from_size) {
    static auto* const real = next<ssize_t(int, void*, size_t, int, sockaddr*, socklen_t*)>("recvfrom");
    if (fails_or_shortens(calls::recv, descriptor, size)) return -1;
    return real(descriptor, space, size, flags, from, from_size);
}

int bind(int descriptor, const sockaddr* to, socklen_t size) noexcept {
    static auto* const real = next<int(int, const sockaddr*, socklen_t)>("bind");
    return fails(calls::bind, descriptor) ? -1 : real(descriptor, to, size);
}

int poll(pollfd* entries, nfds_t count, int timeout) {
    static auto* const real = next<int(pollfd*, nfds_t, int)>("poll");
    return count > 0 && fails(calls::poll, entries->fd) ? -1 : real(entries, count, timeout);
}

int setsockopt(int descriptor, int level, int name, const void* value, socklen_t size) noexcept {
    static auto* const real = next<int(int, int, int, const void*, socklen_t)>("setsockopt");
    return fails(calls::setsockopt, descriptor) ? -1 : real(descriptor, level, name, value, size);
}

int getsockopt(int descriptor, int level, int name, void* value, socklen_t* size) noexcept {
    static auto* const real = next<int(int, int, int, void*, socklen_t*)>("getsockopt");
    return fails(calls::getsockopt, descriptor) ? -1 : real(descriptor, level, name, value, size);
}

int shutdown(int descriptor, int how) noexcept {
    static auto* const real = next<int(int, int)>("shutdown");
    return fails(calls::shutdown, descriptor) ? -1 : real(descriptor, how);
}

int fcntl(int descriptor, int command, ...) {
    static auto* const real = next<int(int, int, ...)>("fcntl");
    va_list arguments;
    va_start(arguments, command);
    void* const argument = va_arg(arguments, void*);  // an int comes in the same register
    va_end(arguments);
    return fails(calls::fcntl, descriptor) ? -1 : real(descriptor, command, argument);
}

int close(int descriptor) {
    static auto* const real = next<int(int)>("close");
    note(descriptor, false);
    return real(descriptor);
}

int epoll_create1(int flags) noexcept {
    static auto* const real = next<int(int)>("epoll_create1");
    if (fails_making(calls::epoll)) return -1;
    const int descriptor = real(flags);
    note(descriptor, true);
    return descriptor;
}

int epoll_ctl(int epoll, int operation, int descriptor, epoll_event* event) noexcept {
    static auto* const real = next<int(int, int, int, epoll_event*)>("epoll_ctl");
    return fails(calls::epoll, epoll) ? -1 : real(epoll, operation, descriptor, event);
}

int epoll_wait(int epoll, epoll_event* events, int count, int timeout) {
    static auto* const real = next<int(int, epoll_event*, int, int)>("epoll_wait");
    return fails(calls::epoll, epoll) ? -1 : real(epoll, events, count, timeout);
}

}  // extern "C"
