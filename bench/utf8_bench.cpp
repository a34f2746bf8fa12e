#include <mint/base/utf8.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include <benchmark/benchmark.h>

namespace {

/// `size` octets of whole characters: ASCII, or one to four octets each in turn.
[[nodiscard]] std::string text_of(std::size_t size, bool is_mixed) {
    if (!is_mixed) return std::string(size, 'a');
    constexpr std::string_view piece = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80";
    std::string text;
    while (text.size() + piece.size() <= size) text += piece;
    text.append(size - text.size(), 'z');
    return text;
}

/// The whole text in one update, as a frame that lies in one read gives it.
void whole(benchmark::State& state) {
    const std::string text = text_of(static_cast<std::size_t>(state.range(0)), state.range(1) != 0);
    for (auto _ : state) {
        mint::utf8_validator v;
        benchmark::DoNotOptimize(v.update(mint::as_bytes(text)));
        benchmark::DoNotOptimize(v);
    }
    state.SetBytesProcessed(state.iterations() * state.range(0));
}

/// The same text in chunks of 1,460 octets, one TCP segment each on Ethernet.
void in_segments(benchmark::State& state) {
    const std::string text = text_of(static_cast<std::size_t>(state.range(0)), state.range(1) != 0);
    const mint::byte_view bytes = mint::as_bytes(text);
    for (auto _ : state) {
        mint::utf8_validator v;
        for (std::size_t at = 0; at < bytes.size(); at += 1460) {
            benchmark::DoNotOptimize(v.update(bytes.subspan(at, std::min<std::size_t>(1460, bytes.size() - at))));
        }
    }
    state.SetBytesProcessed(state.iterations() * state.range(0));
}

}  // namespace

BENCHMARK(whole)->ArgNames({"size", "mixed"})->ArgsProduct({{16, 32, 47, 48, 64, 125, 1024, 65536, 1048576}, {0, 1}});
BENCHMARK(in_segments)->ArgNames({"size", "mixed"})->ArgsProduct({{65536, 1048576}, {0, 1}});
