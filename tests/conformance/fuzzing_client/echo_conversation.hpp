#pragma once

#include <mint/base/url.hpp>

#include <expected>
#include <string>
#include <vector>

namespace fuzzing_client {

/// What one connection to the fuzzing server came to.
struct conversation_result {
    /// The messages received, where they were not echoed.
    std::vector<std::string> messages;

    /// How the conversation ended where it wasn't by Close frames; empty else. With a server that breaks the rules on
    /// purpose that is no failure.
    std::string end;
};

enum class reply : bool { none, echo };

/// Connects, upgrades, and talks until the server ends the connection: answers pings and Close frames, echoes each
/// message with its type where `r` says so, and answers a broken rule with the close code that the error names.
///
/// The error, a line for a person, is that there was no WebSocket at all.
[[nodiscard]] std::expected<conversation_result, std::string> converse(const mint::url& url, reply r,
                                                                       bool offers_deflate);

}  // namespace fuzzing_client
