#include "echo_connection.hpp"

#include <new>
#include <utility>

namespace mintws {

using mint::buffer;
using mint::byte_span;
using mint::byte_view;
using status = echo_stream::status;

namespace {

// A buffer that grew over this for one large message isn't kept.
constexpr std::size_t kept_capacity = 4 * 1024 * 1024;

}  // namespace

echo_scratch::echo_scratch() : pages(static_cast<std::byte*>(std::aligned_alloc(4096, read_size))) {
    if (!pages) throw std::bad_alloc{};
}

echo_connection::echo_connection(echo_stream stream, const mint::websocket_limits& limits)
    : stream_(std::move(stream)),
      handshake_(std::make_unique<echo_handshake>()),
      limits_(limits),
      conversation_(limits) {}

echo_connection::interest echo_connection::on_ready(echo_scratch& scratch) {
    if (has_ended_) return drop_received(scratch);
    auto next = is_ending_ || !unsent_.empty() ? send_rest(scratch) : receive(scratch);
    while (next == interest::readable && stream_.has_unread()) next = receive(scratch);
    return next;
}

echo_connection::interest echo_connection::receive(echo_scratch& scratch) {
    // The rest of a large message is read where it is gathered.
    const auto direct = handshake_ || http2_ ? byte_span{} : conversation_.receive_space();
    const bool is_direct = direct.size() >= echo_scratch::read_size;
    const auto room = is_direct ? direct : byte_span{scratch.pages.get(), echo_scratch::read_size};
    const auto received = stream_.read(room);
    if (received.what != status::ok) return wait_or_end(received.what);
    if (is_direct) {
        conversation_.receive_there(received.size, scratch.frames, scratch.out);
        return transmit_answers(scratch);
    }
    const auto octets = room.first(received.size);
    if (http2_) return receive_http2(octets, scratch);
    return handshake_ ? receive_requests(octets, scratch) : receive_frames(octets, scratch);
}

echo_connection::interest echo_connection::send_rest(echo_scratch& scratch) {
    auto next = transmit(unsent_);
    if (unsent_.empty()) {
        if (scratch.out.capacity() == 0 && unsent_.capacity() <= kept_capacity) std::swap(scratch.out, unsent_);
        unsent_.release();
    }
    if (next == interest::readable && http2_) next = transmit_http2(scratch);
    return next;
}

echo_connection::interest echo_connection::drop_received(echo_scratch& scratch) {
    const auto dropped = stream_.drop_received({scratch.pages.get(), echo_scratch::read_size});
    return dropped == status::end || dropped == status::failed ? interest::none : interest::end;
}

void echo_connection::say_goodbye(echo_scratch& scratch) {
    if (handshake_ || is_ending_ || !unsent_.empty()) return;
    if (http2_) {
        http2_->say_goodbye();
        http2_->give(scratch.out);
    } else {
        conversation_.say_goodbye(scratch.out);
    }
    static_cast<void>(transmit(scratch.out));
    scratch.out.clear();
}

echo_connection::interest echo_connection::receive_requests(byte_view octets, echo_scratch& scratch) {
    handshake_->receive(octets);
    const auto start = mint::as_text(handshake_->rest()).substr(0, echo_http2::preface.size());
    if (start == echo_http2::preface) {
        http2_ = std::make_unique<echo_http2>(limits_);
        const auto handshake = std::exchange(handshake_, nullptr);
        return receive_http2(handshake->rest(), scratch);
    }
    if (echo_http2::preface.starts_with(start)) return interest::readable;
    while (auto answer = handshake_->next()) {
        scratch.out.append(answer->octets);
        if (answer->is_upgrade) {
            conversation_ = echo_conversation{limits_, std::move(answer->extensions)};
            const auto handshake = std::exchange(handshake_, nullptr);
            return receive_frames(handshake->rest(), scratch);
        }
        if (answer->wants_close) {
            is_ending_ = true;
            break;
        }
    }
    return transmit(scratch.out);
}

echo_connection::interest echo_connection::receive_frames(byte_view octets, echo_scratch& scratch) {
    conversation_.receive(octets, scratch.frames, scratch.out);
    return transmit_answers(scratch);
}

echo_connection::interest echo_connection::transmit_answers(echo_scratch& scratch) {
    is_ending_ = is_ending_ || conversation_.is_over();
    return transmit(scratch.out);
}

echo_connection::interest echo_connection::receive_http2(byte_view octets, echo_scratch& scratch) {
    http2_->receive(octets, scratch.frames);
    return transmit_http2(scratch);
}

/// Whatever the windows allow; while the socket takes nothing, nothing more is encoded.
echo_connection::interest echo_connection::transmit_http2(echo_scratch& scratch) {
    while (true) {
        http2_->give(scratch.out);
        if (scratch.out.empty()) break;
        const auto next = transmit(scratch.out);
        if (next != interest::readable) return next;
    }
    if (!http2_->is_over()) return interest::readable;
    is_ending_ = true;
    return end();
}

echo_connection::interest echo_connection::transmit(buffer& out) {
    while (!out.empty()) {
        const auto sent = stream_.write(out.view());
        if (sent.what == status::ok) {
            out.consume(sent.size);
            continue;
        }
        if (sent.what == status::wants_read || sent.what == status::wants_write) {
            if (&out != &unsent_) unsent_ = std::exchange(out, buffer{});
        } else {
            out.clear();
        }
        return wait_or_end(sent.what);
    }
    if (out.capacity() > kept_capacity) out.release();
    return is_ending_ ? end() : interest::readable;
}

echo_connection::interest echo_connection::wait_or_end(status what) {
    if (what == status::wants_read) return interest::readable;
    if (what == status::wants_write) return interest::writable;
    is_ending_ = true;
    return end();
}

// The socket is closed when the peer has closed too, lest a reset overtakes the Close frame (RFC 6455 §7.1.1) or an
// alert.
echo_connection::interest echo_connection::end() {
    const auto ended = stream_.shutdown();
    if (ended == status::wants_read) return interest::readable;
    if (ended == status::wants_write) return interest::writable;
    has_ended_ = true;
    conversation_.release_memory();
    return ended == status::ok ? interest::end : interest::none;
}

}  // namespace mintws
