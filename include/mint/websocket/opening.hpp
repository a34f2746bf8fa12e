#pragma once

#include <mint/base/buffer.hpp>
#include <mint/base/error.hpp>
#include <mint/base/headers.hpp>
#include <mint/base/redirect.hpp>
#include <mint/base/url.hpp>
#include <mint/http/connect_options.hpp>
#include <mint/http/connecting.hpp>
#include <mint/http/connection.hpp>
#include <mint/http/proxy_environment.hpp>
#include <mint/net/tls_options.hpp>
#include <mint/net/wait.hpp>
#include <mint/websocket/upgrade_options.hpp>
#include <mint/websocket/websocket.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mint {

/// All that opening a WebSocket by its URL can be told.
struct open_options {
    /// How to connect; its `timeout` is the one budget for lookup, TCP, proxy, TLS, the upgrade and every redirect.
    http::connect_options connect = {};

    /// Of the opening handshake. A URL's userinfo becomes `authorization` (Basic), where there is none here.
    headers fields = {};

    upgrade_options upgrade = {};
    create_options create = {};

    /// Follows none unless told to. A refusal behind a redirect is that of `opening::exchanges().back().target`:
    /// credentials for it belong there, not to the first target. `connect.tls` holds for all of them, a client
    /// certificate too; `hostname`, `addresses` and `unix_path` for the first origin only, and so do subprotocols
    /// unless the policy keeps them. With `create.require_subprotocol` another origin is errc::subprotocol_missing
    /// then.
    redirect_policy redirects = {};

    /// Where the server speaks HTTP/2 and takes no WebSockets on it, or wants this one over HTTP/1.1, and
    /// `connect.protocols` lists that as well: a second connection is opened with HTTP/1.1, within the same budget;
    /// `exchanges()` has both. Without it that is errc::extended_connect_disabled or http1_required. Worth remembering
    /// for each origin, to save the detour.
    bool falls_back = true;

    /// Chooses the proxy for each target, where `connect.proxy` is empty, and neither `connect.addresses` nor
    /// `connect.unix_path` says where the target is.
    std::optional<http::proxy_environment> environment = std::nullopt;
};

/// An open WebSocket. What the server sent right after its answer comes with the connection's first `stream` or `recv`;
/// until then `wants_write` and `may_have_more` say that there is something, and a mailbox hands out a message.
struct opened_websocket {
    http::connection connection;
    mint::websocket socket;

    url target;      ///< the last one, where redirects were followed
    headers fields;  ///< of the server's answer

    /// HTTP/2: the peer ended its direction of the stream with the headers of its answer. No done follows.
    bool is_ended = false;

    /// Deprecated, and always empty: the connection's first `stream` or `recv` gives what came with the answer.
    buffer first_octets = {};
};

/// One request for an upgrade and its answer; for people and logs.
struct opening_exchange {
    url target;
    http::protocol protocol = http::protocol::http1;  ///< of the connection that it went over

    /// Request line and fields, as sent, with the empty line; of HTTP/2 the fields as text, `:method: CONNECT`.
    std::string request_head;
    int status_code = 0;  ///< 0 while there is no answer, and where the server takes no WebSockets over HTTP/2
    std::string reason;   ///< the status line's reason phrase
    headers fields;       ///< of the answer

    /// Of the connection that it went over; nothing before the request is sent, and for ws.
    std::optional<net::tls_info> tls = std::nullopt;

    /// After an error, over HTTP/1.1: the head of an answer that can't be read or didn't come whole, as far as it came.
    /// The server's; the proxy's if `request_head` is empty.
    std::string unfinished_head = {};
};

/// A WebSocket that comes to be: connecting, the upgrade, and redirects, as one value for event loops, within one
/// deadline.
///
/// Use it as `http::connecting`, with which it is made: `step`, wait for `wants()` or `deadline()`, `step` again.
/// Move-only; destroying it cancels all of it.
class opening {
  public:
    using clock = std::chrono::steady_clock;
    using time_point = clock::time_point;

    opening(opening&&) noexcept;
    opening& operator=(opening&&) noexcept;
    ~opening();

    /// Checks the arguments; sends nothing yet. errc::invalid_url for a URL that isn't ws or wss; invalid_argument
    /// (`forwards_requests`), and the errors of `connecting::start` and `websocket::upgrade`.
    [[nodiscard]] static std::expected<opening, error> start(const url& target, const open_options& options,
                                                             time_point now);

    /// Does what can be done without waiting. The WebSocket once it is there, which it gives once;
    /// nothing while it takes longer. A later call is errc::failed_already.
    ///
    /// errc::upgrade_refused and the errors of redirects, whose `refusal` has status, fields and the start of the
    /// content (`connect_options::max_refusal_size`): `parse_challenges` reads a 401's, `retry_after` a 503's. Else
    /// those of `connecting::step`, of `websocket::create`, and of HTTP's syntax. After an error it is over, and
    /// repeats it.
    ///
    /// Reads a bounded number of times; where more waits to be read, `deadline()` is `now`.
    [[nodiscard]] std::expected<std::optional<opened_websocket>, error> step(time_point now);

    /// As http::connecting's.
    [[nodiscard]] const std::vector<net::interest>& wants() const noexcept;
    [[nodiscard]] time_point deadline() const noexcept;

    /// What it is doing, for a person: "TLS with example.org", "waiting for the answer to the upgrade".
    [[nodiscard]] std::string describe() const;

    /// After an error: the stage of connecting that it came in; `finished` if the connection was there.
    [[nodiscard]] http::connect_stage failed_stage() const noexcept;

    /// The upgrades asked for so far: one for each redirect followed and each fallback, and one more.
    [[nodiscard]] const std::vector<opening_exchange>& exchanges() const noexcept;

  private:
    struct state;
    explicit opening(std::unique_ptr<state> s) noexcept;

    std::unique_ptr<state> state_;
};

/// Opens a WebSocket by its URL; blocks until it is there, at most `options.connect.timeout`. The connection is in the
/// mode that the options name. errc::invalid_url, and the errors of `opening`.
[[nodiscard]] std::expected<opened_websocket, error> open_websocket(std::string_view url,
                                                                    const open_options& options = {});

}  // namespace mint
