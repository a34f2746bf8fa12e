#include "support/connected_pair.hpp"
#include "support/frame_script.hpp"
#include "support/http2_frames.hpp"
#include "support/scripted_peer.hpp"

#include <mint/http/connect.hpp>
#include <mint/websocket/websocket.hpp>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

namespace mint {
namespace {

namespace h2 = mint::testing::h2;
using mint::testing::patience;
using mint::testing::scripted_peer;
using mint::testing::text_frame;
using mint::testing::wire;

/// What a caller may give a number for.
struct numbers {
    http::connect_options connecting{.mode = http::mode::passive};
    create_options creating;
    std::uint64_t read_size = http::read_buffer::default_size;
};

/// SETTINGS come first: the request waits for them.
void answer_over_http2(scripted_peer& peer, http::connection& conn, http::read_buffer& scratch) {
    peer.send(h2::enabled + h2::settings_ack());
    while (conn.extended_connect() == http2::extended_connect::unknown) {
        if (!conn.recv(0, patience, scratch)) return;
    }
    peer.send(h2::headers(1, {{":status", "200"}}) + h2::data(1, wire(text_frame, "hello")));
}

/// The peer greets, and is greeted: what the client read, or why it didn't.
std::expected<std::string, error> greet(http::protocol over, const numbers& given) {
    scripted_peer peer;
    http::connect_options options = given.connecting;
    options.protocols = {over};
    auto conn = http::connect(scheme::http, "127.0.0.1", peer.port(), options);
    if (!conn) return std::unexpected(conn.error());
    peer.accept();
    const auto ref = websocket::upgrade(ws_scheme::ws, *conn, "/");
    if (!ref) return std::unexpected(ref.error());
    http::read_buffer scratch{static_cast<std::size_t>(given.read_size)};
    if (over == http::protocol::http1) {
        peer.accept_upgrade(wire(text_frame, "hello"));
    } else {
        answer_over_http2(peer, *conn, scratch);
    }
    const auto answer = websocket::recv_upgrade(*conn, *ref, patience, scratch);
    if (!answer) return std::unexpected(answer.error());
    auto ws = websocket::create(*conn, *ref, answer->status_code, answer->fields, given.creating);
    if (!ws) return std::unexpected(ws.error());
    std::vector<ws::frame> frames;
    for (const byte_view bytes : answer->data) {
        if (const auto decoded = ws->decode(bytes, frames); !decoded) return std::unexpected(decoded.error());
    }
    while (frames.empty()) {
        const auto list = conn->recv(0, patience, scratch);
        if (!list) return std::unexpected(list.error().reason);
        for (const response& r : *list) {
            if (const auto* failed = std::get_if<responses::error>(&r)) return std::unexpected(failed->reason);
            const auto* data = std::get_if<responses::data>(&r);
            if (data == nullptr) continue;
            if (const auto decoded = ws->decode(data->bytes, frames); !decoded) {
                return std::unexpected(decoded.error());
            }
        }
    }
    buffer out;
    if (const auto sent = ws->send(*conn, ws::text{"hello"}, out); !sent) return std::unexpected(sent.error());
    return std::string{std::get<ws::text>(frames.at(0)).payload};
}

struct number {
    std::string_view name;
    void (*set)(numbers&, std::uint64_t);
};

constexpr auto as_size = [](std::uint64_t value) { return static_cast<std::size_t>(value); };
constexpr auto as_u32 = [](std::uint64_t value) { return static_cast<std::uint32_t>(value); };

const std::vector<number> all_numbers{
    {"max_header_section_size",
     [](numbers& n, std::uint64_t v) { n.connecting.limits.max_header_section_size = as_size(v); }},
    {"max_field_count", [](numbers& n, std::uint64_t v) { n.connecting.limits.max_field_count = as_size(v); }},
    {"max_interim_response_count",
     [](numbers& n, std::uint64_t v) { n.connecting.limits.max_interim_response_count = as_size(v); }},
    {"max_pipelined_request_count",
     [](numbers& n, std::uint64_t v) { n.connecting.limits.max_pipelined_request_count = as_size(v); }},
    {"max_refusal_size", [](numbers& n, std::uint64_t v) { n.connecting.max_refusal_size = as_size(v); }},
    {"max_queued_size", [](numbers& n, std::uint64_t v) { n.connecting.max_queued_size = as_size(v); }},
    {"initial_window_size", [](numbers& n, std::uint64_t v) { n.connecting.http2.initial_window_size = as_u32(v); }},
    {"connection_window_size",
     [](numbers& n, std::uint64_t v) { n.connecting.http2.connection_window_size = as_u32(v); }},
    {"max_frame_size", [](numbers& n, std::uint64_t v) { n.connecting.http2.max_frame_size = as_u32(v); }},
    {"max_pushed_stream_count",
     [](numbers& n, std::uint64_t v) { n.connecting.http2.max_pushed_stream_count = as_u32(v); }},
    {"max_waiting_request_count",
     [](numbers& n, std::uint64_t v) { n.connecting.http2.max_waiting_request_count = as_size(v); }},
    {"assumed_max_streams", [](numbers& n, std::uint64_t v) { n.connecting.http2.assumed_max_streams = as_u32(v); }},
    {"max_continuation_count",
     [](numbers& n, std::uint64_t v) { n.connecting.http2.floods.max_continuation_count = as_size(v); }},
    {"max_unsent_ack_count",
     [](numbers& n, std::uint64_t v) { n.connecting.http2.floods.max_unsent_ack_count = as_size(v); }},
    {"max_settings_count",
     [](numbers& n, std::uint64_t v) { n.connecting.http2.floods.max_settings_count = as_size(v); }},
    {"max_goaway_count", [](numbers& n, std::uint64_t v) { n.connecting.http2.floods.max_goaway_count = as_size(v); }},
    {"max_empty_data_count",
     [](numbers& n, std::uint64_t v) { n.connecting.http2.floods.max_empty_data_count = as_size(v); }},
    {"websocket max_frame_size", [](numbers& n, std::uint64_t v) { n.creating.limits.max_frame_size = v; }},
    {"websocket max_message_size", [](numbers& n, std::uint64_t v) { n.creating.limits.max_message_size = v; }},
    {"max_fragment_count", [](numbers& n, std::uint64_t v) { n.creating.limits.max_fragment_count = as_u32(v); }},
    {"read_buffer", [](numbers& n, std::uint64_t v) { n.read_size = v; }},
};

class any_number : public ::testing::TestWithParam<http::protocol> {};
INSTANTIATE_TEST_SUITE_P(protocols, any_number, ::testing::Values(http::protocol::http1, http::protocol::http2));

TEST_P(any_number, however_small_is_kept_to_or_refused_at_once) {
    for (const number& n : all_numbers) {
        for (const std::uint64_t value : {0U, 1U}) {
            numbers given;
            n.set(given, value);
            const auto heard = greet(GetParam(), given);
            SCOPED_TRACE(std::string{n.name} + " " + std::to_string(value) + ": " +
                         (heard ? *heard : to_string(heard.error())));
            if (heard) {
                EXPECT_EQ(*heard, "hello");
            } else {
                EXPECT_NE(heard.error(), errc::timeout);
                EXPECT_NE(heard.error(), errc::system_error);
            }
        }
    }
}

TEST_P(any_number, however_large_is_no_limit_or_refused_by_name) {
    for (const number& n : all_numbers) {
        if (n.name == "read_buffer") continue;  // that much memory is to be had from nobody
        for (const std::uint64_t value : {std::numeric_limits<std::uint64_t>::max(),
                                          std::numeric_limits<std::uint64_t>::max() / 2, std::uint64_t{1} << 31U}) {
            numbers given;
            n.set(given, value);
            const auto heard = greet(GetParam(), given);
            SCOPED_TRACE(std::string{n.name} + " " + std::to_string(value));
            if (heard) {
                EXPECT_EQ(*heard, "hello");
            } else {
                EXPECT_EQ(heard.error(), errc::invalid_argument) << to_string(heard.error());
                EXPECT_NE(heard.error().detail.find(n.name), std::string::npos) << to_string(heard.error());
            }
        }
    }
}

}  // namespace
}  // namespace mint
