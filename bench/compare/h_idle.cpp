// What many idle WebSockets on few HTTP/2 connections cost in memory: PORT CONNECTIONS WEBSOCKETS (on each).
//
// Prints M, when, heap octets a WebSocket, resident KiB a WebSocket: "opened" behind the answers, "used" behind one
// echo on each as well, when everything that a message needs was there once. Objects, vectors and the connections
// themselves are counted; what is made once for a process isn't: one connection with one WebSocket comes before.
#include "compare/client_meter.hpp"
#include "compare/our_client.hpp"

#include <mint/mint.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace {

using compare::arguments;
using compare::must;

struct line {
    mint::http::connection conn;
    std::vector<mint::websocket> sockets;
};

line open(const arguments& args, std::size_t count, mint::http::read_buffer& scratch) {
    auto conn = compare::connect(args, mint::http::protocol::http2);
    auto sockets = compare::open_many(args, conn, count, scratch);
    return {std::move(conn), std::move(sockets)};
}

/// One message there and back on each of them, one after the other.
void use(line& l, mint::http::read_buffer& scratch) {
    mint::buffer output;
    std::vector<mint::ws::frame> frames;
    for (mint::websocket& ws : l.sockets) {
        must(ws.send(l.conn, mint::ws::text{"an ordinary message"}, output));
        std::size_t count = 0;
        while (count == 0) {
            for (const mint::response& response : must(l.conn.recv(0, mint::http::no_timeout, scratch))) {
                const auto* data = std::get_if<mint::responses::data>(&response);
                if (data == nullptr || data->ref != ws.ref()) arguments::fail("not what was awaited");
                must(ws.decode(data->bytes, frames));
                count += frames.size();
            }
        }
    }
}

/// Memory of this process at one time.
struct reading {
    std::size_t heap = compare::heap_size();
    long resident = compare::resident_kib();
};

void print(std::string_view when, double socket_count, const reading& before) {
    const reading after;
    std::printf("M\t%.*s\t%.1f\t%.3f\n", static_cast<int>(when.size()), when.data(),
                static_cast<double>(after.heap - before.heap) / socket_count,
                static_cast<double>(after.resident - before.resident) / socket_count);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) arguments::fail("usage: PORT CONNECTIONS WEBSOCKETS");
    arguments args;
    args.port = static_cast<std::uint16_t>(std::atoi(argv[1]));
    const std::size_t line_count = std::strtoul(argv[2], nullptr, 10);
    const std::size_t socket_count = std::strtoul(argv[3], nullptr, 10);

    mint::http::read_buffer scratch;
    line first = open(args, 1, scratch);
    use(first, scratch);
    const reading before;
    std::vector<line> lines;
    lines.reserve(line_count);
    while (lines.size() < line_count) lines.push_back(open(args, socket_count, scratch));
    const auto total = static_cast<double>(line_count * socket_count);
    print("opened", total, before);
    for (line& l : lines) use(l, scratch);
    print("used", total, before);
}
