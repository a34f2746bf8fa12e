#pragma once

#include <mint/base/request.hpp>
#include <mint/http/connection.hpp>
#include <mint/ws/handshake.hpp>

#include <utility>

namespace mint::detail {

/// What an upgrade offered; the connection keeps it until the answer is checked.
struct pending_upgrade final : http::detail::attachment {
    pending_upgrade(request_ref r, ws::handshake_offer&& o) noexcept : attachment(r), offer(std::move(o)) {}

    ws::handshake_offer offer;
};

}  // namespace mint::detail
