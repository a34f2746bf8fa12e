#include <mint/http/connection.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

namespace mint::http {

namespace {

/// What the queue of an idle HTTP/2 connection may hold on to.
constexpr std::size_t idle_capacity = 4 * 1024;

/// Octets that a request's head and framing have at most beside what the caller gave: names, host, user-agent.
constexpr std::size_t framing_allowance = 1024;

std::size_t size_of(std::string_view method, std::string_view target, const headers& fields, const request_body& body) {
    std::size_t size = framing_allowance + method.size() + target.size();
    for (const field& f : fields) size += f.name.size() + f.value.size() + 4;
    if (const auto* whole = std::get_if<whole_body>(&body)) size += whole->content.size();
    return size;
}

std::unexpected<stream_error> refuse(error reason) {
    return std::unexpected(stream_error{.reason = std::move(reason), .responses = {}});
}

/// Closes the connection when memory runs out halfway: octets that were read or half sent would be missing for ever.
class closes_unless_done {
  public:
    explicit closes_unless_done(connection& c) noexcept : connection_(&c) {}
    closes_unless_done(const closes_unless_done&) = delete;
    closes_unless_done& operator=(const closes_unless_done&) = delete;
    ~closes_unless_done() {
        if (connection_ != nullptr) connection_->close();
    }

    void done() noexcept { connection_ = nullptr; }

  private:
    connection* connection_;
};

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
    if (cork_count_ == 0 || --cork_count_ > 0) return {};
    if (!transport_.is_open() || !is_write_open_) return std::unexpected(errc::connection_closed);
    if (auto sent = send_queued(); !sent) return sent;
    settle();
    return {};
}

std::expected<response_list, stream_error> connection::stream(const socket_message& message, read_buffer& scratch) {
    scratch.responses_.clear();
    if (!owns(message)) return refuse(errc::unknown_message);
    if (mode_ != mode::active) return refuse(errc::wrong_mode);
    if (!is_open()) return refuse(errc::connection_closed);

    bool may_read = message.readable || kept_ || transport_.has_unread();
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

    const byte_span space = scratch.pages();
    closes_unless_done guard{*this};
    const std::size_t kept_size = take_kept(space);
    net::io_result last;
    std::size_t size = kept_size;
    // What TLS holds besides, its end say, no readiness of the socket will tell.
    do {
        if (size == space.size()) break;
        last = transport_.read_some(space.subspan(size));
        size += last.size;
    } while (last.status == net::io_status::ok && transport_.has_unread());
    may_have_more_ = size == space.size();
    auto delivered = deliver(space.first(size), last, scratch);
    guard.done();
    return delivered;
}

std::expected<response_list, stream_error> connection::recv(std::size_t byte_count, std::chrono::milliseconds timeout,
                                                            read_buffer& scratch) {
    scratch.responses_.clear();
    if (mode_ != mode::passive) return refuse(errc::wrong_mode);
    if (byte_count > scratch.size())
        return refuse({errc::invalid_argument, "byte_count is over the read_buffer's size"});
    if (!is_open(direction::read)) return refuse(errc::connection_closed);

    const net::deadline until{timeout};
    const byte_span space = byte_count == 0 ? scratch.pages() : scratch.pages().first(byte_count);
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
        const auto ready = net::wait_any({&writable, wants_write() ? 1U : 0U}, until);
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
    if (auto sent = send_unless_corked(); !sent) return std::unexpected(std::move(sent.error()));
    return written;
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
        const auto ready = net::wait(transport_.descriptor(), {.read = wants_read(), .write = wants_write()}, until);
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

void connection::keep(byte_view octets) {
    if (octets.empty()) return;
    if (!kept_) kept_ = std::make_unique<buffer>();
    kept_->append(octets);
}

/// Gives octets to the machine, then what the last read said beside them.
std::expected<response_list, stream_error> connection::deliver(byte_view octets, const net::io_result& last,
                                                               read_buffer& scratch) {
    if (!octets.empty()) {
        const auto received = machine_.receive(octets, scratch.responses_);
        attachments_.note(scratch.responses_);
        if (!received) {
            close();
            return std::unexpected(stream_error{received.error(), scratch.responses_});
        }
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
    if (last.status == net::io_status::failed || was_reset_) {
        auto reason = was_reset_ ? net::error_of(ECONNRESET, "recv") : transport_.failure(last, "recv");
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

/// Does what the machine's state asks for: ends our direction, or both.
void connection::settle() noexcept {
    if (!transport_.is_open()) return;
    if (is_write_open_ && !has_unsent() && machine_.wants_shutdown()) {
        transport_.shutdown_write();
        is_write_open_ = false;
    }
    const bool is_over = machine_.is_tunnel() ? !is_read_open_ && !is_write_open_ : machine_.wants_close();
    const bool has_last_words = protocol() == protocol::http2 && has_unsent() && is_read_open_ && is_write_open_;
    if (is_over && !has_last_words) close();
}

}  // namespace mint::http
