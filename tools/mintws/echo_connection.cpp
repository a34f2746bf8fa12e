#include "echo_connection.hpp"

#include <mint/base/overloaded.hpp>

#include <cerrno>
#include <new>
#include <string_view>
#include <sys/socket.h>
#include <utility>
#include <variant>

namespace mintws {

using mint::buffer;
using mint::byte_span;
using mint::byte_view;
namespace ws = mint::ws;

namespace {

// A buffer that grew over this for one large message isn't kept.
constexpr std::size_t kept_capacity = 4 * 1024 * 1024;

ssize_t read_some(int socket, byte_span room) noexcept {
    ssize_t size = 0;
    do {
        size = ::recv(socket, room.data(), room.size(), 0);
    } while (size < 0 && errno == EINTR);
    return size;
}

bool would_block() noexcept { return errno == EAGAIN || errno == EWOULDBLOCK; }

}  // namespace

echo_scratch::echo_scratch() : pages(static_cast<std::byte*>(std::aligned_alloc(4096, read_size))) {
    if (!pages) throw std::bad_alloc{};
}

echo_connection::echo_connection(descriptor socket, const mint::websocket_limits& limits)
    : socket_(std::move(socket)),
      handshake_(std::make_unique<echo_handshake>()),
      codec_({.role = ws::role::server, .limits = limits}) {}

echo_connection::interest echo_connection::on_readable(echo_scratch& scratch) {
    // The rest of a large message is read where it is gathered.
    const auto direct = handshake_ || has_ended_ ? byte_span{} : codec_.receive_space();
    const bool is_direct = direct.size() >= echo_scratch::read_size;
    const auto room = is_direct ? direct : byte_span{scratch.pages.get(), echo_scratch::read_size};
    const auto size = read_some(socket(), room);
    if (size < 0) return would_block() ? (has_ended_ ? interest::end : interest::readable) : interest::none;
    if (size == 0) return interest::none;
    if (has_ended_) return interest::end;
    const auto count = static_cast<std::size_t>(size);
    if (is_direct) return answer_frames(codec_.decode_received(count, scratch.frames), scratch);
    const auto octets = room.first(count);
    return handshake_ ? receive_requests(octets, scratch) : receive_frames(octets, scratch);
}

echo_connection::interest echo_connection::on_writable(echo_scratch& scratch) {
    const auto next = transmit(unsent_);
    if (next != interest::writable) {
        if (scratch.out.capacity() == 0 && unsent_.capacity() <= kept_capacity) std::swap(scratch.out, unsent_);
        unsent_.release();
    }
    return next;
}

void echo_connection::say_goodbye(echo_scratch& scratch) {
    if (handshake_ || is_ending_ || !unsent_.empty()) return;
    close_with({.code = ws::close_code::going_away, .reason = {}}, scratch.out);
    static_cast<void>(transmit(scratch.out));
    scratch.out.clear();
}

echo_connection::interest echo_connection::receive_requests(byte_view octets, echo_scratch& scratch) {
    handshake_->receive(octets);
    while (auto answer = handshake_->next()) {
        scratch.out.append(answer->octets);
        if (answer->is_upgrade) {
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
    return answer_frames(codec_.decode(octets, scratch.frames), scratch);
}

echo_connection::interest echo_connection::answer_frames(const std::expected<void, mint::error>& decoded,
                                                         echo_scratch& scratch) {
    for (const auto& frame : scratch.frames) reply(frame, scratch.out);
    if (!decoded && !codec_.is_close_sent()) {
        const auto code = decoded.error().close_code();
        close_with({.code = code == 0 ? std::nullopt : std::optional{ws::close_code{code}}, .reason = {}}, scratch.out);
    }
    return transmit(scratch.out);
}

void echo_connection::reply(const ws::frame& received, buffer& out) {
    // What was received may be sent: encoding refuses nothing of it.
    std::visit(mint::overloaded{
                   [&](const ws::text& f) { static_cast<void>(codec_.encode(f, out)); },
                   [&](const ws::binary& f) { static_cast<void>(codec_.encode(f, out)); },
                   [&](const ws::ping& f) { static_cast<void>(codec_.encode(ws::pong{f.payload}, out)); },
                   [](const ws::pong&) {},
                   [&](const ws::close& f) { close_with(f, out); },
               },
               received);
}

void echo_connection::close_with(const ws::close& goodbye, buffer& out) {
    static_cast<void>(codec_.encode(goodbye, out));
    is_ending_ = true;
}

echo_connection::interest echo_connection::transmit(buffer& out) {
    while (!out.empty()) {
        const auto size = ::send(socket(), out.view().data(), out.size(), MSG_NOSIGNAL);
        if (size >= 0) {
            out.consume(static_cast<std::size_t>(size));
        } else if (would_block()) {
            if (&out != &unsent_) unsent_ = std::exchange(out, buffer{});
            return interest::writable;
        } else if (errno != EINTR) {
            out.clear();
            return interest::none;
        }
    }
    if (out.capacity() > kept_capacity) out.release();
    return all_sent();
}

echo_connection::interest echo_connection::all_sent() {
    if (!is_ending_) return interest::readable;
    // The socket is closed when the peer has closed too, lest a reset overtakes the Close frame (RFC 6455 §7.1.1).
    has_ended_ = true;
    codec_.release_memory();
    return ::shutdown(socket(), SHUT_WR) == 0 ? interest::end : interest::none;
}

}  // namespace mintws
