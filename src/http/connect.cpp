#include <mint/base/headers.hpp>
#include <mint/http/connect.hpp>
#include <mint/net/resolver.hpp>
#include <mint/net/socket.hpp>
#include <mint/net/wait.hpp>

#include <atomic>
#include <cerrno>
#include <span>
#include <utility>

namespace mint::http {

namespace {

using std::chrono::milliseconds;

std::expected<void, error> check(scheme s, std::string_view host, std::uint16_t port, const connect_options& options) {
    const auto refuse = [](const char* why) { return std::unexpected(error{errc::invalid_argument, why}); };
    if (s != scheme::http) return refuse("TLS (https, wss) isn't in this version");
    if (options.protocols.empty()) return refuse("protocols: none is given");
    if (options.timeout < milliseconds::zero()) return refuse("timeout: it is negative");
    if (port == 0) return refuse("port: 0 is none");
    if (!is_field_value(options.user_agent)) return refuse("user_agent: it is no field value");
    if (!is_host(host)) return std::unexpected(errc::invalid_host);
    if (!options.hostname.empty() && !is_host(options.hostname)) {
        return std::unexpected(error{errc::invalid_host, "hostname"});
    }
    return {};
}

std::unexpected<error> out_of_time(const net::address& a) {
    return std::unexpected(error{errc::connect_timeout, net::to_string(a)});
}

std::expected<net::socket, error> connect_to(const net::address& a, const net::deadline& until) {
    auto socket = net::socket::start_connect(a);
    if (!socket) return socket;
    if (auto ready = net::wait(socket->descriptor(), {.write = true}, until); !ready) {
        if (ready.error() == errc::timeout) return out_of_time(a);
        return std::unexpected(std::move(ready.error()));
    }
    if (auto connected = socket->finish_connect(); !connected) {
        if (connected.error().system == ETIMEDOUT) return out_of_time(a);
        return std::unexpected(std::move(connected.error()));
    }
    return socket;
}

/// Tries each in turn. One that never answers mustn't take the others' time: each gets an equal share of what is left.
std::expected<net::socket, error> connect_to_any(std::span<const net::address> addresses, const net::deadline& until) {
    while (true) {
        const milliseconds left = until.left();
        const auto share = until.is_never() ? left : left / static_cast<milliseconds::rep>(addresses.size());
        auto connected = connect_to(addresses.front(), net::deadline{share});
        if (connected || addresses.size() == 1 || until.has_passed()) return connected;
        addresses = addresses.subspan(1);
    }
}

connection_id next_id() noexcept {
    static std::atomic<std::uint64_t> last{0};
    return connection_id{last.fetch_add(1, std::memory_order_relaxed) + 1};
}

}  // namespace

std::expected<connection, error> connect(scheme s, std::string_view host, std::uint16_t port,
                                         const connect_options& options) {
    if (auto checked = check(s, host, port, options); !checked) return std::unexpected(std::move(checked.error()));

    const net::deadline until{options.timeout};
    const auto addresses = net::resolve(host, port);
    if (!addresses) return std::unexpected(addresses.error());
    auto connected = connect_to_any(*addresses, until);
    if (!connected) return std::unexpected(std::move(connected.error()));

    const connection_id id = next_id();
    const std::string_view name = options.hostname.empty() ? host : std::string_view{options.hostname};
    http1::client_options machine;
    machine.host = host_field(name, port, s == scheme::https);
    machine.user_agent = options.user_agent;
    machine.title_case_fields = options.title_case_fields;
    machine.limits = options.limits;
    machine.first_ref = (static_cast<std::uint64_t>(id) << 32U) + 1;  // no two connections' refs coincide
    return connection{net::transport{std::move(*connected)}, id, std::move(machine), options};
}

}  // namespace mint::http
