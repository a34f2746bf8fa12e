#pragma once

#include <mint/base/buffer.hpp>
#include <mint/base/bytes.hpp>
#include <mint/base/limits.hpp>
#include <mint/ws/codec.hpp>
#include <mint/ws/frame.hpp>

#include <expected>
#include <utility>
#include <vector>

namespace mintws {

/// The server's side of one WebSocket that sends everything back: octets in, octets out.
class echo_conversation {
  public:
    explicit echo_conversation(const mint::websocket_limits& limits, mint::ws::negotiated_extensions extensions = {})
        : codec_({.role = mint::ws::role::server, .limits = limits}, std::move(extensions)) {}

    /// Decodes what arrived and appends the answers to `out`. `frames` is scratch memory.
    void receive(mint::byte_view octets, std::vector<mint::ws::frame>& frames, mint::buffer& out) {
        answer(codec_.decode(octets, frames), frames, out);
    }

    /// Where to read the rest of a large message, which `receive_there` takes then; see ws::codec.
    [[nodiscard]] mint::byte_span receive_space() { return codec_.receive_space(); }
    void receive_there(std::size_t size, std::vector<mint::ws::frame>& frames, mint::buffer& out) {
        answer(codec_.decode_received(size, frames), frames, out);
    }

    /// Appends a Close, if none was sent yet.
    void say_goodbye(mint::buffer& out);

    /// True once nothing is to be sent behind what was appended.
    [[nodiscard]] bool is_over() const noexcept { return is_over_; }

    void release_memory() { codec_.release_memory(); }

  private:
    void answer(const std::expected<void, mint::error>& decoded, const std::vector<mint::ws::frame>& frames,
                mint::buffer& out);
    void reply(const mint::ws::frame& received, mint::buffer& out);
    void close_with(const mint::ws::close& goodbye, mint::buffer& out);

    mint::ws::codec codec_;
    bool is_over_ = false;
};

}  // namespace mintws
