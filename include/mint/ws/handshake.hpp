#pragma once

#include <mint/base/error.hpp>
#include <mint/base/headers.hpp>
#include <mint/base/random.hpp>
#include <mint/ws/extension.hpp>
#include <mint/ws/negotiated_extensions.hpp>

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace mint::ws {

/// What a client offers in its opening handshake, kept until the answer comes.
struct handshake_offer {
    std::string key = {};                        ///< Sec-WebSocket-Key: 16 random octets in base64
    std::vector<std::string> subprotocols = {};  ///< in order of preference
    std::vector<extension_ptr> extensions = {};  ///< the same

    friend bool operator==(const handshake_offer&, const handshake_offer&) = default;
};

/// What the server agreed to.
struct handshake_result {
    std::string subprotocol = {};           ///< empty when the server chose none
    negotiated_extensions extensions = {};  ///< for the codec
};

/// A fresh offer with a key from `random`. errc::invalid_subprotocol when a subprotocol is no token or stands twice;
/// invalid_extension where extensions can't be offered together, as two with the same reserved bit can't.
[[nodiscard]] std::expected<handshake_offer, error> make_offer(std::vector<std::string> subprotocols = {},
                                                               random_source& random = default_random(),
                                                               std::vector<extension_ptr> extensions = {});

/// The request's fields over HTTP/1.1 (RFC 6455 §4.1): upgrade, connection, sec-websocket-version, -key, -protocol,
/// -extensions, then the caller's `extra` ones in their order. errc::reserved_field names a field of the caller's that
/// the handshake itself writes.
[[nodiscard]] std::expected<headers, error> request_fields(const handshake_offer& offer, const headers& extra);

/// Checks a server's answer over HTTP/1.1 against the offer: the status is 101; Upgrade names websocket and Connection
/// names upgrade, both without case and in lists over several lines; one Sec-WebSocket-Accept, right for the key; no
/// subprotocol or extension that wasn't offered (RFC 6455 §4.1, §4.2.2, errata 3433); extensions each once, with
/// parameters that they accept.
///
/// Any other status is errc::upgrade_refused with the status and fields in the error. Each rule has its own errc.
[[nodiscard]] std::expected<handshake_result, error> check_response(const handshake_offer& offer, int status_code,
                                                                    const headers& fields);

/// The request's fields over HTTP/2 (RFC 8441 §5): sec-websocket-version, -protocol and -extensions, then the caller's
/// `extra` ones.
/// The pseudo-fields say the rest, and no key proves anything. errc::reserved_field as `request_fields`.
[[nodiscard]] std::expected<headers, error> connect_fields(const handshake_offer& offer, const headers& extra);

/// Checks a server's answer over HTTP/2 against the offer: the status is any 2xx; no subprotocol or extension that
/// wasn't offered. A Sec-WebSocket-Accept, which some gateways leave in, means nothing (RFC 8441 §5.1). Any other
/// status is errc::upgrade_refused.
[[nodiscard]] std::expected<handshake_result, error> check_connect_response(const handshake_offer& offer,
                                                                            int status_code, const headers& fields);

/// The Sec-WebSocket-Accept that belongs to a key (RFC 6455 §4.2.2): base64 of SHA-1 of the key and a fixed GUID.
[[nodiscard]] std::string accept_for(std::string_view key);

}  // namespace mint::ws
