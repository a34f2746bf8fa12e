#include "loop.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <poll.h>
#include <unistd.h>

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
      printer_({.is_terminal = ::isatty(STDOUT_FILENO) == 1, .has_timestamps = options.has_timestamps}),
      output_(STDOUT_FILENO),
      signals_(interrupts) {
    if (::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1) {
        terminal_.emplace([this](std::string_view line) { on_line(line); });
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
    for (;;) {
        carry_out();
        transmit();
        end_stream({});
        carry_out();
        if (session_.is_done()) break;
        wait();
    }
    terminal_.reset();
    output_.write_all();
    if (conn_.protocol() == mint::http::protocol::http2) conn_.close();  // with a GOAWAY
    report_end();
    return session_.status();
}

void loop::wait() {
    const bool reads_socket = conn_.wants_read() && !output_.is_full();
    const bool uses_socket = reads_socket || conn_.wants_write();
    const bool watches_output = output_.wants_write() || (output_.has_reader() && !output_.is_broken());
    enum : std::size_t { socket, input, output, signals };
    std::array<pollfd, 4> ready{{
        {.fd = uses_socket ? conn_.socket() : -1, .events = 0, .revents = 0},
        {.fd = wants_input() ? STDIN_FILENO : -1, .events = POLLIN, .revents = 0},
        {.fd = watches_output ? STDOUT_FILENO : -1, .events = 0, .revents = 0},
        {.fd = signals_.descriptor(), .events = POLLIN, .revents = 0},
    }};
    if (reads_socket) ready[socket].events |= POLLIN;
    if (conn_.wants_write()) ready[socket].events |= POLLOUT;
    if (output_.wants_write()) ready[output].events |= POLLOUT;
    // What the connection holds already no socket will tell.
    const bool has_more = reads_socket && conn_.may_have_more();
    const int time = has_more ? 0 : milliseconds_to_deadline();
    if (::poll(ready.data(), ready.size(), time) < 0) return;  // EINTR: the caller comes again

    if (ready[signals].revents != 0) on_signal();
    if ((ready[output].revents & POLLERR) != 0) {
        output_.give_up();
    } else if (ready[output].revents != 0) {
        output_.write_some();
    }
    if (output_.is_broken()) session_.on_output_closed(clock::now(), actions_);
    carry_out();
    if (ready[socket].revents != 0 || has_more) {
        const auto events = static_cast<unsigned>(ready[socket].revents);
        on_socket(has_more || (events & ~unsigned{POLLOUT}) != 0, (events & POLLOUT) != 0);
    }
    if (ready[input].revents != 0 && wants_input()) on_input();
    session_.on_time(clock::now(), actions_);
}

void loop::on_socket(bool readable, bool writable) {
    const mint::http::socket_message message{.id = conn_.id(), .readable = readable, .writable = writable};
    const auto received = mint::websocket::stream(conn_, message, scratch_);
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
    const bool is_closed = codec.is_close_sent() && codec.is_close_received() && unsent_.empty();
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
    if (!decoded && !session_.is_done()) {
        notice("the server broke the protocol: " + mint::to_string(decoded.error()));
        session_.on_protocol_error(decoded.error(), now, actions_);
    }
}

void loop::on_input() {
    if (terminal_) {
        terminal_->on_readable();
        is_input_over_ = terminal_->has_ended();
    } else {
        const auto room = lines_.prepare(read_size);
        const auto size = ::read(STDIN_FILENO, room.data(), room.size());
        if (size < 0 && errno == EINTR) return;
        lines_.commit(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
        is_input_over_ = size <= 0;
        if (is_input_over_) lines_.end();
        while (session_.wants_input()) {
            const auto line = lines_.next();
            if (!line) break;
            on_line(*line);
        }
        if (lines_.unfinished_size() > options_.max_message_size && session_.wants_input()) {
            notice(fmt::format("line {} is over {} octets", line_number_ + 1, options_.max_message_size));
            session_.on_bad_input(clock::now(), actions_);
        }
    }
    if (is_input_over_) session_.on_end_of_input(clock::now(), actions_);
}

void loop::on_line(std::string_view line) {
    ++line_number_;
    if (options_.sends_binary) {
        encode(ws::binary{mint::as_bytes(line)});
    } else if (!encode(ws::text{line})) {
        notice(fmt::format("line {} isn't UTF-8; --binary sends any octets", line_number_));
        if (!terminal_) session_.on_bad_input(clock::now(), actions_);
    }
}

void loop::on_signal() {
    for (int count = signals_.take(); count > 0; --count) session_.on_interrupt(clock::now(), actions_);
}

// Says how the WebSocket ended, where it wasn't in good order or the user wants to know.
void loop::report_end() {
    const auto status = session_.status();
    const auto& codec = socket_.codec();
    if (broken_) {
        notice("the connection broke: " + mint::to_string(*broken_));
    } else if (status == exit_status::timed_out) {
        notice(codec.is_close_sent() ? "the server didn't close in time" : "no pong came in time");
    } else if (status == exit_status::abnormal && !codec.is_close_received()) {
        notice("the server ended the connection without a Close frame");
    }
    received_.wire_size = codec.received_size();
    if (options_.is_verbose && !options_.open.upgrade.extensions.empty() && socket_.extensions().empty()) {
        fmt::print(stderr, "* permessage-deflate: the server doesn't take it\n");
    }
    for (const auto& extension : socket_.extensions()) {
        if (!options_.is_verbose) break;
        fmt::print(stderr, "* {}: sent {}, received {}\n", extension.name, describe(sent_), describe(received_));
    }
    if (options_.reports_close || (status == exit_status::abnormal && codec.is_close_received()) ||
        (printer_.is_for_terminal() && !options_.is_quiet)) {
        const auto code = session_.close_code();
        notice(fmt::format("closed: {} {}{}{}", static_cast<int>(code), ws::describe(code),
                           session_.close_reason().empty() ? "" : ": ", visible(session_.close_reason())));
    }
}

// Empties the list of what is to be done.
void loop::carry_out() {
    const auto now = std::chrono::system_clock::now();
    for (const auto& a : actions_) {
        std::visit(mint::overloaded{
                       [&](const actions::send_ping&) {
                           trace('>', "ping", {});
                           encode(ws::ping{});
                       },
                       [&](const actions::send_pong& pong) {
                           trace('>', "pong", mint::as_text(pong.payload));
                           encode(ws::pong{pong.payload});
                       },
                       [&](const actions::send_close& close) {
                           const auto code = close.code.value_or(ws::close_code::no_status_received);
                           trace('>', fmt::format("close {}", static_cast<int>(code)), close.reason);
                           encode(ws::close{close.code, close.reason});
                       },
                       [&](const actions::print& print) {
                           if (output_.is_broken()) return;
                           printer_.print(print.message, now, output_.pending());
                           if (!terminal_) return;
                           terminal_->hide();
                           output_.write_all();
                           terminal_->show();
                       },
                   },
                   a);
    }
    actions_.clear();
}

void loop::transmit() {
    if (unsent_.empty() || session_.is_done()) return;
    const auto sent = mint::websocket::stream_request_body(conn_, socket_.ref(), unsent_.view());
    if (sent) return unsent_.clear();
    if (sent.error() == mint::errc::send_queue_full) return;  // offered again when the socket took some
    unsent_.clear();
    // What the peer sent before it went away can still be read; if it can't, this was the end.
    if (conn_.wants_read()) return;
    on_connection_end(sent.error());
}

template <class Frame>
bool loop::encode(const Frame& frame) {
    const std::size_t size = unsent_.size();
    const bool is_encoded = socket_.encode(frame, unsent_).has_value();
    if (is_encoded) sent_.add(frame);
    sent_.wire_size += unsent_.size() - size;
    return is_encoded;
}

void loop::notice(std::string_view line) {
    if (terminal_) terminal_->hide();
    fmt::print(stderr, "mintws: {}\n", line);
    if (terminal_) terminal_->show();
}

void loop::trace(char direction, std::string_view what, std::string_view payload) {
    if (!options_.is_verbose) return;
    if (terminal_) terminal_->hide();
    fmt::print(stderr, "{} {}{}{}\n", direction, what, payload.empty() ? "" : ": ", visible(payload));
    if (terminal_) terminal_->show();
}

bool loop::wants_input() const {
    return !is_input_over_ && session_.wants_input() && unsent_.empty() && conn_.queued_size() < enough_queued;
}

int loop::milliseconds_to_deadline() const {
    const auto deadline = session_.deadline();
    if (!deadline) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - clock::now()).count();
    return static_cast<int>(std::clamp<std::chrono::milliseconds::rep>(left, 0, INT_MAX));
}

}  // namespace mintws
