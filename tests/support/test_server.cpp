#include "support/test_server.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdexcept>
#include <string_view>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace mint::test {
namespace {

using std::chrono::steady_clock;

struct pipe_ends {
    int reader = -1;
    int writer = -1;
};

pipe_ends make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
    return {ends[0], ends[1]};
}

std::vector<char*> pointers_to(std::vector<std::string>& strings) {
    std::vector<char*> pointers;
    for (auto& s : strings) pointers.push_back(s.data());
    pointers.push_back(nullptr);
    return pointers;
}

[[noreturn]] void become(std::vector<char*>& arguments, std::vector<char*>& environment, int input, int output,
                         pid_t parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(126);  // the parent ended before the line above
    ::dup2(input, STDIN_FILENO);
    ::dup2(output, STDOUT_FILENO);
    ::execvpe(arguments[0], arguments.data(), environment.data());
    ::_exit(127);
}

bool wait_until_gone(pid_t pid, std::chrono::milliseconds limit) {
    const auto deadline = steady_clock::now() + limit;
    while (::waitpid(pid, nullptr, WNOHANG) == 0) {
        if (steady_clock::now() > deadline) return false;
        ::poll(nullptr, 0, 5);
    }
    return true;
}

}  // namespace

test_server::test_server(const std::vector<std::string>& arguments, const std::vector<std::string>& environment) {
    auto argument_copies = arguments;
    auto variables = environment;
    for (char** variable = environ; *variable != nullptr; ++variable) variables.emplace_back(*variable);
    auto argument_pointers = pointers_to(argument_copies);
    auto variable_pointers = pointers_to(variables);
    const auto input = make_pipe();
    const auto output = make_pipe();
    const pid_t parent = ::getpid();
    pid_ = ::fork();
    if (pid_ == 0) become(argument_pointers, variable_pointers, input.reader, output.writer, parent);
    ::close(input.reader);
    ::close(output.writer);
    stdin_ = input.writer;
    stdout_ = output.reader;
    if (pid_ < 0) throw std::runtime_error("fork failed");
    try {
        wait_for_port(arguments.front());
    } catch (...) {
        stop();
        throw;
    }
}

test_server::test_server(test_server&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      stdin_(std::exchange(other.stdin_, -1)),
      stdout_(std::exchange(other.stdout_, -1)),
      port_(other.port_) {}

test_server::~test_server() { stop(); }

void test_server::wait_for_port(const std::string& program) {
    constexpr std::string_view word = "listening ";
    const auto deadline = steady_clock::now() + std::chrono::seconds(30);
    std::string printed;
    for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - steady_clock::now());
        pollfd ready{stdout_, POLLIN, 0};
        if (left.count() <= 0 || ::poll(&ready, 1, static_cast<int>(left.count())) == 0)
            throw std::runtime_error(program + " does not listen; it printed: " + printed);
        std::array<char, 512> chunk{};
        const auto size = ::read(stdout_, chunk.data(), chunk.size());
        if (size <= 0) throw std::runtime_error(program + " ended; it printed: " + printed);
        printed.append(chunk.data(), static_cast<std::size_t>(size));
        const auto start = printed.find(word);
        if (start == std::string::npos || printed.find('\n', start) == std::string::npos) continue;
        std::from_chars(printed.data() + start + word.size(), printed.data() + printed.size(), port_);
        if (port_ == 0) throw std::runtime_error(program + " printed no port: " + printed);
        return;
    }
}

void test_server::stop() noexcept {
    if (pid_ <= 0) return;
    ::close(stdin_);
    if (!wait_until_gone(pid_, std::chrono::milliseconds(2000))) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    ::close(stdout_);
    pid_ = -1;
}

}  // namespace mint::test
