#include "demo_http2.hpp"

#include "demo_failure.hpp"
#include "frame_row.hpp"
#include "printer.hpp"
#include "standard_streams.hpp"

#include <mint/mint.hpp>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/core.h>

namespace mintws {

using namespace std::chrono_literals;
namespace http = mint::http;
namespace responses = mint::responses;
namespace ws = mint::ws;

namespace {

using clock = std::chrono::steady_clock;

constexpr int websocket_count = 10;
constexpr auto patience = 10s;

/// All that goes on on the connection.
class many_conversations {
  public:
    many_conversations(http::connection conn, clock::time_point started) : conn_(std::move(conn)), started_(started) {}

    /// Asks for all of it at once. The error is a line for a person, as those below.
    [[nodiscard]] std::optional<demo_failure> ask(const mint::url& url);

    /// Until each has had its echo and is closed, and the request is answered.
    [[nodiscard]] std::optional<demo_failure> run();

  private:
    struct conversation {
        int number = 0;
        clock::time_point asked_at;
        int status_code = 0;
        std::string text;
        std::optional<mint::websocket> socket;
        clock::time_point sent_at;
        std::optional<mint::closing> end;
    };

    [[nodiscard]] std::optional<demo_failure> take(const mint::response& r);
    [[nodiscard]] std::optional<demo_failure> open(conversation& c, mint::request_ref ref, const mint::headers& fields);
    [[nodiscard]] std::optional<demo_failure> take_frames(conversation& c, mint::request_ref ref,
                                                          mint::byte_view octets);
    void take_of_request(const mint::response& r);
    void show(frame_row what, const std::string& who) const;

    http::connection conn_;
    clock::time_point started_;
    http::read_buffer scratch_;
    std::map<mint::request_ref, conversation> conversations_;
    std::optional<mint::request_ref> request_;
    clock::time_point requested_at_;
    int request_status_ = 0;
    std::string content_;
    std::vector<ws::frame> frames_;
    mint::buffer out_;
};

void many_conversations::show(frame_row what, const std::string& who) const {
    what.time = clock::now() - started_;
    what.note = what.note.empty() ? who : who + ": " + what.note;
    print("{}\n", row(what));
}

std::optional<demo_failure> many_conversations::ask(const mint::url& url) {
    conn_.cork();
    for (int number = 1; number <= websocket_count; ++number) {
        const auto ref = mint::websocket::upgrade(url.websocket_scheme(), conn_, url.target);
        if (!ref) return failed_later(ref.error());
        conversations_[*ref] = {.number = number,
                                .asked_at = clock::now(),
                                .text = "Hello from " + std::to_string(number),
                                .socket = std::nullopt,
                                .sent_at = {},
                                .end = std::nullopt};
    }
    show({.arrow = '>', .what = "CONNECT", .note = url.target}, fmt::format("WebSockets 1 to {}", websocket_count));
    const auto ref = conn_.request("GET", url.target);
    if (!ref) return failed_later(ref.error());
    request_ = *ref;
    requested_at_ = clock::now();
    show({.arrow = '>', .what = "GET", .note = url.target}, "the request");
    if (auto sent = conn_.uncork(); !sent) return failed_later(sent.error());
    return std::nullopt;
}

std::optional<demo_failure> many_conversations::run() {
    const mint::net::deadline until{patience};
    while (request_ || !conversations_.empty()) {
        const auto received = conn_.recv(0, until.left(), scratch_);
        conn_.cork();
        for (const auto& r : received ? *received : received.error().responses) {
            if (auto problem = take(r)) return problem;
        }
        if (!received) return failed_later(received.error().reason);
        if (auto sent = conn_.uncork(); !sent) return failed_later(sent.error());
    }
    conn_.close();
    return std::nullopt;
}

std::optional<demo_failure> many_conversations::take(const mint::response& r) {
    const auto ref = mint::ref_of(r);
    if (ref == request_) {
        take_of_request(r);
        return content_ == "mintws echo\n" || request_ ? std::nullopt
                                                       : std::optional<demo_failure>{{"another content"}};
    }
    const auto found = conversations_.find(ref);
    if (found == conversations_.end()) return std::nullopt;
    conversation& c = found->second;
    std::optional<demo_failure> problem;
    if (const auto* failed = std::get_if<responses::error>(&r); failed != nullptr && !c.end) {
        problem = failed_later(failed->reason);
    }
    if (const auto* status = std::get_if<responses::status>(&r)) c.status_code = status->code;
    if (const auto* fields = std::get_if<responses::headers>(&r)) problem = open(c, ref, fields->fields);
    if (const auto* data = std::get_if<responses::data>(&r)) problem = take_frames(c, ref, data->bytes);
    if (problem || !c.end) return problem;
    const auto is_over = c.end->step(conn_, {&r, 1}, clock::now());
    if (!is_over) return failed_later(is_over.error());
    if (*is_over) conversations_.erase(found);
    return std::nullopt;
}

std::optional<demo_failure> many_conversations::open(conversation& c, mint::request_ref ref,
                                                     const mint::headers& fields) {
    auto made = mint::websocket::create(conn_, ref, c.status_code, fields);
    if (!made) return failed_later(made.error());
    c.socket = std::move(*made);
    const auto who = fmt::format("WebSocket {}", c.number);
    show({.arrow = '<', .what = std::to_string(c.status_code), .round_trip = clock::now() - c.asked_at}, who);
    show({.arrow = '>', .what = "text", .note = c.text}, who);
    c.sent_at = clock::now();
    if (auto sent = c.socket->send(conn_, ws::text{c.text}, out_); !sent) return failed_later(sent.error());
    return std::nullopt;
}

std::optional<demo_failure> many_conversations::take_frames(conversation& c, mint::request_ref ref,
                                                            mint::byte_view octets) {
    const auto decoded = c.socket->decode(octets, frames_);
    const auto who = fmt::format("WebSocket {}", c.number);
    for (const auto& frame : frames_) {
        const auto* const text = std::get_if<ws::text>(&frame);
        if (std::holds_alternative<ws::close>(frame)) {
            show({.arrow = '<', .what = "close"}, who);
            c.end.emplace(ref, clock::now());
        } else if (text == nullptr || text->payload != c.text) {
            return demo_failure{who + ": another frame came"};
        } else {
            show({.arrow = '<',
                  .what = "text",
                  .note = visible_line(text->payload),
                  .round_trip = clock::now() - c.sent_at},
                 who);
            const auto sent = c.socket->send(conn_, ws::close{ws::close_code::normal}, out_);
            if (!sent) return failed_later(sent.error());
        }
    }
    if (!decoded) return failed_later(decoded.error());
    return std::nullopt;
}

void many_conversations::take_of_request(const mint::response& r) {
    if (const auto* status = std::get_if<responses::status>(&r)) request_status_ = status->code;
    if (const auto* data = std::get_if<responses::data>(&r)) content_ += mint::as_text(data->bytes);
    if (!std::holds_alternative<responses::done>(r) && !std::holds_alternative<responses::error>(r)) return;
    show({.arrow = '<',
          .what = std::to_string(request_status_),
          .note = visible_line(content_.substr(0, content_.find('\n'))),
          .round_trip = clock::now() - requested_at_},
         "the request");
    request_.reset();
}

}  // namespace

exit_status run_demo_http2(const demo_options& options) {
    const auto started = clock::now();
    const auto& url = options.url;
    auto conn = http::connect(url.http_scheme(), mint::connect_host(url), url.port,
                              {.protocols = {http::protocol::http2},
                               .mode = http::mode::passive,
                               .timeout = patience,
                               .tls = {.ca_file = options.ca_file}});
    if (!conn) {
        const auto failed = failed_to_open(conn.error(), url, false);
        tell("mintws demo: {}\n", visible_line(failed.text));
        return failed.status;
    }
    print("{}\n{}\n", row_heading(), row({.time = clock::now() - started, .what = "HTTP/2", .note = url.host}));
    many_conversations all{std::move(*conn), started};
    auto problem = all.ask(url);
    if (!problem) problem = all.run();
    if (problem) {
        tell("mintws demo: {}\n", visible_line(problem->text));
        return problem->status;
    }
    print("\nEach reply was what it had to be: {} WebSockets and a request, on one connection.\n", websocket_count);
    return exit_status::success;
}

}  // namespace mintws
