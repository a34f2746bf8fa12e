// Inflating messages whose blocks cost more than their bytes do, beside zlib alone: nanoseconds of processor time for a
// byte of each, and their ratio.
#include "support/hostile_deflate.hpp"
#include "support/inflate_times.hpp"

#include <cstddef>
#include <string>
#include <utility>

#include <benchmark/benchmark.h>

namespace {

using namespace mint;

void inflate_blocks(benchmark::State& state, const std::string& payload, const testing::inflate_way& way) {
    testing::inflate_times times;
    times.measure(payload, way, 1);  // memory for what comes out is taken now
    for (auto _ : state) times.measure(payload, way, 1);
    const double scale = 1e9 / static_cast<double>(payload.size());
    state.counters["ours_ns"] = times.ours * scale;
    state.counters["zlib_ns"] = times.zlib * scale;
    state.counters["ratio"] = times.ratio();
}

void add(const std::string& name, std::string payload, const testing::inflate_way& way) {
    benchmark::RegisterBenchmark(name.c_str(), [payload = std::move(payload), way](benchmark::State& state) {
        inflate_blocks(state, payload, way);
    });
}

[[maybe_unused]] const bool are_added = [] {
    for (const testing::hostile_blocks& blocks : testing::all_hostile_blocks()) {
        for (const std::size_t size : {std::size_t{2000}, std::size_t{128} * 1024}) {
            std::string payload;
            while (payload.size() < size) payload += blocks.bytes;
            payload.push_back('\0');
            const std::string name = blocks.name + "/" + std::to_string(size);
            add(name, payload, {});
            add(name + "/afresh", payload, {.is_afresh = true});
            add(name + "/in_steps_of_100", payload, {.step = 100});
        }
    }
    return true;
}();

}  // namespace
