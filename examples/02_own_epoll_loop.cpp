// Sends each line of the keyboard to a WebSocket server and prints what comes back, in an epoll loop of its own: the
// library waits for nothing, starts nothing and calls nothing back.
//
//     example_02_own_epoll_loop wss://example.org/chat
#include <mint/mint.hpp>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <iostream>
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

/// One open WebSocket and what it needs to live: a loop tells it what is ready, and asks it what to wait for.
class session {
  public:
    explicit session(opened_websocket opened) : conn_(std::move(opened.connection)), ws_(std::move(opened.socket)) {}

    void on_socket(bool is_readable, bool is_writable) {
        const http::socket_message message{conn_.id(), is_readable, is_writable};
        const auto received = websocket::stream(conn_, message, scratch_);
        for (const response& r : received ? *received : received.error().responses) {
            if (const auto* data = std::get_if<responses::data>(&r)) decode(data->bytes);
        }
        if (!received) std::cerr << to_string(received.error().reason) << '\n';
    }

    void on_line(std::string_view line) { must(ws_.send(conn_, ws::text{line}, out_)); }

    void on_end_of_input() { must(ws_.send(conn_, ws::close{ws::close_code::normal, {}}, out_)); }

    [[nodiscard]] int socket() const { return conn_.socket(); }
    [[nodiscard]] bool is_open() const { return conn_.is_open(http::direction::read); }
    [[nodiscard]] std::uint32_t interest() const {
        return (conn_.wants_read() ? EPOLLIN : 0U) | (conn_.wants_write() ? EPOLLOUT : 0U);
    }

  private:
    void decode(byte_view octets) {
        const auto decoded = ws_.decode(octets, frames_);
        for (const ws::frame& frame : frames_) {
            std::visit(overloaded{[&](const ws::text& f) { std::cout << f.payload << std::endl; },
                                  [&](const ws::binary& f) { std::cout << f.payload.size() << " octets" << std::endl; },
                                  [&](const ws::ping& f) { must(ws_.send(conn_, ws::pong{f.payload}, out_)); },
                                  [&](const ws::pong&) {}, [&](const ws::close& f) { answer(f); }},
                       frame);
        }
        must(decoded);
    }

    void answer(const ws::close& received) {
        if (!ws_.codec().is_close_sent()) must(ws_.send(conn_, received, out_));
        must(websocket::stream_request_body(conn_, ws_.ref(), eof{}));
    }

    http::connection conn_;
    websocket ws_;
    http::read_buffer scratch_;
    std::vector<ws::frame> frames_;
    buffer out_;
};

void watch(int epoll, int descriptor, std::uint32_t interest) {
    epoll_event event{};
    event.events = interest;
    event.data.fd = descriptor;
    if (::epoll_ctl(epoll, EPOLL_CTL_MOD, descriptor, &event) == 0) return;
    if (::epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) != 0) std::exit(EXIT_FAILURE);
}

/// Lookup, TCP, TLS and the upgrade, without blocking: a loop with other work would do it between two of its rounds.
opened_websocket open(int epoll, const url& target) {
    using clock = opening::clock;
    auto attempt = must(opening::start(target, {}, clock::now()));
    while (true) {
        if (auto opened = must(attempt.step(clock::now()))) return std::move(*opened);
        // What isn't wanted any more was closed, and epoll forgot it.
        for (const net::interest& i : attempt.wants()) {
            watch(epoll, i.descriptor, (i.wanted.read ? EPOLLIN : 0U) | (i.wanted.write ? EPOLLOUT : 0U));
        }
        epoll_event event{};
        ::epoll_wait(epoll, &event, 1, static_cast<int>(net::deadline{attempt.deadline()}.left().count()));
    }
}

/// Gives each whole line to the session, which takes it before the loop waits again.
void read_keyboard(std::string& line, int epoll, session& talk) {
    std::array<char, 4096> typed{};
    const ssize_t size = ::read(STDIN_FILENO, typed.data(), typed.size());
    if (size <= 0) {
        ::epoll_ctl(epoll, EPOLL_CTL_DEL, STDIN_FILENO, nullptr);
        talk.on_end_of_input();
        return;
    }
    line.append(typed.data(), static_cast<std::size_t>(size));
    for (std::size_t end = line.find('\n'); end != std::string::npos; end = line.find('\n')) {
        talk.on_line(std::string_view{line}.substr(0, end));
        line.erase(0, end + 1);
    }
}

void run(int epoll, session& talk) {
    watch(epoll, talk.socket(), talk.interest());
    watch(epoll, STDIN_FILENO, EPOLLIN);
    std::string line;
    while (talk.is_open()) {
        epoll_event event{};
        if (::epoll_wait(epoll, &event, 1, -1) != 1) continue;
        if (event.data.fd == STDIN_FILENO) {
            read_keyboard(line, epoll, talk);
        } else {
            talk.on_socket((event.events & ~EPOLLOUT) != 0, (event.events & EPOLLOUT) != 0);
        }
        if (talk.is_open()) watch(epoll, talk.socket(), talk.interest());
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "usage: " << argv[0] << " URL\n";
        return EXIT_FAILURE;
    }
    const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
    session talk{open(epoll, must(parse_url(argv[1])))};
    run(epoll, talk);
    ::close(epoll);
}
