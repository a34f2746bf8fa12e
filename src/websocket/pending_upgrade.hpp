#pragma once

#include <mint/base/request.hpp>
#include <mint/http/connection.hpp>
#include <mint/ws/handshake.hpp>

#include <utility>

namespace mint::detail {

/// What an upgrade offered; the connection keeps it until the answer is checked.
struct pending_upgrade final : http::detail::attachment {
    explicit pending_upgrade(ws::handshake_offer&& o) noexcept : offer(std::move(o)) {}

    request_ref ref{};
    ws::handshake_offer offer;
};

}  // namespace mint::detail
