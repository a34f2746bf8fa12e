#pragma once

#include "support/tls_server.hpp"
#include "support/tls_talk.hpp"

#include <mint/net/transport.hpp>
#include <mint/net/wait.hpp>

#include <array>
#include <chrono>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace mint::testing {

/// A transport and a TLS peer at its other end, in one thread: whatever a test waits for, the peer does its part.
class transport_over_tls : public ::testing::Test {
  protected:
    static constexpr std::chrono::milliseconds patience{10'000};

    /// A new connection, before TLS. Small buffers fill soon.
    net::transport connect(int send_buffer_size = 0, int peers_receive_buffer_size = 0) {
        auto socket = net::socket::start_connect(*net::parse_address("127.0.0.1", peer_.port()),
                                                 {.send_buffer_size = send_buffer_size})
                          .value();
        net::wait(socket.descriptor(), {.write = true}, net::deadline{patience}).value();
        socket.finish_connect().value();
        peer_.accept(peers_receive_buffer_size);
        return net::transport{std::move(socket)};
    }

    /// Has the peer do its part until `is_done`, which is asked again and again, and does the client's.
    template <class Step>
    void run(const net::transport& t, Step is_done) {
        const net::deadline until{patience};
        while (!is_done()) {
            if (peer_.pump() || t.has_unread()) continue;
            std::array<pollfd, 2> entries{pollfd{.fd = t.descriptor(), .events = POLLIN, .revents = 0},
                                          pollfd{.fd = peer_.descriptor(), .events = POLLIN, .revents = 0}};
            if (t.wants_write()) entries[0].events |= POLLOUT;
            if (peer_.has_unsent()) entries[1].events |= POLLOUT;
            ::poll(entries.data(), entries.size(), 100);
            if (until.has_passed()) throw std::runtime_error("nothing comes any more");
        }
    }

    /// Puts TLS on both ends, and shakes hands to the end or an error.
    std::expected<bool, error> secure(net::transport& t, const net::tls_context& context,
                                      const net::tls_peer& who = {.name = "localhost", .port = 443},
                                      const tls_server& with = tls_server{}) {
        peer_.add_layer(with);
        if (auto started = t.start_tls(context, who); !started) return std::unexpected(started.error());
        std::expected<bool, error> result = false;
        run(t, [&] {
            result = t.handshake();
            return !result || *result;
        });
        peer_.pump();
        return result;
    }

    /// A connection over TLS, with the tickets read.
    net::transport connect_secure(const tls_server_options& options = {}) {
        net::transport t = connect();
        EXPECT_EQ(secure(t, trusting_, {.name = "localhost", .port = 443}, tls_server{options}), true);
        EXPECT_EQ(t.read_some(space_).status, net::io_status::would_block);
        return t;
    }

    /// Has the peer send, and waits until it is in the client's socket.
    void peer_sends(const net::transport& t, std::string_view text) {
        peer_.top().send(text);
        peer_.pump();
        net::wait(t.descriptor(), {.read = true}, net::deadline{patience}).value();
    }

    void send_all(net::transport& t, std::string_view text) {
        byte_view rest = as_bytes(text);
        run(t, [&] {
            while (!rest.empty()) {
                const net::io_result sent = t.write_some(rest);
                if (sent.status == net::io_status::failed) throw std::runtime_error(to_string(t.failure(sent, "send")));
                if (sent.status != net::io_status::ok) return false;
                rest = rest.subspan(sent.size);
            }
            return t.flush().status == net::io_status::ok;
        });
        peer_.pump();
    }

    std::string receive(net::transport& t, std::size_t size) {
        std::string result;
        run(t, [&] {
            const net::io_result got = t.read_some(space_);
            if (got.status == net::io_status::failed) throw std::runtime_error(to_string(t.failure(got, "recv")));
            if (got.status == net::io_status::end) throw std::runtime_error("the end");
            result += as_text(byte_view{space_}.first(got.size));
            return result.size() >= size;
        });
        return result;
    }

    tls_peer_on_socket peer_;
    net::tls_context trusting_ = net::tls_context::create(trusting_options()).value();
    std::vector<std::byte> space_ = std::vector<std::byte>(64 * 1024);
};

/// Text in which each place tells where it is.
[[nodiscard]] inline std::string long_text(std::size_t size, std::size_t period = 65'521) {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i % period % 251);
    return text;
}

}  // namespace mint::testing
