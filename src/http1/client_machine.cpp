#include "http1/request_writer.hpp"
#include "http1/response_reader.hpp"

#include <mint/base/field_value.hpp>
#include <mint/http1/client_machine.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace mint::http1 {

namespace {

/// A request's content that isn't all written yet.
struct outgoing_content {
    request_ref ref;
    detail::request_framing framing;
    std::uint64_t left = 0;  ///< octets missing, where the length is known
};

/// The responses that are awaited, oldest first. Taking the first costs the same on average, however many there are.
class awaited_responses {
  public:
    [[nodiscard]] bool empty() const noexcept { return first_ == all_.size(); }
    [[nodiscard]] std::size_t size() const noexcept { return all_.size() - first_; }
    [[nodiscard]] const detail::awaited_response& front() const noexcept { return all_[first_]; }
    [[nodiscard]] const detail::awaited_response& back() const noexcept { return all_.back(); }
    [[nodiscard]] std::span<const detail::awaited_response> in_order() const noexcept {
        return std::span{all_}.subspan(first_);
    }

    /// After it the next `push_back` can't fail.
    void make_room() {
        if (all_.size() == all_.capacity()) all_.reserve(2 * all_.size() + 1);
    }
    void push_back(const detail::awaited_response& response) { all_.push_back(response); }

    void pop_front() noexcept {
        ++first_;
        if (first_ < all_.size() && first_ <= all_.size() / 2) return;
        all_.erase(all_.begin(), all_.begin() + static_cast<std::ptrdiff_t>(first_));
        first_ = 0;
    }

  private:
    std::vector<detail::awaited_response> all_;
    std::size_t first_ = 0;
};

/// What only a connection that still speaks HTTP needs.
struct exchange {
    explicit exchange(client_options&& o)
        : options(std::move(o)), reader(options.limits), next_ref(options.first_ref) {}

    client_options options;
    detail::response_reader reader;
    awaited_responses awaited;
    std::optional<outgoing_content> outgoing;
    std::uint64_t next_ref;
    std::uint64_t answers_end = 0;  // bytes up to the end of the last complete response

    /// True if the connection served before, and no byte came of the answer that is awaited.
    [[nodiscard]] bool is_between_answers() const noexcept {
        return answers_end > 0 && reader.offset() == answers_end && !awaited.empty();
    }

    [[nodiscard]] bool awaits_tunnel() const noexcept {
        return !awaited.empty() && awaited.front().tunnel != detail::tunnel_by::nothing && !reader.is_in_content();
    }

    /// True if a request sent now would get no answer: one before it, or its answer, ends the connection.
    [[nodiscard]] bool is_ending() const noexcept {
        return (!awaited.empty() && awaited.back().is_last) || (reader.is_in_content() && !reader.keeps_alive());
    }
};

/// What `receive` repeats, and what came of the head that it was in.
struct broken_rule {
    error reason;
    std::string head;
};

}  // namespace

/// Small, for a tunnel keeps it: thousands of idle WebSockets do.
struct client_machine::state {
    std::unique_ptr<exchange> http;  // none in a tunnel, after an error, and once the connection ended
    std::unique_ptr<const broken_rule> failure;
    request_ref tunnel_ref{};
    bool is_tunnel = false;
    bool is_peer_done = false;  // no octets follow, or none that count
    bool is_own_side_done = false;

    /// Why no further request is taken.
    [[nodiscard]] std::optional<errc> refusal() const noexcept {
        if (failure) return errc::failed_already;
        if (is_tunnel) return errc::already_upgraded;
        if (!http) return errc::connection_closed;
        if (http->awaits_tunnel()) return errc::upgrade_in_progress;
        if (http->is_ending()) return errc::connection_closed;
        if (http->outgoing) return errc::request_body_is_streaming;
        if (http->awaited.size() >= http->options.limits.max_pipelined_request_count) return errc::send_queue_full;
        return std::nullopt;
    }

    std::expected<request_ref, error> send(const request_head& head, const request_body& body, detail::tunnel_by tunnel,
                                           buffer& out) {
        http->awaited.make_room();
        const auto framing = detail::write_request(http->options, head, body, out);
        if (!framing) return std::unexpected(framing.error());
        const request_ref ref{http->next_ref++};
        http->awaited.push_back({.ref = ref,
                                 .is_head = head.method == "HEAD",
                                 .tunnel = tunnel,
                                 .is_last = lists_token(head.fields, "connection", "close")});
        if (std::holds_alternative<streamed_body>(body)) {
            http->outgoing = outgoing_content{.ref = ref, .framing = *framing, .left = framing->length};
        }
        return ref;
    }

    std::expected<request_ref, error> send_connect(std::string_view authority, const headers& fields, buffer& out) {
        http->awaited.make_room();
        if (auto written = detail::write_connect(http->options, authority, fields, out); !written) {
            return std::unexpected(std::move(written.error()));
        }
        const request_ref ref{http->next_ref++};
        http->awaited.push_back(
            {.ref = ref, .tunnel = detail::tunnel_by::connect, .is_last = lists_token(fields, "connection", "close")});
        return ref;
    }

    /// Finds the streamed content of `ref`, or why there is none.
    [[nodiscard]] std::expected<outgoing_content*, error> outgoing(request_ref ref) const {
        if (!http) return std::unexpected(errc::connection_closed);
        if (http->outgoing && http->outgoing->ref == ref) return &*http->outgoing;
        const auto number = static_cast<std::uint64_t>(ref);
        const bool is_ours = number >= http->options.first_ref && number < http->next_ref;
        return std::unexpected(is_ours ? errc::request_body_not_streaming : errc::unknown_request);
    }

    [[nodiscard]] std::expected<void, error> check_tunnel_send(request_ref ref) const {
        if (ref != tunnel_ref) return std::unexpected(errc::unknown_request);
        if (is_own_side_done) return std::unexpected(errc::request_body_not_streaming);
        return {};
    }

    void become_tunnel() noexcept {
        is_tunnel = true;
        tunnel_ref = http->awaited.front().ref;
        http.reset();
    }

    /// Ends HTTP here: whoever still waits waits in vain.
    void end(std::vector<response>& out, const error& reason = errc::connection_closed) {
        for (const detail::awaited_response& request : http->awaited.in_order()) {
            out.push_back(responses::error{request.ref, reason});
        }
        is_peer_done = true;
        http.reset();
    }

    std::unexpected<error> fail(error reason, std::vector<response>& out) {
        failure = std::make_unique<const broken_rule>(reason, std::string{http->reader.unfinished_head()});
        if (!http->awaited.empty()) {
            out.push_back(responses::error{http->awaited.front().ref, reason});
            http->awaited.pop_front();
        }
        end(out);
        return std::unexpected(std::move(reason));
    }

    std::expected<void, error> receive_responses(byte_view& input, std::vector<response>& out) {
        using progress = detail::response_reader::progress;
        while (!input.empty()) {
            if (http->awaited.empty()) {
                error reason{errc::unexpected_data};
                reason.offset = http->reader.offset();
                return fail(std::move(reason), out);
            }
            const auto read = http->reader.read(http->awaited.front(), input, out);
            if (!read) return fail(read.error(), out);
            switch (*read) {
                case progress::need_more: return {};
                case progress::complete:
                    http->awaited.pop_front();
                    http->answers_end = http->reader.offset();
                    if (http->reader.keeps_alive()) break;
                    end(out);
                    input = {};  // RFC 9112 §9.6: nothing that follows counts
                    return {};
                case progress::tunnel: become_tunnel(); return {};
            }
        }
        return {};
    }
};

client_machine::client_machine(client_options options) : state_(std::make_unique<state>()) {
    state_->http = std::make_unique<exchange>(std::move(options));
}
client_machine::client_machine(client_machine&&) noexcept = default;
client_machine& client_machine::operator=(client_machine&&) noexcept = default;
client_machine::~client_machine() = default;

std::expected<request_ref, error> client_machine::request(const request_head& head, const request_body& body,
                                                          buffer& out) {
    if (!state_) return std::unexpected(errc::connection_closed);
    if (const auto refused = state_->refusal()) return std::unexpected(*refused);
    return state_->send(head, body, detail::tunnel_by::nothing, out);
}

std::expected<request_ref, error> client_machine::upgrade(const request_head& head, buffer& out) {
    if (!state_) return std::unexpected(errc::connection_closed);
    if (const auto refused = state_->refusal()) return std::unexpected(*refused);
    if (!state_->http->awaited.empty()) return std::unexpected(errc::upgrade_in_progress);
    // Upgrade is hop by hop: it would ask the proxy, not the server.
    if (!state_->http->options.forward_prefix.empty()) return std::unexpected(errc::forwarding_connection);
    // RFC 9110 §7.8: the one needs the other.
    if (!head.fields.contains("upgrade") || !lists_token(head.fields, "connection", "upgrade")) {
        return std::unexpected(error{errc::invalid_argument, "no upgrade or connection field"});
    }
    return state_->send(head, no_body{}, detail::tunnel_by::upgrade, out);
}

std::expected<request_ref, error> client_machine::connect(std::string_view authority, const headers& fields,
                                                          buffer& out) {
    if (!state_) return std::unexpected(errc::connection_closed);
    if (const auto refused = state_->refusal()) return std::unexpected(*refused);
    if (!state_->http->awaited.empty()) return std::unexpected(errc::upgrade_in_progress);
    return state_->send_connect(authority, fields, out);
}

std::expected<void, error> client_machine::stream_request_body(request_ref ref, byte_view content, buffer& out) {
    if (!state_) return std::unexpected(errc::connection_closed);
    if (state_->is_tunnel) {
        if (auto allowed = state_->check_tunnel_send(ref); !allowed) return allowed;
        out.append(content);
        return {};
    }
    const auto outgoing = state_->outgoing(ref);
    if (!outgoing) return std::unexpected(outgoing.error());
    if ((*outgoing)->framing.how == detail::request_framing::kind::chunked) {
        detail::write_chunk(content, out);
        return {};
    }
    if (content.size() > (*outgoing)->left) return std::unexpected(errc::content_length_mismatch);
    out.append(content);
    (*outgoing)->left -= content.size();
    return {};
}

std::expected<void, error> client_machine::stream_request_body(request_ref ref, const eof& end, buffer& out) {
    if (!state_) return std::unexpected(errc::connection_closed);
    if (state_->is_tunnel) {
        if (auto allowed = state_->check_tunnel_send(ref); !allowed) return allowed;
        if (!end.trailers.empty()) return std::unexpected(errc::forbidden_trailer);
        state_->is_own_side_done = true;
        return {};
    }
    const auto outgoing = state_->outgoing(ref);
    if (!outgoing) return std::unexpected(outgoing.error());
    if ((*outgoing)->framing.how == detail::request_framing::kind::chunked) {
        const client_options& options = state_->http->options;
        if (auto written = detail::write_last_chunk(options, end.trailers, out); !written) return written;
    } else {
        if (!end.trailers.empty()) return std::unexpected(error{errc::forbidden_trailer, "the body isn't chunked"});
        if ((*outgoing)->left > 0) return std::unexpected(errc::content_length_mismatch);
    }
    state_->http->outgoing.reset();
    return {};
}

std::expected<void, error> client_machine::receive(byte_view input, std::vector<response>& out) {
    if (!state_) return std::unexpected(errc::connection_closed);
    if (!state_->is_tunnel) {
        if (auto received = receive_to_tunnel(input, out); !received || !state_->is_tunnel) return received;
    }
    if (state_->is_peer_done) return std::unexpected(errc::connection_closed);
    if (!input.empty()) out.push_back(responses::data{state_->tunnel_ref, input});
    return {};
}

std::expected<void, error> client_machine::receive_to_tunnel(byte_view& input, std::vector<response>& out) {
    if (!state_) return std::unexpected(errc::connection_closed);
    if (state_->is_tunnel) {
        return receive(std::exchange(input, {}), out);
    }
    if (state_->failure) return std::unexpected(state_->failure->reason);
    if (state_->http) return state_->receive_responses(input, out);
    input = {};
    return {};
}

std::expected<void, error> client_machine::receive_eof(std::vector<response>& out) {
    if (!state_) return std::unexpected(errc::connection_closed);
    if (state_->failure) return std::unexpected(state_->failure->reason);
    if (state_->is_tunnel) {
        if (std::exchange(state_->is_peer_done, true)) return std::unexpected(errc::connection_closed);
        out.push_back(responses::done{state_->tunnel_ref});
        return {};
    }
    if (!state_->http) return std::unexpected(errc::connection_closed);
    exchange& http = *state_->http;
    if (http.awaited.empty()) {
        state_->end(out);
        return std::unexpected(errc::connection_closed);
    }
    if (http.reader.end(http.awaited.front(), out)) {
        http.awaited.pop_front();
        state_->end(out);
        return {};
    }
    if (auto reason = lost_request()) {
        state_->failure = std::make_unique<const broken_rule>(*reason, std::string{});
        state_->end(out, *reason);
        return std::unexpected(std::move(*reason));
    }
    error reason{http.reader.is_in_content() ? errc::body_cut_short : errc::headers_cut_short};
    reason.offset = http.reader.offset();
    return state_->fail(std::move(reason), out);
}

std::string_view client_machine::unfinished_head() const noexcept {
    if (!state_) return {};
    if (state_->failure) return state_->failure->head;
    return state_->http ? state_->http->reader.unfinished_head() : std::string_view{};
}

bool client_machine::is_open_for_requests() const noexcept {
    if (!state_) return false;
    return !state_->refusal();
}

std::optional<error> client_machine::lost_request() const {
    if (!state_) return {};
    if (!state_->http || !state_->http->is_between_answers()) return std::nullopt;
    // The ordinary race of a connection that is kept alive (RFC 9112 §9.5): no rule is broken.
    error reason{errc::connection_closed, "nothing of an answer came"};
    reason.offset = state_->http->reader.offset();
    return reason;
}

bool client_machine::wants_close() const noexcept {
    if (!state_) return true;
    return state_->is_peer_done && (!state_->is_tunnel || state_->is_own_side_done);
}

bool client_machine::wants_shutdown() const noexcept {
    if (!state_) return false;
    return state_->is_own_side_done;
}

bool client_machine::is_tunnel() const noexcept {
    if (!state_) return false;
    return state_->is_tunnel;
}

request_ref client_machine::tunnel_ref() const noexcept {
    if (!state_) return {};
    return state_->tunnel_ref;
}

std::size_t client_machine::open_request_count() const noexcept {
    if (!state_) return 0;
    return state_->http ? state_->http->awaited.size() : 0;
}

bool client_machine::is_streaming(request_ref ref) const noexcept {
    if (!state_) return false;
    if (state_->is_tunnel) return ref == state_->tunnel_ref && !state_->is_own_side_done;
    return state_->http && state_->http->outgoing && state_->http->outgoing->ref == ref;
}

}  // namespace mint::http1
