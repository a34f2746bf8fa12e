#pragma once

#include <functional>
#include <string_view>

namespace mintws {

/// Edits a line at the terminal, with history. One at a time: the library below it has one state.
///
/// While it lives, printing goes between `hide` and `show`, so that nothing garbles the line being edited.
class terminal {
  public:
    /// `on_line` is called from `on_readable` for each line entered.
    explicit terminal(std::function<void(std::string_view)> on_line);
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
    static void take_line(char* line);

    std::function<void(std::string_view)> on_line_;
    bool has_ended_ = false;
};

}  // namespace mintws
