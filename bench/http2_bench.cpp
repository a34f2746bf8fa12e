// The HTTP/2 machine alone, in memory: small messages on a hundred tunnels each way, many on one, large blocks, and the
// heap of an idle tunnel. A message of 16 octets is 22 from the client, masked, and 18 from the server.
#include <mint/base/buffer.hpp>
#include <mint/http2/client_machine.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <malloc.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>

namespace {

using namespace mint;

constexpr std::uint32_t max_window = 0x7FFF'FFFF;
constexpr std::size_t tunnel_count = 100;
const std::string message_up(22, 'u');
const std::string message_down(18, 'd');

std::string number(std::uint32_t value, int size) {
    std::string octets;
    for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) octets.push_back(static_cast<char>(value >> shift));
    return octets;
}

std::string frame(std::uint32_t type, std::uint32_t flags, std::uint32_t stream, std::string_view payload) {
    std::string octets = number(static_cast<std::uint32_t>(payload.size()), 3) + number(type, 1) + number(flags, 1);
    return octets.append(number(stream, 4)).append(payload);
}

std::string data(std::uint32_t stream, std::string_view content) { return frame(0, 0, stream, content); }
std::string window_update(std::uint32_t stream, std::uint32_t size) { return frame(8, 0, stream, number(size, 4)); }

/// A machine whose server accepted tunnels, with windows that are as large as can be.
class tunnels {
  public:
    explicit tunnels(std::size_t count) {
        static const headers none;
        const std::string settings = number(4, 2) + number(max_window, 4) + number(8, 2) + number(1, 4);
        receive(frame(4, 0, 0, settings) + frame(4, 1, 0, {}) + window_update(0, max_window - 65'535));
        for (std::size_t i = 0; i < count; ++i) {
            const auto ref = machine_.connect({.protocol = "websocket", .target = "/", .fields = none});
            if (!ref) throw std::runtime_error("a tunnel was refused");
            refs_.push_back(*ref);
            receive(frame(1, 4, stream_of(i), "\x88"));  // :status 200
        }
        take();
    }

    [[nodiscard]] static std::uint32_t stream_of(std::size_t index) {
        return static_cast<std::uint32_t>(2 * index + 1);
    }

    void send(std::size_t index, std::string_view content) {
        if (!machine_.stream_request_body(refs_[index], as_bytes(content))) throw std::runtime_error("refused");
    }

    void receive(std::string_view octets) {
        responses_.clear();
        if (!machine_.receive(as_bytes(octets), responses_)) throw std::runtime_error("the machine failed");
        benchmark::DoNotOptimize(responses_.data());
    }

    /// As a caller does before it waits: all octets, for the socket.
    void take() {
        while (machine_.wants_write()) {
            out_.clear();
            machine_.take(out_);
            benchmark::DoNotOptimize(out_.view().data());
            benchmark::ClobberMemory();
            taken_size_ += out_.size();
        }
    }

    [[nodiscard]] std::size_t taken_size() const noexcept { return taken_size_; }

    /// What the server gives back as it reads.
    void give_credit() {
        if (machine_.send_window(refs_[0]) > max_window / 2) return;
        receive(window_update(0, max_window / 4) + window_update(1, max_window / 4));
    }

  private:
    http2::client_machine machine_{{.authority = "h"}};
    std::vector<request_ref> refs_;
    std::vector<response> responses_;
    buffer out_;
    std::size_t taken_size_ = 0;
};

void count_messages(benchmark::State& state, std::size_t each_time) {
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(each_time));
}

/// One message on each tunnel, by a call each; taken together, or each for itself.
void send_on_hundred(benchmark::State& state, bool one_by_one) {
    tunnels all{tunnel_count};
    for (auto _ : state) {
        for (std::size_t i = 0; i < tunnel_count; ++i) {
            all.send(i, message_up);
            if (one_by_one) all.take();
        }
        all.take();
        all.give_credit();
    }
    count_messages(state, tunnel_count);
}
BENCHMARK_CAPTURE(send_on_hundred, together, false);
BENCHMARK_CAPTURE(send_on_hundred, one_by_one, true);

/// One message for each tunnel, received with one read, or with a read each.
void receive_on_hundred(benchmark::State& state, bool one_by_one) {
    tunnels all{tunnel_count};
    std::vector<std::string> reads(1);
    for (std::size_t i = 0; i < tunnel_count; ++i) {
        if (one_by_one) reads.emplace_back();
        reads.back() += data(tunnels::stream_of(i), message_down);
    }
    for (auto _ : state) {
        for (const std::string& read : reads) all.receive(read);
        all.take();
    }
    count_messages(state, tunnel_count);
}
BENCHMARK_CAPTURE(receive_on_hundred, together, false);
BENCHMARK_CAPTURE(receive_on_hundred, one_by_one, true);

/// Many messages for one tunnel, by a call each, before the octets are taken.
void send_many_on_one(benchmark::State& state) {
    constexpr std::size_t count = 64;
    tunnels one{1};
    const std::string message(static_cast<std::size_t>(state.range(0)) + 6, 'u');
    for (auto _ : state) {
        for (std::size_t i = 0; i < count; ++i) one.send(0, message);
        one.take();
        one.give_credit();
    }
    count_messages(state, count);
}
BENCHMARK(send_many_on_one)->Arg(16)->Arg(1024)->Arg(4096);

void send_blocks(benchmark::State& state) {
    tunnels one{1};
    const std::string block(static_cast<std::size_t>(state.range(0)), 'u');
    for (auto _ : state) {
        one.send(0, block);
        one.take();
        one.give_credit();
    }
    if (one.taken_size() < block.size() * static_cast<std::size_t>(state.iterations())) {
        state.SkipWithError("not all of it was sent");
    }
    state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(send_blocks)->Arg(1 << 10)->Arg(1 << 16)->Arg(1 << 20);

/// Reads of 64 KiB whose frames lie anyhow in them.
void receive_blocks(benchmark::State& state) {
    tunnels one{1};
    std::string octets;
    const std::string content(16 * 1024, 'd');
    for (int i = 0; i < 64; ++i) octets += data(1, content);
    for (auto _ : state) {
        for (std::string_view left = octets; !left.empty();) {
            const std::string_view read = left.substr(0, 64 * 1024);
            left.remove_prefix(read.size());
            one.receive(read);
            one.take();
        }
    }
    state.SetBytesProcessed(state.iterations() * 64 * 16 * 1024);
}
BENCHMARK(receive_blocks);

/// All that a connection with a hundred tunnels holds, nghttp2's part too, after an echo on each.
void heap_per_idle_tunnel(benchmark::State& state) {
    std::size_t size = 0;
    for (auto _ : state) {
        const std::size_t before = ::mallinfo2().uordblks;
        tunnels all{tunnel_count};
        for (std::size_t i = 0; i < tunnel_count; ++i) {
            all.send(i, message_up);
            all.take();
            all.receive(data(tunnels::stream_of(i), message_down));
        }
        all.take();
        size = ::mallinfo2().uordblks - before;
    }
    state.counters["heap_octets"] = static_cast<double>(size) / static_cast<double>(tunnel_count);
}
BENCHMARK(heap_per_idle_tunnel)->Unit(benchmark::kMillisecond);

}  // namespace
