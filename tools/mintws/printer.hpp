#pragma once

#include <mint/base/buffer.hpp>
#include <mint/ws/frame.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace mintws {

/// Turns messages into what stands on standard output. No I/O, no clock.
class printer {
  public:
    struct options {
        bool is_terminal = false;  ///< shows controls instead of obeying them, and binary as a hex dump
        bool has_timestamps = false;
        char separator = '\n';  ///< after each text, unless for a terminal
    };

    explicit printer(const options& o) noexcept : options_(o) {}

    /// Appends a text or binary message to `out`; `now` is when it came. Text is a line. Binary is the octets as they
    /// are, or on a terminal a hex dump of the first 4 KiB.
    void print(const mint::ws::frame& message, std::chrono::system_clock::time_point now, mint::buffer& out) const;

    [[nodiscard]] bool is_for_terminal() const noexcept { return options_.is_terminal; }

  private:
    options options_;
};

/// `text` with controls (but tab and newline) and what is no UTF-8 shown as `\x1b`: safe on a terminal, which a peer
/// could steer otherwise.
[[nodiscard]] std::string visible(std::string_view text);

/// The same with newlines shown too: for what a peer says in a line of ours.
[[nodiscard]] std::string visible_line(std::string_view text);

/// "2026-01-31T12:00:00.000Z"
[[nodiscard]] std::string utc(std::chrono::system_clock::time_point time);

}  // namespace mintws
