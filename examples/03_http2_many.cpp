// Ten WebSockets and a plain request on one HTTP/2 connection: each says one thing, waits for its echo and closes.
//
//     example_03_http2_many wss://example.org/chat
#include <mint/mint.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

using namespace mint;
using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;

namespace {

template <class Value>
Value must(std::expected<Value, error> result) {
    if (!result) {
        std::cerr << to_string(result.error()) << '\n';
        std::exit(EXIT_FAILURE);
    }
    if constexpr (!std::is_void_v<Value>) return std::move(result).value();
}

/// One of many: from its upgrade to the end of its stream.
struct conversation {
    int number = 0;
    int status = 0;
    std::optional<websocket> ws;
    bool owes_greeting = false;
    bool owes_close = false;
    std::optional<std::string> ping;  ///< the payload of the latest one that isn't answered
    std::optional<closing> end;
};

class program {
  public:
    program(http::connection conn, const url& target) : conn_(std::move(conn)) {
        for (int number = 1; number <= 10; ++number) {
            const auto ref = must(websocket::upgrade(target.websocket_scheme(), conn_, target.target));
            conversations_[ref].number = number;
        }
        plain_ = must(conn_.request("GET", target.target));
        must(box_.add(conn_));
    }

    void run() {
        while (plain_ || !conversations_.empty()) {
            const auto message = box_.receive(std::min(patience, time_to_next_end()));
            if (!message && message.error() == errc::timeout && time_to_next_end() == 0ms) {
                end_those_that_are_over();
                continue;
            }
            const auto received = websocket::stream(conn_, must(message), box_.scratch());
            conn_.cork();  // what is answered now goes out with one system call
            for (const response& r : received ? *received : received.error().responses) take(r);
            if (!received) must<void>(std::unexpected(received.error().reason));
            for (auto& [ref, c] : conversations_) send_what_is_owed(c);
            must(conn_.uncork());
            end_those_that_are_over();
        }
        conn_.close();
    }

  private:
    static constexpr std::chrono::milliseconds patience = 10s;

    void take(const response& r) {
        const request_ref ref = ref_of(r);
        const auto found = conversations_.find(ref);
        const bool is_ending = found != conversations_.end() && found->second.end;
        const auto* const failed = std::get_if<responses::error>(&r);
        if (failed != nullptr && !is_ending) must<void>(std::unexpected(failed->reason));
        if (ref == plain_) return take_plain(r);
        if (found == conversations_.end()) return;
        conversation& c = found->second;
        if (const auto* status = std::get_if<responses::status>(&r)) c.status = status->code;
        if (const auto* section = std::get_if<responses::headers>(&r)) open(c, ref, section->fields);
        if (const auto* data = std::get_if<responses::data>(&r)) take_frames(c, ref, data->bytes);
        if (c.end && must(c.end->step(conn_, {&r, 1}, clock_type::now()))) conversations_.erase(found);
    }

    /// Until a stream is cancelled whose server didn't end it.
    [[nodiscard]] std::chrono::milliseconds time_to_next_end() const {
        auto next = clock_type::time_point::max();
        for (const auto& [ref, c] : conversations_) {
            if (c.end) next = std::min(next, c.end->deadline());
        }
        return net::deadline{next}.left();
    }

    /// No response tells when the end of our direction has gone out.
    void end_those_that_are_over() {
        for (auto at = conversations_.begin(); at != conversations_.end();) {
            auto& end = at->second.end;
            at = end && must(end->step(conn_, {}, clock_type::now())) ? conversations_.erase(at) : std::next(at);
        }
    }

    void take_plain(const response& r) {
        if (const auto* status = std::get_if<responses::status>(&r)) {
            std::cout << "the plain request got " << status->code << '\n';
        }
        if (std::holds_alternative<responses::done>(r)) plain_.reset();
    }

    void open(conversation& c, request_ref ref, const headers& fields) {
        c.ws = must(websocket::create(conn_, ref, c.status, fields));
        c.owes_greeting = true;
    }

    void take_frames(conversation& c, request_ref ref, byte_view octets) {
        must(c.ws->decode(octets, frames_));
        for (const ws::frame& frame : frames_) {
            if (const auto* text = std::get_if<ws::text>(&frame)) {
                std::cout << text->payload << '\n';
                c.owes_close = true;
            } else if (const auto* ping = std::get_if<ws::ping>(&frame)) {
                c.ping = as_text(ping->payload);
            } else if (std::holds_alternative<ws::close>(frame)) {
                c.end.emplace(ref, clock_type::now());
            }
        }
    }

    /// What doesn't go out while the server takes nothing is tried again, and of its pings the latest is answered.
    void send_what_is_owed(conversation& c) {
        if (c.owes_greeting) {
            const auto greeting = "I am number " + std::to_string(c.number);
            c.owes_greeting = !is_sent(c, ws::text{greeting});
        }
        if (c.ws && c.ws->codec().is_close_sent()) c.ping.reset();  // nothing goes after it
        if (c.ping && is_sent(c, ws::pong{as_bytes(*c.ping)})) c.ping.reset();
        if (c.owes_close && !c.ping) c.owes_close = !is_sent(c, ws::close{ws::close_code::normal});
    }

    template <class Frame>
    bool is_sent(conversation& c, const Frame& frame) {
        auto sent = c.ws->send(conn_, frame, out_);
        if (!sent && sent.error() == errc::send_queue_full) return false;
        must(std::move(sent));
        return true;
    }

    http::connection conn_;
    mailbox box_;
    std::map<request_ref, conversation> conversations_;
    std::optional<request_ref> plain_;
    std::vector<ws::frame> frames_;
    buffer out_;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "usage: " << argv[0] << " URL\n";
        return EXIT_FAILURE;
    }
    const url target = must(parse_url(argv[1]));
    program all{must(http::connect(target.http_scheme(), connect_host(target), target.port,
                                   {.protocols = {http::protocol::http2}})),
                target};
    all.run();
}
