#pragma once

#include <mint/base/buffer.hpp>
#include <mint/ws/codec.hpp>
#include <mint/ws/permessage_deflate.hpp>

#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace mint::testing {

/// `name`, `name=value`: the parameters in "server_no_context_takeover; server_max_window_bits=10".
inline ws::extension_parameters deflate_parameters_of(std::string_view text) {
    headers fields;
    const std::string line = "e" + (text.empty() ? std::string{} : "; " + std::string{text});
    static_cast<void>(fields.append("e", line));
    return parse_list(fields, "e").value().at(0).parameters;
}

/// Compresses whatever is sent.
inline const ws::permessage_deflate_options always{.compression = ws::compression::always, .min_size = 0};

/// The first byte of a whole text message that is compressed.
constexpr int compressed_text = 0xC1;

inline ws::negotiated_extensions chain_of(std::unique_ptr<ws::extension_codec> codec) {
    ws::negotiated_extensions chain;
    chain.add({"permessage-deflate", {}}, ws::rsv1, std::move(codec));
    return chain;
}

/// A client's and a server's codec that agreed on permessage-deflate.
struct deflate_pair {
    explicit deflate_pair(const ws::permessage_deflate_options& client_options = {},
                          const ws::permessage_deflate_options& server_options = {},
                          ws::codec_options codec_options = {}) {
        const auto ours = ws::permessage_deflate::create(client_options).value();
        const auto theirs = ws::permessage_deflate::create(server_options).value();
        auto response = theirs->respond(ours->offers().at(0)).value();
        client = ws::codec{codec_options, chain_of(ours->accept(response.answer).value())};
        codec_options.role = ws::role::server;
        server = ws::codec{codec_options, chain_of(std::move(response.codec))};
        answer = response.answer;
    }

    ws::codec client;
    ws::codec server;
    ws::extension_parameters answer;
};

/// The payloads of the messages that the octets make, with their errors' names behind them.
inline std::string messages(ws::codec& codec, byte_view octets) {
    std::vector<ws::frame> frames;
    const auto result = codec.decode(octets, frames);
    std::string text;
    for (const ws::frame& f : frames) {
        if (const auto* t = std::get_if<ws::text>(&f)) text.append(t->payload).append(t->fin ? "|" : "");
        if (const auto* b = std::get_if<ws::binary>(&f)) text.append(as_text(b->payload)).append(b->fin ? "|" : "");
    }
    if (!result) text += name(result.error().code);
    return text;
}

/// The frame that a codec makes of a text; empty if it refuses.
inline std::string sent(ws::codec& codec, std::string_view message, const ws::encode_options& options = {}) {
    buffer out;
    static_cast<void>(codec.encode(ws::text{message}, out, options));
    return std::string{out.text()};
}

/// JSON as a feed of prices has it, of about that size; different for each number.
inline std::string json_of(std::size_t size, unsigned number = 0) {
    std::string text = "[";
    for (unsigned i = number * 7919; text.size() < size; ++i) {
        text += R"({"symbol":"EURUSD","bid":1.)" + std::to_string(i * 2654435761U % 100'000) + R"(,"time":)" +
                std::to_string(1'700'000'000 + i) + "},";
    }
    text.resize(size);
    return text;
}

/// Octets that nothing makes smaller.
inline std::string noise_of(std::size_t size, std::uint64_t seed = 1) {
    std::string text(size, '\0');
    for (char& c : text) {
        seed = seed * 6364136223846793005U + 1442695040888963407U;
        c = static_cast<char>(seed >> 56U);
    }
    return text;
}

}  // namespace mint::testing
