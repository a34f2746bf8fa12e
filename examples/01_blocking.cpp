// Says hello to a WebSocket server and prints its answer. No loop and no thread: each call that waits has a timeout.
//
//     example_01_blocking localhost 9000 /
#include <mint/mint.hpp>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

using namespace mint;
using namespace std::chrono_literals;

namespace {

error reason(error e) { return e; }
error reason(const http::stream_error& e) { return e.reason; }

/// The value; an error ends the program.
template <class Value, class Error>
Value must(std::expected<Value, Error> result) {
    if (!result) {
        std::cerr << to_string(reason(result.error())) << '\n';
        std::exit(EXIT_FAILURE);
    }
    return std::move(result).value();
}

void talk(const char* host, std::uint16_t port, const char* path) {
    auto conn = must(http::connect(scheme::http, host, port, {.mode = http::mode::passive}));
    const auto ref = must(websocket::upgrade(ws_scheme::ws, conn, path));

    http::read_buffer scratch;
    const auto answer = must(websocket::recv_upgrade(conn, ref, 5s, scratch));
    auto ws = must(websocket::create(conn, ref, answer.status_code, answer.fields));

    buffer out;
    must(ws.send(conn, ws::text{"hello"}, out));

    std::vector<ws::frame> frames;
    bool is_answered = false;
    const auto show = [&](byte_view octets) {
        must(ws.decode(octets, frames));
        for (const ws::frame& frame : frames) {
            if (const auto* text = std::get_if<ws::text>(&frame)) {
                std::cout << text->payload << '\n';
                is_answered = true;
            }
        }
    };
    for (const byte_view octets : answer.data) show(octets);  // a server may speak first
    while (!is_answered) {
        for (const response& r : must(websocket::recv(conn, 0, 5s, scratch))) {
            if (const auto* data = std::get_if<responses::data>(&r)) show(data->bytes);
        }
    }
    must(ws.close(conn, {ws::close_code::normal}, 5s, scratch));
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        std::cerr << "usage: " << argv[0] << " HOST PORT PATH\n";
        return EXIT_FAILURE;
    }
    talk(argv[1], static_cast<std::uint16_t>(std::stoi(argv[2])), argv[3]);
}
