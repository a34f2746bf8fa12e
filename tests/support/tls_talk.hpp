#pragma once

#include "net/tls_stream.hpp"
#include "support/tls_server.hpp"

#include <mint/base/buffer.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mint::testing {

/// Options that trust the CA of the tests.
[[nodiscard]] inline net::tls_options trusting_options() { return {.ca_pem = certificates::shared().ca.certificate}; }

/// A tls_stream and a server, both in memory.
class tls_talk {
  public:
    explicit tls_talk(const net::tls_options& options = trusting_options(), const tls_server& with = tls_server{},
                      const net::tls_peer& peer = {.name = "localhost", .port = 443})
        : tls_talk(net::tls_context::create(options).value(), with, peer) {}

    tls_talk(const net::tls_context& context, const tls_server& with, const net::tls_peer& peer)
        : client(net::detail::tls_stream::create(context, peer).value()), server(with) {}

    /// Shakes hands until both sides have nothing to say; true if the client's is finished.
    bool shake_hands() {
        do step();
        while (!to_server.empty() || !from_server.empty());
        return client.is_established();
    }

    /// Gives each side what the other one said.
    void step() {
        client_takes();
        server.receive(std::exchange(to_server, {}));
        from_server += server.take_output();
    }

    /// The client takes what is there, in its handshake or behind it.
    void client_takes() {
        buffer out;
        byte_view input = as_bytes(from_server);
        if (!client.is_established()) input = input.subspan(client.handshake(input, out));
        while (client.is_established()) {
            std::byte space[8 * 1024];
            const auto done = client.decrypt(input, space, out);
            input = input.subspan(done.taken);
            received += as_text(byte_view{space}.first(done.made));
            if (done.made == 0 || client.is_at_end()) break;
        }
        from_server = as_text(input);
        if (client.failure() || client.is_at_end()) from_server.clear();
        to_server += out.text();
    }

    /// Encrypts all of it, to be taken by the server.
    void client_sends(std::string_view text) {
        buffer out;
        std::vector<std::byte> room(net::detail::tls_stream::max_record_size);
        byte_view rest = as_bytes(text);
        while (!rest.empty()) {
            const auto done = client.encrypt(rest, room, out);
            to_server += as_text(byte_view{room}.first(done.made));
            to_server += std::exchange(out, {}).text();
            if (done.taken == 0) return;
            rest = rest.subspan(done.taken);
        }
    }

    /// The code of what failed.
    [[nodiscard]] std::optional<errc> failure() const {
        return client.failure() ? std::optional{client.failure()->code} : std::nullopt;
    }

    net::detail::tls_stream client;
    tls_server_stream server;
    std::string to_server;
    std::string from_server;
    std::string received;  // by the client
};

}  // namespace mint::testing
