#pragma once

#include <mint/base/limits.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace mint::http {

enum class protocol : std::uint8_t { http1 };

/// How a connection receives.
enum class mode : std::uint8_t {
    active,   ///< the caller's loop waits, and hands a socket_message to `stream`; nothing blocks
    passive,  ///< `recv` waits, up to a timeout
};

/// The loopback and the wide network alike; each default's reason is in docs/defaults.md.
struct connect_options {
    /// What may be spoken.
    std::vector<protocol> protocols = {protocol::http1};

    http::mode mode = mode::active;

    /// For the whole of connecting: every address tried shares it. The time that the system's resolver takes for a name
    /// counts, but can't be cut short.
    std::chrono::milliseconds timeout{30'000};

    /// The Host field's name, where it isn't the address connected to.
    std::string hostname = {};

    /// The user-agent field; empty for none.
    std::string user_agent = "mint/0.1";

    /// `Host`, not `host`: see http1::client_options.
    bool title_case_fields = false;

    http_limits limits = {};

    /// Octets that may wait for the socket before a send is refused with errc::send_queue_full.
    std::size_t max_queued_size = default_max_queued_size;
};

}  // namespace mint::http
