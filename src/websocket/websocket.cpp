#include "websocket/pending_upgrade.hpp"

#include <mint/net/wait.hpp>
#include <mint/websocket/closing.hpp>
#include <mint/websocket/websocket.hpp>

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

namespace mint {

namespace {

random_source& source_or_default(random_source* random) noexcept {
    return random != nullptr ? *random : default_random();
}

/// A request for extended CONNECT as a person would write it down.
std::string text_of(const std::vector<field>& section) {
    std::string text;
    for (const field& f : section) text += f.name + ": " + f.value + "\r\n";
    return text + "\r\n";
}

/// Gathers what came for `ref`; true once its fields are there.
std::expected<bool, error> gather(http::response_list list, request_ref ref, upgrade_answer& answer) {
    bool is_answered = false;
    for (const response& r : list) {
        if (ref_of(r) != ref) return std::unexpected(error{errc::unknown_request, "a response to another request"});
        if (const auto* status = std::get_if<responses::status>(&r)) {
            answer.status_code = status->code;
        } else if (const auto* fields = std::get_if<responses::headers>(&r)) {
            if (!is_answered) answer.fields = fields->fields;  // a second section is a refusal's trailers
            is_answered = true;
        } else if (const auto* data = std::get_if<responses::data>(&r)) {
            answer.data.push_back(data->bytes);
        } else if (std::holds_alternative<responses::done>(r)) {
            answer.is_ended = true;
        } else if (const auto* failed = std::get_if<responses::error>(&r)) {
            if (!is_answered || answer.status_code < 300) return std::unexpected(failed->reason);
            answer.is_ended = true;
        }
    }
    return is_answered;
}

/// Whether a connection has requests whose responses a call that waits for one of them would lose.
bool has_others(const http2::client_machine* machine, request_ref ref) noexcept {
    return machine != nullptr && machine->open_request_count() > (machine->awaits_response(ref) ? 1U : 0U);
}

}  // namespace

websocket::websocket(request_ref ref, std::shared_ptr<const std::string> subprotocol, const ws::codec_options& options,
                     ws::negotiated_extensions extensions)
    : ref_(ref), subprotocol_(std::move(subprotocol)), codec_(options, std::move(extensions)) {}

std::expected<request_ref, error> websocket::upgrade(ws_scheme scheme, http::connection& conn, std::string_view target,
                                                     const headers& fields, const upgrade_options& options) {
    return upgrade(scheme, conn, target, fields, options, nullptr);
}

std::expected<request_ref, error> websocket::upgrade(ws_scheme scheme, http::connection& conn, std::string_view target,
                                                     const headers& fields, const upgrade_options& options,
                                                     std::string* head) {
    if (!conn.is_open()) return std::unexpected(errc::connection_closed);
    if ((scheme == ws_scheme::wss) != conn.is_secure()) return std::unexpected(errc::scheme_mismatch);

    auto offer = ws::make_offer(options.subprotocols, source_or_default(options.random), options.extensions);
    if (!offer) return std::unexpected(std::move(offer.error()));
    const bool is_http2 = conn.protocol() == http::protocol::http2;
    const auto all_fields = is_http2 ? ws::connect_fields(*offer, fields) : ws::request_fields(*offer, fields);
    if (!all_fields) return std::unexpected(all_fields.error());

    auto pending = std::make_unique<detail::pending_upgrade>(request_ref{}, std::move(*offer));
    conn.attachments_.make_room();  // nothing may fail behind the request
    std::vector<field> sent;
    const auto ref = is_http2 ? conn.connect({.protocol = "websocket", .target = target, .fields = *all_fields},
                                             head != nullptr ? &sent : nullptr)
                              : conn.upgrade(target, *all_fields, head);
    if (!ref) return ref;
    if (!is_http2) conn.attachments_.clear();  // of a refusal that nobody checked
    if (is_http2 && head != nullptr) *head = text_of(sent);
    pending->ref = *ref;
    conn.attachments_.add(std::move(pending));
    return ref;
}

std::expected<websocket, error> websocket::create(http::connection& conn, request_ref ref, int status_code,
                                                  const headers& fields, const create_options& options) {
    const bool is_http2 = conn.protocol() == http::protocol::http2;
    // Only `upgrade` attaches anything to a connection.
    const auto* const pending = static_cast<const detail::pending_upgrade*>(conn.attachments_.find(ref));
    if (pending == nullptr) return std::unexpected(errc::not_a_websocket);
    const bool is_tunnel = conn.machine_.is_tunnel(ref);
    // A stream that its peer ended at once may be gone already.
    const bool is_open = is_http2 ? status_code / 100 == 2 : status_code == 101;
    if (is_open && !(is_http2 ? pending->has_status : is_tunnel)) {
        return std::unexpected(error{errc::not_a_websocket, "no such answer was received for it"});
    }

    const std::unique_ptr<http::detail::attachment> owner = conn.attachments_.remove(ref);
    auto result = is_http2 ? ws::check_connect_response(pending->offer, status_code, fields)
                           : ws::check_response(pending->offer, status_code, fields);
    if (result && options.require_subprotocol && result->subprotocol.empty() && !pending->offer.subprotocols.empty()) {
        result = std::unexpected(errc::subprotocol_missing);
    }
    if (!result) {
        if (is_tunnel) static_cast<void>(conn.cancel_request(ref));  // which closes what HTTP/1.1 can't use any more
        return std::unexpected(std::move(result.error()));
    }
    if (options.mode) conn.mode_ = *options.mode;
    std::shared_ptr<const std::string> subprotocol;
    if (!result->subprotocol.empty()) {
        subprotocol = std::make_shared<const std::string>(std::move(result->subprotocol));
    }
    return websocket{ref,
                     std::move(subprotocol),
                     {.limits = options.limits,
                      .delivery = options.delivery,
                      .validate_utf8 = options.validate_utf8,
                      .random = options.random},
                     std::move(result->extensions)};
}

std::expected<upgrade_answer, error> websocket::recv_upgrade(http::connection& conn, request_ref ref,
                                                             std::chrono::milliseconds timeout,
                                                             http::read_buffer& scratch) {
    if (has_others(conn.machine_.http2(), ref)) return std::unexpected(errc::other_requests_open);
    const net::deadline until{timeout};
    while (true) {
        conn.stops_at_tunnel_ = true;
        auto received = conn.recv(0, until.left(), scratch);
        conn.stops_at_tunnel_ = false;
        upgrade_answer answer;
        const auto is_answered = gather(received ? *received : received.error().responses, ref, answer);
        if (!is_answered) return std::unexpected(is_answered.error());
        // A refusal whose content was cut short is a refusal all the same.
        const bool is_tunnel =
            conn.protocol() == http::protocol::http2 ? answer.status_code / 100 == 2 : answer.status_code == 101;
        if (*is_answered && (received || !is_tunnel)) {
            answer.is_ended = answer.is_ended || !received;
            return answer;
        }
        if (!received) return std::unexpected(std::move(received.error().reason));
        // A peer that goes on sending something else doesn't make the time any longer.
        if (until.has_passed()) return std::unexpected(errc::timeout);
    }
}

std::expected<ws::owned_close, error> websocket::close(http::connection& conn, const ws::close& farewell,
                                                       std::chrono::milliseconds timeout, http::read_buffer& scratch) {
    if (conn.mode() != http::mode::passive) {
        return std::unexpected(
            error{errc::wrong_mode, "it is active: use mint::closing, or set_mode(http::mode::passive) before close"});
    }
    if (has_others(conn.machine_.http2(), ref_)) return std::unexpected(errc::other_requests_open);
    const net::deadline until{timeout};
    ws::owned_close theirs;
    buffer out;
    while (!codec_.is_close_sent() && !is_stream_gone(conn)) {
        auto sent = send(conn, farewell, out);
        if (sent || codec_.is_close_sent()) break;  // where the connection broke, what the peer sent before says why
        const bool is_broken = !conn.is_open(http::direction::write);
        if (is_broken && conn.is_open(http::direction::read)) break;
        if (is_broken) conn.close();
        if (is_broken && codec_.is_close_received()) return theirs;
        if (sent.error().code != errc::send_queue_full) return std::unexpected(std::move(sent.error()));
        if (auto received = recv_close(conn, until, scratch, theirs); !received) {
            abandon(conn);
            return std::unexpected(std::move(received.error()));
        }
    }
    while (!codec_.is_close_received()) {
        if (has_stream_ended(conn)) {
            // The caller saw the end already, and nothing more comes.
            recv_stream_end(conn, until, scratch);
            return std::unexpected(std::move(codec_.end_of_input().error()));
        }
        if (auto received = recv_close(conn, until, scratch, theirs); !received) {
            abandon(conn);
            return std::unexpected(std::move(received.error()));
        }
    }
    if (conn.protocol() == http::protocol::http2) {
        recv_stream_end(conn, until, scratch);
        return theirs;
    }
    // Read to the end before closing: unread octets would make the system reset the connection, and what we sent last
    // might be lost with it. What went wrong now doesn't matter any more.
    while (conn.is_open(http::direction::read) && !until.has_passed()) {
        if (!recv_close(conn, until, scratch, theirs)) break;
    }
    conn.close();
    return theirs;
}

/// On HTTP/2, whether the stream is no more, and whether the peer has ended its direction of it.
bool websocket::is_stream_gone(const http::connection& conn) const noexcept {
    return conn.machine_.http2() != nullptr && conn.is_open() && !conn.is_open(ref_);
}

bool websocket::has_stream_ended(const http::connection& conn) const noexcept {
    const auto* const m = conn.machine_.http2();
    return m != nullptr && conn.is_open() && !m->awaits_response(ref_);
}

/// Gives up what the conversation stands on, and no other one.
void websocket::abandon(http::connection& conn) {
    if (conn.protocol() == http::protocol::http1) return conn.close();
    static_cast<void>(conn.cancel_request(ref_));
}

/// Behind the closing handshake nothing that goes wrong matters any more.
void websocket::recv_stream_end(http::connection& conn, const net::deadline& until, http::read_buffer& scratch) {
    using clock = std::chrono::steady_clock;
    closing end{ref_, clock::now(), std::min(closing_grace, until.left())};
    auto is_over = end.step(conn, {}, clock::now());
    while (is_over && !*is_over) {
        const net::deadline grace{end.deadline()};
        const auto received = conn.recv(0, grace.left(), scratch);
        is_over = end.step(conn, received ? *received : received.error().responses, clock::now());
    }
}

/// Receives once, and keeps the peer's Close if it came; errc::timeout where the time is over too early.
std::expected<void, error> websocket::recv_close(http::connection& conn, const net::deadline& until,
                                                 http::read_buffer& scratch, ws::owned_close& theirs) {
    const auto received = conn.recv(0, until.left(), scratch);
    std::vector<ws::frame> frames;
    for (const response& r : received ? *received : received.error().responses) {
        if (ref_of(r) != ref_) continue;
        if (const auto* const failed = std::get_if<responses::error>(&r)) {
            if (codec_.is_close_received()) break;  // behind a Close it doesn't matter how the stream ended
            return std::unexpected(failed->reason);
        }
        if (std::holds_alternative<responses::done>(r)) {
            if (auto ended = codec_.end_of_input(); !ended) return ended;
        }
        const auto* const data = std::get_if<responses::data>(&r);
        if (data == nullptr) continue;
        auto decoded = codec_.decode(data->bytes, frames);
        for (const ws::frame& f : frames) {
            if (const auto* farewell = std::get_if<ws::close>(&f)) {
                theirs = ws::owned_close{farewell->code, std::string{farewell->reason}};
            }
        }
        if (!decoded) return decoded;
    }
    // How the connection ends after a Close doesn't matter either.
    if (!received && !codec_.is_close_received()) return std::unexpected(received.error().reason);
    const bool is_done = codec_.is_close_sent() && codec_.is_close_received();
    if (!is_done && until.has_passed()) return std::unexpected(errc::timeout);
    return {};
}

}  // namespace mint
