#include "net/tls_layer.hpp"

#include <mint/net/transport.hpp>

#include <utility>

namespace mint::net {

using detail::tls_layer;
using detail::wire;
using std::chrono::milliseconds;

transport::transport() noexcept = default;
transport::transport(socket connected) noexcept : socket_(std::move(connected)) {}
transport::transport(transport&&) noexcept = default;
transport& transport::operator=(transport&&) noexcept = default;
transport::~transport() = default;

std::expected<void, error> transport::start_tls(const tls_context& context, const tls_peer& peer, byte_view unread) {
    tls_context own = context;
    if (own.empty()) {
        auto made = tls_context::create({});
        if (!made) return std::unexpected(std::move(made.error()));
        own = std::move(*made);
    }
    auto stream = detail::tls_stream::create(own, peer);
    if (!stream) return std::unexpected(std::move(stream.error()));
    auto layer = std::make_unique<tls_layer>(std::move(*stream), unread);
    layer->put_on(std::move(tls_));
    tls_ = std::move(layer);
    return {};
}

std::expected<bool, error> transport::handshake() {
    if (!tls_) return true;
    if (!is_open()) return std::unexpected(errc::connection_closed);
    return tls_->handshake({socket_, read_timeout_});
}

io_result transport::read_within(byte_span space, milliseconds timeout) noexcept {
    return tls_ ? read_tls(space, timeout) : wire{socket_, read_timeout_}.read(space, timeout);
}

io_result transport::read_tls(byte_span space, milliseconds timeout) noexcept {
    return tls_->read({socket_, read_timeout_}, space, timeout);
}

io_result transport::write_tls(byte_view octets) noexcept { return tls_->write({socket_, read_timeout_}, octets); }

io_result transport::flush_tls() noexcept { return tls_->flush({socket_, read_timeout_}); }

bool transport::tls_wants_write() const noexcept { return tls_->wants_write(); }

bool transport::tls_has_unread() const noexcept { return tls_->has_unread(); }

bool transport::tls_may_have_more() const noexcept { return tls_->has_unread() || tls_->filled_its_room(); }

bool transport::tls_write_waits() const noexcept { return tls_->write_waits_for_read(); }

bool transport::tls_read_waits() const noexcept { return tls_->read_waits_for_write(); }

error transport::failure(const io_result& failed, const char* call) const {
    const error* const tls = failed.system == 0 && tls_ ? tls_->failure() : nullptr;
    return tls != nullptr ? *tls : error_of(failed.system, call);
}

bool transport::was_truncated() const noexcept { return tls_ && tls_->stream().was_truncated(); }

void transport::shutdown_write() noexcept {
    if (tls_) return tls_->close_notify({socket_, read_timeout_});
    socket_.shutdown_write();
}

void transport::close() noexcept {
    if (tls_ && is_open()) tls_->close_all({socket_, read_timeout_});
    socket_.close();
}

std::optional<tls_info> transport::info() const { return tls_ ? tls_->stream().info() : std::nullopt; }

tls_session transport::session() const { return tls_ ? tls_->stream().session() : tls_session{}; }

}  // namespace mint::net
