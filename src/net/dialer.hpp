#pragma once

#include "net/happy_eyeballs.hpp"

#include <mint/base/error.hpp>
#include <mint/net/address.hpp>
#include <mint/net/resolver.hpp>
#include <mint/net/socket.hpp>
#include <mint/net/wait.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mint::net::detail {

/// Where to dial, beside a host and a port.
struct dial_options {
    ip_preference ip = ip_preference::both;
    std::vector<address> addresses = {};  ///< in place of a lookup; a port of 0 means the host's
    std::string unix_path = {};           ///< in place of all that
    socket_options socket = {};
};

/// From a host's name to a connected socket, without blocking: the lookup, and attempts as happy_eyeballs says.
///
/// Call `step` once, and again when one of `wants` is ready or `deadline` is there. Destroying it ends all attempts.
class dialer {
  public:
    using time_point = std::chrono::steady_clock::time_point;

    [[nodiscard]] static std::expected<dialer, error> start(std::string_view host, std::uint16_t port,
                                                            dial_options options);

    /// The connected socket once there is one, and then no other call but the destructor; nothing while it takes
    /// longer. The error when nothing is left to try.
    [[nodiscard]] std::expected<std::optional<socket>, error> step(time_point now);

    /// Appends what to wait for.
    void append_wants(std::vector<interest>& out);

    /// When to call `step` at the latest; `time_point::max()` for never.
    [[nodiscard]] time_point deadline(time_point now) const;

    /// True while no address is known.
    [[nodiscard]] bool is_looking_up() const noexcept { return is_looking_up_; }

    /// "127.0.0.1:80, [::1]:80": what is being tried.
    [[nodiscard]] std::string targets() const;

  private:
    struct attempt {
        std::size_t number;
        std::string target;
        net::socket connecting;
    };

    explicit dialer(dial_options options) : options_(std::move(options)), race_(answer_count(options_)) {}

    static std::size_t answer_count(const dial_options& options) noexcept;
    void take_answers(time_point now);
    void start_attempts(time_point now);
    void start_attempt(std::expected<socket, error> started, std::string target, time_point now);
    [[nodiscard]] std::optional<socket> check_attempts(time_point now);

    dial_options options_;
    lookup lookup_;
    happy_eyeballs race_;
    std::vector<attempt> attempts_;
    std::vector<lookup_answer> answers_;
    std::size_t attempt_count_ = 0;
    bool is_looking_up_ = true;
    std::optional<error> unix_failure_;  // there is nothing to race for then
};

}  // namespace mint::net::detail
