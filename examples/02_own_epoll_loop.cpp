// Sends each line of the keyboard to a WebSocket server and prints what comes back, in an epoll loop of its own: the
// library waits for nothing, starts nothing and calls nothing back.
//
//     example_02_own_epoll_loop wss://example.org/chat
#include <mint/mint.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <optional>
#include <string>
#include <sys/epoll.h>
#include <unistd.h>
#include <utility>
#include <variant>
#include <vector>

using namespace mint;
using namespace std::chrono_literals;

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
    using clock = closing::time_point::clock;

    explicit session(opened_websocket opened) : conn_(std::move(opened.connection)), ws_(std::move(opened.socket)) {}

    void on_socket(bool is_readable, bool is_writable) {
        const http::socket_message message{conn_.id(), is_readable, is_writable};
        const auto received = websocket::stream(conn_, message, scratch_);
        const http::response_list responses = received ? *received : received.error().responses;
        for (const response& r : responses) {
            if (const auto* data = std::get_if<responses::data>(&r)) decode(data->bytes);
        }
        if (!received) std::cerr << to_string(received.error().reason) << '\n';
        answer_ping();
        step(responses);
    }

    /// Precondition: `has_room()`, as for the end of input.
    void on_line(std::string_view line) { must(ws_.send(conn_, ws::text{line}, out_)); }

    void on_end_of_input() {
        must(ws_.send(conn_, ws::close{ws::close_code::normal, {}}, out_));
        end_.emplace(ws_.ref(), clock::now(), 5s);  // for the server's Close
    }

    /// To be called when `deadline()` is there.
    void on_time() { step({}); }

    [[nodiscard]] clock::time_point deadline() const { return end_ ? end_->deadline() : clock::time_point::max(); }
    [[nodiscard]] int socket() const { return conn_.socket(); }
    [[nodiscard]] bool is_open() const { return conn_.is_open(http::direction::read); }
    [[nodiscard]] std::uint32_t interest() const {
        return (conn_.wants_read() ? EPOLLIN : 0U) | (conn_.wants_write() ? EPOLLOUT : 0U);
    }

    /// True if a frame would be taken, however long it is: while the server doesn't read, nothing is to wait for it.
    [[nodiscard]] bool has_room() const { return conn_.queued_size() == 0 && !ws_.codec().is_close_sent(); }

  private:
    void decode(byte_view octets) {
        const auto decoded = ws_.decode(octets, frames_);
        for (const ws::frame& frame : frames_) {
            std::visit(overloaded{[&](const ws::text& f) { std::cout << f.payload << std::endl; },
                                  [&](const ws::binary& f) { std::cout << f.payload.size() << " octets" << std::endl; },
                                  [&](const ws::ping& f) { ping_ = as_text(f.payload); }, [&](const ws::pong&) {},
                                  [&](const ws::close& f) { answer(f); }},
                       frame);
        }
        must(decoded);
    }

    /// The latest ping is enough (RFC 6455 §5.5.3), so that a server that only sends gets no queue of pongs.
    void answer_ping() {
        if (!ping_ || !has_room()) return;
        must(ws_.send(conn_, ws::pong{as_bytes(*ping_)}, out_));
        ping_.reset();
    }

    void answer(const ws::close& received) {
        // A server that doesn't read can't be answered: the connection ends when the time is up.
        if (!ws_.codec().is_close_sent()) static_cast<void>(ws_.send(conn_, received, out_));
        end_.emplace(ws_.ref(), clock::now());
    }

    void step(http::response_list responses) {
        if (end_) must(end_->step(conn_, responses, clock::now()));
    }

    http::connection conn_;
    websocket ws_;
    http::read_buffer scratch_;
    std::vector<ws::frame> frames_;
    buffer out_;
    std::optional<std::string> ping_;  // the payload of the latest one that isn't answered
    std::optional<closing> end_;
};

/// As epoll_wait takes it: an int, in which a far deadline doesn't fit.
int milliseconds_until(closing::time_point deadline) {
    constexpr auto longest = std::chrono::milliseconds{std::numeric_limits<int>::max()};
    return static_cast<int>(std::min<std::chrono::milliseconds>(net::deadline{deadline}.left(), longest).count());
}

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
        ::epoll_wait(epoll, &event, 1, milliseconds_until(attempt.deadline()));
    }
}

/// Lines of standard input, which are read while the session has room for them.
class keyboard {
  public:
    void read() {
        std::array<char, 4096> typed{};
        const ssize_t size = ::read(STDIN_FILENO, typed.data(), typed.size());
        has_ended_ = size <= 0;
        if (size > 0) typed_.append(typed.data(), static_cast<std::size_t>(size));
    }

    void give_lines(session& talk) {
        while (talk.has_room()) {
            const std::size_t end = typed_.find('\n');
            if (end == std::string::npos) break;
            talk.on_line(std::string_view{typed_}.substr(0, end));
            typed_.erase(0, end + 1);
        }
        if (has_ended_ && talk.has_room()) talk.on_end_of_input();
    }

    /// What isn't wanted isn't watched at all: the end of a pipe is told whatever was asked for.
    void watch_in(int epoll, bool has_room) const {
        if (has_ended_ || !has_room) {
            ::epoll_ctl(epoll, EPOLL_CTL_DEL, STDIN_FILENO, nullptr);
        } else {
            watch(epoll, STDIN_FILENO, EPOLLIN);
        }
    }

  private:
    std::string typed_;
    bool has_ended_ = false;
};

void run(int epoll, session& talk) {
    keyboard keys;
    while (talk.is_open()) {
        watch(epoll, talk.socket(), talk.interest());
        keys.watch_in(epoll, talk.has_room());
        epoll_event event{};
        if (::epoll_wait(epoll, &event, 1, milliseconds_until(talk.deadline())) == 1) {
            if (event.data.fd == STDIN_FILENO) {
                keys.read();
            } else {
                talk.on_socket((event.events & ~EPOLLOUT) != 0, (event.events & EPOLLOUT) != 0);
            }
        }
        if (talk.is_open()) talk.on_time();
        if (talk.is_open()) keys.give_lines(talk);
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
