#include "net/budget.hpp"

#include <mint/websocket/closing.hpp>

#include <variant>

namespace mint {

closing::closing(request_ref ref, time_point now, std::chrono::milliseconds grace) noexcept
    : ref_(ref), until_(net::detail::end_of(grace, now)) {}

std::expected<bool, error> closing::step(http::connection& conn, http::response_list responses, time_point now) {
    for (const response& r : responses) {
        const bool is_end = std::holds_alternative<responses::done>(r) || std::holds_alternative<responses::error>(r);
        if (is_end && ref_of(r) == ref_) has_peer_ended_ = true;
    }
    if (!is_over_ && !is_ended_ && conn.is_open(ref_)) {
        if (auto ended = end_direction(conn); !ended) return std::unexpected(std::move(ended.error()));
    }
    if (!is_over_ && now >= until_ && conn.is_open(ref_)) {
        was_cancelled_ = true;
        is_over_ = true;  // also where the reset can't be sent: nothing is left to be done
        if (auto cancelled = conn.cancel_request(ref_); !cancelled) {
            return std::unexpected(std::move(cancelled.error()));
        }
    }
    is_over_ = is_over_ || !conn.is_open(ref_);
    return is_over_;
}

/// On HTTP/1.1 the server goes first.
std::expected<void, error> closing::end_direction(http::connection& conn) {
    if (conn.protocol() == http::protocol::http1 && !has_peer_ended_) return {};
    is_ended_ = true;
    auto ended = conn.stream_request_body(ref_, eof{});
    if (!ended && ended.error() == errc::request_body_not_streaming) return {};  // the caller did it before
    return ended;
}

}  // namespace mint
