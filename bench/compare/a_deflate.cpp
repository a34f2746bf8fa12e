// permessage-deflate in memory: MB/s of payload compressed and decompressed, framing, masking and the check of UTF-8
// included, and the ratio with headers.
//
// With the defaults, and messages that don't shrink; as a_deflate_zlib, whose library has zlib alone, at levels 1
// and 6.
#include "compare/in_memory.hpp"
#include "compare/json_messages.hpp"

#include <mint/ws/codec.hpp>
#include <mint/ws/permessage_deflate.hpp>

#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

using namespace mint;

namespace {

ws::codec codec_of(ws::role r, const ws::permessage_deflate_options& options) {
    const auto extension = ws::permessage_deflate::create(options).value();
    auto response = extension->respond(extension->offers().at(0)).value();
    ws::negotiated_extensions chain;
    auto state = r == ws::role::client ? extension->accept(response.answer).value() : std::move(response.codec);
    chain.add({"permessage-deflate", {}}, ws::rsv1, std::move(state));
    return ws::codec{{.role = r}, std::move(chain)};
}

/// What a server sends, compressed by zlib at that level.
std::string wire_of(const compare::message_set& set, int level, const ws::permessage_deflate_options& options) {
    ws::permessage_deflate_options by_zlib = options;
    by_zlib.level = level;
    by_zlib.compression = ws::compression::always;
    ws::codec server = codec_of(ws::role::server, by_zlib);
    buffer out;
    for (const std::string& message : set.messages) {
        if (!server.encode(ws::text{message}, out)) std::abort();
    }
    return std::string{out.text()};
}

void measure(const char* peer, const compare::message_set& set, const ws::permessage_deflate_options& options,
             int wire_level) {
    ws::codec client = codec_of(ws::role::client, options);
    buffer out;
    std::size_t sent = 0;
    const auto send_all = [&] {
        for (const std::string& message : set.messages) {
            if (!client.encode(ws::text{message}, out)) std::abort();
            sent += out.size();
            out.clear();
        }
        return set.messages.size();
    };
    send_all();
    const auto size = static_cast<double>(set.size());
    const double ratio = size / static_cast<double>(sent);
    const compare::rate compressing = compare::measure(send_all);

    const std::string wire = wire_of(set, wire_level, options);
    ws::codec receiver = codec_of(ws::role::client, options);
    std::vector<ws::frame> frames;
    const auto receive_all = [&] {
        std::size_t count = 0;
        for (std::size_t at = 0; at < wire.size(); at += 65'536) {
            if (!receiver.decode(as_bytes(std::string_view{wire}.substr(at, 65'536)), frames)) std::abort();
            for (const ws::frame& f : frames) {
                const auto& text = std::get<ws::text>(f);
                if (text.payload.size() != set.messages[count].size()) std::abort();
                ++count;
            }
        }
        return count;
    };
    const compare::rate decompressing = compare::measure(receive_all);
    const double mean_size = size / static_cast<double>(set.messages.size());
    compare::print_deflate(peer, set.name, mean_size, compressing, decompressing, ratio);
}

/// Incompressible messages: what trying costs over a connection without compression.
void measure_noise(std::size_t size) {
    constexpr std::size_t pool_size = 4 * 1024 * 1024;  // else the window would know them
    const std::string pool = compare::binary_payload(pool_size);
    for (const bool compresses : {false, true}) {
        ws::codec client = compresses ? codec_of(ws::role::client, {}) : ws::codec{{.role = ws::role::client}};
        buffer out;
        std::size_t at = 0;
        const auto send = [&] {
            const std::size_t count = compare::batch_size(size);
            for (std::size_t i = 0; i < count; ++i) {
                if (!client.encode(ws::binary{as_bytes(pool).subspan(at, size)}, out)) std::abort();
                at = at + 2 * size > pool_size ? 0 : at + size;
                out.clear();
            }
            return count;
        };
        compare::print_deflate(compresses ? "mint automatic" : "mint plain", "noise " + compare::size_name(size),
                               static_cast<double>(size), compare::measure(send), {}, 1);
    }
}

}  // namespace

int main(int /*argc*/, char** argv) {
    const bool is_zlib_alone = std::string_view{argv[0]}.ends_with("a_deflate_zlib");
    for (const compare::message_set& set : compare::json_messages()) {
        if (is_zlib_alone) {
            for (const int level : {1, 6}) {
                const std::string name = "mint zlib L" + std::to_string(level);
                measure(name.c_str(), set, {.compression = ws::compression::always, .level = level}, level);
            }
        } else {
            measure("mint", set, {.compression = ws::compression::always}, 6);
            measure("mint L1 stream", set, {.compression = ws::compression::always}, 1);
        }
    }
    if (is_zlib_alone) return 0;
    for (const std::size_t size : {200U, 1024U, 65'536U}) measure_noise(size);
}
