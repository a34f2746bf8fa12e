// Masking while copying: each way that this processor supports, and the way that is taken.
#include "ws/mask.hpp"

#include <cstddef>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

namespace {

using namespace mint::ws::detail;

constexpr mask_key key = 0x3D21FA37;

void run(benchmark::State& state, mask_function function) {
    const auto size = static_cast<std::size_t>(state.range(0));
    // Sources in the middle of a page, targets behind a frame header: see compare/in_memory.hpp.
    std::vector<std::byte> source(size + 4096, std::byte{'x'});
    std::vector<std::byte> target(size + 4096);
    for (auto _ : state) {
        function(target.data() + 8, source.data() + 2048, size, key);
        benchmark::DoNotOptimize(target.data());
        benchmark::ClobberMemory();
    }
    state.SetBytesProcessed(state.iterations() * state.range(0));
}

void mask(benchmark::State& state) { run(state, mask_copy); }
BENCHMARK(mask)->Arg(4)->Arg(16)->Arg(64)->Arg(125)->Arg(1 << 10)->Arg(1 << 16)->Arg(1 << 20);

const bool registered = [] {
    for (const mask_variant& variant : mask_variants()) {
        if (!variant.is_supported) continue;
        benchmark::RegisterBenchmark(("mask/" + std::string{variant.name}).c_str(), run, variant.function)
            ->Arg(125)
            ->Arg(1 << 10)
            ->Arg(1 << 16)
            ->Arg(1 << 20);
    }
    return true;
}();

}  // namespace
