// The codec by payload size: encoding in both roles, decoding whole messages, fragments, and messages cut by small
// reads.
#include <mint/base/buffer.hpp>
#include <mint/ws/codec.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

namespace {

using namespace mint;

void encode(benchmark::State& state, ws::role role, bool as_text) {
    const std::string payload(static_cast<std::size_t>(state.range(0)), 'x');
    ws::codec codec{{.role = role}};
    buffer out;
    for (auto _ : state) {
        out.clear();
        const auto encoded =
            as_text ? codec.encode(ws::text{payload}, out) : codec.encode(ws::binary{as_bytes(payload)}, out);
        if (!encoded) state.SkipWithError("refused");
        benchmark::DoNotOptimize(out.view().data());
        benchmark::ClobberMemory();
    }
    state.SetBytesProcessed(state.iterations() * state.range(0));
    state.SetItemsProcessed(state.iterations());
}

/// About 64 KiB of messages, each in `fragment_count` frames, or one message where it is larger.
buffer messages_of(std::size_t size, std::size_t fragment_count, ws::role sender) {
    const std::string payload(size / fragment_count, 'x');
    ws::codec codec{{.role = sender}};
    buffer octets;
    do {
        for (std::size_t i = 1; i <= fragment_count; ++i) {
            static_cast<void>(codec.encode(ws::text{payload, i == fragment_count}, octets));
        }
    } while (octets.size() + size <= 64 * 1024);
    return octets;
}

void decode(benchmark::State& state, ws::role receiver, std::size_t fragment_count, std::size_t read_size) {
    const auto size = static_cast<std::size_t>(state.range(0));
    const buffer octets =
        messages_of(size, fragment_count, receiver == ws::role::client ? ws::role::server : ws::role::client);
    ws::codec codec{{.role = receiver}};
    std::vector<ws::frame> frames;
    std::size_t message_count = 0;
    for (auto _ : state) {
        for (byte_view left = octets.view(); !left.empty();) {
            const byte_view part = left.first(std::min(read_size, left.size()));
            left = left.subspan(part.size());
            if (!codec.decode(part, frames)) state.SkipWithError("failed");
            message_count += frames.size();
        }
        benchmark::DoNotOptimize(frames.data());
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(message_count * size));
    state.SetItemsProcessed(static_cast<std::int64_t>(message_count));
}

constexpr std::size_t whole = 1 << 30;

BENCHMARK_CAPTURE(encode, client_binary, ws::role::client, false)
    ->Arg(16)
    ->Arg(125)
    ->Arg(1 << 10)
    ->Arg(1 << 16)
    ->Arg(1 << 20);
BENCHMARK_CAPTURE(encode, client_text, ws::role::client, true)
    ->Arg(16)
    ->Arg(125)
    ->Arg(1 << 10)
    ->Arg(1 << 16)
    ->Arg(1 << 20);
BENCHMARK_CAPTURE(encode, server_binary, ws::role::server, false)->Arg(16)->Arg(1 << 10)->Arg(1 << 16);
BENCHMARK_CAPTURE(decode, client, ws::role::client, 1, whole)
    ->Arg(16)
    ->Arg(125)
    ->Arg(1 << 10)
    ->Arg(1 << 16)
    ->Arg(1 << 20);
BENCHMARK_CAPTURE(decode, server, ws::role::server, 1, whole)
    ->Arg(16)
    ->Arg(125)
    ->Arg(1 << 10)
    ->Arg(1 << 16)
    ->Arg(1 << 20);
BENCHMARK_CAPTURE(decode, client_4_fragments, ws::role::client, 4, whole)->Arg(1 << 10)->Arg(1 << 16);
BENCHMARK_CAPTURE(decode, client_reads_of_1460, ws::role::client, 1, 1460)->Arg(1 << 10)->Arg(1 << 16)->Arg(16 << 20);
BENCHMARK_CAPTURE(decode, client_reads_of_65536, ws::role::client, 1, 65536)->Arg(16 << 20);

}  // namespace
