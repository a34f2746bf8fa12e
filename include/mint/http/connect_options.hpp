#pragma once

#include <mint/base/limits.hpp>
#include <mint/http/proxy.hpp>
#include <mint/http2/connection_options.hpp>
#include <mint/net/address.hpp>
#include <mint/net/resolver.hpp>
#include <mint/net/socket.hpp>
#include <mint/net/tls_options.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mint::http {

enum class protocol : std::uint8_t { http1, http2 };

/// How a connection receives.
enum class mode : std::uint8_t {
    active,   ///< the caller's loop waits, and hands a socket_message to `stream`; nothing blocks
    passive,  ///< `recv` waits, up to a timeout
};

/// How long a refusal's content is waited for behind its header section, which says the most.
inline constexpr std::chrono::milliseconds refusal_patience{2'000};

/// The loopback and the wide network alike; each default's reason is in docs/defaults.md.
struct connect_options {
    /// What may be spoken, the preferred first. Over TLS just that is offered by ALPN, and the server chooses; one that
    /// says nothing speaks HTTP/1.1, and where that isn't listed it is errc::alpn_mismatch. In cleartext nobody can
    /// choose: HTTP/1.1 where it is listed, else HTTP/2 with prior knowledge (RFC 9113 §3.3).
    std::vector<protocol> protocols = std::vector<protocol>(1, protocol::http1);

    /// Where HTTP/2 is spoken.
    http2::connection_options http2 = {};

    http::mode mode = mode::active;

    /// One budget for all of it: lookup, every address tried, proxy, TLS. `milliseconds::max()` is for ever, 0 allows
    /// what needs no waiting, and a negative one is errc::invalid_argument.
    std::chrono::milliseconds timeout{30'000};

    /// The name in the Host field, in SNI, and in the certificate, where it isn't the host connected to.
    std::string hostname = {};

    /// The way to the target; none is direct. The environment isn't asked: `proxy_environment::read().proxy_for(…)`.
    std::optional<http::proxy> proxy = std::nullopt;

    /// Through an HTTP proxy, `http` requests are given to it to forward, in place of a tunnel: for ordinary requests
    /// where it allows no CONNECT to port 80. No WebSocket comes over such a connection; `https` always has a tunnel.
    bool forwards_requests = false;

    /// How TLS is spoken with the target, for `https`.
    net::tls_options tls = {};

    /// The same made ready, for programs with many connections; where it isn't empty, `tls` isn't looked at.
    net::tls_context tls_context = {};

    /// What an earlier connection's `session()` gave, for a shorter handshake.
    net::tls_session session = {};

    /// Which IP versions are used; with both, connecting races them (RFC 8305).
    net::ip_preference ip = net::ip_preference::both;

    /// Connects to these in place of looking the host up: for names that only the caller knows. A port of 0 is the
    /// host's, another one counts. With a proxy, they are the proxy's.
    std::vector<net::address> addresses = {};

    /// Connects to this Unix domain socket in place of the network; host and port still name the target, and a port of
    /// 0 is the scheme's own. Not with a proxy.
    std::string unix_path = {};

    net::socket_options socket = {};

    /// The user-agent field; empty for none.
    std::string user_agent = "mint/0.1";

    /// `Host`, not `host`: see http1::client_options. For a proxy's CONNECT as well, and never over HTTP/2.
    bool title_case_fields = false;

    http_limits limits = {};

    /// The most of a refusal's content that an error carries (a proxy's answer to CONNECT); what takes longer than
    /// `refusal_patience` isn't waited for.
    std::size_t max_refusal_size = default_max_refusal_size;

    /// Octets that may wait before a send is refused with errc::send_queue_full: for the socket; on HTTP/2 those of one
    /// request's content, for the server's credit and for their turn.
    std::size_t max_queued_size = default_max_queued_size;
};

}  // namespace mint::http
