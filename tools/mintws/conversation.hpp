#pragma once

#include "demo_failure.hpp"
#include "traffic.hpp"

#include <mint/mint.hpp>

#include <chrono>
#include <cstdint>
#include <expected>
#include <string>
#include <vector>

namespace mintws {

/// A WebSocket whose frames are printed as they go and come, and whose replies are compared with what they must be.
class conversation {
  public:
    /// Connects, upgrades and prints both. `ca_file`: PEM, trusted in place of the system's CAs where it isn't empty.
    /// With `compresses` the server must agree to permessage-deflate. The error is a line for a person.
    [[nodiscard]] static std::expected<conversation, demo_failure> open(const mint::url& url,
                                                                        const std::string& ca_file, bool compresses);

    /// Sends the frames with one write and waits for the replies. False where one isn't what was expected; `problem`
    /// says why.
    [[nodiscard]] bool exchange(const std::vector<mint::ws::frame>& frames,
                                const std::vector<mint::ws::frame>& replies);

    /// Waits for the server to end the connection, as it must after the Close frames.
    [[nodiscard]] bool expect_end();

    [[nodiscard]] const demo_failure& problem() const noexcept { return problem_; }
    [[nodiscard]] std::uint64_t sent_count() const noexcept { return sent_count_; }
    [[nodiscard]] std::uint64_t received_count() const noexcept { return received_count_; }
    [[nodiscard]] bool is_compressed() const noexcept { return !socket_.extensions().empty(); }
    [[nodiscard]] const traffic& sent() const noexcept { return sent_; }
    [[nodiscard]] traffic received() const noexcept {
        return {received_payload_.payload_size, socket_.codec().received_size()};
    }

  private:
    using clock = std::chrono::steady_clock;

    conversation(clock::time_point started, mint::http::connection conn, mint::websocket socket);

    bool fail(std::string problem);
    bool fail(const mint::error& e);
    bool check(const mint::ws::frame& received, const std::vector<mint::ws::frame>& replies, std::size_t index);

    clock::time_point started_;
    mint::http::connection conn_;
    mint::websocket socket_;
    mint::http::read_buffer scratch_;
    mint::buffer out_;
    std::vector<mint::ws::frame> frames_;
    clock::time_point sent_at_;
    demo_failure problem_;
    std::uint64_t sent_count_ = 0;
    std::uint64_t received_count_ = 0;
    traffic sent_;
    traffic received_payload_;
};

}  // namespace mintws
