#include "terminal.hpp"

#include <cstdio>
#include <cstdlib>
#include <editline/readline.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>

namespace mintws {

namespace {

constexpr auto prompt = "> ";
constexpr int prompt_size = 2;

terminal* current = nullptr;  // the library's callback has no argument for it

int columns() noexcept {
    winsize size{};
    return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

terminal::terminal(std::function<void(std::string_view)> on_line) : on_line_(std::move(on_line)) {
    current = this;
    ::using_history();
    ::stifle_history(1000);
    ::rl_callback_handler_install(prompt, &terminal::take_line);
}

terminal::~terminal() {
    hide();
    ::rl_callback_handler_remove();
    current = nullptr;
}

void terminal::on_readable() { ::rl_callback_read_char(); }

void terminal::take_line(char* line) {
    if (line == nullptr) {
        current->has_ended_ = true;
        return;
    }
    const std::string_view text{line};
    if (!text.empty()) ::add_history(line);
    current->on_line_(text);
    std::free(line);  // NOLINT: the library allocates it so
}

void terminal::hide() {
    // A long line stands on several rows; the cursor is taken to be on the last one.
    const int rows = (prompt_size + ::rl_end) / columns();
    if (rows > 0) std::printf("\x1b[%dA", rows);
    std::printf("\r\x1b[J");
    std::fflush(stdout);
}

void terminal::show() {
    if (!has_ended_) ::rl_forced_update_display();
}

}  // namespace mintws
