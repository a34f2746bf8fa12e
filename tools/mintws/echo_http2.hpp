#pragma once

#include "echo_conversation.hpp"

#include <mint/base/buffer.hpp>
#include <mint/base/bytes.hpp>
#include <mint/base/limits.hpp>

#include <memory>
#include <string_view>
#include <vector>

namespace mintws {

/// The server's side of an HTTP/2 connection: octets in, octets out. Extended CONNECT (RFC 8441) makes WebSockets that
/// send everything back; any other GET gets a line of text.
///
/// A stream whose answers aren't taken gets no more credit, so that what waits for it is bounded by its window and one
/// message.
class echo_http2 {
  public:
    /// What a client sends first (RFC 9113 §3.4).
    static constexpr std::string_view preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

    explicit echo_http2(const mint::websocket_limits& limits);
    ~echo_http2();
    echo_http2(const echo_http2&) = delete;
    echo_http2& operator=(const echo_http2&) = delete;

    /// Takes the next octets received. `frames` is scratch memory.
    void receive(mint::byte_view octets, std::vector<mint::ws::frame>& frames);

    /// Appends octets to be sent, some hundred KiB at most at a time; nothing where there are none.
    void give(mint::buffer& out);

    /// Ends all WebSockets and the connection, behind what is to be sent.
    void say_goodbye();

    /// True once the connection is of no more use, when what `give` gave was sent.
    [[nodiscard]] bool is_over() const noexcept;

  private:
    struct session;
    std::unique_ptr<session> session_;
};

}  // namespace mintws
