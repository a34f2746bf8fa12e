#include "loop.hpp"

#include "milliseconds.hpp"
#include "standard_streams.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <unistd.h>
#include <utility>

#include <climits>
#include <fmt/core.h>

namespace mintws {

namespace ws = mint::ws;

namespace {

constexpr std::size_t read_size = 64 * 1024;

// Input isn't read while more than this waits for the socket.
constexpr std::size_t enough_queued = 256 * 1024;

session_options options_of(const client_options& o) {
    return {.closes_at_end_of_input = o.closes_at_end_of_input,
            .wait = o.wait,
            .message_count = o.message_count,
            .close_code = o.close_code,
            .close_reason = o.close_reason,
            .close_timeout = o.close_timeout,
            .ping_interval = o.ping_interval,
            .ping_timeout = o.ping_timeout};
}

}  // namespace

loop::loop(const client_options& options, mint::http::connection& conn, mint::websocket& socket,
           const signals& interrupts)
    : options_(options),
      conn_(conn),
      socket_(socket),
      session_(options_of(options), clock::now()),
      printer_({.is_terminal = ::isatty(STDOUT_FILENO) == 1,
                .has_timestamps = options.has_timestamps,
                .separator = options.input == input_form::nul_separated ? '\0' : '\n'}),
      sender_(conn, socket, [this](std::string_view what, std::string_view payload) { trace('>', what, payload); }),
      output_(standard_output()),
      lines_(options.input == input_form::nul_separated ? '\0' : '\n'),
      signals_(interrupts) {
    if (::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1) {
        terminal_.emplace([this](std::string_view line) { on_line(line); }, [this] { return wait_for_key(); });
    }
}

exit_status loop::run(bool is_ended) {
    if (terminal_ && !options_.is_quiet) {
        const auto chosen = socket_.subprotocol();
        const auto* const how = conn_.protocol() == mint::http::protocol::http2 ? " over HTTP/2" : "";
        notice(fmt::format("connected{}{}{}; Ctrl-D closes", how, chosen.empty() ? "" : ", subprotocol ", chosen));
    }
    for (const auto& message : options_.first_messages) on_line(message);
    if (is_ended) on_connection_end(std::nullopt);
    while (settle()) {
        if (wait()) on_input();
    }
    terminal_.reset();
    // The peer isn't to wait for who reads our output.
    if (conn_.protocol() == mint::http::protocol::http2) conn_.close();  // with a GOAWAY
    { const auto ended = std::move(conn_); }
    // Whoever interrupted it doesn't wait for a reader that may never come.
    const auto until = session_.was_interrupted() ? clock::now() + options_.close_timeout : clock::time_point::max();
    const bool is_written = output_.write_all(signals_.descriptor(), until);
    if (!is_written) output_.give_up();
    report_end();
    const bool is_told = standard_error().write_all(signals_.descriptor(), until);
    if (!is_told) standard_error().give_up();
    return is_written && is_told ? session_.status() : exit_status::interrupted;
}

// Does all that is to be done without waiting; false once the session is over.
bool loop::settle() {
    carry_out();
    transmit();
    end_stream({});
    carry_out();
    return !session_.is_done();
}

// Waits for something to happen, and takes it but for input: true if there is some and it is wanted.
bool loop::wait() {
    auto& errors = standard_error();
    const bool reads_socket = conn_.wants_read() && !is_held_up();
    const bool uses_socket = reads_socket || conn_.wants_write();
    const bool watches_output = output_.wants_write() || (output_.has_reader() && !output_.is_broken());
    enum : std::size_t { socket, input, output, error_output, signals };
    std::array<pollfd, 5> ready{{
        {.fd = uses_socket ? conn_.socket() : -1, .events = 0, .revents = 0},
        {.fd = wants_input() ? STDIN_FILENO : -1, .events = POLLIN, .revents = 0},
        {.fd = watches_output ? output_.number() : -1, .events = 0, .revents = 0},
        {.fd = errors.wants_write() ? errors.number() : -1, .events = POLLOUT, .revents = 0},
        {.fd = signals_.descriptor(), .events = POLLIN, .revents = 0},
    }};
    if (reads_socket) ready[socket].events |= POLLIN;
    if (conn_.wants_write()) ready[socket].events |= POLLOUT;
    if (output_.wants_write()) ready[output].events |= POLLOUT;
    // What the connection holds already no socket will tell.
    const bool has_more = reads_socket && conn_.may_have_more();
    const int time = has_more ? 0 : milliseconds_until(session_.deadline().value_or(clock::time_point::max()));
    if (::poll(ready.data(), ready.size(), time) < 0) return false;  // EINTR: the caller comes again

    if (ready[signals].revents != 0) on_signal();
    if (ready[error_output].revents != 0) errors.on_ready(ready[error_output].revents);
    if (ready[output].revents != 0) output_.on_ready(ready[output].revents);
    on_output();
    carry_out();
    if (ready[socket].revents != 0 || has_more) {
        const auto events = static_cast<unsigned>(ready[socket].revents);
        on_socket(has_more || (events & ~unsigned{POLLOUT}) != 0, (events & POLLOUT) != 0);
    }
    if (session_.awaits_pong() && sender_.has_progressed()) session_.on_sign_of_life(clock::now());
    session_.on_time(clock::now(), actions_);
    return ready[input].revents != 0 && wants_input();
}

// The library that edits lines waits for the rest of a key; everything else goes on. False once the session is over.
bool loop::wait_for_key() {
    while (settle()) {
        if (wait()) return true;
    }
    return false;
}

void loop::on_output() {
    if (!output_.is_broken() || std::exchange(is_output_over_, true)) return;
    if (output_.failure() == 0) {
        session_.on_output_closed(clock::now(), actions_);
    } else {
        session_.on_output_failed(clock::now(), actions_);
    }
}

void loop::on_socket(bool readable, bool writable) {
    const mint::http::socket_message message{.id = conn_.id(), .readable = readable, .writable = writable};
    const auto received = mint::websocket::stream(conn_, message, scratch_);
    if (readable && received) session_.on_sign_of_life(clock::now());
    for (const auto& r : received ? *received : received.error().responses) {
        std::visit(mint::overloaded{
                       [&](const mint::responses::data& d) { on_octets(d.bytes); },
                       [&](const mint::responses::done&) { on_connection_end(std::nullopt); },
                       [&](const mint::responses::error& e) { on_connection_end(e.reason); },
                       [](const auto&) {},
                   },
                   r);
    }
    if (received) end_stream(*received);
    if (!received) on_connection_end(received.error().reason);
}

// Over HTTP/1.1 the server ends the connection by itself (RFC 6455 §7.1.1); a stream ends from both sides (RFC 8441
// §5).
void loop::end_stream(mint::http::response_list responses) {
    const auto& codec = socket_.codec();
    const bool is_closed = codec.is_close_sent() && codec.is_close_received() && sender_.is_empty();
    if (conn_.protocol() == mint::http::protocol::http1 || !is_closed || session_.is_done()) return;
    if (!end_) end_.emplace(socket_.ref(), clock::now());
    const auto is_over = end_->step(conn_, responses, clock::now());
    if (!is_over || *is_over) session_.on_connection_end();
}

void loop::on_connection_end(std::optional<mint::error> reason) {
    if (!session_.is_done() && !socket_.codec().is_close_received()) broken_ = std::move(reason);
    session_.on_connection_end();
}

void loop::on_octets(mint::byte_view octets) {
    if (socket_.codec().has_failed()) return;  // what was wrong is said, and nothing behind it counts
    const auto decoded = socket_.decode(octets, frames_);
    const auto now = clock::now();
    for (const auto& frame : frames_) {
        received_.add(frame);
        if (std::holds_alternative<ws::pong>(frame)) sender_.on_pong();
        if (options_.is_verbose) {
            std::visit(mint::overloaded{
                           [&](const ws::ping& f) { trace('<', "ping", mint::as_text(f.payload)); },
                           [&](const ws::pong& f) { trace('<', "pong", mint::as_text(f.payload)); },
                           [&](const ws::close& f) {
                               const auto code = f.code.value_or(ws::close_code::no_status_received);
                               trace('<', fmt::format("close {}", static_cast<int>(code)), f.reason);
                           },
                           [](const auto&) {},
                       },
                       frame);
        }
        session_.on_frame(frame, now, actions_);
        carry_out();  // while the frame lives
    }
    if (decoded) close_.keep_end(octets);
    if (!decoded && !session_.is_done()) {
        notice("the server broke the protocol: " + visible_line(mint::to_string(decoded.error())) +
               close_.describe(decoded.error(), octets));
        session_.on_protocol_error(decoded.error(), now, actions_);
    }
}

void loop::on_input() {
    if (terminal_) {
        terminal_->on_readable();
        is_input_over_ = terminal_->has_ended();
    } else {
        read_input();
    }
    if (is_input_over_) session_.on_end_of_input(clock::now(), actions_);
}

void loop::read_input() {
    const bool in_chunks = options_.input == input_form::chunks;
    const auto most = in_chunks ? std::min<std::uint64_t>(read_size, options_.max_message_size) : read_size;
    const auto room = lines_.prepare(static_cast<std::size_t>(most)).first(static_cast<std::size_t>(most));
    const auto size = ::read(STDIN_FILENO, room.data(), room.size());
    if (size < 0 && (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (size < 0) {
        notice(fmt::format("standard input can't be read: {}", std::strerror(errno)));
        return session_.on_bad_input(clock::now(), actions_);
    }
    lines_.commit(static_cast<std::size_t>(size));
    is_input_over_ = size == 0;
    if (in_chunks) {
        if (size > 0) on_line(lines_.take_all());
        return;
    }
    if (is_input_over_) lines_.end();
    while (session_.wants_input()) {
        const auto line = lines_.next();
        if (!line) break;
        on_line(*line);
    }
    if (lines_.unfinished_size() > options_.max_message_size && session_.wants_input()) {
        notice(fmt::format("line {} is over {} bytes", line_number_ + 1, options_.max_message_size));
        session_.on_bad_input(clock::now(), actions_);
    }
}

void loop::on_line(std::string_view line) {
    ++line_number_;
    if (options_.sends_binary) {
        sender_.add(ws::binary{mint::as_bytes(line)});
    } else if (!sender_.add(ws::text{line})) {
        notice(fmt::format("line {} isn't UTF-8; --binary sends any bytes", line_number_));
        if (!terminal_) session_.on_bad_input(clock::now(), actions_);
    }
}

void loop::on_signal() {
    for (int count = signals_.take(); count > 0; --count) session_.on_interrupt(clock::now(), actions_);
}

// How much had come of a message that the end cut; empty if it cut none.
std::string loop::where_it_ended() const {
    const auto end = socket_.codec().end_of_input();
    return end || socket_.codec().has_failed() || end.error().detail.empty() ? "" : ", " + end.error().detail;
}

// Says how the WebSocket ended, where it wasn't in good order or the user wants to know.
void loop::report_end() {
    const auto status = session_.status();
    const auto& codec = socket_.codec();
    if (broken_) {
        notice("the connection broke" + where_it_ended() + ": " + visible_line(mint::to_string(*broken_)));
    } else if (status == exit_status::timed_out) {
        notice(codec.is_close_sent() ? "the server didn't close in time" : "no pong came in time");
    } else if (status == exit_status::abnormal && !codec.is_close_received()) {
        notice("the server ended the connection without a Close frame" + where_it_ended());
    }
    received_.wire_size = codec.received_size();
    if (options_.is_verbose && !options_.open.upgrade.extensions.empty() && socket_.extensions().empty()) {
        tell("* permessage-deflate: the server doesn't take it\n");
    }
    for (const auto& extension : socket_.extensions()) {
        if (!options_.is_verbose) break;
        tell("* {}: sent {}, received {}\n", extension.name, describe(sender_.sent()), describe(received_));
    }
    if (options_.reports_close || (status == exit_status::abnormal && codec.is_close_received()) ||
        (printer_.is_for_terminal() && !options_.is_quiet)) {
        const auto code = session_.close_code();
        notice(fmt::format("closed: {} {}{}{}", static_cast<int>(code), ws::describe(code),
                           session_.close_reason().empty() ? "" : ": ", visible_line(session_.close_reason())));
    }
}

// Empties the list of what is to be done.
void loop::carry_out() {
    for (const auto& a : actions_) {
        std::visit(mint::overloaded{
                       [&](const actions::send_ping&) { sender_.add_ping(); },
                       [&](const actions::send_pong& pong) { sender_.add_pong(pong.payload); },
                       [&](const actions::send_close& close) {
                           const auto code = close.code.value_or(ws::close_code::no_status_received);
                           trace('>', fmt::format("close {}", static_cast<int>(code)), close.reason);
                           sender_.add_close({close.code, close.reason});
                       },
                       [&](const actions::print& p) { print(p.message); },
                   },
                   a);
    }
    actions_.clear();
}

void loop::print(const ws::frame& message) {
    // Who interrupted us wants the end more than what nobody reads.
    if (output_.is_broken() || (output_.is_full() && session_.was_interrupted())) return;
    printer_.print(message, std::chrono::system_clock::now(), output_.pending());
    if (!terminal_) return;
    terminal_->hide();
    output_.write_all(signals_.descriptor());
    terminal_->show();
}

void loop::transmit() {
    if (session_.is_done()) return;
    const auto sent = sender_.transmit();
    // What the peer sent before it went away can still be read; if it can't, this was the end.
    if (sent || conn_.wants_read()) return;
    on_connection_end(sent.error());
}

void loop::notice(std::string_view line) {
    if (terminal_) terminal_->hide();
    tell("mintws: {}\n", line);
    if (terminal_) terminal_->show();
}

void loop::trace(char direction, std::string_view what, std::string_view payload) {
    if (!options_.is_verbose || standard_error().is_full()) return;
    if (terminal_) terminal_->hide();
    tell("{} {}{}{}\n", direction, what, payload.empty() ? "" : ": ", visible_line(payload));
    if (terminal_) terminal_->show();
}

bool loop::wants_input() const {
    return !is_input_over_ && session_.wants_input() && sender_.is_empty() && conn_.queued_size() < enough_queued;
}

// True while nothing more is to be read from the socket, since nobody reads what is written.
bool loop::is_held_up() const {
    return (output_.is_full() || standard_error().is_full()) && !session_.was_interrupted();
}

}  // namespace mintws
