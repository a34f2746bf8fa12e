// Sends each line of the keyboard to a WebSocket server and prints what comes back, in an epoll loop of its own: the
// library waits for nothing, starts nothing and calls nothing back.
//
//     example_02_own_epoll_loop localhost 9000 /
#include <mint/mint.hpp>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>
#include <sys/epoll.h>
#include <unistd.h>
#include <utility>
#include <variant>
#include <vector>

using namespace mint;

namespace {

template <class Value>
Value must(std::expected<Value, error> result) {
    if (!result) {
        std::cerr << to_string(result.error()) << '\n';
        std::exit(EXIT_FAILURE);
    }
    return std::move(result).value();
}

/// One WebSocket and what it needs to live: a loop tells it what is ready, and asks it what to wait for.
class session {
  public:
    session(const char* host, std::uint16_t port, const char* path)
        : conn_(must(http::connect(scheme::http, host, port))),
          ref_(must(websocket::upgrade(ws_scheme::ws, conn_, path))) {}

    void on_socket(bool is_readable, bool is_writable) {
        const http::socket_message message{conn_.id(), is_readable, is_writable};
        const auto received = websocket::stream(conn_, message, scratch_);
        for (const response& r : received ? *received : received.error().responses) {
            std::visit(overloaded{[&](const responses::status& s) { status_code_ = s.code; },
                                  [&](const responses::headers& h) { open(h.fields); },
                                  [&](const responses::data& d) { decode(d.bytes); },
                                  [&](const auto&) { /* done, and what no WebSocket has */ }},
                       r);
        }
        if (!received) std::cerr << to_string(received.error().reason) << '\n';
    }

    void on_line(std::string_view line) { must(ws_->send(conn_, ws::text{line}, out_)); }

    void on_end_of_input() { must(ws_->send(conn_, ws::close{ws::close_code::normal, {}}, out_)); }

    [[nodiscard]] int socket() const { return conn_.socket(); }
    [[nodiscard]] bool is_websocket() const { return ws_.has_value(); }
    [[nodiscard]] bool is_open() const { return conn_.is_open(http::direction::read); }
    [[nodiscard]] std::uint32_t interest() const {
        return (conn_.wants_read() ? EPOLLIN : 0U) | (conn_.wants_write() ? EPOLLOUT : 0U);
    }

  private:
    void open(const headers& fields) { ws_ = must(websocket::create(conn_, ref_, status_code_, fields)); }

    void decode(byte_view octets) {
        const auto decoded = ws_->decode(octets, frames_);
        for (const ws::frame& frame : frames_) {
            std::visit(overloaded{[&](const ws::text& f) { std::cout << f.payload << std::endl; },
                                  [&](const ws::binary& f) { std::cout << f.payload.size() << " octets" << std::endl; },
                                  [&](const ws::ping& f) { must(ws_->send(conn_, ws::pong{f.payload}, out_)); },
                                  [&](const ws::pong&) {}, [&](const ws::close& f) { answer(f); }},
                       frame);
        }
        must(decoded);
    }

    void answer(const ws::close& received) {
        if (!ws_->codec().is_close_sent()) must(ws_->send(conn_, received, out_));
        must(websocket::stream_request_body(conn_, ref_, eof{}));
    }

    http::connection conn_;
    request_ref ref_;
    http::read_buffer scratch_;
    std::optional<websocket> ws_;
    std::vector<ws::frame> frames_;
    buffer out_;
    int status_code_ = 0;
};

void watch(int epoll, int operation, int descriptor, std::uint32_t interest) {
    epoll_event event{};
    event.events = interest;
    event.data.fd = descriptor;
    if (::epoll_ctl(epoll, operation, descriptor, &event) != 0) std::exit(EXIT_FAILURE);
}

/// Gives each whole line to the session, which takes it before the loop waits again.
void read_keyboard(std::string& line, int epoll, session& talk) {
    std::array<char, 4096> typed{};
    const ssize_t size = ::read(STDIN_FILENO, typed.data(), typed.size());
    if (size <= 0) {
        watch(epoll, EPOLL_CTL_DEL, STDIN_FILENO, 0);
        talk.on_end_of_input();
        return;
    }
    line.append(typed.data(), static_cast<std::size_t>(size));
    for (std::size_t end = line.find('\n'); end != std::string::npos; end = line.find('\n')) {
        talk.on_line(std::string_view{line}.substr(0, end));
        line.erase(0, end + 1);
    }
}

void run(session& talk) {
    const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
    watch(epoll, EPOLL_CTL_ADD, talk.socket(), talk.interest());
    std::string line;
    bool is_keyboard_watched = false;
    while (talk.is_open()) {
        if (talk.is_websocket() && !is_keyboard_watched) {  // what was typed before waits in the terminal
            watch(epoll, EPOLL_CTL_ADD, STDIN_FILENO, EPOLLIN);
            is_keyboard_watched = true;
        }
        epoll_event event{};
        if (::epoll_wait(epoll, &event, 1, -1) != 1) continue;
        if (event.data.fd == STDIN_FILENO) {
            read_keyboard(line, epoll, talk);
        } else {
            talk.on_socket((event.events & ~EPOLLOUT) != 0, (event.events & EPOLLOUT) != 0);
        }
        if (talk.is_open()) watch(epoll, EPOLL_CTL_MOD, talk.socket(), talk.interest());
    }
    ::close(epoll);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        std::cerr << "usage: " << argv[0] << " HOST PORT PATH\n";
        return EXIT_FAILURE;
    }
    session talk{argv[1], static_cast<std::uint16_t>(std::stoi(argv[2])), argv[3]};
    run(talk);
}
