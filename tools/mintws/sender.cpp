#include "sender.hpp"

#include <algorithm>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <utility>

namespace mintws {

namespace ws = mint::ws;

namespace {

// So much on the way fills buffers: it moves on only if the peer itself reads.
constexpr std::uint64_t large_size = 64 * 1024;

}  // namespace

sender::sender(mint::http::connection& conn, mint::websocket& socket,
               std::function<void(std::string_view what, std::string_view payload)> on_control)
    : conn_(conn), socket_(socket), on_control_(std::move(on_control)) {}

void sender::add_close(const ws::close& goodbye) {
    add(goodbye);
    pong_.reset();
}

void sender::add_ping() {
    if (is_refused_ || handed_over_size() < ping_end_) return;
    on_control_("ping", {});
    if (!std::exchange(is_pong_awaited_, true)) {
        peers_size_ = peers_size();
        ping_start_ = end();
    }
    add(ws::ping{});
    ping_end_ = end();
}

void sender::add_pong(mint::byte_view payload) {
    pong_.emplace(payload.begin(), payload.end());
    release_pong();
}

// A peer that doesn't read gets no queue of pongs: the latest is enough (RFC 6455 §5.5.3).
void sender::release_pong() {
    if (!pong_ || is_refused_ || handed_over_size() < pong_end_) return;
    const auto payload = *std::exchange(pong_, std::nullopt);
    on_control_("pong", mint::as_text(mint::byte_view{payload}));
    add(ws::pong{mint::byte_view{payload}});
    pong_end_ = end();
}

std::expected<void, mint::error> sender::transmit() {
    release_pong();
    while (!unsent_.empty()) {
        auto sent = mint::websocket::stream_request_body(conn_, socket_.ref(), unsent_.view());
        is_refused_ = !sent && sent.error() == mint::errc::send_queue_full;
        if (is_refused_) return {};  // offered again when the socket took some
        if (sent) given_size_ += unsent_.size();
        unsent_.clear();
        if (!sent) return sent;
        release_pong();  // the latest, now that an earlier one is on its way
    }
    return {};
}

bool sender::has_progressed() {
    const bool stands_before_ping = is_pong_awaited_ && peers_size_ < ping_start_;
    const bool is_large = end() - std::min(end(), peers_size_) > large_size;
    const auto before = std::exchange(peers_size_, peers_size());
    return (stands_before_ping || is_large) && peers_size_ > before;
}

// How much of what the connection took the system has.
std::uint64_t sender::handed_over_size() const {
    return given_size_ - std::min<std::uint64_t>(given_size_, conn_.queued_size());
}

// How much of it the peer's system has; framing and TLS make this inexact.
std::uint64_t sender::peers_size() const {
    int on_the_way = 0;
    if (::ioctl(conn_.socket(), SIOCOUTQ, &on_the_way) != 0 || on_the_way < 0) on_the_way = 0;
    const auto handed_over = handed_over_size();
    return handed_over - std::min(handed_over, static_cast<std::uint64_t>(on_the_way));
}

}  // namespace mintws
