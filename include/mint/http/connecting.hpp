#pragma once

#include <mint/base/error.hpp>
#include <mint/base/url.hpp>
#include <mint/http/connect_options.hpp>
#include <mint/http/connection.hpp>
#include <mint/net/socket.hpp>
#include <mint/net/wait.hpp>

#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mint::http {

/// What a `connecting` is waiting for.
enum class connect_stage : std::uint8_t {
    lookup,     ///< the host's addresses, or the proxy's
    tcp,        ///< one of them (or a Unix domain socket) to accept
    proxy_tls,  ///< the handshake with an HTTPS proxy
    proxy,      ///< the proxy's answer to CONNECT, or SOCKS
    tls,        ///< the handshake with the target
    finished,   ///< it gave its connection, or failed
};

/// A connection that comes to be, for event loops: lookup, TCP, proxy and TLS without ever blocking, within one
/// deadline.
///
///     auto attempt = http::connecting::start(scheme::https, "example.org", 443, options, clock::now());
///     for (;;) {
///         auto conn = attempt->step(clock::now());
///         if (!conn) …;                         // the error says what failed
///         if (*conn) break;                     // **conn is the connection
///         … wait until one of attempt->wants() is ready, or attempt->deadline() is there …
///     }
///
/// Call `step` once after `start`, and then each time; calling it too often does no harm. The clock is the caller's:
/// only the times given to it count. Move-only; destroying it cancels all of it, at once and without a trace.
class connecting {
  public:
    using clock = std::chrono::steady_clock;
    using time_point = clock::time_point;

    connecting(connecting&&) noexcept;
    connecting& operator=(connecting&&) noexcept;
    ~connecting();

    /// Checks the arguments and makes TLS ready; sends nothing yet. errc::invalid_host, invalid_argument (an option;
    /// `detail` names it), invalid_certificate_file.
    [[nodiscard]] static std::expected<connecting, error> start(scheme s, std::string_view host, std::uint16_t port,
                                                                const connect_options& options, time_point now);

    /// The same over a socket that the caller connected, through a tunnel of his own say (see net::socket::adopt): with
    /// `options.proxy` that is the proxy's end, else the target's. Options about addresses don't count.
    [[nodiscard]] static std::expected<connecting, error> over(net::socket connected, scheme s, std::string_view host,
                                                               std::uint16_t port, const connect_options& options,
                                                               time_point now);

    /// Does what can be done without waiting. The connection once it is there, which it gives once;
    /// nothing while it takes longer. A later call is errc::failed_already.
    ///
    /// errc::name_not_found, connection_refused, host_unreachable, connection_reset, connection_closed (by the peer in
    /// the middle of it), connect_timeout (the detail says in what), those of proxies, of TLS and of HTTP/1.1's syntax,
    /// system_error. Of several addresses' errors the last one is returned. After an error it is over, and repeats it.
    [[nodiscard]] std::expected<std::optional<connection>, error> step(time_point now);

    /// The descriptors to wait for, and for what; valid until the next `step`. Wait by `net::wait_any`, or register all
    /// of them anew after each `step` (with epoll EPOLL_CTL_MOD, and EPOLL_CTL_ADD where that fails): the system gives
    /// a number away again at once, so that the same one may be another socket. For that reason don't remove what isn't
    /// named any more: it is closed, or the connection's.
    [[nodiscard]] const std::vector<net::interest>& wants() const noexcept;

    /// When to call `step` at the latest, though no descriptor is ready; `time_point::max()` for never.
    [[nodiscard]] time_point deadline() const noexcept;

    [[nodiscard]] connect_stage stage() const noexcept;

    /// After an error: the stage that it came in; `finished` while there is none.
    [[nodiscard]] connect_stage failed_stage() const noexcept;

    /// After an error in the stage `proxy`, or in that stage: the head of the proxy's answer as far as it came, if it
    /// isn't whole or can't be read. Valid until the next `step`.
    [[nodiscard]] std::string_view unfinished_head() const noexcept;

    /// The stage for a person: "connecting to 127.0.0.1:443", "TLS with example.org".
    [[nodiscard]] std::string describe() const;

  private:
    struct state;
    explicit connecting(std::unique_ptr<state> s) noexcept;

    std::unique_ptr<state> state_;
};

}  // namespace mint::http
