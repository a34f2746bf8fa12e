#include "password.hpp"

#include "standard_streams.hpp"

#include <array>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <fmt/core.h>

namespace mintws {

namespace {

// The terminal doesn't show what is typed while this lives.
class hidden_keys {
  public:
    hidden_keys() noexcept : is_changed_(::tcgetattr(STDIN_FILENO, &before_) == 0) {
        termios hidden = before_;
        hidden.c_lflag &= ~tcflag_t{ECHO};
        if (is_changed_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    }
    ~hidden_keys() {
        if (is_changed_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    }
    hidden_keys(const hidden_keys&) = delete;
    hidden_keys& operator=(const hidden_keys&) = delete;

  private:
    termios before_{};
    bool is_changed_;
};

// Where the terminal has a line or its end; false for a signal.
bool wait_for_line(const signals& interrupts) {
    std::array<pollfd, 2> ready{{
        {.fd = STDIN_FILENO, .events = POLLIN, .revents = 0},
        {.fd = interrupts.descriptor(), .events = POLLIN, .revents = 0},
    }};
    while (::poll(ready.data(), ready.size(), -1) < 0) {}
    return ready[1].revents == 0;
}

}  // namespace

std::optional<std::string> ask_password(std::string_view question, const signals& interrupts) {
    const hidden_keys hidden;
    tell("{}: ", question);
    std::string typed;
    while (wait_for_line(interrupts)) {
        std::array<char, 256> room{};
        const auto size = ::read(STDIN_FILENO, room.data(), room.size());
        if (size <= 0) break;
        typed.append(room.data(), static_cast<std::size_t>(size));
        if (typed.back() != '\n') continue;
        tell("\n");
        typed.pop_back();
        return typed;
    }
    tell("\n");
    return std::nullopt;
}

}  // namespace mintws
