#include "net/tls_layer.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <new>
#include <utility>

namespace mint::net::detail {

namespace {

using std::chrono::milliseconds;

constexpr io_result would_block{.status = io_status::would_block};
constexpr io_result tls_failed{.status = io_status::failed};

/// With less space, ciphertext isn't received into it.
constexpr std::size_t min_in_place = 32 * 1024;
static_assert(min_in_place > tls_stream::in_place_gap + 8 * 1024);

/// Where the peer takes nothing and still asks for answers (RFC 8446 §4.6.3), reading stops here.
constexpr std::size_t max_outgoing_size = 64 * 1024;

/// A peer that sends records without data, tickets say, as fast as they are read doesn't keep a call from its end: a
/// call that took so many bytes of them reads no more.
constexpr std::size_t max_size_without_data = 16 * 1024;

/// Some ten times the longest real handshake. What a peer sends beyond that is to keep us busy.
constexpr std::size_t max_handshake_size = 1024 * 1024;

/// The most of it that one call takes: a clock is looked at between calls.
constexpr std::size_t max_handshake_step = 64 * 1024;

/// A reset inside of a handshake is TLS's failure: it is how many servers and firewalls refuse it.
error cut_short(error reason) noexcept {
    if (reason == errc::connection_reset) reason.code = errc::tls_handshake_cut_short;
    return reason;
}

}  // namespace

io_result wire::read(byte_span space, milliseconds timeout) const noexcept {
    if (timeout <= milliseconds::zero()) return socket.read_some(space);
    constexpr std::int64_t longest = std::numeric_limits<std::int32_t>::max();
    const bool is_for_ever = timeout == milliseconds::max();
    const auto wanted = is_for_ever ? 0 : static_cast<std::int32_t>(std::min<std::int64_t>(timeout.count(), longest));
    if (wanted != read_timeout) {
        if (auto set = socket.set_read_timeout(milliseconds{wanted}); !set) {
            return {.status = io_status::failed, .system = set.error().system};
        }
        read_timeout = wanted;
    }
    return socket.read_waiting(space);
}

tls_layer::tls_layer(tls_stream stream, byte_view unread) : stream_(std::move(stream)) { incoming_.append(unread); }

std::expected<bool, error> tls_layer::handshake(const wire& w) {
    const std::size_t size_before = handshake_size_;
    while (true) {
        if (!stream_.failure()) incoming_.consume(stream_.handshake(incoming_.view(), outgoing_));
        // Where sending fails, the peer may have said why: then that is what is returned.
        const io_result sent = flush(w);
        if (stream_.failure()) return std::unexpected(*stream_.failure());
        if (stream_.is_established()) {
            if (incoming_.empty()) incoming_.release();
            return true;
        }
        if (handshake_size_ - size_before >= max_handshake_step && filled_its_room()) return false;
        std::array<std::byte, 8 * 1024> space;  // written by what is below
        const io_result got = read_below(w, space, milliseconds::zero());
        switch (got.status) {
            case io_status::ok:
                incoming_.append(byte_view{space}.first(got.size));
                handshake_size_ += got.size;
                if (handshake_size_ > max_handshake_size) stream_.fail(errc::tls_protocol_error, 0);
                break;
            case io_status::would_block:
                if (sent.status == io_status::failed) return std::unexpected(cut_short(failure_below(sent, "send")));
                return false;
            case io_status::end: return std::unexpected(errc::tls_handshake_cut_short);
            case io_status::failed: return std::unexpected(cut_short(failure_below(got, "recv")));
        }
    }
}

io_result tls_layer::read(const wire& w, byte_span space, milliseconds timeout) noexcept {
    if (!outgoing_.empty()) static_cast<void>(flush(w));
    constexpr io_result is_stuck{.status = io_status::would_block, .system = EAGAIN};
    if (outgoing_.size() > max_outgoing_size) return is_stuck;
    try {
        for (std::size_t size = 0;;) {
            received_size_ = 0;
            const io_result got = step(w, space, timeout);
            if (!outgoing_.empty()) static_cast<void>(flush(w));
            if (got.status != io_status::would_block) return got;
            // Records without data: more of them, or the end, may be here, and nothing else would tell. Where nothing
            // was received, the socket has nothing, or the layer below had enough for one call.
            if (received_size_ == 0 || (!filled_its_room() && !has_unread())) return got;
            if (outgoing_.size() > max_outgoing_size) return is_stuck;
            size += received_size_;
            if (size >= max_size_without_data) return would_block;
            timeout = milliseconds::zero();
        }
    } catch (const std::bad_alloc&) {
        stream_.fail(errc::system_error, ENOMEM);
        return tls_failed;
    }
}

io_result tls_layer::step(const wire& w, byte_span space, milliseconds timeout) {
    if (!incoming_.empty() || stream_.has_pending()) {
        if (const io_result got = read_kept(space); got.size > 0) return got;
    }
    if (stream_.failure() || stream_.is_at_end()) {
        tells_end_ = false;
        return stream_.failure() ? tls_failed : io_result{.status = io_status::end};
    }
    if (!stream_.is_established()) return would_block;
    return space.size() >= min_in_place ? read_in_place(w, space, timeout) : read_into_little(w, space, timeout);
}

io_result tls_layer::read_kept(byte_span space) {
    const auto done = stream_.decrypt(incoming_.view(), space, outgoing_);
    incoming_.consume(done.taken);
    // What comes behind close_notify or an error counts no more.
    if (incoming_.empty() || stream_.failure() || stream_.is_at_end()) incoming_.release();
    return done.made > 0 ? io_result{.size = done.made} : would_block;
}

/// Ciphertext goes to the back of `space`, plaintext to the front. What the stream held before is of one record, and so
/// it all fits: plaintext is never more than the ciphertext.
io_result tls_layer::read_in_place(const wire& w, byte_span space, milliseconds timeout) noexcept {
    const byte_span behind = space.subspan(tls_stream::in_place_gap);
    const io_result got = read_below(w, behind, timeout);
    if (got.status != io_status::ok) return take_end(got);
    const auto done = stream_.decrypt(behind.first(got.size), space, outgoing_);
    return done.made > 0 ? io_result{.size = done.made} : would_block;
}

io_result tls_layer::read_into_little(const wire& w, byte_span space, milliseconds timeout) {
    std::array<std::byte, tls_stream::max_record_size> received;  // written by what is below
    const io_result got = read_below(w, received, timeout);
    if (got.status != io_status::ok) return take_end(got);
    const byte_view input = byte_view{received}.first(got.size);
    const auto done = stream_.decrypt(input, space, outgoing_);
    if (!stream_.failure() && !stream_.is_at_end()) incoming_.append(input.subspan(done.taken));
    return done.made > 0 ? io_result{.size = done.made} : would_block;
}

io_result tls_layer::take_end(const io_result& below) noexcept {
    if (below.status == io_status::end) {
        stream_.receive_eof();
        tells_end_ = false;
    }
    return below;
}

io_result tls_layer::write(const wire& w, byte_view octets) noexcept {
    if (write_failure_.status == io_status::failed) return write_failure_;
    if (stream_.is_write_closed()) return {.status = io_status::failed, .system = EPIPE};
    if (!outgoing_.empty()) {
        if (const io_result sent = flush(w); sent.status == io_status::failed) return sent;
        if (!outgoing_.empty()) return would_block;
    }
    try {
        return write_records(w, octets);
    } catch (const std::bad_alloc&) {
        stream_.fail(errc::system_error, ENOMEM);
        return write_failure_ = tls_failed;
    }
}

io_result tls_layer::write_records(const wire& w, byte_view octets) {
    // So that a record of this layer becomes one record of the layer below.
    const std::size_t longest = tls_stream::max_record_content - (below_ ? 512 : 0);
    std::array<std::byte, tls_stream::max_record_size> room;  // written by the stream
    std::size_t size = 0;
    while (size < octets.size()) {
        const byte_view next = octets.subspan(size, std::min(octets.size() - size, longest));
        // OpenSSL encrypts nothing while it has half of a ticket or KeyUpdate that comes in several records.
        const auto done = stream_.encrypt(next, room, outgoing_);
        write_waits_ = done.taken == 0 && !stream_.failure();
        const bool is_sent = send_record(w, byte_view{room}.first(done.made));
        if (stream_.failure()) write_failure_ = tls_failed;
        if (write_failure_.status == io_status::failed) break;
        size += done.taken;
        if (!is_sent || done.taken == 0) break;
    }
    if (size > 0) return {.size = size};
    return write_failure_.status == io_status::failed ? write_failure_ : would_block;
}

/// True if all of it went out, and what OpenSSL made behind it.
bool tls_layer::send_record(const wire& w, byte_view record) {
    while (!record.empty()) {
        const io_result sent = write_below(w, record);
        if (sent.status == io_status::ok) {
            record = record.subspan(sent.size);
        } else if (sent.status == io_status::would_block) {
            buffer rest;
            rest.append(record);
            rest.append(outgoing_.view());
            outgoing_ = std::move(rest);
            return false;
        } else {
            write_failure_ = sent;
            outgoing_.release();
            return false;
        }
    }
    return outgoing_.empty() || flush(w).status == io_status::ok;
}

io_result tls_layer::flush(const wire& w) noexcept {
    if (write_failure_.status == io_status::failed) return write_failure_;
    while (!outgoing_.empty()) {
        const io_result sent = write_below(w, outgoing_.view());
        if (sent.status == io_status::would_block) return sent;
        if (sent.status == io_status::failed) {
            outgoing_.release();
            return write_failure_ = sent;
        }
        outgoing_.consume(sent.size);
    }
    outgoing_.release();
    return below_ ? below_->flush(w) : io_result{};
}

void tls_layer::close_notify(const wire& w) noexcept {
    stream_.close_notify(outgoing_);
    static_cast<void>(flush(w));
}

void tls_layer::close_all(const wire& w) noexcept {
    for (tls_layer* layer = this; layer != nullptr; layer = layer->below_.get()) layer->close_notify(w);
    for (tls_layer* layer = this; layer != nullptr; layer = layer->below_.get()) {
        layer->incoming_.release();
        layer->outgoing_.release();
    }
}

bool tls_layer::wants_write() const noexcept { return !outgoing_.empty() || (below_ && below_->wants_write()); }

bool tls_layer::has_unread() const noexcept {
    if (!incoming_.empty() || stream_.has_pending()) return true;
    if (stream_.failure() || stream_.is_at_end()) return tells_end_;
    return below_ && below_->has_unread();
}

bool tls_layer::filled_its_room() const noexcept { return below_ ? below_->filled_its_room() : filled_room_; }

bool tls_layer::write_waits_for_read() const noexcept {
    return write_waits_ || (below_ && below_->write_waits_for_read());
}

bool tls_layer::read_waits_for_write() const noexcept {
    return outgoing_.size() > max_outgoing_size || (below_ && below_->read_waits_for_write());
}

const error* tls_layer::failure() const noexcept {
    if (stream_.failure()) return &*stream_.failure();
    return below_ ? below_->failure() : nullptr;
}

error tls_layer::failure_below(const io_result& failed, const char* call) const {
    const error* const tls = failed.system == 0 && below_ ? below_->failure() : nullptr;
    return tls != nullptr ? *tls : error_of(failed.system, call);
}

io_result tls_layer::read_below(const wire& w, byte_span space, milliseconds timeout) noexcept {
    const io_result got = below_ ? below_->read(w, space, timeout) : w.read(space, timeout);
    filled_room_ = !below_ && got.status == io_status::ok && got.size == space.size();
    if (got.status != io_status::would_block) write_waits_ = false;
    received_size_ = got.size;
    return got;
}

io_result tls_layer::write_below(const wire& w, byte_view octets) noexcept {
    return below_ ? below_->write(w, octets) : w.socket.write_some(octets);
}

}  // namespace mint::net::detail
