#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace mint::testing {

/// The other end of a TCP connection on the loopback, in the test's own thread: the system completes a connect before
/// it is accepted, and holds what was sent until it is read, so that each step of a test happens when the test says so.
///
/// Every wait ends after ten seconds, with an exception that names the step.
class scripted_peer {
  public:
    enum class family : std::uint8_t { ipv4, ipv6 };

    /// How many connections the system completes before they are accepted.
    static constexpr int usual_backlog = 16;

    /// Listens on a free port.
    explicit scripted_peer(family f = family::ipv4, int backlog = usual_backlog);
    scripted_peer(const scripted_peer&) = delete;
    scripted_peer& operator=(const scripted_peer&) = delete;
    ~scripted_peer();

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

    /// Takes the next connection, in place of the one before. Its receive buffer is `receive_buffer_size` octets where
    /// that isn't 0; a small one fills soon.
    void accept(int receive_buffer_size = 0);

    /// Drops the connections that nobody accepted.
    void drop_waiting();

    /// Sends all of it.
    void send(std::string_view octets);

    /// Waits for exactly `size` octets; fewer where the connection ends before.
    [[nodiscard]] std::string receive(std::size_t size);

    /// Waits for octets up to and including `end`.
    [[nodiscard]] std::string receive_until(std::string_view end);

    /// Reads until the connection ends.
    [[nodiscard]] std::string receive_all();

    /// True if the connection was ended by a reset, once all before it is read.
    [[nodiscard]] bool is_reset();

    /// Waits for a request's header section and answers it with a 101 for its key, and `behind` in the same segment.
    /// Returns the request. `fields` are more of the answer's field lines, each with CRLF.
    std::string accept_upgrade(std::string_view behind = {}, std::string_view fields = {});

    /// The answer to a request with a Sec-WebSocket-Key, as octets.
    [[nodiscard]] static std::string answer_to(std::string_view request, std::string_view fields = {});

    /// Ends our direction: a FIN.
    void finish();

    /// Closes: a FIN, or a reset where something is unread.
    void close();

    /// Ends both directions at once with a reset.
    void reset();

    /// No longer listens: the port refuses from now on.
    void stop_listening();

  private:
    int listener_ = -1;
    int connection_ = -1;
    std::uint16_t port_ = 0;
};

}  // namespace mint::testing
