// Invariants: whatever a server sends as compressed messages, what is given out keeps to the limit, memory to a bound
// beside it, and every split gives the same messages, whole ones with whole windows the same end as well; what one
// backend compresses each decompresses; what `message_inflater` makes of anything zlib makes of it too; what a
// strict reader takes for a message each backend takes for the same, and zlib takes nothing else.
#include "support/strict_inflate.hpp"
#include "ws/buffer_output.hpp"
#include "ws/choose_backend.hpp"
#include "ws/message_inflater.hpp"
#include "ws/zlib_deflate.hpp"

#include <mint/base/buffer.hpp>
#include <mint/ws/codec.hpp>
#include <mint/ws/permessage_deflate.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace mint;

constexpr std::size_t limit = 100'000;
constexpr std::size_t state_size = 512 * 1024;

void require(bool holds) {
    if (!holds) std::abort();
}

/// With a smaller window zlib may find what is further back, if it came in the same call; in pieces the limit is on
/// what comes of one call.
bool ends_alike(unsigned choice) { return choice % 8 == 7 && (choice & 16U) == 0; }

ws::codec client_of(unsigned choice) {
    const auto window_bits = static_cast<std::uint8_t>(8 + choice % 8);
    const auto deflate = ws::permessage_deflate::create({.offers = {{.server_max_window_bits = window_bits}}}).value();
    ws::extension_parameters answer;
    if ((choice & 8U) != 0) answer.push_back({.name = "server_no_context_takeover", .value = std::nullopt});
    answer.push_back({.name = "server_max_window_bits", .value = std::to_string(window_bits)});
    ws::negotiated_extensions chain;
    chain.add({"permessage-deflate", answer}, ws::rsv1, deflate->accept(answer).value());
    const ws::codec_options options{
        .limits = {.max_frame_size = limit, .max_message_size = limit},
        .delivery = (choice & 16U) != 0 ? ws::delivery::pieces : ws::delivery::whole_messages};
    return ws::codec{options, std::move(chain)};
}

struct outcome {
    std::string messages;
    bool has_failed = false;
};

outcome decode(ws::codec client, byte_view octets, std::size_t step, bool drains = false) {
    outcome result;
    std::vector<ws::frame> frames;
    while (!octets.empty() && !client.has_failed()) {
        byte_view now = octets.first(std::min(octets.size(), step));
        octets = octets.subspan(now.size());
        if (drains) {
            const std::size_t before = now.size();
            static_cast<void>(client.decode_some(now, frames));
            require(now.size() < before);
            if (!now.empty()) octets = byte_view{now.data(), now.size() + octets.size()};
        } else {
            static_cast<void>(client.decode(now, frames));
        }
        std::size_t size = 0;
        for (const ws::frame& f : frames) {
            const std::size_t payload = ws::payload_size(f);
            require(payload <= limit);
            size += payload;
            if (const auto* const t = std::get_if<ws::text>(&f)) {
                result.messages.append(t->payload).append(t->fin ? "|" : "");
            } else if (const auto* const b = std::get_if<ws::binary>(&f)) {
                result.messages.append(as_text(b->payload)).append(b->fin ? "|" : "");
            }
        }
        require(client.memory_size() <= 4 * (limit + size) + state_size);
    }
    result.has_failed = client.has_failed();
    return result;
}

void check_hostile(unsigned choice, byte_view octets) {
    const ws::codec client = client_of(choice);
    const outcome whole = decode(client, octets, octets.size());
    for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{300}}) {
        const outcome cut = decode(client, octets, step);
        if (ends_alike(choice)) require(whole.has_failed == cut.has_failed);
        if (!whole.has_failed && !cut.has_failed) require(whole.messages == cut.messages);
    }
    const outcome drained = decode(client, octets, octets.size(), true);
    if (!whole.has_failed) require(!drained.has_failed && drained.messages == whole.messages);
}

/// Messages in a row, cut where the input says; both have the same window all the time.
void check_whole_messages(unsigned choice, byte_view input) {
    const auto window_bits = static_cast<std::uint8_t>(9 + choice % 7);
    ws::detail::message_inflater inflater{window_bits};
    const auto library = ws::detail::make_zlib_decompressor(window_bits);
    const std::string known(std::size_t{1} << (choice % 16), 'k');
    inflater.set_window(as_bytes(known));
    library->set_window(as_bytes(known).last(std::min(known.size(), std::size_t{1} << window_bits)));
    while (!input.empty()) {
        const std::size_t size = std::min<std::size_t>(input.size(), 1 + 8 * std::to_integer<std::size_t>(input[0]));
        const byte_view payload = input.first(size);
        input = input.subspan(size);
        const auto made = inflater.inflate(payload);
        if (!made) continue;
        buffer plain;
        ws::detail::buffer_output out{plain, std::size_t{1} << 20U};
        require(library->decompress(payload, true, out).has_value());
        require(plain.view().size() == made->size() && std::ranges::equal(plain.view(), *made));
    }
}

/// Messages in a row up to the first that is wrong, each cut in steps that the input names.
void check_strictness(unsigned choice, byte_view input) {
    const auto backends = ws::detail::deflate_backends();
    const auto& backend = backends[choice % backends.size()];
    const auto decompressor = backend.make_decompressor();
    testing::strict_inflater strict;
    while (!input.empty()) {
        const std::size_t size = std::min<std::size_t>(input.size(), 1 + 4 * std::to_integer<std::size_t>(input[0]));
        const byte_view payload = input.first(size);
        input = input.subspan(size);
        const auto meant = strict.message(as_text(payload));
        if (!meant && backend.name != "zlib") return;  // ISA-L takes codes that aren't complete
        buffer plain;
        ws::detail::buffer_output out{plain, std::size_t{1} << 20U};
        decompressor->begin_message(size);
        const std::size_t step = choice % 2 == 0 ? size : 1 + choice % 13;
        bool is_taken = true;
        for (byte_view rest = payload; is_taken && !rest.empty();) {
            const byte_view now = rest.first(std::min(rest.size(), step));
            rest = rest.subspan(now.size());
            is_taken = decompressor->decompress(now, rest.empty(), out).has_value();
        }
        require(!out.is_exceeded() && is_taken == meant.has_value());
        if (!meant) return;
        require(plain.text() == *meant);
    }
}

/// Messages of sizes that the input names, cut out of the input, again and again.
void check_round_trip(unsigned choice, byte_view input) {
    const auto backends = ws::detail::deflate_backends();
    const auto& writer = backends[choice % backends.size()];
    const auto& reader = backends[choice / 8 % backends.size()];
    const auto compressor = writer.make_compressor();
    const auto decompressor = reader.make_decompressor();
    std::string text{as_text(input)};
    while (!text.empty() && text.size() < 3000) text += text;
    for (std::size_t i = 0; i + 1 < std::min<std::size_t>(input.size(), 64); i += 2) {
        const std::size_t wanted =
            std::to_integer<std::size_t>(input[i]) << 4U | std::to_integer<std::size_t>(input[i + 1]);
        const std::string message = text.substr(i % text.size(), wanted);
        buffer octets;
        ws::detail::buffer_output compressed{octets, ws::detail::max_compressed_size(message.size())};
        compressor->compress(as_bytes(message), true, compressed);
        require(!compressed.is_exceeded());
        buffer plain;
        ws::detail::buffer_output decompressed{plain, message.size()};
        decompressor->begin_message(octets.size());
        require(decompressor->decompress(octets.view(), true, decompressed).has_value());
        require(!decompressed.is_exceeded() && plain.text() == message);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const byte_view input = std::as_bytes(std::span{data + 1, size - 1});
    if ((data[0] & 128U) != 0) {
        check_round_trip(data[0] & 127U, input);
    } else if ((data[0] & 64U) != 0 && (data[0] & 32U) != 0) {
        check_strictness(data[0] & 31U, input);
    } else if ((data[0] & 64U) != 0) {
        check_whole_messages(data[0] & 31U, input);
    } else {
        check_hostile(data[0], input);
    }
    return 0;
}
