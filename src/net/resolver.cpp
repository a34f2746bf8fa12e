#include "base/ascii.hpp"
#include "base/ends_in_number.hpp"
#include "net/budget.hpp"
#include "net/lookup_options.hpp"
#include "net/socket_address.hpp"

#include <mint/net/resolver.hpp>
#include <mint/net/socket.hpp>

#include <algorithm>
#include <ares.h>
#include <array>
#include <cerrno>
#include <cstddef>
#include <iterator>
#include <new>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <sys/uio.h>
#include <type_traits>
#include <unistd.h>
#include <utility>

namespace mint::net {

namespace {

using detail::lookup_options;

/// Why a host that is no address is no name that may be asked for; nullptr where it is one.
const char* fault_of_name(std::string_view host) noexcept {
    if (host.empty()) return "an empty name";
    if (host.find('\0') != std::string_view::npos) return "a NUL in the name";
    if (host.find(':') != std::string_view::npos) return "no IPv6 address, or one with a zone that this system lacks";
    return mint::detail::ends_in_number(host) ? "it ends in a number, and is no IPv4 address" : nullptr;
}

/// `localhost` and the names below it.
bool is_localhost(std::string_view host) {
    if (host.ends_with('.')) host.remove_suffix(1);
    const std::string lower = mint::detail::lower_case(host);
    return lower == "localhost" || lower.ends_with(".localhost");
}

bool includes(ip_preference which, ip_version version) noexcept {
    return which == ip_preference::both || (which == ip_preference::only_v4) == (version == ip_version::v4);
}

constexpr std::array versions{ip_version::v6, ip_version::v4};

/// What is known without asking: those of `found` for each IP version wanted, or why there are none.
std::vector<lookup_answer> answers_of(const std::vector<address>& found, ip_preference which, const char* reason) {
    std::vector<lookup_answer> answers;
    for (const ip_version version : versions) {
        if (!includes(which, version)) continue;
        std::vector<address> own;
        std::ranges::copy_if(found, std::back_inserter(own), [=](const address& a) { return a.version == version; });
        lookup_answer answer{.version = version, .addresses = std::move(own)};
        if (answer.addresses->empty()) answer.addresses = std::unexpected(error{errc::name_not_found, reason});
        answers.push_back(std::move(answer));
    }
    return answers;
}

/// What a callback of c-ares gave.
struct outcome {
    int status = ARES_SUCCESS;
    std::vector<address> addresses;
};

/// Takes over `list`. May throw std::bad_alloc.
outcome take(int status, ares_addrinfo* list, std::uint16_t port) {
    struct free_addresses {
        void operator()(ares_addrinfo* l) const noexcept { ::ares_freeaddrinfo(l); }
    };
    const std::unique_ptr<ares_addrinfo, free_addresses> owner{list};
    outcome result{.status = status, .addresses = {}};
    if (status != ARES_SUCCESS || !list) return result;
    for (const ares_addrinfo_node* node = list->nodes; node != nullptr; node = node->ai_next) {
        auto a = detail::from_socket_address(node->ai_addr);
        if (!a) continue;
        a->port = port;
        result.addresses.push_back(*a);
    }
    if (result.addresses.empty()) result.status = ARES_ENODATA;
    return result;
}

struct destroy_channel {
    void operator()(ares_channel channel) const noexcept { ::ares_destroy(channel); }
};
using channel_owner = std::unique_ptr<std::remove_pointer_t<ares_channel>, destroy_channel>;

std::expected<channel_owner, error> make_channel(ares_options settings, int mask) {
    // Not safe to be called by several threads at once, unlike the initialisation of a static variable.
    static const int initialised = ::ares_library_init(ARES_LIB_INIT_ALL);
    ares_channel channel = nullptr;
    const int status = initialised == ARES_SUCCESS ? ::ares_init_options(&channel, &settings, mask) : initialised;
    if (status == ARES_ENOMEM) throw std::bad_alloc{};
    if (status != ARES_SUCCESS) return std::unexpected(error{errc::system_error, ::ares_strerror(status)});
    return channel_owner{channel};
}

/// The addresses that the hosts file has for a name. Asked alone and first, for c-ares would ask the name servers for
/// an IP version that the file's line leaves out: whoever points a name to 127.0.0.1 there would be led to its IPv6
/// host.
std::expected<std::vector<address>, error> find_in_hosts(const std::string& name, std::uint16_t port,
                                                         ip_preference which, const lookup_options& options) {
    std::string files = "f";
    ares_options settings{};
    settings.lookups = files.data();
    auto channel = make_channel(settings, ARES_OPT_LOOKUPS);
    if (!channel) return std::unexpected(std::move(channel.error()));

    struct search {
        std::uint16_t port;
        outcome found;
        bool is_out_of_memory = false;
    } search{.port = port, .found = {}};
    ares_addrinfo_hints hints{};
    hints.ai_family = which == ip_preference::both ? AF_UNSPEC : which == ip_preference::only_v4 ? AF_INET : AF_INET6;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = ARES_AI_NOSORT | (options.takes_hosts_from_environment ? ARES_AI_ENVHOSTS : 0);
    ::ares_getaddrinfo(
        channel->get(), name.c_str(), nullptr, &hints,
        [](void* argument, int status, int, ares_addrinfo* list) noexcept {
            auto& s = *static_cast<struct search*>(argument);
            try {
                s.found = take(status, list, s.port);
            } catch (const std::bad_alloc&) {
                s.is_out_of_memory = true;
            }
        },
        &search);
    if (search.is_out_of_memory) throw std::bad_alloc{};
    return std::move(search.found.addresses);
}

}  // namespace

/// What c-ares points to: it stays where it is.
struct lookup::state {
    struct question {
        state* owner = nullptr;
        ip_version version = ip_version::v4;
    };

    state() = default;
    state(const state&) = delete;
    state& operator=(const state&) = delete;
    ~state() { channel.reset(); }  // calls back for each open question, so before the others go

    [[nodiscard]] std::expected<void, error> ask(const std::string& name, ip_preference which,
                                                 const lookup_options& options);
    void process();
    void take_answer(ip_version version, int status, ares_addrinfo* list);
    void note_interest(int descriptor, readiness wanted);
    [[nodiscard]] error error_of_status(int status) const;

    static const ares_socket_functions socket_functions;

    std::uint16_t port = 0;
    std::array<question, versions.size()> questions{};
    std::size_t open_count = 0;          // questions without an answer
    std::vector<lookup_answer> answers;  // not handed out yet
    std::vector<interest> wants;
    int socket_failure = 0;              // errno
    std::optional<error> cancel_reason;  // why the open questions were cancelled
    bool is_out_of_memory = false;       // in a callback, through which nothing may be thrown
    channel_owner channel;
};

/// c-ares's own calls let a child process that another thread starts inherit the descriptor, and a TCP connection that
/// a server ended raise SIGPIPE.
const ares_socket_functions lookup::state::socket_functions{
    .asocket = [](int family, int type, int protocol, void* own) noexcept -> ares_socket_t {
        const int descriptor = ::socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
        // A server of an IP version that this host doesn't have is only one that can't be asked.
        if (descriptor < 0 && errno != EAFNOSUPPORT) static_cast<state*>(own)->socket_failure = errno;
        return descriptor;
    },
    .aclose = [](ares_socket_t descriptor, void*) noexcept { return ::close(descriptor); },
    .aconnect = [](ares_socket_t descriptor, const sockaddr* to, ares_socklen_t size,
                   void*) noexcept { return ::connect(descriptor, to, size); },
    .arecvfrom =
        [](ares_socket_t descriptor, void* space, std::size_t size, int flags, sockaddr* from,
           ares_socklen_t* from_size,
           void*) noexcept { return ::recvfrom(descriptor, space, size, flags | MSG_DONTWAIT, from, from_size); },
    .asendv = [](ares_socket_t descriptor, const iovec* parts, int count, void*) noexcept -> ares_ssize_t {
        msghdr message{};
        message.msg_iov = const_cast<iovec*>(parts);  // NOLINT(*-const-cast): only read
        message.msg_iovlen = static_cast<std::size_t>(count);
        return ::sendmsg(descriptor, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    },
};

std::expected<void, error> lookup::state::ask(const std::string& name, ip_preference which,
                                              const lookup_options& options) {
    ares_options settings{};
    settings.timeout = static_cast<int>(options.timeout.count());
    settings.tries = options.try_count;
    settings.sock_state_cb_data = this;
    settings.sock_state_cb = [](void* own, ares_socket_t descriptor, int reads, int writes) noexcept {
        static_cast<state*>(own)->note_interest(descriptor, {.read = reads != 0, .write = writes != 0});
    };
    std::string servers_only = "b";
    settings.lookups = servers_only.data();
    const int mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
    auto made = make_channel(settings, options.servers.empty() ? mask : mask | ARES_OPT_LOOKUPS | ARES_OPT_DOMAINS);
    if (!made) return std::unexpected(std::move(made.error()));
    channel = std::move(*made);
    ::ares_set_socket_functions(channel.get(), &socket_functions, this);
    if (!options.servers.empty()) {
        const int status = ::ares_set_servers_ports_csv(channel.get(), options.servers.c_str());
        if (status != ARES_SUCCESS) return std::unexpected(error{errc::system_error, ::ares_strerror(status)});
    }

    for (std::size_t i = 0; i < versions.size(); ++i) {
        questions[i] = {.owner = this, .version = versions[i]};
        if (includes(which, versions[i])) ++open_count;
    }
    for (question& q : questions) {
        if (!includes(which, q.version)) continue;
        ares_addrinfo_hints hints{};
        hints.ai_family = q.version == ip_version::v4 ? AF_INET : AF_INET6;
        hints.ai_socktype = SOCK_STREAM;
        ::ares_getaddrinfo(
            channel.get(), name.c_str(), nullptr, &hints,
            [](void* argument, int status, int, ares_addrinfo* list) noexcept {
                const auto& asked = *static_cast<const question*>(argument);
                asked.owner->take_answer(asked.version, status, list);
            },
            &q);
    }
    return {};
}

void lookup::state::process() {
    if (!channel) return;
    std::vector<pollfd> entries;
    for (const interest& i : wants) {
        pollfd entry{};
        entry.fd = i.descriptor;
        entry.events = static_cast<short>((i.wanted.read ? POLLIN : 0) | (i.wanted.write ? POLLOUT : 0));
        entries.push_back(entry);
    }
    const int ready_count = ::poll(entries.data(), entries.size(), 0);
    if (ready_count < 0 && errno != EINTR) {
        cancel_reason = error_of(errno, "poll");
        ::ares_cancel(channel.get());
    } else {
        for (const pollfd& entry : entries) {
            if (ready_count < 0 || entry.revents == 0) continue;
            const bool is_broken = (entry.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0;
            const bool reads = (entry.events & POLLIN) != 0 && (is_broken || (entry.revents & POLLIN) != 0);
            const bool writes = (entry.events & POLLOUT) != 0 && (is_broken || (entry.revents & POLLOUT) != 0);
            ::ares_process_fd(channel.get(), reads ? entry.fd : ARES_SOCKET_BAD, writes ? entry.fd : ARES_SOCKET_BAD);
        }
        ::ares_process_fd(channel.get(), ARES_SOCKET_BAD, ARES_SOCKET_BAD);  // for the time that passed
    }
    if (open_count == 0) channel.reset();
    if (std::exchange(is_out_of_memory, false)) throw std::bad_alloc{};
}

void lookup::state::take_answer(ip_version version, int status, ares_addrinfo* list) {
    --open_count;
    if (status == ARES_EDESTRUCTION) return;
    try {
        outcome found = take(status, list, port);
        lookup_answer answer{.version = version, .addresses = std::move(found.addresses)};
        if (found.status != ARES_SUCCESS) answer.addresses = std::unexpected(error_of_status(found.status));
        answers.push_back(std::move(answer));
    } catch (const std::bad_alloc&) {
        is_out_of_memory = true;
    }
}

void lookup::state::note_interest(int descriptor, readiness wanted) {
    std::erase_if(wants, [&](const interest& i) { return i.descriptor == descriptor; });
    if (!wanted.read && !wanted.write) return;
    try {
        wants.push_back({descriptor, wanted});
    } catch (const std::bad_alloc&) {
        is_out_of_memory = true;
    }
}

error lookup::state::error_of_status(int status) const {
    if (status == ARES_ENOMEM) throw std::bad_alloc{};
    if (status == ARES_ECANCELLED && cancel_reason) return *cancel_reason;
    if (status == ARES_ECONNREFUSED && socket_failure != 0) return error_of(socket_failure, "socket");
    return {errc::name_not_found, ::ares_strerror(status)};
}

lookup::lookup() noexcept = default;
lookup::lookup(lookup&&) noexcept = default;
lookup& lookup::operator=(lookup&&) noexcept = default;
lookup::~lookup() = default;

std::expected<lookup, error> lookup::start(std::string_view host, std::uint16_t port, ip_preference which) {
    return start(host, port, which, {});
}

std::expected<lookup, error> lookup::start(std::string_view host, std::uint16_t port, ip_preference which,
                                           const lookup_options& options) {
    lookup result;
    result.state_ = std::make_unique<state>();
    state& s = *result.state_;
    s.port = port;
    if (const auto literal = parse_address(host, port)) {
        const char* const reason = literal->version == ip_version::v4 ? "an IPv4 address" : "an IPv6 address";
        s.answers = answers_of({*literal}, which, reason);
    } else if (is_localhost(host)) {
        s.answers = answers_of({*parse_address("::1", port), *parse_address("127.0.0.1", port)}, which, "");
    } else if (const char* const fault = fault_of_name(host); fault != nullptr) {
        s.answers = answers_of({}, which, fault);
    } else {
        const std::string name{host};
        auto listed = find_in_hosts(name, port, which, options);
        if (!listed) return std::unexpected(std::move(listed.error()));
        if (!listed->empty()) {
            s.answers = answers_of(*listed, which, "not in the hosts file for this IP version");
        } else if (auto asked = s.ask(name, which, options); !asked) {
            return std::unexpected(std::move(asked.error()));
        }
    }
    return result;
}

void lookup::step(std::vector<lookup_answer>& out) {
    if (!state_) return;
    state_->process();
    std::ranges::move(state_->answers, std::back_inserter(out));
    state_->answers.clear();
}

const std::vector<interest>& lookup::wants() {
    static const std::vector<interest> none;
    return state_ ? state_->wants : none;
}

std::optional<lookup::clock::time_point> lookup::deadline(clock::time_point now) const {
    if (!state_) return std::nullopt;
    if (!state_->answers.empty()) return now;
    if (!state_->channel) return std::nullopt;
    if (state_->open_count == 0) return now;
    timeval left{};
    if (::ares_timeout(state_->channel.get(), nullptr, &left) == nullptr) return std::nullopt;
    return detail::after(now, std::chrono::seconds{left.tv_sec} + std::chrono::microseconds{left.tv_usec});
}

bool lookup::is_done() const noexcept { return !state_ || (state_->answers.empty() && !state_->channel); }

}  // namespace mint::net
