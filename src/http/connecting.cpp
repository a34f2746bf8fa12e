#include "base/authority.hpp"
#include "http/check_connect_options.hpp"
#include "http/make_machine.hpp"
#include "http/proxy_handshake.hpp"
#include "net/budget.hpp"
#include "net/dialer.hpp"

#include <mint/base/buffer.hpp>
#include <mint/http/connecting.hpp>
#include <mint/net/transport.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <new>
#include <utility>

namespace mint::http {

using detail::check;
using detail::proxy_handshake;
using detail::refuse_option;
using std::chrono::milliseconds;

namespace {

error out_of_memory() noexcept {
    error reason{errc::system_error};
    reason.system = ENOMEM;
    return reason;
}

/// The error of a layer of the proxy's says so.
error of_proxy(error reason) {
    reason.detail = reason.detail.empty() ? "the proxy" : "the proxy: " + reason.detail;
    return reason;
}

}  // namespace

struct connecting::state {
    state(scheme s, std::string_view h, std::uint16_t p, const connect_options& o, time_point now)
        : target_scheme(s),
          host(h),
          port(p != 0               ? p
               : s == scheme::https ? 443
                                    : 80),
          options(o),
          until(net::detail::end_of(o.timeout, now)),
          next(now) {}

    [[nodiscard]] std::expected<void, error> prepare();
    [[nodiscard]] std::expected<std::optional<connection>, error> step(time_point now);
    [[nodiscard]] std::string describe() const;
    [[nodiscard]] std::expected<void, error> advance(time_point now);
    [[nodiscard]] std::expected<void, error> dial(time_point now);
    [[nodiscard]] std::expected<void, error> begin_proxy();
    [[nodiscard]] std::expected<void, error> ask_proxy();
    [[nodiscard]] std::expected<void, error> talk_to_proxy();
    [[nodiscard]] std::expected<bool, error> send_to_proxy();
    [[nodiscard]] std::expected<void, error> begin_target(byte_view unread);
    [[nodiscard]] std::expected<void, error> shake_hands();
    void note_wants(time_point now);
    void fail(error reason) noexcept;
    [[nodiscard]] std::expected<std::optional<connection>, error> make_connection();

    [[nodiscard]] bool is_secure() const noexcept { return target_scheme == scheme::https; }
    [[nodiscard]] bool is_forwarding() const noexcept {
        return options.forwards_requests && !is_secure() && options.proxy && options.proxy->kind != proxy_kind::socks5;
    }
    [[nodiscard]] const std::string& name() const noexcept {
        return options.hostname.empty() ? host : options.hostname;
    }

    scheme target_scheme;
    std::string host;
    std::uint16_t port;
    connect_options options;
    time_point until;
    time_point refused_until = time_point::max();
    time_point next;
    connect_stage stage = connect_stage::lookup;
    connect_stage failed_stage = connect_stage::finished;
    net::tls_context target_tls;
    net::tls_context proxy_tls;
    std::optional<net::detail::dialer> dialer;
    net::transport transport;
    std::optional<proxy_handshake> handshake;
    buffer out;             // for the proxy
    bool has_more = false;  // of its answer, perhaps: a step reads so much and no more
    headers proxy_fields;   // with requests that it forwards
    protocol spoken = protocol::http1;
    buffer unread;  // of the target's, read behind the proxy's answer
    std::vector<net::interest> wants;
    std::optional<error> failure;
};

std::expected<void, error> connecting::state::prepare() {
    if (is_secure()) {
        target_tls = options.tls_context;
        if (target_tls.empty()) {
            auto made = net::tls_context::create(options.tls);
            if (!made) return std::unexpected(std::move(made.error()));
            target_tls = std::move(*made);
        }
    }
    if (!options.proxy) return {};
    if (options.proxy->kind == proxy_kind::https) {
        auto made = net::tls_context::create(options.proxy->tls);
        if (!made) return std::unexpected(of_proxy(std::move(made.error())));
        proxy_tls = std::move(*made);
    }
    if (is_forwarding()) {
        if (!detail::allows(options, protocol::http1))
            return refuse_option("protocols: a proxy forwards requests over HTTP/1.1");
        auto fields = detail::fields_for_proxy(*options.proxy);
        if (!fields) return std::unexpected(std::move(fields.error()));
        proxy_fields = std::move(*fields);
        return {};
    }
    auto made = proxy_handshake::create(*options.proxy, host, port, options);
    if (!made) return std::unexpected(std::move(made.error()));
    handshake = std::move(*made);
    return {};
}

/// Goes as far as it can without waiting.
std::expected<void, error> connecting::state::advance(time_point now) {
    for (auto before = stage;; before = stage) {
        std::expected<void, error> done;
        switch (stage) {
            case connect_stage::lookup:
            case connect_stage::tcp: done = dial(now); break;
            case connect_stage::proxy_tls:
            case connect_stage::tls: done = shake_hands(); break;
            case connect_stage::proxy: done = talk_to_proxy(); break;
            case connect_stage::finished: return {};
        }
        if (!done) return done;
        if (stage == before) return {};
    }
}

std::expected<void, error> connecting::state::dial(time_point now) {
    const std::string& where = options.proxy ? options.proxy->host : host;
    if (!dialer) {
        auto started = net::detail::dialer::start(where, options.proxy ? options.proxy->port : port,
                                                  {.ip = options.ip,
                                                   .addresses = options.addresses,
                                                   .unix_path = options.unix_path,
                                                   .socket = options.socket});
        if (!started) return std::unexpected(std::move(started.error()));
        dialer = std::move(*started);
    }
    auto connected = dialer->step(now);
    if (!connected) {
        error reason = std::move(connected.error());
        if (reason == errc::name_not_found) reason.detail = where + ": " + reason.detail;
        return std::unexpected(options.proxy ? of_proxy(std::move(reason)) : std::move(reason));
    }
    if (!*connected) {
        stage = dialer->is_looking_up() ? connect_stage::lookup : connect_stage::tcp;
        return {};
    }
    transport = net::transport{std::move(**connected)};
    dialer.reset();
    return options.proxy ? begin_proxy() : begin_target({});
}

std::expected<void, error> connecting::state::begin_proxy() {
    if (options.proxy->kind != proxy_kind::https) return ask_proxy();
    auto started = transport.start_tls(
        proxy_tls, {.name = options.proxy->host, .port = options.proxy->port, .alpn = {"http/1.1"}, .session = {}});
    if (!started) return std::unexpected(of_proxy(std::move(started.error())));
    stage = connect_stage::proxy_tls;
    return {};
}

std::expected<void, error> connecting::state::ask_proxy() {
    if (is_forwarding()) {
        stage = connect_stage::finished;
        return {};
    }
    stage = connect_stage::proxy;
    return handshake->start(out);
}

/// Sends what waits; true when nothing waits any more.
std::expected<bool, error> connecting::state::send_to_proxy() {
    while (!out.empty()) {
        const net::io_result sent = transport.write_some(out.view());
        if (sent.status == net::io_status::would_block) return false;
        if (sent.status != net::io_status::ok) return std::unexpected(of_proxy(transport.failure(sent, "send")));
        out.consume(sent.size);
    }
    const net::io_result flushed = transport.flush();
    if (flushed.status == net::io_status::failed) {
        return std::unexpected(of_proxy(transport.failure(flushed, "send")));
    }
    return flushed.status == net::io_status::ok;
}

std::expected<void, error> connecting::state::talk_to_proxy() {
    constexpr int max_read_count = 16;  // then the clock is looked at, and others have their turn
    std::array<std::byte, 4096> space;  // written by the transport
    has_more = false;
    for (int read_count = 0; read_count < max_read_count; ++read_count) {
        // Where sending fails, what the proxy sent before may say why.
        const auto sent = send_to_proxy();
        const net::io_result got = transport.read_some(space);
        if (got.status == net::io_status::would_block) {
            if (!sent) return std::unexpected(sent.error());
            return {};
        }
        if (got.status == net::io_status::end) return std::unexpected(handshake->receive_eof());
        if (got.status == net::io_status::failed) return std::unexpected(of_proxy(transport.failure(got, "recv")));
        const auto is_there = handshake->receive(byte_view{space}.first(got.size), out);
        if (!is_there) return std::unexpected(is_there.error());
        if (*is_there) {
            const proxy_handshake done = std::move(*handshake);
            handshake.reset();
            return begin_target(done.unread());
        }
    }
    has_more = true;
    return {};
}

std::expected<void, error> connecting::state::begin_target(byte_view behind) {
    if (!is_secure()) {
        if (!detail::allows(options, protocol::http1)) spoken = protocol::http2;
        unread.append(behind);
        stage = connect_stage::finished;
        return {};
    }
    auto started = transport.start_tls(target_tls,
                                       {.name = mint::detail::without_zone(name()),
                                        .port = port,
                                        .alpn = detail::alpn_of(options.protocols),
                                        .session = options.session},
                                       behind);
    if (!started) return started;
    stage = connect_stage::tls;
    return {};
}

std::expected<void, error> connecting::state::shake_hands() {
    if (!transport.is_tls()) return std::unexpected(errc::tls_protocol_error);  // never on in cleartext
    auto finished = transport.handshake();
    const bool is_proxys = stage == connect_stage::proxy_tls;
    if (!finished) return std::unexpected(is_proxys ? of_proxy(std::move(finished.error())) : finished.error());
    if (!*finished) return {};
    if (is_proxys) return ask_proxy();
    const auto info = transport.info();
    const auto chosen = detail::protocol_of_alpn(info ? info->alpn : "", options);
    if (!chosen) return std::unexpected(chosen.error());
    spoken = *chosen;
    stage = connect_stage::finished;
    return {};
}

void connecting::state::note_wants(time_point now) {
    wants.clear();
    next = std::min(until, refused_until);
    if (has_more) next = std::min(next, now);
    if (dialer) {
        dialer->append_wants(wants);
        next = std::min(next, dialer->deadline(now));
    } else if (transport.is_open()) {
        if (transport.may_have_more()) next = now;
        wants.push_back(
            {transport.descriptor(),
             {.read = true, .write = transport.wants_write() || (!out.empty() && !transport.write_waits_for_read())}});
    }
}

std::expected<std::optional<connection>, error> connecting::state::step(time_point now) {
    if (stage == connect_stage::finished && !transport.is_open()) {
        return std::unexpected(error{errc::failed_already, "the connection was given"});
    }
    auto advanced = advance(now);
    if (advanced && stage == connect_stage::proxy && handshake->is_refused()) {
        // A refusal is worth more than its content, which may never end.
        if (refused_until == time_point::max())
            refused_until = std::min(until, net::detail::end_of(refusal_patience, now));
        if (now >= refused_until) advanced = std::unexpected(handshake->receive_eof());
    }
    if (advanced && stage != connect_stage::finished && now >= until) {
        advanced = std::unexpected(error{errc::connect_timeout, describe()});
    }
    if (!advanced) {
        fail(std::move(advanced.error()));
        return std::unexpected(*failure);
    }
    wants.clear();
    next = time_point::max();
    if (stage == connect_stage::finished) return make_connection();
    note_wants(now);
    return std::optional<connection>{};
}

void connecting::state::fail(error reason) noexcept {
    failure = std::move(reason);
    failed_stage = stage;
    dialer.reset();
    transport.close();
    stage = connect_stage::finished;
    wants.clear();
    next = time_point::max();
}

std::expected<std::optional<connection>, error> connecting::state::make_connection() {
    static std::atomic<std::uint64_t> last_id{0};
    const connection_id id{last_id.fetch_add(1, std::memory_order_relaxed) + 1};
    const detail::machine_target target{.authority = host_field(name(), port, is_secure()),
                                        .is_secure = is_secure(),
                                        .is_forwarded = is_forwarding(),
                                        .proxy_fields = std::move(proxy_fields),
                                        .first_ref = (static_cast<std::uint64_t>(id) << 32U) + 1};
    connection made{std::move(transport), id, detail::make_machine(spoken, options, target), options, is_secure()};
    made.keep(unread.view());
    static_cast<void>(made.send_queued());  // HTTP/2's preface; where it fails, the next call says so
    return made;
}

connecting::connecting(std::unique_ptr<state> s) noexcept : state_(std::move(s)) {}
connecting::connecting(connecting&&) noexcept = default;
connecting& connecting::operator=(connecting&&) noexcept = default;
connecting::~connecting() = default;

std::expected<connecting, error> connecting::start(scheme s, std::string_view host, std::uint16_t port,
                                                   const connect_options& options, time_point now) {
    if (auto checked = check(host, port, options); !checked) return std::unexpected(std::move(checked.error()));
    auto made = std::make_unique<state>(s, host, port, options, now);
    if (auto prepared = made->prepare(); !prepared) return std::unexpected(std::move(prepared.error()));
    return connecting{std::move(made)};
}

std::expected<connecting, error> connecting::over(net::socket connected, scheme s, std::string_view host,
                                                  std::uint16_t port, const connect_options& options, time_point now) {
    if (!connected.is_open()) return refuse_option("the socket is closed");
    auto made = start(s, host, port, options, now);
    if (!made) return made;
    state& own = *made->state_;
    own.transport = net::transport{std::move(connected)};
    auto begun = own.options.proxy ? own.begin_proxy() : own.begin_target({});
    if (!begun) return std::unexpected(std::move(begun.error()));
    return made;
}

std::expected<std::optional<connection>, error> connecting::step(time_point now) {
    if (state_->failure) return std::unexpected(*state_->failure);
    try {
        return state_->step(now);
    } catch (const std::bad_alloc&) {
        state_->fail(out_of_memory());  // octets that were read are missing now
        throw;
    }
}

const std::vector<net::interest>& connecting::wants() const noexcept { return state_->wants; }
connecting::time_point connecting::deadline() const noexcept { return state_->next; }
connect_stage connecting::stage() const noexcept { return state_->stage; }
connect_stage connecting::failed_stage() const noexcept { return state_->failed_stage; }

std::string_view connecting::unfinished_head() const noexcept {
    return state_->handshake ? state_->handshake->unfinished_head() : std::string_view{};
}

std::string connecting::describe() const { return state_->describe(); }

std::string connecting::state::describe() const {
    const std::string proxy = options.proxy ? options.proxy->host : "";
    switch (stage) {
        case connect_stage::lookup: return "looking up " + (proxy.empty() ? host : proxy);
        case connect_stage::tcp: return "connecting to " + (dialer ? dialer->targets() : "");
        case connect_stage::proxy_tls: return "TLS with the proxy " + proxy;
        case connect_stage::proxy: return "waiting for the proxy " + proxy;
        case connect_stage::tls: return "TLS with " + name();
        case connect_stage::finished: return failure ? to_string(*failure) : "connected";
    }
    return "";
}

}  // namespace mint::http
