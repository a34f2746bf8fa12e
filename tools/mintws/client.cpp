#include "client.hpp"

#include "loop.hpp"
#include "printer.hpp"

#include <mint/mint.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/core.h>

namespace mintws {

using clock = std::chrono::steady_clock;
using namespace std::chrono_literals;
namespace http = mint::http;

namespace {

// Of a refused upgrade's body: what a person wants to read of it, and how long it may take.
constexpr std::size_t max_shown_body_size = 64 * 1024;
constexpr auto body_time = 2s;

constexpr std::string_view user_agent = "mintws/" MINT_VERSION_STRING;

exit_status status_of(const mint::error& e) noexcept {
    using mint::condition;
    if (e == mint::errc::upgrade_refused) return exit_status::refused;
    switch (e.condition()) {
        case condition::misuse: return exit_status::usage;
        case condition::proxy_failed:
        case condition::handshake_failed: return exit_status::refused;
        case condition::tls_failed: return exit_status::insecure;
        case condition::protocol_violation:
        case condition::limit_exceeded: return exit_status::protocol_error;
        case condition::timed_out: return exit_status::timed_out;
        case condition::transport_failed:
        case condition::closed: break;
    }
    return exit_status::abnormal;
}

exit_status fail(std::string_view what, const mint::error& e) {
    fmt::print(stderr, "mintws: {}: {}\n", what, mint::to_string(e));
    return status_of(e);
}

// The same octets to everybody who asks: the handshake shown is the one sent.
class known_random final : public mint::random_source {
  public:
    using block = std::array<std::byte, block_size>;
    explicit known_random(const block& b) noexcept : block_(b) {}

  private:
    void refill(std::span<std::byte, block_size> out) noexcept override {
        std::memcpy(out.data(), block_.data(), block_.size());
    }
    block block_;
};

void show_request(const client_options& o, const mint::ws::handshake_offer& offer) {
    fmt::print(stderr, "> GET {} HTTP/1.1\n", o.url.target);
    if (!o.fields.contains("host")) {
        fmt::print(stderr, "> host: {}\n", mint::host_field(o.url.host, o.url.port, o.url.is_secure));
    }
    if (!o.fields.contains("user-agent")) fmt::print(stderr, "> user-agent: {}\n", user_agent);
    if (const auto fields = mint::ws::request_fields(offer, o.fields)) {
        for (const auto& f : *fields) fmt::print(stderr, "> {}: {}\n", f.name, visible(f.value));
    }
    fmt::print(stderr, ">\n");
}

void show_answer(int status_code, const mint::headers& fields) {
    fmt::print(stderr, "< HTTP/1.1 {}\n", status_code);
    for (const auto& f : fields) fmt::print(stderr, "< {}: {}\n", f.name, visible(f.value));
    fmt::print(stderr, "<\n");
}

// Appends a refusal's body to `body`, until it ends or there is enough of it.
void read_body(http::connection& conn, std::string& body, http::read_buffer& scratch) {
    const auto until = clock::now() + body_time;
    while (conn.open_request_count() > 0 && body.size() < max_shown_body_size) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock::now());
        const auto received = mint::websocket::recv(conn, 0, std::max<std::chrono::milliseconds>(left, 0ms), scratch);
        for (const auto& r : received ? *received : received.error().responses) {
            if (const auto* data = std::get_if<mint::responses::data>(&r)) body += mint::as_text(data->bytes);
        }
        if (!received) return;
    }
}

exit_status refuse(const client_options& o, http::connection& conn, const mint::upgrade_answer& answer,
                   http::read_buffer& scratch) {
    std::string body;
    for (const auto octets : answer.data) body += mint::as_text(octets);
    read_body(conn, body, scratch);
    fmt::print(stderr, "mintws: the server refused the WebSocket: {}\n", answer.status_code);
    if (!o.is_verbose) show_answer(answer.status_code, answer.fields);
    const auto shown = std::string_view{body}.substr(0, max_shown_body_size);
    fmt::print(stderr, "{}{}", visible(shown), shown.empty() || shown.ends_with('\n') ? "" : "\n");
    if (shown.size() < body.size()) fmt::print(stderr, "(more follows)\n");
    return exit_status::refused;
}

struct handshake {
    mint::request_ref ref;
    mint::upgrade_answer answer;
};

// Asks for a WebSocket and waits for the answer. The error was told to the user.
std::expected<handshake, exit_status> shake_hands(const client_options& o, http::connection& conn,
                                                  http::read_buffer& scratch) {
    known_random::block octets;
    mint::default_random().fill(octets);
    known_random shown{octets};
    known_random sent{octets};
    const auto offer = mint::ws::make_offer(o.subprotocols, shown);
    if (offer && o.is_verbose) show_request(o, *offer);
    const auto ref = mint::websocket::upgrade(o.url.websocket_scheme(), conn, o.url.target, o.fields,
                                              {.subprotocols = o.subprotocols, .random = &sent});
    if (!ref) return std::unexpected(fail("can't ask for the WebSocket", ref.error()));
    auto answer = mint::websocket::recv_upgrade(conn, *ref, o.connect_timeout, scratch);
    if (!answer) {
        const auto status = fail("no answer to the handshake", answer.error());
        return std::unexpected(status);
    }
    if (o.is_verbose) show_answer(answer->status_code, answer->fields);
    return handshake{.ref = *ref, .answer = std::move(*answer)};
}

exit_status talk(const client_options& o, http::connection& conn) {
    http::read_buffer scratch;
    const auto shaken = shake_hands(o, conn, scratch);
    if (!shaken) return shaken.error();
    const auto& answer = shaken->answer;
    mint::create_options options{.mode = http::mode::active};
    options.limits.max_frame_size = o.max_message_size;
    options.limits.max_message_size = o.max_message_size;
    options.limits.max_fragment_count = 1U << 20U;  // a person waits for it, and may stop it
    auto socket = mint::websocket::create(conn, shaken->ref, answer.status_code, answer.fields, options);
    if (!socket) {
        if (socket.error() == mint::errc::upgrade_refused) return refuse(o, conn, answer, scratch);
        return fail("the server's answer is no WebSocket", socket.error());
    }
    loop l{o, conn, *socket};
    return l.run(answer.data);
}

}  // namespace

exit_status run_client(const client_options& options) {
    std::signal(SIGPIPE, SIG_IGN);  // a closed standard output is an error of write, not our end
    http::connect_options connect;
    connect.mode = http::mode::passive;
    connect.timeout = options.connect_timeout;
    connect.user_agent = user_agent;
    auto conn = http::connect(options.url.http_scheme(), options.url.host, options.url.port, connect);
    if (!conn) {
        const auto host = mint::host_field(options.url.host, options.url.port, options.url.is_secure);
        const auto status = fail(host, conn.error());
        return status == exit_status::timed_out ? status : exit_status::unreachable;
    }
    return talk(options, *conn);
}

}  // namespace mintws
