#include "echo_stream.hpp"

#include <algorithm>
#include <cerrno>
#include <sys/socket.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace mintws {

namespace {

// Records are read up to this at a time, so that one connection doesn't keep the others waiting.
constexpr std::size_t max_read_size = 256 * 1024;

bool would_block() noexcept { return errno == EAGAIN || errno == EWOULDBLOCK; }

}  // namespace

echo_stream::result echo_stream::read_socket(mint::byte_span room) const noexcept {
    ssize_t size = 0;
    do {
        size = ::recv(socket(), room.data(), room.size(), 0);
    } while (size < 0 && errno == EINTR);
    if (size > 0) return {status::ok, static_cast<std::size_t>(size)};
    if (size == 0) return {status::end};
    return {would_block() ? status::wants_read : status::failed};
}

echo_stream::result echo_stream::read_records(mint::byte_span room) noexcept {
    has_unread_ = false;
    if (last_ != status::ok) return {last_};
    room = room.first(std::min(room.size(), max_read_size));
    std::size_t total = 0;
    while (total < room.size()) {
        std::size_t size = 0;
        const int returned = ::SSL_read_ex(tls_.get(), room.data() + total, room.size() - total, &size);
        total += size;
        if (returned == 1) continue;
        const auto reason = why(returned);
        if (total == 0) return {reason};
        if (reason == status::end || reason == status::failed) {
            last_ = reason;
            has_unread_ = true;
        }
        return {status::ok, total};
    }
    has_unread_ = true;
    return {status::ok, total};
}

echo_stream::result echo_stream::write(mint::byte_view octets) noexcept {
    if (tls_) {
        std::size_t size = 0;
        const int returned = ::SSL_write_ex(tls_.get(), octets.data(), octets.size(), &size);
        if (returned == 1) return {status::ok, size};
        return {why(returned)};
    }
    ssize_t size = 0;
    do {
        size = ::send(socket(), octets.data(), octets.size(), MSG_NOSIGNAL);
    } while (size < 0 && errno == EINTR);
    if (size >= 0) return {status::ok, static_cast<std::size_t>(size)};
    return {would_block() ? status::wants_write : status::failed};
}

echo_stream::status echo_stream::shutdown() noexcept {
    if (tls_ && last_ != status::failed && !is_shaking_hands()) {
        if (const int returned = ::SSL_shutdown(tls_.get()); returned < 0) {
            const auto reason = why(returned);
            if (reason == status::wants_read || reason == status::wants_write) return reason;
        }
    }
    return ::shutdown(socket(), SHUT_WR) == 0 ? status::ok : status::failed;
}

bool echo_stream::is_shaking_hands() const noexcept { return tls_ && ::SSL_is_init_finished(tls_.get()) == 0; }

echo_stream::status echo_stream::why(int returned) noexcept {
    switch (::SSL_get_error(tls_.get(), returned)) {
        case SSL_ERROR_WANT_READ: return status::wants_read;
        case SSL_ERROR_WANT_WRITE: return status::wants_write;
        case SSL_ERROR_ZERO_RETURN: return status::end;
        default: break;
    }
    // The next call's SSL_get_error looks at the whole queue. No call may follow on this connection but for its end.
    ::ERR_clear_error();
    last_ = status::failed;
    return status::failed;
}

}  // namespace mintws
