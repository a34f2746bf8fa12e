// permessage-deflate in memory: MB/s of payload compressed and decompressed, framing, masking and the check of UTF-8
// included, and the ratio with headers. usage: a_deflate [SETS]; SETS: lines "NAME COUNT", behind each as often a line
// "SIZE" and so many octets. Without it messages like those of a feed of trades.
//
// With the defaults, and messages that don't shrink; as a_deflate_zlib, whose library has zlib alone, at levels 1
// and 6.
//
// Prints A4, peer, set, MB/s compressed (median, min, max), MB/s decompressed (median, min, max), ratio.

#include "in_memory.hpp"

#include <mint/ws/codec.hpp>
#include <mint/ws/permessage_deflate.hpp>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

using namespace mint;

namespace {

struct message_set {
    std::string name;
    std::vector<std::string> messages;
    std::size_t size = 0;
};

std::vector<message_set> read_sets(const char* path) {
    std::ifstream in{path, std::ios::binary};
    std::vector<message_set> sets;
    for (std::string name; in >> name;) {
        message_set& set = sets.emplace_back();
        set.name = name;
        std::size_t count = 0;
        in >> count;
        while (count-- > 0) {
            std::size_t size = 0;
            in >> size;
            in.get();
            std::string& message = set.messages.emplace_back(size, '\0');
            in.read(message.data(), static_cast<std::streamsize>(size));
            set.size += size;
        }
    }
    return sets;
}

std::string trade(compare::noise& next, std::size_t size) {
    std::string text = "[";
    while (text.size() + 1 < size) {
        text += R"({"e":"trade","s":")" + std::string{next() % 2 == 0 ? "EURUSD" : "GBPUSD"} + R"(","p":"1.)" +
                std::to_string(next() % 100'000) + R"(","q":)" + std::to_string(next() % 1000) + R"(,"T":)" +
                std::to_string(1'700'000'000'000 + next() % 100'000) + R"(,"id":")" + std::to_string(next()) + R"("},)";
    }
    text.resize(size - 1);
    return text + "]";
}

std::vector<message_set> own_sets() {
    std::vector<message_set> sets;
    compare::noise next;
    for (const auto& [size, count] : {std::pair{200U, 3000U}, std::pair{1024U, 800U}, std::pair{65'536U, 24U}}) {
        message_set& set = sets.emplace_back();
        set.name = compare::size_name(size);
        for (unsigned i = 0; i < count; ++i) set.messages.push_back(trade(next, size));
        set.size = std::size_t{size} * count;
    }
    return sets;
}

ws::codec codec_of(ws::role r, const ws::permessage_deflate_options& options) {
    const auto extension = ws::permessage_deflate::create(options).value();
    auto response = extension->respond(extension->offers().at(0)).value();
    ws::negotiated_extensions chain;
    auto state = r == ws::role::client ? extension->accept(response.answer).value() : std::move(response.codec);
    chain.add({"permessage-deflate", {}}, ws::rsv1, std::move(state));
    return ws::codec{{.role = r}, std::move(chain)};
}

void print(const char* peer, const message_set& set, const compare::rate& c, const compare::rate& d, double ratio) {
    const double scale = static_cast<double>(set.size) / static_cast<double>(set.messages.size()) / 1e6;
    std::printf("A4\t%s\t%s\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t%.3f\t\n", peer, set.name.c_str(), c.median * scale,
                c.min * scale, c.max * scale, d.median * scale, d.min * scale, d.max * scale, ratio);
    std::fflush(stdout);
}

/// What a server sends, compressed by zlib at that level.
std::string wire_of(const message_set& set, int level, const ws::permessage_deflate_options& options) {
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

void measure(const char* peer, const message_set& set, const ws::permessage_deflate_options& options, int wire_level) {
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
    const double ratio = static_cast<double>(set.size) / static_cast<double>(sent);
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
    print(peer, set, compressing, decompressing, ratio);
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
        const message_set set{.name = "noise " + compare::size_name(size), .messages = {{}}, .size = size};
        print(compresses ? "mint automatic" : "mint plain", set, compare::measure(send), {}, 1);
    }
}

}  // namespace

int main(int argc, char** argv) {
    const bool is_zlib_alone = std::string_view{argv[0]}.ends_with("a_deflate_zlib");
    for (const message_set& set : argc > 1 ? read_sets(argv[1]) : own_sets()) {
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
