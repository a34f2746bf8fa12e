// Heap that an idle WebSocket holds: all that its thread took from the heap and didn't give back, the allocator's
// rounding included. What is made once (scratch memory, the random source) was made by one connection before.
#include "open_websocket.hpp"

#include <mint/mint.hpp>

#include <cstddef>
#include <cstdlib>
#include <expected>
#include <malloc.h>
#include <new>
#include <stdexcept>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

namespace {

thread_local std::size_t held_size = 0;  // wraps where memory of another thread is given back

void* take(std::size_t size, std::size_t alignment) {
    void* const memory = alignment > alignof(std::max_align_t)
                             ? std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment)
                             : std::malloc(size);
    if (memory == nullptr) throw std::bad_alloc{};
    held_size += ::malloc_usable_size(memory);
    return memory;
}

void give_back(void* memory) noexcept {
    held_size -= ::malloc_usable_size(memory);
    std::free(memory);
}

}  // namespace

void* operator new(std::size_t size) { return take(size, 1); }
void* operator new(std::size_t size, std::align_val_t alignment) {
    return take(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { give_back(memory); }
void operator delete(void* memory, std::size_t) noexcept { give_back(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { give_back(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { give_back(memory); }

namespace {

using mint_bench::client;
using mint_bench::must;
using mint_bench::open;

/// The objects themselves, in a vector, what they hold, and their share of the mailbox.
void heap_per_idle_websocket(benchmark::State& state) {
    const auto count = static_cast<std::size_t>(state.range(0));
    const mint_bench::loopback_echo server;
    std::size_t size = 0;
    for (auto _ : state) {
        mint::mailbox box;
        client first = open(server, mint::http::mode::active, box.scratch());
        must(box.add(first.conn));
        const std::size_t before = held_size;
        std::vector<client> clients;
        clients.reserve(count);
        while (clients.size() < count) {
            clients.push_back(open(server, mint::http::mode::active, box.scratch()));
            must(box.add(clients.back().conn));
        }
        size = held_size - before;
    }
    state.counters["heap_octets"] = static_cast<double>(size) / static_cast<double>(count);
    state.counters["object_octets"] = sizeof(client);
}
BENCHMARK(heap_per_idle_websocket)->Arg(200)->Unit(benchmark::kMillisecond);

}  // namespace
