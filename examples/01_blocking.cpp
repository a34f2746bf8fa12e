// Says hello to a WebSocket server and prints its answer. No loop and no thread: each call that waits has a timeout.
//
//     example_01_blocking wss://example.org/chat
#include <mint/mint.hpp>

#include <chrono>
#include <cstdlib>
#include <iostream>
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

void talk(const char* url) {
    auto opened = must(open_websocket(url, {.connect = {.mode = http::mode::passive, .timeout = 10s}}));
    auto& conn = opened.connection;
    auto& ws = opened.socket;

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
    http::read_buffer scratch;
    while (!is_answered) {
        for (const response& r : must(websocket::recv(conn, 0, 5s, scratch))) {
            if (const auto* data = std::get_if<responses::data>(&r)) show(data->bytes);
        }
    }
    must(ws.close(conn, {ws::close_code::normal}, 5s, scratch));
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "usage: " << argv[0] << " URL\n";
        return EXIT_FAILURE;
    }
    talk(argv[1]);
}
