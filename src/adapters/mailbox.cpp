#include <mint/adapters/mailbox.hpp>
#include <mint/http/watched.hpp>
#include <mint/net/wait.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <poll.h>
#include <span>
#include <unistd.h>
#include <utility>
#include <vector>

#include <climits>
#if defined(__linux__)
#include <sys/epoll.h>
#endif

namespace mint {

namespace {

error system_failure(const char* call) {
    error e{errc::system_error, call};
    e.system = errno;
    return e;
}

// For a system call that waits: milliseconds, -1 for ever.
int left_for_wait(const net::deadline& until) noexcept {
    if (until.is_never()) return -1;
    return static_cast<int>(std::min<std::chrono::milliseconds::rep>(until.left().count(), INT_MAX));
}

}  // namespace

struct mailbox::state {
    using tag_pointer = std::shared_ptr<http::detail::watched::tag>;

    /// What is known of a descriptor. The system reuses descriptors at once: `generation` tells what is said about an
    /// earlier owner.
    struct slot {
        tag_pointer tag;
        std::uint32_t generation = 0;
        bool is_in_batch = false;
        bool has_more = false;   // whatever the batch says, there is something to read
        bool has_ended = false;  // the peer's end is there and won't be reported again
    };

    struct readiness {
        std::uint32_t socket = 0;
        std::uint32_t generation = 0;
        bool readable = false;
        bool writable = false;
    };

    explicit state(backend b) {
#if defined(__linux__)
        if (b == backend::best) epoll = ::epoll_create1(EPOLL_CLOEXEC);
#endif
    }
    state(const state&) = delete;
    state& operator=(const state&) = delete;
    ~state() {
        if (epoll >= 0) ::close(epoll);
    }

    std::expected<void, error> add(http::connection& conn);
    void remove(const http::connection& conn) noexcept;
    std::expected<http::socket_message, error> receive(std::chrono::milliseconds timeout);

    std::expected<void, error> watch(std::uint32_t socket);
    http::connection* find(const readiness& r) noexcept;
    http::connection* owner_of(std::uint32_t socket) noexcept;
    void forget(slot& s) noexcept;
    void note_last();
    std::optional<http::socket_message> take_next() noexcept;
    std::expected<void, error> fill_batch(const net::deadline& until);
    void append_to_batch(const readiness& r);
    std::expected<void, error> wait_epoll(int timeout);
    std::expected<void, error> wait_poll(int timeout);

    int epoll = -1;           // -1: over poll
    std::vector<slot> slots;  // by descriptor
    std::vector<readiness> batch;
    std::size_t batch_position = 0;
    std::vector<readiness> again;  // have octets that an edge won't tell of any more
    std::optional<readiness> last;
    std::vector<pollfd> poll_set;
    http::read_buffer scratch;
};

std::expected<void, error> mailbox::state::add(http::connection& conn) {
    const int descriptor = conn.socket();
    if (descriptor < 0) return std::unexpected(errc::connection_closed);
    if (conn.mode() != http::mode::active) {
        return std::unexpected(
            error{errc::wrong_mode, "it is passive: call set_mode(http::mode::active) before mailbox::add"});
    }
    const auto socket = static_cast<std::uint32_t>(descriptor);
    if (socket >= slots.size()) slots.resize(socket + 1U);
    static_cast<void>(owner_of(socket));  // an earlier owner of the descriptor is forgotten
    if (auto watched = watch(socket); !watched) return watched;
    auto& s = slots[socket];
    s.tag = conn.make_tag();
    // What was read already, by a `recv` that timed out say, lies in the connection, where the system doesn't see it.
    if (conn.may_have_more()) again.push_back({.socket = socket, .generation = s.generation, .readable = true});
    return {};
}

void mailbox::state::remove(const http::connection& conn) noexcept {
    if (conn.socket() < 0) return;
    const auto socket = static_cast<std::uint32_t>(conn.socket());
    if (socket >= slots.size() || owner_of(socket) != &conn) return;
#if defined(__linux__)
    epoll_event unused{};
    if (epoll >= 0) ::epoll_ctl(epoll, EPOLL_CTL_DEL, conn.socket(), &unused);
#endif
    forget(slots[socket]);
}

std::expected<http::socket_message, error> mailbox::state::receive(std::chrono::milliseconds timeout) {
    note_last();
    if (auto message = take_next()) return *message;
    const net::deadline until{timeout};
    for (;;) {
        if (auto filled = fill_batch(until); !filled) return std::unexpected(std::move(filled.error()));
        if (auto message = take_next()) return *message;
        if (until.has_passed()) return std::unexpected(errc::timeout);
    }
}

std::expected<void, error> mailbox::state::watch(std::uint32_t socket) {
#if defined(__linux__)
    if (epoll >= 0) {
        const int operation = slots[socket].tag ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
        epoll_event event{};
        event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | static_cast<std::uint32_t>(EPOLLET);
        event.data.u64 = std::uint64_t{slots[socket].generation} << 32U | socket;
        if (::epoll_ctl(epoll, operation, static_cast<int>(socket), &event) != 0) {
            return std::unexpected(system_failure("epoll_ctl"));
        }
    }
#endif
    return {};
}

/// The connection that stands behind a readiness, if it still is there and in active mode.
http::connection* mailbox::state::find(const readiness& r) noexcept {
    if (slots[r.socket].generation != r.generation) return nullptr;
    auto* const conn = owner_of(r.socket);
    return conn != nullptr && conn->mode() == http::mode::active ? conn : nullptr;
}

http::connection* mailbox::state::owner_of(std::uint32_t socket) noexcept {
    auto& s = slots[socket];
    if (!s.tag) return nullptr;
    if (auto* const watched = s.tag->owner; watched != nullptr) {
        auto* const conn = static_cast<http::connection*>(watched);
        if (conn->socket() == static_cast<int>(socket)) return conn;
    }
    forget(s);  // closed or destroyed; the system has forgotten it as well
    return nullptr;
}

void mailbox::state::forget(slot& s) noexcept {
    if (!s.tag) return;
    s = {.tag = nullptr, .generation = s.generation + 1};
}

/// Sees to it that the connection of the last message comes again where it had more than one read takes.
void mailbox::state::note_last() {
    if (!last) return;
    const auto r = *std::exchange(last, std::nullopt);
    const auto* const conn = find(r);
    if (conn == nullptr || !conn->wants_read()) return;
    // The system tells of its own octets again where it is asked by poll, but never of those that a `recv` left.
    const bool comes_again = epoll >= 0 ? slots[r.socket].has_ended || conn->may_have_more()
                                        : conn->holds_unread() || conn->transport_.has_unread();
    if (comes_again) again.push_back({.socket = r.socket, .generation = r.generation, .readable = true});
}

std::optional<http::socket_message> mailbox::state::take_next() noexcept {
    while (batch_position < batch.size()) {
        const auto r = batch[batch_position++];
        auto& s = slots[r.socket];
        if (s.generation == r.generation) s.is_in_batch = false;
        const auto* const conn = find(r);
        if (conn == nullptr) continue;
        const bool is_readable = std::exchange(s.has_more, false) || r.readable;
        const http::socket_message message{.id = conn->id(),
                                           .readable = is_readable && conn->wants_read(),
                                           .writable = r.writable && conn->wants_write()};
        if (!message.readable && !message.writable) continue;
        last = r;
        return message;
    }
    batch.clear();
    batch_position = 0;
    return std::nullopt;
}

/// One round: whatever the system has, and then those that have more to read. So a connection that always has more
/// keeps no other one waiting.
std::expected<void, error> mailbox::state::fill_batch(const net::deadline& until) {
    const int timeout = again.empty() ? left_for_wait(until) : 0;
    if (auto waited = epoll >= 0 ? wait_epoll(timeout) : wait_poll(timeout); !waited) return waited;
    for (const auto& r : again) {
        if (find(r) == nullptr) continue;
        slots[r.socket].has_more = true;
        if (!slots[r.socket].is_in_batch) append_to_batch(r);
    }
    again.clear();
    return {};
}

void mailbox::state::append_to_batch(const readiness& r) {
    batch.push_back(r);
    slots[r.socket].is_in_batch = true;
}

#if defined(__linux__)
std::expected<void, error> mailbox::state::wait_epoll(int timeout) {
    std::array<epoll_event, 256> events;  // written by the system
    const int count = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), timeout);
    if (count < 0) {
        if (errno == EINTR) return {};
        return std::unexpected(system_failure("epoll_wait"));
    }
    for (const auto& event : std::span{events}.first(static_cast<std::size_t>(count))) {
        const readiness r{.socket = static_cast<std::uint32_t>(event.data.u64 & 0xFFFF'FFFFU),
                          .generation = static_cast<std::uint32_t>(event.data.u64 >> 32U),
                          .readable = (event.events & ~std::uint32_t{EPOLLOUT}) != 0,
                          .writable = (event.events & EPOLLOUT) != 0};
        if (slots[r.socket].generation != r.generation) continue;
        if ((event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) slots[r.socket].has_ended = true;
        append_to_batch(r);
    }
    return {};
}
#else
std::expected<void, error> mailbox::state::wait_epoll(int timeout) { return wait_poll(timeout); }
#endif

std::expected<void, error> mailbox::state::wait_poll(int timeout) {
    poll_set.clear();
    for (std::uint32_t socket = 0; socket < slots.size(); ++socket) {
        const auto* const conn = owner_of(socket);
        if (conn == nullptr || conn->mode() != http::mode::active) continue;
        const int events = (conn->wants_read() ? POLLIN : 0) | (conn->wants_write() ? POLLOUT : 0);
        if (events != 0) poll_set.push_back({static_cast<int>(socket), static_cast<short>(events), 0});
    }
    if (::poll(poll_set.data(), static_cast<nfds_t>(poll_set.size()), timeout) < 0) {
        if (errno == EINTR) return {};
        return std::unexpected(system_failure("poll"));
    }
    for (const auto& p : poll_set) {
        if (p.revents == 0) continue;
        const auto socket = static_cast<std::uint32_t>(p.fd);
        const bool is_broken = (p.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0;
        append_to_batch({.socket = socket,
                         .generation = slots[socket].generation,
                         .readable = is_broken || (p.revents & POLLIN) != 0,
                         .writable = is_broken || (p.revents & POLLOUT) != 0});
    }
    return {};
}

mailbox::mailbox(backend b) : state_(std::make_unique<state>(b)) {}
mailbox::mailbox(mailbox&&) noexcept = default;
mailbox& mailbox::operator=(mailbox&&) noexcept = default;
mailbox::~mailbox() = default;

std::expected<void, error> mailbox::add(http::connection& conn) { return state_->add(conn); }
void mailbox::remove(const http::connection& conn) noexcept { state_->remove(conn); }
std::expected<http::socket_message, error> mailbox::receive(std::chrono::milliseconds timeout) {
    return state_->receive(timeout);
}
http::read_buffer& mailbox::scratch() noexcept { return state_->scratch; }

}  // namespace mint
