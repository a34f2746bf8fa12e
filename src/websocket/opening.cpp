#include "http/block_on.hpp"
#include "net/budget.hpp"

#include <mint/base/credentials.hpp>
#include <mint/websocket/opening.hpp>
#include <mint/ws/handshake.hpp>

#include <algorithm>
#include <cerrno>
#include <new>
#include <utility>
#include <variant>

namespace mint {

struct opening::state {
    state(const open_options& o, time_point now)
        : options(o), until(net::detail::end_of(o.connect.timeout, now)), next(now) {}

    [[nodiscard]] std::expected<void, error> begin(const url& target, time_point now);
    [[nodiscard]] bool may_fall_back(const error& reason) const;
    [[nodiscard]] std::expected<void, error> fall_back(time_point now);
    [[nodiscard]] std::expected<std::optional<opened_websocket>, error> advance(time_point now);
    [[nodiscard]] std::expected<void, error> ask();
    [[nodiscard]] std::expected<void, error> receive();
    [[nodiscard]] static error in_answer(error reason);
    [[nodiscard]] static error with_speaker(error reason);
    [[nodiscard]] static error of_answer(error reason);
    void take(http::response_list responses);
    [[nodiscard]] std::expected<opened_websocket, error> finish();
    [[nodiscard]] std::expected<void, error> follow(const error& refused, time_point now);
    [[nodiscard]] std::expected<void, error> drop_offers();
    void note_head();
    void fail(error reason) noexcept;

    [[nodiscard]] bool has_answer() const noexcept { return is_complete || has_tunnel; }

    open_options options;
    headers fields;  // those that may go to this target
    time_point until;
    time_point next;
    std::optional<http::connecting> attempt;
    std::optional<http::connection> conn;
    request_ref ref{};
    time_point content_until = time_point::max();  // of a refusal's
    bool has_fields = false;                       // the answer's, of any status
    bool has_tunnel = false;                       // those of a 101, or over HTTP/2 of a 2xx
    bool is_ended = false;                         // and the tunnel was ended behind it
    bool has_fallen_back = false;                  // this origin takes HTTP/1.1 only
    std::uint32_t redirect_count = 0;
    bool is_complete = false;     // another response came, as far as it is wanted
    std::optional<error> failed;  // the request, and not the connection
    buffer content;               // of a refusal
    http::read_buffer scratch;
    std::vector<opening_exchange> exchanges;
    std::vector<net::interest> wants;
    std::optional<error> failure;
    http::connect_stage failed_stage = http::connect_stage::finished;
    bool is_ready = false;  // more can be read now
    bool is_over = false;
};

std::expected<void, error> opening::state::begin(const url& target, time_point now) {
    http::connect_options connect = options.connect;
    connect.timeout = net::detail::left_until(until, now);
    connect.mode = http::mode::active;
    if (has_fallen_back) connect.protocols = {http::protocol::http1};
    // Addresses that the caller gives are the target's, not those of a proxy that he doesn't name.
    const bool is_direct = !connect.addresses.empty() || !connect.unix_path.empty();
    if (!connect.proxy && !is_direct && options.environment) {
        auto chosen = options.environment->proxy_for(target.http_scheme(), target.host, target.port);
        if (!chosen) return std::unexpected(std::move(chosen.error()));
        connect.proxy = std::move(*chosen);
    }
    auto started = http::connecting::start(target.http_scheme(), connect_host(target), target.port, connect, now);
    if (!started) return std::unexpected(std::move(started.error()));
    if (conn) conn->close();
    conn.reset();
    attempt = std::move(*started);
    failed.reset();
    is_ended = false;
    is_ready = false;
    content_until = time_point::max();
    has_fields = false;
    has_tunnel = false;
    is_complete = false;
    content.release();
    exchanges.push_back({.target = target, .request_head = {}, .reason = {}, .fields = {}});
    return {};
}

bool opening::state::may_fall_back(const error& reason) const {
    const auto& allowed = options.connect.protocols;
    const bool is_for_http1 = reason == errc::extended_connect_disabled || reason == errc::http1_required;
    return is_for_http1 && options.falls_back && std::ranges::find(allowed, http::protocol::http1) != allowed.end();
}

std::expected<void, error> opening::state::fall_back(time_point now) {
    has_fallen_back = true;
    return begin(url{exchanges.back().target}, now);
}

/// Goes as far as it can without waiting, and with a bounded number of reads.
std::expected<std::optional<opened_websocket>, error> opening::state::advance(time_point now) {
    while (true) {
        if (attempt) {
            auto connected = attempt->step(now);
            if (!connected) return std::unexpected(std::move(connected.error()));
            if (!*connected) return std::optional<opened_websocket>{};
            conn = std::move(**connected);
            attempt.reset();
            if (auto asked = ask(); !asked) return std::unexpected(std::move(asked.error()));
        }
        if (auto received = receive(); !received) {
            if (!may_fall_back(received.error())) return std::unexpected(std::move(received.error()));
            if (auto begun = fall_back(now); !begun) return std::unexpected(std::move(begun.error()));
            continue;
        }
        // A refusal is worth more than its content, which may never end.
        if (has_fields && content_until == time_point::max()) {
            content_until = std::min(until, net::detail::end_of(http::refusal_patience, now));
        }
        if (now >= content_until) is_complete = true;
        if (!has_answer()) return std::optional<opened_websocket>{};
        auto opened = finish();
        if (opened) return std::optional{std::move(*opened)};
        const int status = exchanges.back().status_code;
        if (!opened.error().refusal || !is_redirect(status) || options.redirects.max_count == 0) {
            return std::unexpected(std::move(opened.error()));
        }
        if (auto followed = follow(opened.error(), now); !followed) return std::unexpected(std::move(followed.error()));
    }
}

std::expected<void, error> opening::state::ask() {
    opening_exchange& exchange = exchanges.back();
    auto sent = websocket::upgrade(exchange.target.websocket_scheme(), *conn, exchange.target.target, fields,
                                   options.upgrade, &exchange.request_head);
    if (!sent && sent.error().condition() == condition::transport_failed) {
        // Over TLS 1.3 a server says only behind our handshake that it refuses us, and may be gone by now.
        const auto said = conn->stream({conn->id(), true, false}, scratch);
        if (!said && said.error().reason == errc::tls_alert) return std::unexpected(said.error().reason);
    }
    if (!sent) return std::unexpected(std::move(sent.error()));
    ref = *sent;
    exchange.tls = conn->tls();
    exchange.protocol = conn->protocol();
    return {};
}

std::expected<void, error> opening::state::receive() {
    // Behind those the caller's clock is looked at, and other work of his has its turn.
    constexpr int max_read_count = 16;
    int read_count = 0;
    do {
        const auto responses = conn->stream_to_tunnel(scratch);
        take(responses ? *responses : responses.error().responses);
        if (has_answer()) return {};
        if (!responses) {
            // A refusal whose content was cut short is a refusal all the same.
            if (has_fields) {
                is_complete = true;
                return {};
            }
            return std::unexpected(with_speaker(responses.error().reason));
        }
        if (failed) return std::unexpected(of_answer(*failed));
        is_ready = conn->may_have_more();
    } while (is_ready && ++read_count < max_read_count);
    return {};
}

/// A broken answer names who broke it, as one of the proxy's does.
error opening::state::in_answer(error reason) {
    reason.detail = reason.detail.empty() ? "in the server's answer" : "in the server's answer: " + reason.detail;
    return reason;
}

error opening::state::with_speaker(error reason) {
    using enum condition;
    const bool is_answers = reason.condition() == protocol_violation || reason.condition() == limit_exceeded;
    return is_answers ? in_answer(std::move(reason)) : reason;
}

/// Of one request's own error: a limit may be the server's, and broken by the request.
error opening::state::of_answer(error reason) {
    return reason.condition() == condition::protocol_violation ? in_answer(std::move(reason)) : reason;
}

void opening::state::take(http::response_list responses) {
    opening_exchange& exchange = exchanges.back();
    for (const response& r : responses) {
        if (const auto* status = std::get_if<responses::status>(&r)) {
            exchange.status_code = status->code;
            exchange.reason = status->reason;
        } else if (const auto* section = std::get_if<responses::headers>(&r)) {
            if (!has_fields) exchange.fields = section->fields;  // a second section is trailers
            has_fields = true;
            const bool is_http2 = exchange.protocol == http::protocol::http2;
            has_tunnel = is_http2 ? exchange.status_code / 100 == 2 : exchange.status_code == 101;
            // What a redirect that is followed has to say for itself nobody will read.
            if (is_redirect(exchange.status_code) && options.redirects.max_count > 0) is_complete = true;
        } else if (const auto* data = std::get_if<responses::data>(&r)) {
            const std::size_t room =
                options.connect.max_refusal_size - std::min(options.connect.max_refusal_size, content.size());
            content.append(data->bytes.first(std::min(room, data->bytes.size())));
            if (data->bytes.size() > room) is_complete = true;
        } else if (std::holds_alternative<responses::done>(r)) {
            is_ended = has_tunnel;
            is_complete = true;
        } else if (const auto* lost = std::get_if<responses::error>(&r)) {
            if (!failed) failed = lost->reason;
            is_complete = has_fields;  // a refusal whose content was cut short is one all the same
        }
    }
}

std::expected<opened_websocket, error> opening::state::finish() {
    const opening_exchange& exchange = exchanges.back();
    if (has_tunnel && failed) return std::unexpected(of_answer(*failed));
    create_options create = options.create;
    if (!create.mode) create.mode = options.connect.mode;
    auto made = websocket::create(*conn, ref, exchange.status_code, exchange.fields, create);
    if (!made) {
        error reason = std::move(made.error());
        if (reason == errc::upgrade_refused) {
            reason.refusal = std::make_shared<const refused_response>(
                refused_response{exchange.status_code, exchange.fields, std::string{as_text(content.view())}});
            if (failed) reason.detail = "its content is broken: " + to_string(*failed);
        } else if (reason.condition() == condition::handshake_failed) {
            reason = in_answer(std::move(reason));
        }
        return std::unexpected(std::move(reason));
    }
    return opened_websocket{.connection = std::move(*conn),
                            .socket = std::move(*made),
                            .target = exchange.target,
                            .fields = exchange.fields,
                            .is_ended = is_ended};
}

std::expected<void, error> opening::state::follow(const error& refused, time_point now) {
    const auto with_response = [&](error reason) {
        reason.refusal = refused.refusal;
        return std::unexpected(std::move(reason));
    };
    const opening_exchange& exchange = exchanges.back();
    const auto next_target = redirect_of(exchange.target, exchange.fields, options.redirects, redirect_count);
    if (!next_target) return with_response(next_target.error());
    fields = fields_for(*next_target, fields, options.redirects);
    ++redirect_count;
    // What names one server doesn't go with another.
    if (next_target->changes_origin) {
        has_fallen_back = false;
        options.connect.hostname.clear();
        if (!options.connect.proxy) options.connect.addresses.clear();
        options.connect.unix_path.clear();
        if (auto dropped = drop_offers(); !dropped) return with_response(std::move(dropped.error()));
    }
    if (auto begun = begin(next_target->target, now); !begun) return with_response(std::move(begun.error()));
    return {};
}

/// What was offered to one origin may be a secret: people put tokens into subprotocols.
std::expected<void, error> opening::state::drop_offers() {
    const redirect_policy& policy = options.redirects;
    if (policy.drops_all_fields) options.upgrade.extensions.clear();
    if (policy.keeps_subprotocols || options.upgrade.subprotocols.empty()) return {};
    if (options.create.require_subprotocol) {
        return std::unexpected(error{errc::subprotocol_missing,
                                     "another origin is offered none without redirect_policy::keeps_subprotocols"});
    }
    options.upgrade.subprotocols.clear();
    return {};
}

/// What came of an answer that wasn't whole, before all is dropped.
void opening::state::note_head() {
    if (exchanges.empty() || has_fields) return;
    exchanges.back().unfinished_head = attempt ? attempt->unfinished_head() : conn ? conn->unfinished_head() : "";
}

void opening::state::fail(error reason) noexcept {
    failure = std::move(reason);
    if (attempt) failed_stage = attempt->failed_stage();
    attempt.reset();
    conn.reset();
    is_over = true;
    wants.clear();
    next = time_point::max();
}

opening::opening(std::unique_ptr<state> s) noexcept : state_(std::move(s)) {}
opening::opening(opening&&) noexcept = default;
opening& opening::operator=(opening&&) noexcept = default;
opening::~opening() = default;

std::expected<opening, error> opening::start(const url& target, const open_options& options, time_point now) {
    if (!target.is_websocket)
        return std::unexpected(error{errc::invalid_url, "a WebSocket's begins with ws:// or wss://"});
    if (options.connect.forwards_requests) {
        return std::unexpected(error{errc::invalid_argument, "forwards_requests: a WebSocket needs a tunnel"});
    }
    auto offer = ws::make_offer(options.upgrade.subprotocols, default_random(), options.upgrade.extensions);
    if (!offer) return std::unexpected(std::move(offer.error()));
    if (auto fields = ws::request_fields(*offer, options.fields); !fields) return std::unexpected(fields.error());

    auto made = std::make_unique<state>(options, now);
    made->fields = options.fields;
    if (!target.userinfo.empty() && !made->fields.contains("authorization")) {
        const auto value = basic_credentials(split_userinfo(target.userinfo));
        if (!value) return std::unexpected(value.error());
        if (auto added = made->fields.append("authorization", *value); !added) return std::unexpected(added.error());
    }
    if (auto begun = made->begin(target, now); !begun) return std::unexpected(std::move(begun.error()));
    return opening{std::move(made)};
}

std::expected<std::optional<opened_websocket>, error> opening::step(time_point now) {
    state& own = *state_;
    if (own.failure) return std::unexpected(*own.failure);
    if (own.is_over) return std::unexpected(error{errc::failed_already, "the WebSocket was given"});
    std::expected<std::optional<opened_websocket>, error> advanced;
    try {
        advanced = own.advance(now);
        if (advanced && !*advanced && now >= own.until) {
            advanced = std::unexpected(error{errc::connect_timeout, describe()});
        }
        if (!advanced) own.note_head();
    } catch (const std::bad_alloc&) {
        error reason{errc::system_error};
        reason.system = ENOMEM;
        own.fail(std::move(reason));  // octets that were read are missing now
        throw;
    }
    if (!advanced) {
        own.fail(std::move(advanced.error()));
        return std::unexpected(*own.failure);
    }
    own.wants.clear();
    own.next = std::min(own.until, own.content_until);
    if (*advanced) {
        own.is_over = true;
        own.next = time_point::max();
    } else if (own.attempt) {
        own.wants = own.attempt->wants();
        own.next = own.attempt->deadline();
    } else {
        if (own.is_ready) own.next = std::min(own.next, now);
        own.wants.push_back({own.conn->socket(), {.read = own.conn->wants_read(), .write = own.conn->wants_write()}});
    }
    return advanced;
}

const std::vector<net::interest>& opening::wants() const noexcept { return state_->wants; }
opening::time_point opening::deadline() const noexcept { return state_->next; }
const std::vector<opening_exchange>& opening::exchanges() const noexcept { return state_->exchanges; }

http::connect_stage opening::failed_stage() const noexcept { return state_->failed_stage; }

std::string opening::describe() const {
    if (state_->attempt) return state_->attempt->describe();
    if (state_->failure) return to_string(*state_->failure);
    return state_->is_over ? "open" : "waiting for the answer to the upgrade";
}

std::expected<opened_websocket, error> open_websocket(std::string_view text, const open_options& options) {
    const auto target = parse_url(text);
    if (!target) return std::unexpected(target.error());
    return http::detail::block_on<opened_websocket>(opening::start(*target, options, opening::clock::now()));
}

}  // namespace mint
