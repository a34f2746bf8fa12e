#pragma once

#include <chrono>
#include <string>

namespace mint::net::detail {

/// Whom a lookup asks, and how long. Users have the defaults; the rest is for tests.
struct lookup_options {
    /// For the answer to the first try; each further round through the servers waits twice as long as the one before.
    std::chrono::milliseconds timeout{2000};
    int try_count = 3;

    /// "127.0.0.1:5353,[::1]:5353", asked for the name as it is; empty for the system's servers and search domains.
    std::string servers = {};

    /// The environment's CARES_HOSTS names the hosts file.
    bool takes_hosts_from_environment = false;
};

}  // namespace mint::net::detail
