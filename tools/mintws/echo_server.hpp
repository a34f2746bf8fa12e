#pragma once

#include "descriptor.hpp"
#include "echo_connection.hpp"
#include "echo_tls.hpp"

#include <mint/base/limits.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <expected>
#include <memory>
#include <string>
#include <vector>

namespace mintws {

struct echo_options {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;  ///< 0: any that is free
    std::uint64_t max_message_size = 64 * 1024 * 1024;
    std::string certificate_file = {};  ///< PEM, with the chain behind it; empty for no TLS
    std::string key_file = {};          ///< PEM
};

/// Sends every message back: for demos, tests and benchmarks. One thread, over epoll.
class echo_server {
  public:
    /// Reads the certificate, binds and listens. The error is a line for a person.
    [[nodiscard]] static std::expected<echo_server, std::string> listen(const echo_options& options);

    /// "127.0.0.1:9000", "[::1]:9000".
    [[nodiscard]] const std::string& address() const noexcept { return address_; }

    /// Serves until SIGINT or SIGTERM comes, which stay blocked for the process from then on. The error is a system
    /// call that can't fail in a healthy system.
    [[nodiscard]] std::expected<void, std::string> run();

  private:
    using clock = std::chrono::steady_clock;

    // Descriptors are reused at once: `generation` tells an event or deadline of an earlier owner.
    struct slot {
        std::unique_ptr<echo_connection> connection;
        std::uint32_t generation = 0;
        echo_connection::interest waits_for = echo_connection::interest::readable;
    };
    struct deadline {
        clock::time_point time;
        int socket;
        std::uint32_t generation;
    };

    echo_server() = default;

    void accept_all();
    void set_listening(bool on);
    void on_event(std::uint64_t key);
    void wait_for(int socket, echo_connection::interest next);
    void drop(int socket);
    [[nodiscard]] bool is_alive(const deadline& d) const;
    [[nodiscard]] int milliseconds_to_deadline() const;
    void drop_overdue();

    std::string address_;
    descriptor listener_;
    descriptor epoll_;
    descriptor signals_;
    mint::websocket_limits limits_;
    echo_tls tls_;
    echo_scratch scratch_;
    std::vector<slot> slots_;          // by descriptor
    std::deque<deadline> handshakes_;  // TLS's; in the order of their times, as the next
    std::deque<deadline> endings_;
    bool is_listening_ = false;  // not while the process is out of descriptors
};

}  // namespace mintws
