#pragma once

#include "receiving.hpp"
#include "servers.hpp"

#include <mint/mint.hpp>

#include <chrono>
#include <deque>
#include <expected>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace mint::test {

/// One HTTP/2 connection and all that goes on on it: everything received is copied out, by ref. Whatever the test
/// doesn't expect is thrown as std::runtime_error, which fails it.
class multiplexed {
  public:
    struct exchange {
        int status_code = 0;
        headers fields;
        bool has_fields = false;
        std::string body;  ///< what came before there was a WebSocket, or where there is none
        std::optional<mint::websocket> ws;
        std::deque<ws::owned_frame> inbox;
        bool is_done = false;
        std::optional<error> failure;

        [[nodiscard]] bool is_over() const { return is_done || failure; }
    };

    /// Connects to that server; over TLS HTTP/2 is what ALPN offers.
    explicit multiplexed(http2_peer p, bool is_secure, http::mode mode = http::mode::active);
    multiplexed(std::uint16_t port, bool is_secure, http::connect_options options = {});

    /// Asks for a WebSocket; nothing is waited for.
    request_ref ask(std::string_view target = "/", const upgrade_options& options = {}, const headers& fields = {});

    /// Waits for the answer, and checks it.
    mint::websocket& create(request_ref ref);
    mint::websocket& open(std::string_view target = "/") { return create(ask(target)); }

    request_ref get(std::string_view target);

    void send(request_ref ref, const ws::frame& frame);
    void send_text(request_ref ref, std::string_view text) { send(ref, ws::text{text}); }

    /// The next frame of that WebSocket, which must be a `Frame`.
    template <class Frame>
    Frame next(request_ref ref) {
        auto frame = next_frame(ref);
        if (!std::holds_alternative<Frame>(frame)) throw std::runtime_error("another kind of frame came");
        return std::get<Frame>(std::move(frame));
    }
    std::string next_text(request_ref ref) { return next<ws::owned_text>(ref).payload; }

    /// Sends a text, and returns what comes back.
    std::string echo(request_ref ref, std::string_view text) {
        send_text(ref, text);
        return next_text(ref);
    }

    /// Receives until `is_enough`, which is asked behind each receiving call.
    template <class Predicate>
    void receive_until(Predicate is_enough) {
        const auto deadline = std::chrono::steady_clock::now() + long_enough;
        while (!is_enough()) {
            if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("nothing more comes");
            receive();
        }
    }

    /// One receiving call; an error that isn't one request's is thrown.
    void receive(std::chrono::milliseconds timeout = long_enough);

    /// What a receiving call of the test's own gave; its error is thrown.
    void take(const std::expected<http::response_list, http::stream_error>& received);

    /// Sends Close, waits for the peer's and for the end of the stream.
    void close(request_ref ref);

    /// Ends our direction of the stream, and waits for the peer's end; false if it didn't come in time.
    bool end(request_ref ref, std::chrono::milliseconds grace = closing_grace);

    [[nodiscard]] exchange& at(request_ref ref) { return exchanges_[ref]; }
    [[nodiscard]] http::connection& connection() { return conn_; }

    /// What the last receiving call gave.
    [[nodiscard]] http::response_list last() const { return last_; }

  private:
    ws::owned_frame next_frame(request_ref ref);
    void take(const response& r);

    http::connection conn_;
    http::read_buffer scratch_;
    http::response_list last_;
    buffer out_;
    std::vector<ws::frame> frames_;
    std::map<request_ref, exchange> exchanges_;
};

}  // namespace mint::test
