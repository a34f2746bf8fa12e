#pragma once

#include "support/test_server.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace mint::test {

/// Which WebSocket implementation stands at the other end.
enum class peer { npm_ws, python_websockets, python_aiohttp };

[[nodiscard]] std::string_view name_of(peer p) noexcept;

/// That server; started at the first use and kept until the program ends. See servers/ for what each can do.
[[nodiscard]] test_server& server_of(peer p);

/// The same over TLS, with the certificate `good` (support/certificates.hpp).
[[nodiscard]] test_server& tls_server_of(peer p);

/// A server of its own that speaks permessage-deflate, with options of its package's in JSON.
[[nodiscard]] test_server start_deflating_server(peer p, const std::string& options);

/// A server of its own with another certificate; with a client CA it wants certificates of it. npm's ws.
[[nodiscard]] test_server start_tls_server(const std::string& certificate_file, const std::string& key_file,
                                           const std::string& client_ca_file = {});

/// npm's ws on a Unix domain socket.
[[nodiscard]] test_server start_unix_server(const std::string& path);

/// A real proxy: tinyproxy, squid, apache or microsocks; with a login only whoever gives it gets through. Started at
/// the first use and kept until the program ends.
[[nodiscard]] test_server& proxy_server(const std::string& kind, const std::string& user = {},
                                        const std::string& password = {});

/// Servers and proxies that take WebSockets over HTTP/2 (RFC 8441); behind the proxies stands npm's ws.
enum class http2_peer { nghttpx, haproxy, haproxy_h2, apache, lighttpd, node, hypercorn };

[[nodiscard]] std::string_view name_of(http2_peer p) noexcept;

/// That server, with prior knowledge in cleartext, or over TLS with ALPN and the certificate `good`; started at the
/// first use and kept until the program ends.
[[nodiscard]] test_server& http2_server_of(http2_peer p, bool is_secure);

/// The same for itself, to be shut down: a proxy ends in good order on SIGUSR1.
[[nodiscard]] test_server start_http2_server_of(http2_peer p, bool is_secure);

/// The same over TLS with permessage-deflate: a proxy before that backend, a deflating server; or hypercorn, which has
/// none, and compresses itself.
[[nodiscard]] test_server start_deflating_http2_server_of(http2_peer p, const test_server& backend);

/// What stands behind that proxy.
[[nodiscard]] test_server& http2_backend_of(http2_peer p);

/// node's http2 with npm's ws, for itself; see servers/http2_server.js for the arguments.
[[nodiscard]] test_server start_http2_server(bool is_secure, std::vector<std::string> arguments = {});

/// The most able of them, on node's HTTP server.
[[nodiscard]] inline test_server& node_server() { return server_of(peer::npm_ws); }

}  // namespace mint::test
