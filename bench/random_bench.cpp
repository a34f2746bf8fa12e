#include <mint/base/random.hpp>

#include <array>
#include <cstddef>

#include <benchmark/benchmark.h>

namespace {

/// One masking key; refilling the block is in the mean.
void masking_key(benchmark::State& state) {
    mint::random_source& random = mint::default_random();
    for (auto _ : state) benchmark::DoNotOptimize(random.next_u32());
}

/// The same with the look-up of this thread's source each time.
void masking_key_with_lookup(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(mint::default_random().next_u32());
}

/// The nonce of one opening handshake.
void handshake_nonce(benchmark::State& state) {
    std::array<std::byte, 16> nonce{};
    for (auto _ : state) {
        mint::default_random().fill(nonce);
        benchmark::DoNotOptimize(nonce);
    }
}

}  // namespace

BENCHMARK(masking_key);
BENCHMARK(masking_key_with_lookup);
BENCHMARK(handshake_nonce);
