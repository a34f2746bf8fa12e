#include "http/closes_unless_done.hpp"

#include <mint/http/connection.hpp>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace mint::http {

using detail::closes_unless_done;

namespace {

/// What the queue of an idle HTTP/2 connection may hold on to.
constexpr std::size_t idle_capacity = 4 * 1024;

}  // namespace

/// Says whether `stream_request_body` would take `size` octets for `ref` now.
std::expected<void, error> connection::admit(request_ref ref, std::size_t size) {
    if (!machine_.is_streaming(ref)) return stream_request_body(ref, byte_view{});  // which knows the reason
    if (auto room = make_room(size); !room || protocol() == protocol::http1) return room;
    const auto is_full = [&] {
        const std::size_t queued = queued_size(ref);
        return queued > 0 && size > max_queued_size_ - std::min(max_queued_size_, queued);
    };
    if (!is_full()) return {};
    if (auto sent = send_queued(); !sent) return sent;
    if (is_full()) return std::unexpected(errc::send_queue_full);
    return {};
}

/// Sends what waits, and says whether `size` octets more may wait; on HTTP/2 each stream knows that by itself.
std::expected<void, error> connection::make_room(std::size_t size) {
    if (!transport_.is_open() || !is_write_open_) return std::unexpected(errc::connection_closed);
    if (queue_.empty()) return {};
    const bool is_full = size > max_queued_size_ - std::min(max_queued_size_, queue_.size());
    if (cork_count_ > 0 && !is_full) return {};
    if (auto sent = send_queued(); !sent) return sent;
    if (protocol() == protocol::http1 && !queue_.empty() &&
        size > max_queued_size_ - std::min(max_queued_size_, queue_.size())) {
        return std::unexpected(errc::send_queue_full);
    }
    return {};
}

/// The way of every frame: straight to the socket where nothing waits.
std::expected<void, error> connection::send_in_tunnel(byte_view content) {
    if (auto room = make_room(content.size()); !room) return room;
    if (queue_.empty() && cork_count_ == 0) {
        while (!content.empty()) {
            const net::io_result written = transport_.write_some(content);
            if (written.status == net::io_status::would_block) break;
            if (written.status != net::io_status::ok) return std::unexpected(fail_writing(written));
            content = content.subspan(written.size);
        }
    }
    if (content.empty()) return {};
    closes_unless_done guard{*this};
    queue_.append(content);
    guard.done();
    return {};
}

std::expected<void, error> connection::send_unless_corked() {
    if (cork_count_ > 0) return {};
    if (auto sent = send_queued(); !sent) return sent;
    settle();
    return {};
}

/// Hands to the system what it takes now.
std::expected<void, error> connection::send_queued() {
    if (!has_unsent()) return {};
    while (true) {
        if (auto written = write_queue(); !written) return written;
        if (!queue_.empty()) return {};
        if (!has_octets()) break;
        closes_unless_done guard{*this};
        machine_.take(queue_);
        guard.done();
    }
    // A connection that has something to say with every read keeps a little.
    if (protocol() == protocol::http1 || queue_.capacity() > idle_capacity) queue_.release();
    if (!transport_.wants_write()) return {};
    const net::io_result flushed = transport_.flush();
    if (flushed.status == net::io_status::failed) return std::unexpected(fail_writing(flushed));
    return {};
}

std::expected<void, error> connection::write_queue() {
    while (!queue_.empty()) {
        const net::io_result written = transport_.write_some(queue_.view());
        if (written.status == net::io_status::would_block) return {};
        if (written.status != net::io_status::ok) return std::unexpected(fail_writing(written));
        queue_.consume(written.size);
    }
    return {};
}

/// Why a request didn't go out. If the connection served before, the server closed an idle one.
error connection::reason_unsent(const std::expected<request_ref, error>& asked, error reason) const {
    const auto* const m = machine_.http1();
    const bool is_end = reason.system == EPIPE || reason.system == ECONNRESET;
    auto lost = m != nullptr && asked && is_end ? m->lost_request() : std::nullopt;
    if (!lost) return reason;
    lost->system = reason.system;
    return std::move(*lost);
}

/// Ends our direction only: what the peer sent before it ended the connection can still be read.
error connection::fail_writing(const net::io_result& failed) {
    error reason = transport_.failure(failed, "send");
    is_write_open_ = false;
    write_failed_ = true;
    was_reset_ = failed.system != EPIPE;  // EPIPE: the peer's end came in good order before
    queue_.release();
    if (!is_read_open_) close();
    return reason;
}

}  // namespace mint::http
