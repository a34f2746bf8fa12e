#pragma once

#include "support/every_split.hpp"
#include "support/response_transcript.hpp"

#include <mint/base/buffer.hpp>
#include <mint/http1/client_machine.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace mint::testing {

enum class peer_end : std::uint8_t { stays_open, ends };

/// Sends what `ask` asks for on a fresh machine, then gives it `answer` in every split.
///
/// Returns the transcript (see response_transcript), and fails the test where two splits differ.
inline std::string talk(const std::function<void(http1::client_machine&, buffer&)>& ask, std::string_view answer,
                        peer_end end = peer_end::stays_open, const http1::client_options& options = {.host = "h"}) {
    std::optional<std::string> first;
    for_each_split(answer, [&](const std::vector<byte_view>& chunks) {
        http1::client_machine machine{options};
        buffer sent;
        ask(machine, sent);
        response_transcript transcript;
        std::expected<void, error> result;
        for (const byte_view chunk : chunks) {
            std::vector<response> out;
            result = machine.receive(chunk, out);
            transcript.add(out);
            if (!result) break;
        }
        if (result && end == peer_end::ends) {
            std::vector<response> out;
            result = machine.receive_eof(out);
            transcript.add(out);
        }
        if (!result) transcript.add_failure(result.error());
        if (!first) first = transcript.text();
        EXPECT_EQ(transcript.text(), *first) << "in " << chunks.size() << " chunks";
    });
    return *first;
}

inline const headers no_fields;
inline const headers upgrade_fields{{"upgrade", "websocket"}, {"connection", "upgrade"}};
inline const http1::request_head get{.method = "GET", .target = "/", .fields = no_fields};

/// The transcript of a request whose answer breaks a rule before its fields are complete.
inline std::string fails(const std::string& how) { return "#1 error " + how + "\nfails " + how + "\n"; }

/// For `talk`: so many GET requests.
inline auto gets(int count) {
    return [count](http1::client_machine& machine, buffer& out) {
        for (int i = 0; i < count; ++i) {
            EXPECT_TRUE(machine.request({.method = "GET", .target = "/", .fields = no_fields}, no_body{}, out));
        }
    };
}

/// For `talk`: one request with that method.
inline auto one(std::string_view method) {
    return [method](http1::client_machine& machine, buffer& out) {
        EXPECT_TRUE(machine.request({.method = method, .target = "/", .fields = no_fields}, no_body{}, out));
    };
}

/// For `talk`: one upgrade.
inline void ask_upgrade(http1::client_machine& machine, buffer& out) {
    EXPECT_TRUE(machine.upgrade({.method = "GET", .target = "/", .fields = upgrade_fields}, out));
}

/// For `talk`: a tunnel through a proxy.
inline void ask_connect(http1::client_machine& machine, buffer& out) {
    EXPECT_TRUE(machine.connect("a:1", no_fields, out));
}

}  // namespace mint::testing
