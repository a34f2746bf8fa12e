#pragma once

#include "support/connected_pair.hpp"
#include "support/http2_frames.hpp"
#include "support/scripted_peer.hpp"

#include <mint/http/connect.hpp>
#include <mint/http/connection.hpp>
#include <mint/net/wait.hpp>
#include <mint/websocket/websocket.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include <gtest/gtest.h>

namespace mint::testing {

/// An HTTP/2 connection in cleartext, and the server at its other end, which the test plays frame by frame.
struct http2_pair {
    explicit http2_pair(http::connect_options options = {})
        : conn(http::connect(scheme::http, "127.0.0.1", peer.port(), with_http2(std::move(options))).value()) {
        peer.accept();
    }

    [[nodiscard]] static http::connect_options with_http2(http::connect_options options) {
        options.protocols = {http::protocol::http2};
        return options;
    }

    /// The next frame that the client sent, as a line of h2::client_frames; waits for it.
    std::string next_frame() {
        constexpr std::size_t preface_size = 24;
        constexpr std::size_t header_size = 9;
        std::string octets;
        if (!has_preface_) octets = peer.receive(preface_size);
        has_preface_ = true;
        const std::string header = peer.receive(header_size);
        if (header.size() < header_size) return "END";
        std::size_t length = 0;
        for (std::size_t i = 0; i < 3; ++i) length = length << 8U | static_cast<unsigned char>(header[i]);
        return frames.read(as_bytes(octets + header + peer.receive(length)));
    }

    /// Frames up to the one that begins with `start`, which is returned; the others are dropped.
    std::string frame_that_starts(std::string_view start) {
        while (true) {
            std::string line = next_frame();
            if (line.starts_with(start) || line == "END") return line;
        }
    }

    /// One receiving call in either mode, whose responses are kept by ref; the error if there was one.
    std::optional<error> receive() {
        const bool is_active = conn.mode() == http::mode::active;
        if (is_active && conn.is_open(http::direction::read)) {
            net::wait(conn.socket(), {.read = true}, net::deadline{patience}).value();
        }
        const auto list = is_active ? conn.stream({.id = conn.id()}, scratch) : conn.recv(0, patience, scratch);
        for (const response& r : list ? *list : list.error().responses) received[ref_of(r)].add({&r, 1});
        if (list) return std::nullopt;
        return list.error().reason;
    }

    template <class Predicate>
    void receive_until(Predicate is_enough) {
        while (!is_enough()) {
            if (const auto failed = receive()) FAIL() << to_string(*failed);
        }
    }

    error receive_until_error() {
        while (true) {
            if (auto failed = receive()) return *failed;
        }
    }

    /// The server's SETTINGS, and those of the client acknowledged.
    void open(std::string settings = h2::settings({{h2::enable_connect_protocol, 1}})) {
        peer.send(settings + h2::settings_ack());
        receive_until([&] { return conn.extended_connect() != http2::extended_connect::unknown; });
    }

    /// A WebSocket on the stream with this id, which must be the next one.
    request_ref open_websocket(std::uint32_t id) {
        const request_ref ref = websocket::upgrade(ws_scheme::ws, conn, "/chat").value();
        peer.send(h2::headers(id, {{":status", "200"}}));
        receive_until([&] { return !received[ref].sections.empty(); });
        return ref;
    }

    mint::websocket create(request_ref ref) {
        return websocket::create(conn, ref, received[ref].status_codes.at(0), received[ref].sections.at(0)).value();
    }

    scripted_peer peer;
    http::connection conn;
    http::read_buffer scratch;
    h2::client_frames frames;
    std::map<request_ref, transcript> received;

  private:
    bool has_preface_ = false;
};

}  // namespace mint::testing
