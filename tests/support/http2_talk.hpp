#pragma once

#include "support/every_split.hpp"
#include "support/http2_frames.hpp"
#include "support/response_transcript.hpp"

#include <mint/base/buffer.hpp>
#include <mint/http2/client_machine.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace mint::testing {

inline const headers no_fields;
inline const http2::client_options plain_options{.authority = "h"};

/// A machine and the server that the test plays, in steps.
class http2_talk {
  public:
    explicit http2_talk(http2::client_options options = plain_options) : machine(std::move(options)) {}

    http2::client_machine machine;
    h2::client_frames frames;
    std::optional<error> failure;  ///< of the last `answer`

    /// The frames that the machine has to send.
    std::string sent() {
        buffer out;
        machine.send(out);
        return frames.read(out.view());
    }

    /// Gives octets to the machine; the transcript of what came of them.
    std::string answer(std::string_view octets) {
        std::vector<response> out;
        const auto received = machine.receive(as_bytes(octets), out);
        failure.reset();
        response_transcript transcript;
        transcript.add(out);
        if (!received) {
            failure = received.error();
            transcript.add_failure(*failure);
        }
        return transcript.text();
    }

    std::string end() {
        std::vector<response> out;
        const auto ended = machine.receive_eof(out);
        response_transcript transcript;
        transcript.add(out);
        if (!ended) transcript.add_failure(ended.error());
        return transcript.text();
    }

    request_ref get(std::string_view target = "/") {
        return machine.request({.method = "GET", .target = target, .fields = no_fields}, no_body{}).value();
    }

    request_ref put(request_body body = streamed_body{}) {
        return machine.request({.method = "PUT", .target = "/", .fields = no_fields}, body).value();
    }

    request_ref websocket() {
        return machine.connect({.protocol = "websocket", .target = "/chat", .fields = no_fields}).value();
    }

    /// The server's SETTINGS, with extended CONNECT, and what both say at the start; gone from `sent`.
    void open(std::string settings = h2::settings({{h2::enable_connect_protocol, 1}})) {
        EXPECT_EQ(answer(settings + h2::settings_ack()), "");
        (void)sent();
    }

    /// A WebSocket's stream, accepted. The stream's id is that of the next request.
    request_ref open_websocket(std::uint32_t id) {
        const request_ref ref = websocket();
        const std::string number = "#" + std::to_string(static_cast<std::uint64_t>(ref));
        EXPECT_EQ(answer(h2::headers(id, {{":status", "200"}})), number + " status 200 \n" + number + " headers\n");
        (void)sent();
        return ref;
    }

    std::expected<void, error> stream(request_ref ref, std::string_view content) {
        return machine.stream_request_body(ref, as_bytes(content));
    }
};

/// Lines without those of WINDOW_UPDATE frames: when credit is given depends on the pieces that content comes in.
inline std::string without_credit(const std::string& lines) {
    std::string rest;
    for (std::size_t at = 0; at < lines.size();) {
        const std::size_t end = lines.find('\n', at) + 1;
        if (lines.compare(at, 13, "WINDOW_UPDATE") != 0) rest.append(lines, at, end - at);
        at = end;
    }
    return rest;
}

/// Asks on a fresh machine, then gives it `answer` in every split.
///
/// Returns the transcript (see response_transcript), and fails the test where two splits differ, also in the frames
/// that the machine sends.
inline std::string talk_http2(const std::function<void(http2_talk&)>& ask, std::string_view answer,
                              const http2::client_options& options = plain_options) {
    std::optional<std::string> first;
    std::optional<std::string> first_frames;
    for_each_split(answer, [&](const std::vector<byte_view>& chunks) {
        http2_talk talk{options};
        ask(talk);
        std::string frames = talk.sent();
        response_transcript transcript;
        for (const byte_view chunk : chunks) {
            std::vector<response> out;
            const auto received = talk.machine.receive(chunk, out);
            transcript.add(out);
            if (!received) {
                transcript.add_failure(received.error());
                break;
            }
        }
        frames = without_credit(frames + talk.sent());
        if (!first) {
            first = transcript.text();
            first_frames = frames;
        }
        EXPECT_EQ(transcript.text(), *first) << "in " << chunks.size() << " chunks";
        EXPECT_EQ(frames, *first_frames) << "in " << chunks.size() << " chunks";
    });
    return *first;
}

/// For `talk_http2`: so many GET requests, on streams 1, 3, 5, …
inline auto http2_gets(int count) {
    return [count](http2_talk& talk) {
        for (int i = 0; i < count; ++i) (void)talk.get();
    };
}

/// For `talk_http2`: one WebSocket, asked for before the server's SETTINGS.
inline void ask_websocket(http2_talk& talk) { (void)talk.websocket(); }

}  // namespace mint::testing
