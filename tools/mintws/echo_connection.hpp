#pragma once

#include "echo_conversation.hpp"
#include "echo_handshake.hpp"
#include "echo_http2.hpp"
#include "echo_stream.hpp"

#include <mint/base/buffer.hpp>
#include <mint/base/bytes.hpp>
#include <mint/base/limits.hpp>
#include <mint/ws/frame.hpp>

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <span>
#include <vector>

namespace mintws {

/// Memory that all connections of a server use in turn, so that an idle one holds none.
struct echo_scratch {
    static constexpr std::size_t read_size = 128 * 1024;

    struct free_pages {
        void operator()(std::byte* memory) const noexcept { std::free(memory); }
    };

    echo_scratch();

    std::unique_ptr<std::byte[], free_pages> pages;  // `read_size` octets, page-aligned: such reads are faster
    std::vector<mint::ws::frame> frames;
    mint::buffer out;  // empty between two calls on connections
};

/// One connection of the echo server: HTTP/1.1 until the upgrade and then a WebSocket, or HTTP/2 with many.
///
/// While the peer doesn't take what it is sent nothing more is read from it, so that what waits for it is bounded by
/// the answers to one read and one message.
class echo_connection {
  public:
    /// What to wait for next.
    enum class interest {
        readable,
        writable,
        end,   ///< our direction is over; read and drop what still comes, for a bounded time
        none,  ///< it is over
    };

    echo_connection(echo_stream stream, const mint::websocket_limits& limits);

    /// Reads what is there and answers all of it with one write, or writes on. Call it when what was asked for is
    /// there, `readable` at first.
    [[nodiscard]] interest on_ready(echo_scratch& scratch);

    /// Sends what a stopping server has to say, as far as the socket takes it at once.
    void say_goodbye(echo_scratch& scratch);

    /// True until the TLS handshake is finished; it has no deadline here.
    [[nodiscard]] bool is_shaking_hands() const noexcept { return stream_.is_shaking_hands(); }

  private:
    interest receive(echo_scratch& scratch);
    interest send_rest(echo_scratch& scratch);
    interest drop_received(echo_scratch& scratch);
    interest receive_requests(mint::byte_view octets, echo_scratch& scratch);
    interest receive_frames(mint::byte_view octets, echo_scratch& scratch);
    interest receive_http2(mint::byte_view octets, echo_scratch& scratch);
    interest transmit_http2(echo_scratch& scratch);
    interest transmit_answers(echo_scratch& scratch);
    interest transmit(mint::buffer& out);
    interest wait_or_end(echo_stream::status what);
    interest end();

    echo_stream stream_;
    bool is_ending_ = false;                     // nothing is to be sent behind what is encoded
    bool has_ended_ = false;                     // and it was sent, with our direction's end
    std::unique_ptr<echo_handshake> handshake_;  // until the upgrade
    std::unique_ptr<echo_http2> http2_;          // where that is spoken
    mint::websocket_limits limits_;
    echo_conversation conversation_;  // HTTP/1.1's
    mint::buffer unsent_;
};

}  // namespace mintws
