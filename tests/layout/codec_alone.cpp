// A program on the codec alone: a server's codec reads back what a client's codec wrote.
#include <mint/ws/codec.hpp>

#include <cstdio>
#include <variant>
#include <vector>

int main() {
    mint::ws::codec client;
    mint::ws::codec server{{.role = mint::ws::role::server}};

    auto sent = client.encode(mint::ws::text{"hello"});
    if (!sent) return 1;

    std::vector<mint::ws::frame> frames;
    if (!server.decode(sent->view(), frames) || frames.size() != 1) return 1;
    const auto* message = std::get_if<mint::ws::text>(&frames.front());
    if (message == nullptr || message->payload != "hello") return 1;

    std::printf("%zu octets on the wire\n", sent->size());
}
