#include "terminal.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cwchar>
#include <histedit.h>
#include <poll.h>
#include <string>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>

namespace mintws {

namespace {

constexpr int prompt_width = 2;
char* prompt(EditLine*) {
    static char text[] = "> ";
    return text;
}

constexpr char end_of_transmission = '\x04';  // what the library gives for Ctrl-D on an empty line

int terminal_width() noexcept {
    winsize size{};
    return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

bool has_key() noexcept {
    pollfd keys{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
    return ::poll(&keys, 1, 0) > 0;
}

// Columns that `text` takes on the screen.
int width_of(std::string_view text) noexcept {
    int width = 0;
    std::mbstate_t state{};
    while (!text.empty()) {
        wchar_t character = 0;
        const auto size = std::mbrtowc(&character, text.data(), text.size(), &state);
        if (size == 0 || size > text.size()) break;
        width += std::max(::wcwidth(character), 0);
        text.remove_prefix(size);
    }
    return width;
}

}  // namespace

struct terminal::library {
    struct end_editing {
        void operator()(EditLine* e) const noexcept { ::el_end(e); }
    };
    struct end_history {
        void operator()(History* h) const noexcept { ::history_end(h); }
    };

    explicit library(terminal& owner) : past(::history_init()), editor(::el_init("mintws", stdin, stdout, stderr)) {
        HistEvent event{};
        ::history(past.get(), &event, H_SETSIZE, 1000);
        ::history(past.get(), &event, H_SETUNIQUE, 1);
        ::el_set(editor.get(), EL_HIST, &::history, past.get());
        ::el_set(editor.get(), EL_CLIENTDATA, &owner);
        ::el_set(editor.get(), EL_GETCFN, &read_character);
        ::el_set(editor.get(), EL_PROMPT, &prompt);
        ::el_set(editor.get(), EL_EDITOR, "emacs");
        ::el_set(editor.get(), EL_SIGNAL, 1);
        ::el_source(editor.get(), nullptr);
    }

    static int read_character(EditLine* editor, wchar_t* character) {
        void* owner = nullptr;
        ::el_get(editor, EL_CLIENTDATA, &owner);
        return static_cast<terminal*>(owner)->read_character(*character) ? 1 : 0;
    }

    // Starts a new line in raw mode, or ends it: the library then reads whole lines as the terminal gives them.
    void edit(bool on) const { ::el_set(editor.get(), EL_UNBUFFERED, on ? 1 : 0); }

    std::unique_ptr<History, end_history> past;
    std::unique_ptr<EditLine, end_editing> editor;
};

terminal::terminal(std::function<void(std::string_view)> on_line, std::function<bool()> wait_for_key)
    : on_line_(std::move(on_line)), wait_for_key_(std::move(wait_for_key)), library_(std::make_unique<library>(*this)) {
    library_->edit(true);
}

terminal::~terminal() {
    hide();
    library_->edit(false);
}

void terminal::on_readable() {
    int size = 0;
    const char* const line = ::el_gets(library_->editor.get(), &size);
    if (line == nullptr || size <= 0) return;  // the line is empty
    const std::string text{line, static_cast<std::size_t>(size)};
    if (text.size() == 1 && text.front() == end_of_transmission) {
        has_ended_ = true;
    } else if (text.back() == '\n' || text.back() == '\r') {
        library_->edit(false);
        is_shown_ = false;
        const auto entered = text.substr(0, text.size() - 1);
        HistEvent event{};
        if (!entered.empty()) ::history(library_->past.get(), &event, H_ENTER, entered.c_str());
        on_line_(entered);
        library_->edit(true);
        is_shown_ = true;
    }
}

// The library reads on until a key or character is whole, and would block there.
bool terminal::read_character(wchar_t& character) {
    std::mbstate_t state{};
    bool is_first = true;
    while (has_key() || wait_for_key_()) {
        char byte = 0;
        const auto size = ::read(STDIN_FILENO, &byte, 1);
        if (size < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (size <= 0) {
            has_ended_ = true;
            return false;
        }
        auto used = std::mbrtowc(&character, &byte, 1, &state);
        if (used == static_cast<std::size_t>(-1)) {  // what came before isn't the start of a character, or this isn't
            state = {};
            used = is_first ? used : std::mbrtowc(&character, &byte, 1, &state);
        }
        if (used <= 1) return true;
        is_first = used == static_cast<std::size_t>(-1);
        if (is_first) state = {};
    }
    return false;
}

void terminal::hide() {
    if (!std::exchange(is_shown_, false)) return;
    const auto* const line = ::el_line(library_->editor.get());
    // A long line stands on several rows.
    const std::string_view before_cursor{line->buffer, static_cast<std::size_t>(line->cursor - line->buffer)};
    const int row = (prompt_width + width_of(before_cursor)) / terminal_width();
    if (row > 0) std::printf("\x1b[%dA", row);
    std::printf("\r\x1b[J");
    std::fflush(stdout);
}

void terminal::show() {
    if (has_ended_ || std::exchange(is_shown_, true)) return;
    ::el_set(library_->editor.get(), EL_REFRESH);
}

}  // namespace mintws
