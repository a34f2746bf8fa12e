#include "support/tls_server.hpp"

#include <mint/http/connecting.hpp>
#include <mint/net/wait.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <variant>

#include <gtest/gtest.h>

namespace mint::http {
namespace {

using mint::testing::certificates;
using mint::testing::tls_peer_on_socket;
using mint::testing::tls_server;
using namespace std::chrono_literals;

/// A connection over TLS to a server that sends messages of TLS's own without end.
class tls_flood : public ::testing::TestWithParam<std::tuple<protocol, mode>> {
  protected:
    connection connect(const tls_server& with) {
        connect_options options{.mode = std::get<mode>(GetParam())};
        options.protocols.assign(1, std::get<protocol>(GetParam()));
        options.tls.ca_file = certificates::shared().ca.certificate_file;
        const auto now = connecting::clock::now();
        auto attempt = connecting::start(scheme::https, "127.0.0.1", peer_.port(), options, now).value();
        static_cast<void>(attempt.step(now).value());
        peer_.accept();
        peer_.add_layer(with);
        std::optional<connection> made;
        until([&] {
            if (auto stepped = attempt.step(now).value()) made = std::move(*stepped);
            return made.has_value();
        });
        until([&] { return peer_.top().is_established(); });
        return std::move(*made);
    }

    void until(const std::function<bool()>& is_done) {
        const net::deadline end{10s};
        while (!is_done()) {
            if (peer_.pump()) continue;
            pollfd entry{.fd = peer_.descriptor(), .events = POLLIN, .revents = 0};
            ::poll(&entry, 1, 5);
            if (end.has_passed()) throw std::runtime_error("nothing comes any more");
        }
    }

    std::expected<response_list, stream_error> receive(connection& conn) {
        if (std::get<mode>(GetParam()) == mode::passive) return conn.recv(0, 20ms, scratch_);
        return conn.stream({.id = conn.id(), .readable = true, .writable = conn.wants_write()}, scratch_);
    }

    [[nodiscard]] tls_server server(int version) const {
        const bool is_http2 = std::get<protocol>(GetParam()) == protocol::http2;
        return tls_server{{.max_version = version, .alpn = is_http2 ? "h2" : "http/1.1"}};
    }

    tls_peer_on_socket peer_;
    read_buffer scratch_;
};

INSTANTIATE_TEST_SUITE_P(all, tls_flood,
                         ::testing::Combine(::testing::Values(protocol::http1, protocol::http2),
                                            ::testing::Values(mode::active, mode::passive)));

TEST_P(tls_flood, of_key_updates_ends_the_connection) {
    connection conn = connect(server(TLS1_3_VERSION));
    for (int i = 0; i < 20'000; ++i) peer_.top().request_key_update();
    std::optional<errc> reason;
    until([&] {
        const auto got = receive(conn);
        if (!got && got.error().reason != errc::timeout) reason = got.error().reason.code;
        return reason.has_value();
    });
    EXPECT_EQ(reason, errc::too_many_key_updates);
    EXPECT_FALSE(conn.is_open());
}

TEST_P(tls_flood, of_hello_requests_keeps_no_call_from_its_end) {
    connection conn = connect(server(TLS1_2_VERSION));
    constexpr int count = 20'000;
    for (int i = 0; i < count; ++i) peer_.top().ask_to_renegotiate();
    peer_.top().close_notify();
    int calls = 0;
    bool is_over = false;
    until([&] {
        ++calls;
        const auto got = receive(conn);
        is_over = got ? !conn.is_open(direction::read) : got.error().reason != errc::timeout;
        return is_over;
    });
    EXPECT_TRUE(is_over);
    if (std::get<mode>(GetParam()) == mode::active) {
        EXPECT_GE(calls, 8) << "each takes a part of the flood";
    }
}

}  // namespace
}  // namespace mint::http
