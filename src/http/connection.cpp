#include "http/closes_unless_done.hpp"

#include <mint/http/connection.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace mint::http {

using detail::closes_unless_done;

namespace {

/// Octets that a request's head and framing have at most beside what the caller gave: names, host, user-agent.
constexpr std::size_t framing_allowance = 1024;

std::size_t size_of(std::string_view method, std::string_view target, const headers& fields, const request_body& body) {
    std::size_t size = framing_allowance + method.size() + target.size();
    for (const field& f : fields) size += f.name.size() + f.value.size() + 4;
    if (const auto* whole = std::get_if<whole_body>(&body)) size += whole->content.size();
    return size;
}

}  // namespace

connection::connection(net::transport transport, connection_id id, detail::machine&& machine,
                       const connect_options& options, bool is_secure)
    : transport_(std::move(transport)),
      mode_(options.mode),
      is_secure_(is_secure),
      machine_(std::move(machine)),
      max_queued_size_(options.max_queued_size),
      id_(id) {}

connection::connection(connection&&) noexcept = default;
connection& connection::operator=(connection&&) noexcept = default;
connection::~connection() = default;

std::expected<request_ref, error> connection::request(std::string_view method, std::string_view target,
                                                      const headers& fields, const request_body& body) {
    return send_written(machine_.is_open_for_requests(), size_of(method, target, fields, body), [&] {
        auto ref = machine_.request(method, target, fields, body, queue_);
        if (ref) last_ref_ = *ref;
        return ref;
    });
}

/// HTTP/1.1's. Where `head` is given, the request as it goes out is put there as well.
std::expected<request_ref, error> connection::upgrade(std::string_view target, const headers& fields,
                                                      std::string* head) {
    return send_written(machine_.is_open_for_requests(), size_of("GET", target, fields, no_body{}), [&] {
        const std::size_t size_before = queue_.size();
        auto ref = machine_.http1()->upgrade({"GET", target, fields}, queue_);
        if (ref) last_ref_ = *ref;
        if (ref && head != nullptr) *head = as_text(queue_.view().subspan(size_before));
        return ref;
    });
}

std::expected<void, error> connection::stream_request_body(request_ref ref, byte_view content) {
    if (protocol() == protocol::http2) return send_on_stream(ref, content);
    if (is_write_open_ && machine_.is_tunnel() && machine_.is_streaming(ref)) return send_in_tunnel(content);
    const auto write = [&] { return machine_.stream_request_body(ref, content, queue_); };
    return send_written(machine_.is_streaming(ref), content.size(), write);
}

std::expected<void, error> connection::stream_request_body(request_ref ref, const eof& end) {
    const auto write = [&] { return machine_.stream_request_body(ref, end, queue_); };
    return send_written(machine_.is_streaming(ref), 0, write);
}

std::expected<void, error> connection::uncork() {
    if (cork_count_ == 0) return {};
    --cork_count_;
    if (cork_count_ > 0 || !has_unsent()) return {};
    if (!transport_.is_open() || !is_write_open_) return std::unexpected(errc::connection_closed);
    if (auto sent = send_queued(); !sent) return sent;
    settle();
    return {};
}

std::expected<void, error> connection::flush(std::chrono::milliseconds timeout) {
    if (!is_open()) return std::unexpected(errc::connection_closed);
    const bool ended_in_order = machine_.wants_shutdown() && !write_failed_;
    if (!is_write_open_ && !ended_in_order) return std::unexpected(errc::connection_closed);
    const net::deadline until{timeout};
    while (true) {
        if (auto sent = send_queued(); !sent) return sent;
        settle();
        if (!has_unsent()) return {};
        if (until.has_passed()) return std::unexpected(errc::timeout);
        // What waits for the peer can't go out before somebody reads.
        const net::interest writable{transport_.descriptor(), {.write = true}};
        const auto ready = net::wait_any({&writable, may_write() ? 1U : 0U}, until);
        if (!ready) return std::unexpected(ready.error());
    }
}

std::expected<void, error> connection::set_mode(http::mode mode) {
    if (!is_open()) return std::unexpected(errc::connection_closed);
    mode_ = mode;
    return {};
}

std::expected<void, error> connection::cancel_request(request_ref ref) {
    if (!is_open()) return std::unexpected(errc::unknown_request);
    static_cast<void>(attachments_.remove(ref));
    if (protocol() == protocol::http2) return cancel_stream(ref);
    if (!is_open(ref)) return std::unexpected(errc::unknown_request);
    close();
    return {};
}

void connection::close() noexcept {
    say_goodbye();
    transport_.close();
    queue_.release();
    kept_.reset();
}

std::optional<net::tls_info> connection::tls() const { return is_secure_ ? transport_.info() : std::nullopt; }

net::tls_session connection::session() const { return is_secure_ ? transport_.session() : net::tls_session{}; }

bool connection::is_open(request_ref ref) const noexcept {
    if (!is_open()) return false;
    if (const auto* const m = machine_.http2()) return m->is_open(ref);
    // Refs are counted up, and responses come in order: the last ones are those still open.
    const auto behind = static_cast<std::uint64_t>(last_ref_) - static_cast<std::uint64_t>(ref);
    return machine_.is_tunnel(ref) || machine_.is_streaming(ref) || behind < machine_.open_request_count();
}

bool connection::is_open_for_requests() const noexcept {
    return is_open(direction::read) && is_open(direction::write) && machine_.is_open_for_requests();
}

std::size_t connection::open_request_count() const noexcept { return is_open() ? machine_.open_request_count() : 0; }

std::expected<std::size_t, error> connection::request_body_window(request_ref ref) const {
    if (!is_open(direction::write) || !machine_.is_streaming(ref)) return std::unexpected(errc::unknown_request);
    const std::size_t queued = protocol() == protocol::http2 ? queued_size(ref) : queue_.size();
    const std::size_t credit = send_window(ref).value_or(std::numeric_limits<std::size_t>::max());
    const std::size_t allowed = credit - std::min(credit, protocol() == protocol::http2 ? queued : 0);
    if (queued == 0) return allowed;
    return std::min(allowed, max_queued_size_ - std::min(max_queued_size_, queued));
}

/// Has the machine append octets to the queue, of which there are about `size`, and sends what the socket takes. What
/// the machine refuses anyway it refuses first, for it knows why, and appends nothing.
template <class Write>
auto connection::send_written(bool is_wanted, std::size_t size, Write write) -> decltype(write()) {
    if (transport_.is_open() && !is_wanted) return write();
    if (auto room = make_room(size); !room) return std::unexpected(std::move(room.error()));
    closes_unless_done guard{*this};
    auto written = write();
    guard.done();
    if (!written) return written;
    if (auto sent = send_unless_corked(); !sent) {
        drop_unsent(written);
        return std::unexpected(reason_unsent(written, std::move(sent.error())));
    }
    return written;
}

/// Does what the machine's state asks for: ends our direction, or both.
void connection::settle() noexcept {
    if (!transport_.is_open()) return;
    if (is_write_open_ && !has_unsent() && machine_.wants_shutdown()) {
        transport_.shutdown_write();
        is_write_open_ = false;
    }
    const bool is_over = machine_.is_tunnel() ? !is_read_open_ && !is_write_open_ : machine_.wants_close();
    const bool has_last_words = protocol() == protocol::http2 && has_unsent() && is_read_open_ && is_write_open_;
    if (is_over && !has_last_words && !machine_.has_responses()) close();
}

}  // namespace mint::http
