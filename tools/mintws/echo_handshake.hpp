#pragma once

#include <mint/base/buffer.hpp>
#include <mint/base/bytes.hpp>
#include <mint/ws/negotiated_extensions.hpp>

#include <memory>
#include <optional>
#include <string>

namespace mintws {

/// The server's side of a connection until it becomes a WebSocket (RFC 6455 §4.2): requests in, answers out, no I/O.
///
/// Upgrades get 101, or 426 and 400 where they break a rule; any other GET gets a line of text, and the connection
/// lives on where HTTP keeps it alive. Pipelined requests are answered in their order.
class echo_handshake {
  public:
    struct answer {
        std::string octets;  ///< the whole response
        bool is_upgrade = false;
        mint::ws::negotiated_extensions extensions = {};  ///< of an upgrade
        bool wants_close = false;                         ///< the connection ends with this response
    };

    echo_handshake();
    ~echo_handshake();
    echo_handshake(const echo_handshake&) = delete;
    echo_handshake& operator=(const echo_handshake&) = delete;

    /// Keeps the next octets received. At most a request's limits and one read are ever held.
    void receive(mint::byte_view octets) { held_.append(octets); }

    /// The answer to the next complete request among the octets held; nothing while more are needed. Call it until
    /// then, or until an answer upgrades or closes.
    [[nodiscard]] std::optional<answer> next();

    /// Octets held behind the last request that was answered: after an upgrade the first frames.
    [[nodiscard]] mint::byte_view rest() const noexcept { return held_.view(); }

  private:
    struct parser;  // of the third-party library, one a request
    std::unique_ptr<parser> parser_;
    mint::buffer held_;
};

}  // namespace mintws
