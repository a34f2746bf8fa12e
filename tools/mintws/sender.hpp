#pragma once

#include "traffic.hpp"

#include <mint/mint.hpp>

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace mintws {

/// Frames on their way to the connection, of which a peer that doesn't read makes few: at most one ping and one pong of
/// ours wait, and for later pings the latest payload.
class sender {
  public:
    /// `on_control` is told of each ping and pong that is encoded. All outlive the sender.
    sender(mint::http::connection& conn, mint::websocket& socket,
           std::function<void(std::string_view what, std::string_view payload)> on_control);

    /// Encodes a frame; false if that is refused.
    template <class Frame>
    bool add(const Frame& frame) {
        const std::size_t size = unsent_.size();
        if (!socket_.encode(frame, unsent_)) return false;
        sent_.add(frame);
        sent_.wire_size += unsent_.size() - size;
        return true;
    }

    /// Encodes a Close: no pong comes after it.
    void add_close(const mint::ws::close& goodbye);

    /// Encodes a ping, unless one waits already.
    void add_ping();

    /// Answers a ping. If a pong waits already, the answer is kept until that has gone out, or replaced by the next.
    void add_pong(mint::byte_view payload);

    /// Offers what is encoded, whole: the connection takes all of it, or nothing while its queue is full. The error is
    /// the connection's.
    [[nodiscard]] std::expected<void, mint::error> transmit();

    /// True if all that was encoded was taken by the connection.
    [[nodiscard]] bool is_empty() const noexcept { return unsent_.empty(); }

    /// A pong came: pings from now on are awaited afresh.
    void on_pong() noexcept { is_pong_awaited_ = false; }

    /// True if since the last time the peer's system took some of what stands before the ping whose pong is awaited, or
    /// of a large message: no pong can come as long as that takes.
    [[nodiscard]] bool has_progressed();

    [[nodiscard]] const traffic& sent() const noexcept { return sent_; }

  private:
    void release_pong();
    [[nodiscard]] std::uint64_t end() const noexcept { return given_size_ + unsent_.size(); }
    [[nodiscard]] std::uint64_t handed_over_size() const;
    [[nodiscard]] std::uint64_t peers_size() const;

    mint::http::connection& conn_;
    mint::websocket& socket_;
    std::function<void(std::string_view, std::string_view)> on_control_;
    mint::buffer unsent_;           // encoded; the connection hasn't taken it
    bool is_refused_ = false;       // it was offered, and the connection's queue is full
    std::uint64_t given_size_ = 0;  // what the connection took; the next four are counted like it
    std::uint64_t pong_end_ = 0;    // of the last pong
    std::uint64_t ping_end_ = 0;    // of the last ping
    std::uint64_t ping_start_ = 0;  // of the ping whose pong is awaited
    std::uint64_t peers_size_ = 0;  // what the peer's system had when that was last looked at
    bool is_pong_awaited_ = false;
    std::optional<std::vector<std::byte>> pong_;  // the payload of the latest ping that couldn't be answered yet
    traffic sent_;
};

}  // namespace mintws
