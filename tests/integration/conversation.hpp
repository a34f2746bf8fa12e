#pragma once

#include "receiving.hpp"

#include <mint/mint.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mint::test {

/// How a conversation is opened.
struct conversation_options {
    bool is_secure = false;
    std::string_view host = "127.0.0.1";
    http::mode mode = http::mode::passive;
    std::string_view target = "/";
    headers fields = {};
    http::connect_options connect = {};
    upgrade_options upgrade = {};
    create_options create = {};
};

/// One WebSocket as a test uses it, over either mode: everything received is copied out. Whatever the test doesn't
/// expect is thrown as std::runtime_error, which fails it.
class conversation {
  public:
    /// Connects, upgrades, and checks the answer.
    [[nodiscard]] static conversation open(std::uint16_t port, const conversation_options& options = {});

    /// The same on a connection that there is already.
    [[nodiscard]] static conversation on(http::connection conn, const conversation_options& options = {});

    /// Encodes and sends; throws where that fails.
    void send(const ws::frame& frame);
    void send_text(std::string_view payload) { send(ws::text{payload}); }

    /// The next frame; or why none will come: the broken rule, the transport's error, and at the connection's end
    /// errc::closed_without_close_frame, or errc::connection_closed behind a Close. errc::timeout changes nothing.
    [[nodiscard]] std::expected<ws::owned_frame, error> next(std::chrono::milliseconds timeout = long_enough);

    /// The next frame, which must be a `Frame`.
    template <class Frame>
    [[nodiscard]] Frame expect() {
        auto frame = next();
        if (!frame) fail("no frame came", frame.error());
        if (!std::holds_alternative<Frame>(*frame))
            fail("another kind of frame came", error{errc::message_type_mismatch});
        return std::get<Frame>(std::move(*frame));
    }
    [[nodiscard]] std::string expect_text() { return expect<ws::owned_text>().payload; }

    /// The error that ends the conversation; frames before it are dropped.
    [[nodiscard]] error expect_end();

    [[nodiscard]] http::connection& connection() noexcept { return conn_; }
    [[nodiscard]] mint::websocket& socket() { return *ws_; }
    [[nodiscard]] http::read_buffer& scratch() noexcept { return scratch_; }

    [[noreturn]] static void fail(const std::string& what, const error& reason);

  private:
    explicit conversation(http::connection conn) : conn_(std::move(conn)) {}
    void upgrade(const conversation_options& options);
    void take(http::response_list responses);
    void receive(std::chrono::milliseconds timeout);

    http::connection conn_;
    http::read_buffer scratch_;
    std::optional<mint::websocket> ws_;
    buffer out_;
    std::vector<ws::frame> frames_;
    std::deque<ws::owned_frame> inbox_;
    std::optional<error> end_;
    std::optional<request_ref> ref_;
    int status_code_ = 0;
    std::optional<headers> fields_;
    std::string early_;  // octets behind the 101, before there was a WebSocket to decode them
};

}  // namespace mint::test
