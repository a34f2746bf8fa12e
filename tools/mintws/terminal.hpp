#pragma once

#include <functional>
#include <memory>
#include <string_view>

namespace mintws {

/// Edits lines at the terminal, with history.
///
/// The rest of a key that was begun (after ESC, in half a character) is waited for by `wait_for_key`, which keeps all
/// else going meanwhile.
///
/// While it lives the terminal is in raw mode; printing goes between `hide` and `show`, so that nothing garbles the
/// line being edited.
class terminal {
  public:
    /// `on_line` is called from `on_readable` for each line entered, while the line being edited is hidden.
    /// `wait_for_key` returns true when standard input is readable, and false if nothing more is wanted of it; it may
    /// call `hide` and `show`.
    terminal(std::function<void(std::string_view)> on_line, std::function<bool()> wait_for_key);
    ~terminal();
    terminal(const terminal&) = delete;
    terminal& operator=(const terminal&) = delete;

    /// Takes the keys that standard input has ready. Call it when standard input is readable.
    void on_readable();

    /// True after Ctrl-D on an empty line, or the terminal's end.
    [[nodiscard]] bool has_ended() const noexcept { return has_ended_; }

    /// Takes the line being edited from the screen, and puts it back.
    void hide();
    void show();

  private:
    struct library;

    bool read_character(wchar_t& character);

    std::function<void(std::string_view)> on_line_;
    std::function<bool()> wait_for_key_;
    std::unique_ptr<library> library_;
    bool is_shown_ = true;
    bool has_ended_ = false;
};

}  // namespace mintws
