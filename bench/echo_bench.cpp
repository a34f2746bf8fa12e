// A message there and back over loopback, through the whole library; the CPU column is the client's thread alone.
#include "open_websocket.hpp"

#include <mint/mint.hpp>

#include <cstddef>
#include <expected>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <benchmark/benchmark.h>

namespace {

using mint_bench::client;
using mint_bench::must;
using mint_bench::open;

/// Messages that the responses complete.
std::size_t count_messages(client& c, mint::http::response_list responses, std::vector<mint::ws::frame>& frames) {
    std::size_t count = 0;
    for (const mint::response& response : responses) {
        must(c.ws.decode(std::get<mint::responses::data>(response).bytes, frames));
        count += frames.size();
    }
    return count;
}

/// Sends range(1) messages of range(0) octets, then waits for all of them.
void echo_passive(benchmark::State& state) {
    const mint_bench::loopback_echo server;
    mint::http::read_buffer scratch;
    client c = open(server, mint::http::mode::passive, scratch);
    const std::string payload(static_cast<std::size_t>(state.range(0)), 'a');
    const auto window = static_cast<std::size_t>(state.range(1));
    mint::buffer output;
    std::vector<mint::ws::frame> frames;
    for (auto _ : state) {
        output.clear();
        for (std::size_t i = 0; i < window; ++i) must(c.ws.encode(mint::ws::text{payload}, output));
        must(mint::websocket::stream_request_body(c.conn, c.ws.ref(), output.view()));
        for (std::size_t count = 0; count < window;) {
            count += count_messages(c, must(mint::websocket::recv(c.conn, 0, mint::http::no_timeout, scratch)), frames);
        }
    }
    state.SetItemsProcessed(state.iterations() * state.range(1));
}
BENCHMARK(echo_passive)->Args({16, 1})->Args({1024, 1})->Args({65536, 1})->Args({16, 64})->Args({1024, 64});

void echo_mailbox(benchmark::State& state) {
    const mint_bench::loopback_echo server;
    mint::mailbox box;
    client c = open(server, mint::http::mode::active, box.scratch());
    must(box.add(c.conn));
    const std::string payload(static_cast<std::size_t>(state.range(0)), 'a');
    mint::buffer output;
    std::vector<mint::ws::frame> frames;
    for (auto _ : state) {
        must(c.ws.send(c.conn, mint::ws::text{payload}, output));
        for (std::size_t count = 0; count < 1;) {
            const auto message = must(box.receive(mint::http::no_timeout));
            count += count_messages(c, must(mint::websocket::stream(c.conn, message, box.scratch())), frames);
        }
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(echo_mailbox)->Arg(16)->Arg(1024)->Arg(65536);

}  // namespace
