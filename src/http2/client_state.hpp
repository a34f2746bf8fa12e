#pragma once

#include "http2/frame_splitter.hpp"
#include "http2/incoming_section.hpp"
#include "http2/nghttp2_engine.hpp"
#include "http2/stream_table.hpp"

#include <mint/base/buffer.hpp>
#include <mint/base/error.hpp>
#include <mint/base/response.hpp>
#include <mint/http2/client_machine.hpp>

#include <cstddef>
#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace mint::http2::detail {

inline constexpr std::uint32_t max_window = 0x7FFF'FFFF;  // RFC 9113 §6.9.1

/// All that a machine is: what frames mean for requests. The commands stand in client_machine.cpp, what comes from the
/// server in client_state.cpp.
struct client_state : engine_listener {
    struct sent_ping {
        request_ref ref;
        bool is_probe = false;  ///< ours, and no response
    };

    struct unfinished_promise {
        request_ref parent;
        stream* promised = nullptr;
    };

    explicit client_state(client_options&& o);
    virtual ~client_state() = default;

    client_options options;
    buffer output;  ///< frames that the caller hasn't taken
    stream_table streams;
    nghttp2_engine engine;
    frame_splitter splitter;
    server_preface preface;
    incoming_section section;
    std::multimap<ping_payload, sent_ping> pings;  ///< unanswered; those with the same payload oldest first
    std::vector<response>* out = nullptr;          ///< while octets are received
    std::vector<response> late;                    ///< what came to be at other times
    std::unique_ptr<const error> failure;          ///< what `receive` repeats
    std::uint64_t next_ref;
    std::uint64_t ping_counter = 0;
    std::uint64_t content_queued = 0;  ///< octets that went into queues, less those dropped
    stream* followed = nullptr;        ///< its content is the last in `output`, and nothing else can be sent
    std::size_t follow_room = 0;       ///< octets that may follow it and would go at once
    buffer held;                       ///< those that do, for one frame; empty where `output` is
    std::size_t open_count = 0;        ///< streams of ours that aren't closed
    std::size_t settling_count = 0;    ///< closed ones that the server may not have closed yet
    std::size_t probed_count = 0;      ///< of those, the ones that a PING on its way is behind
    std::size_t unanswered_count = 0;
    std::optional<unfinished_promise> promise;  ///< whose field section comes just now
    std::optional<error_code> goaway;           ///< the server's
    std::int32_t goaway_last_id = 0;
    bool went_over_limit = false;  ///< with requests that were sent before the server's limit was known
    bool has_settings = false;     ///< the server's
    bool has_served = false;       ///< a response was complete
    bool has_new_tunnel = false;   ///< of the octets that are received now
    bool is_closing = false;       ///< `close` was called
    bool has_sent_goaway = false;
    bool is_peer_done = false;
    bool has_set_windows = false;  ///< of streams, by the caller
    bool may_start = false;        ///< something changed that a waiting request may wait for

    [[nodiscard]] bool is_over() const noexcept { return failure != nullptr || is_peer_done; }
    [[nodiscard]] bool is_ours(request_ref ref) const noexcept {
        return static_cast<std::uint64_t>(ref) >= options.first_ref && static_cast<std::uint64_t>(ref) < next_ref;
    }

    /// Why no request is taken.
    [[nodiscard]] std::optional<errc> refusal() const noexcept;

    /// Whether all streams and all places to wait are taken.
    [[nodiscard]] bool is_full() const noexcept;

    /// Runs what changes the protocol's state, behind what is held; where it throws that is lost, and the machine has
    /// failed.
    template <class Call>
    void run(Call&& call) {
        try {
            if (followed != nullptr) send_held();
            std::forward<Call>(call)();
        } catch (...) {
            lose();
            throw;
        }
    }
    void lose() noexcept;

    /// This stream's content is the last in `output`; so many octets more would go at once.
    void follow(stream& s, std::size_t room) noexcept;

    /// True if it was added to what is held for this stream: calls one after the other make one frame, not one each.
    [[nodiscard]] bool hold(const stream& s, byte_view content);

    /// Writes what is held.
    void send_held();

    /// The same for a command, which may find the connection's end, too. What `receive` does meanwhile waits for the
    /// ends of frames.
    template <class Call>
    void act(Call&& call) {
        run([&] {
            std::forward<Call>(call)();
            if (may_start) advance();
            if (engine.failure() != nullptr && !failure) static_cast<void>(fail(*engine.failure()));
        });
    }

    /// Sends what may be sent by now: requests, then content.
    void advance();

    /// Takes bytes off the front of `input`: all, or those before the content of a stream that becomes a tunnel.
    [[nodiscard]] std::expected<void, error> receive(byte_view& input, bool stops_at_tunnel);

    /// Ends the connection: whoever waits, waits in vain.
    std::unexpected<error> fail(error reason);
    void end_all(const error& reason);

    /// False where it would take a window that the caller made larger past the maximum, which is the server's to call
    /// an error (RFC 9113 §6.9.2).
    [[nodiscard]] bool may_become_initial_window(std::uint32_t size);

    void give(response r) { (out != nullptr ? *out : late).push_back(std::move(r)); }
    void give_error(stream& s, error reason);

    /// Ends one stream for a rule that the server broke.
    void fail_stream(stream& s, error reason, error_code code);
    void close_stream(stream& s) noexcept;

    void on_section(stream& s) override;
    stream* on_promise(stream& parent, std::int32_t id) override;
    bool on_field(stream& s, std::string_view name, std::string_view value) override;
    void on_section_end(stream& s, bool ends_stream) override;
    void on_promise_end(stream& parent, stream& promised) override;
    void on_data(stream& s, byte_view content) override;
    void on_end(stream& s) override;
    void on_window_exceeded(stream& s) override;
    void on_reset(stream& s, error_code code) override;
    void on_closed(stream& s, error_code code) override;
    void on_settings() override;
    void on_window_change(std::int64_t decrease) override;
    void on_window_changed() override;
    void on_pong(const ping_payload& payload) override;
    void on_goaway(std::int32_t last_id, error_code code) override;

  private:
    void start_waiting();
    void refuse_connects();
    [[nodiscard]] bool may_be_sent_again(const stream& s, error_code code) const noexcept;
    void probe();
    void interim_received(stream& s, bool ends_stream);
    void final_received(stream& s);
};

}  // namespace mint::http2::detail

namespace mint::http2 {

struct client_machine::state final : detail::client_state {
    using client_state::client_state;
};

}  // namespace mint::http2
