#include "http/closes_unless_done.hpp"

#include <mint/http/connection.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace mint::http {

using detail::closes_unless_done;

namespace {

std::unexpected<stream_error> refuse(error reason) {
    return std::unexpected(stream_error{.reason = std::move(reason), .responses = {}});
}

}  // namespace

std::expected<response_list, stream_error> connection::stream(const socket_message& message, read_buffer& scratch) {
    scratch.responses_.clear();
    if (!owns(message)) return refuse(errc::unknown_message);
    if (mode_ != mode::active) {
        return refuse({errc::wrong_mode, "it is passive: call recv, or set_mode(http::mode::active) before stream"});
    }
    if (!is_open()) return refuse(errc::connection_closed);

    bool may_read = message.readable || holds_unread() || transport_.has_unread();
    if (has_unsent()) {
        // Where sending fails, reading goes on: what the peer sent before its end says why.
        if (auto sent = send_queued(); !sent) {
            if (!is_read_open_) return refuse(std::move(sent.error()));
            may_read = true;
        }
        settle();
    } else if (!is_read_open_ && !message.writable) {
        return refuse(errc::connection_closed);
    }
    if (!may_read || !is_open(direction::read)) return response_list{};
    if (machine_.has_responses()) return deliver({}, {}, scratch);

    const byte_span space = scratch.space();
    closes_unless_done guard{*this};
    const std::size_t kept_size = take_kept(space);
    net::io_result last;
    std::size_t size = kept_size;
    // What TLS holds besides, its end say, no readiness of the socket will tell.
    do {
        if (size == space.size() || (stops_at_tunnel_ && size > 0)) break;
        last = transport_.read_some(space.subspan(size));
        size += last.size;
    } while (last.status == net::io_status::ok && transport_.has_unread());
    may_have_more_ = size == space.size();
    auto delivered = deliver(space.first(size), last, scratch);
    guard.done();
    return delivered;
}

/// As `stream`, but what follows an answer that makes a tunnel stays in here, for the next receiving call.
std::expected<response_list, stream_error> connection::stream_to_tunnel(read_buffer& scratch) {
    stops_at_tunnel_ = true;
    auto received = stream({.id = id_, .readable = true, .writable = may_write()}, scratch);
    stops_at_tunnel_ = false;
    return received;
}

std::expected<response_list, stream_error> connection::recv(std::size_t byte_count, std::chrono::milliseconds timeout,
                                                            read_buffer& scratch) {
    scratch.responses_.clear();
    if (mode_ != mode::passive) {
        return refuse({errc::wrong_mode, "it is active: call stream, or set_mode(http::mode::passive) before recv"});
    }
    if (byte_count > scratch.size())
        return refuse({errc::invalid_argument, "byte_count is over the read_buffer's size"});
    if (!is_open(direction::read)) return refuse(errc::connection_closed);
    if (machine_.has_responses()) return deliver({}, {}, scratch);

    const net::deadline until{timeout};
    const byte_span space = byte_count == 0 ? scratch.space() : scratch.space().first(byte_count);
    const std::size_t wanted_size = std::max<std::size_t>(byte_count, 1);
    closes_unless_done guard{*this};
    const bool returns_when_sent = byte_count == 0 && has_unsent();
    net::io_result last;
    // What a call that timed out had read stays where it is until it is enough: no octet is copied at each call.
    while (kept_ && kept_->size() < wanted_size && last.status == net::io_status::ok) {
        kept_->reserve(wanted_size);
        last = read_before(until, kept_->prepare(wanted_size - kept_->size()), false);
        kept_->commit(last.size);
    }
    if (kept_ && kept_->size() < wanted_size && last.status == net::io_status::would_block) {
        guard.done();
        return refuse(errc::timeout);
    }
    std::size_t size = take_kept(space);
    while (size < wanted_size && last.status == net::io_status::ok) {
        last = read_before(until, space.subspan(size), returns_when_sent);
        size += last.size;
    }
    if (size < wanted_size && last.status == net::io_status::would_block) {
        keep(space.first(size));
        guard.done();
        if (returns_when_sent && !has_unsent() && is_write_open_) return response_list{};
        return refuse(errc::timeout);
    }
    may_have_more_ = size == space.size();
    auto delivered = deliver(space.first(size), last, scratch);
    guard.done();
    return delivered;
}

/// Reads, waiting for it until the deadline, and sends what waits meanwhile. `would_block` means that the time is over,
/// or where it `returns_when_sent` that nothing waits any more.
net::io_result connection::read_before(const net::deadline& until, byte_span space, bool returns_when_sent) {
    while (true) {
        if (has_unsent()) {
            // Where sending fails the queue is gone, and what the peer sent before its end says why.
            static_cast<void>(send_queued());
            settle();
        }
        if (!has_unsent() && returns_when_sent && is_write_open_) return transport_.read_some(space);
        if (!has_unsent()) {
            const net::io_result result = transport_.read_within(space, until.left());
            if (result.status != net::io_status::would_block || until.has_passed()) return result;
            continue;
        }
        const net::io_result result = transport_.read_some(space);
        if (result.status != net::io_status::would_block || until.has_passed()) return result;
        const auto ready = net::wait(transport_.descriptor(), {.read = wants_read(), .write = may_write()}, until);
        if (!ready && ready.error() == errc::timeout) return result;
        if (!ready) return {.status = net::io_status::failed, .system = ready.error().system};
    }
}

std::size_t connection::take_kept(byte_span space) noexcept {
    if (!kept_) return 0;
    const std::size_t size = std::min(kept_->size(), space.size());
    std::memcpy(space.data(), kept_->view().data(), size);
    kept_->consume(size);
    if (kept_->empty()) kept_.reset();
    return size;
}

/// Keeps octets that were read last, and come before those that are kept already.
void connection::keep(byte_view octets) {
    if (octets.empty()) return;
    auto kept = std::make_unique<buffer>();
    kept->append(octets);
    if (kept_) kept->append(kept_->view());
    kept_ = std::move(kept);
}

/// Gives octets to the machine, then what the last read said beside them.
std::expected<response_list, stream_error> connection::deliver(byte_view octets, const net::io_result& last,
                                                               read_buffer& scratch) {
    if (!octets.empty() || machine_.has_responses()) {
        const auto received = stops_at_tunnel_ ? machine_.receive_to_tunnel(octets, scratch.responses_)
                                               : machine_.receive(octets, scratch.responses_);
        attachments_.note(scratch.responses_);
        if (!received) {
            close();
            return std::unexpected(stream_error{received.error(), scratch.responses_});
        }
        if (stops_at_tunnel_) keep(octets);
        // What HTTP/2 owes the peer goes out at once; where that fails, the next call says so.
        if (machine_.wants_write() && is_write_open_) static_cast<void>(send_queued());
        if (!machine_.is_tunnel()) settle();
    }
    if (last.status == net::io_status::end || last.status == net::io_status::failed) {
        if (auto ended = take_end(last, scratch); !ended) {
            close();
            return std::unexpected(stream_error{std::move(ended.error()), scratch.responses_});
        }
    }
    return response_list{scratch.responses_};
}

std::expected<void, error> connection::take_end(const net::io_result& last, read_buffer& scratch) {
    if (!transport_.is_open()) return {};  // the last response said that it ends here
    const bool has_failed = last.status == net::io_status::failed;
    const int system = has_failed ? last.system : was_reset_ ? ECONNRESET : 0;
    // A server may close an idle connection in any way. A fault of this system's and what TLS says are another matter.
    const auto* const m = machine_.http1();
    if (m != nullptr && m->lost_request() && (!has_failed || system == ECONNRESET)) {
        was_truncated_ = transport_.was_truncated();
        auto ended = machine_.receive_eof(scratch.responses_);
        if (!ended) ended.error().system = system;
        return ended;
    }
    if (last.status == net::io_status::failed || was_reset_) {
        // The alert before a reset says more than the reset, whichever of our calls met that first.
        const bool is_reset = was_reset_ && (last.status != net::io_status::failed || last.system != 0);
        auto reason = is_reset ? net::error_of(ECONNRESET, "recv") : transport_.failure(last, "recv");
        // Each of HTTP/2's requests learns of it, for some of them may be safe to send again.
        if (protocol() == protocol::http2) static_cast<void>(machine_.receive_eof(scratch.responses_));
        return std::unexpected(std::move(reason));
    }
    was_truncated_ = transport_.was_truncated();
    // Without the peer's word that it was all, a response that ends with the connection may be half of one.
    if (was_truncated_ && protocol() == protocol::http1 && !machine_.is_tunnel() && machine_.open_request_count() > 0) {
        return std::unexpected(errc::tls_truncated);
    }
    if (auto ended = machine_.receive_eof(scratch.responses_); !ended) return ended;
    is_read_open_ = false;
    settle();
    return {};
}

}  // namespace mint::http
