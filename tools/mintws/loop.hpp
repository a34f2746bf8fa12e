#pragma once

#include "broken_close.hpp"
#include "client_options.hpp"
#include "exit_status.hpp"
#include "line_splitter.hpp"
#include "output_queue.hpp"
#include "printer.hpp"
#include "sender.hpp"
#include "session.hpp"
#include "signals.hpp"
#include "terminal.hpp"
#include "traffic.hpp"

#include <mint/mint.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mintws {

/// Waits for the keyboard or a pipe, the WebSocket, and room on standard output; hands what happens to the session and
/// does what it says.
class loop {
  public:
    /// `conn` is in active mode. All of them outlive the loop.
    loop(const client_options& options, mint::http::connection& conn, mint::websocket& socket,
         const signals& interrupts);

    /// Until the session is over. `is_ended`: the answer to the upgrade was the peer's end, too.
    [[nodiscard]] exit_status run(bool is_ended);

  private:
    using clock = std::chrono::steady_clock;

    bool settle();
    bool wait();
    bool wait_for_key();
    void on_output();
    void on_socket(bool readable, bool writable);
    void on_octets(mint::byte_view octets);
    void on_input();
    void read_input();
    void on_line(std::string_view line);
    void on_signal();
    void on_connection_end(std::optional<mint::error> reason);
    void report_end();
    [[nodiscard]] std::string where_it_ended() const;
    void end_stream(mint::http::response_list responses);

    void carry_out();
    void print(const mint::ws::frame& message);
    void transmit();
    void notice(std::string_view line);
    void trace(char direction, std::string_view what, std::string_view payload);

    [[nodiscard]] bool wants_input() const;
    [[nodiscard]] bool is_held_up() const;

    const client_options& options_;
    mint::http::connection& conn_;
    mint::websocket& socket_;
    session session_;
    printer printer_;
    sender sender_;
    output_queue& output_;
    line_splitter lines_;
    const signals& signals_;
    std::optional<terminal> terminal_;  // where both ends are one
    mint::http::read_buffer scratch_;
    std::vector<mint::ws::frame> frames_;
    session::action_list actions_;
    std::optional<mint::closing> end_;  // of the WebSocket's HTTP/2 stream
    traffic received_;
    broken_close close_;
    std::uint64_t line_number_ = 0;
    bool is_input_over_ = false;
    bool is_output_over_ = false;
    std::optional<mint::error> broken_;  // why the connection ended before the WebSocket did
};

}  // namespace mintws
