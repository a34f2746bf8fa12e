#pragma once

#include <mint/base/limits.hpp>
#include <mint/base/random.hpp>
#include <mint/http/connect_options.hpp>
#include <mint/ws/extension.hpp>
#include <mint/ws/message_assembler.hpp>

#include <optional>
#include <string>
#include <vector>

namespace mint {

/// What an upgrade offers.
struct upgrade_options {
    /// Offered in this order; the server chooses one or none (RFC 6455 §1.9).
    std::vector<std::string> subprotocols = {};

    /// Offered in this order, `ws::permessage_deflate` say; the server chooses any of them (RFC 6455 §9). Shared by all
    /// connections that offer them.
    std::vector<ws::extension_ptr> extensions = {};

    /// For the Sec-WebSocket-Key; it must outlive the call. None means this thread's `default_random()`.
    random_source* random = nullptr;
};

/// How a WebSocket behaves once it is there.
struct create_options {
    /// Switches the connection's mode; left as it is where this is empty.
    std::optional<http::mode> mode = std::nullopt;

    websocket_limits limits = {};
    ws::delivery delivery = ws::delivery::whole_messages;
    bool validate_utf8 = true;

    /// Refuses an answer that chose none of the subprotocols offered, which RFC 6455 allows. Without offered ones it
    /// does nothing.
    bool require_subprotocol = false;

    /// For masking keys; it must outlive the WebSocket and its copies. None means `default_random()`.
    random_source* random = nullptr;
};

}  // namespace mint
