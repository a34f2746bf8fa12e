#pragma once

#include "support/scripted_peer.hpp"

#include <mint/net/wait.hpp>
#include <mint/websocket/opening.hpp>

#include <chrono>
#include <cstddef>
#include <expected>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mint::testing {

/// The URL of a WebSocket at a server of ours.
inline std::string url_of(const scripted_peer& peer, const std::string& target = "/",
                          const std::string& userinfo = "") {
    return "ws://" + userinfo + "127.0.0.1:" + std::to_string(peer.port()) + target;
}

inline bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

struct opening_outcome {
    std::expected<opened_websocket, error> opened;
    std::vector<opening_exchange> exchanges;
};

/// Opens a WebSocket; servers and proxies do the first of `acts` as soon as an answer of theirs is waited for, then the
/// second, and so on.
inline opening_outcome open_with(const std::string& target, const open_options& options,
                                 const std::vector<std::function<void()>>& acts) {
    using namespace std::chrono_literals;
    auto attempt = opening::start(parse_url(target).value(), options, opening::clock::now()).value();
    std::size_t next = 0;
    while (true) {
        auto stepped = attempt.step(opening::clock::now());
        if (!stepped) return {std::unexpected(stepped.error()), attempt.exchanges()};
        if (*stepped) return {std::move(**stepped), attempt.exchanges()};
        if (attempt.describe().starts_with("waiting") && next < acts.size()) acts[next++]();
        if (!net::wait_any(attempt.wants(), net::deadline{10s})) {
            return {std::unexpected(errc::timeout), attempt.exchanges()};
        }
    }
}

}  // namespace mint::testing
