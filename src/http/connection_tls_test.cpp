#include "support/tls_server.hpp"

#include <mint/base/retry.hpp>
#include <mint/http/connecting.hpp>
#include <mint/net/wait.hpp>

#include <array>
#include <cerrno>
#include <chrono>
#include <functional>
#include <optional>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <unistd.h>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

namespace mint::http {
namespace {

using mint::testing::certificates;
using mint::testing::tls_peer_on_socket;
using mint::testing::tls_server;
using namespace std::chrono_literals;

/// A connection over TLS, and a scripted server at its other end, in one thread.
class connection_tls : public ::testing::Test {
  protected:
    static constexpr std::chrono::milliseconds patience{10'000};

    connection connect(http::mode mode, connect_options options = {}, const tls_server& with = tls_server{}) {
        options.mode = mode;
        options.tls.ca_file = certificates::shared().ca.certificate_file;
        auto attempt =
            connecting::start(scheme::https, "127.0.0.1", peer_.port(), options, connecting::clock::now()).value();
        static_cast<void>(attempt.step(connecting::clock::now()).value());
        peer_.accept(receive_buffer_size_);
        peer_.add_layer(with);
        std::optional<connection> made;
        until([&] {
            if (auto stepped = attempt.step(connecting::clock::now()).value()) made = std::move(*stepped);
            return made.has_value();
        });
        return std::move(*made);
    }

    /// Has the peer do its part until `is_done`, asked again and again.
    void until(const std::function<bool()>& is_done) {
        const net::deadline end{patience};
        while (!is_done()) {
            if (peer_.pump()) continue;
            pollfd entry{.fd = peer_.descriptor(), .events = POLLIN, .revents = 0};
            ::poll(&entry, 1, 5);
            if (end.has_passed()) throw std::runtime_error("nothing comes any more");
        }
    }

    /// Waits as a level-triggered loop does, and takes what is there.
    std::expected<response_list, stream_error> stream(connection& conn) {
        std::array<pollfd, 1> entry{pollfd{.fd = conn.socket(), .events = POLLIN, .revents = 0}};
        until([&] { return ::poll(entry.data(), 1, 0) > 0; });
        return conn.stream({.id = conn.id(), .readable = true, .writable = conn.wants_write()}, scratch_);
    }

    /// One request and its answer.
    void talk(connection& conn) {
        static_cast<void>(conn.request("GET", "/").value());
        until([&] { return peer_.top().received.find("\r\n\r\n") != std::string::npos; });
        peer_.top().send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi");
        std::string got;
        while (got.size() < 2) {
            const response_list list = stream(conn).value();
            for (const auto& r : list) {
                if (const auto* data = std::get_if<responses::data>(&r)) got += as_text(data->bytes);
            }
        }
    }

    int receive_buffer_size_ = 0;
    tls_peer_on_socket peer_;
    read_buffer scratch_;
};

TEST_F(connection_tls, says_what_it_is) {
    connection conn = connect(mode::active);
    EXPECT_TRUE(conn.is_secure());
    ASSERT_TRUE(conn.tls());
    EXPECT_TRUE(conn.tls()->is_verified);
    EXPECT_EQ(conn.tls()->version, net::tls_version::tls1_3);
    talk(conn);
    EXPECT_FALSE(conn.session().empty());
    EXPECT_FALSE(conn.was_truncated());
}

TEST_F(connection_tls, gives_the_end_with_the_data_it_came_with) {
    connection conn = connect(mode::active);
    const auto ref = conn.request("GET", "/").value();
    until([&] { return peer_.top().received.find("\r\n\r\n") != std::string::npos; });
    peer_.top().send("HTTP/1.1 200 OK\r\n\r\nall of it");
    peer_.top().close_notify();
    bool is_done = false;
    std::string body;
    while (!is_done) {  // no readiness comes for the end alone
        const auto list = stream(conn);
        ASSERT_TRUE(list) << to_string(list.error());
        for (const auto& r : *list) {
            EXPECT_EQ(ref_of(r), ref);
            if (const auto* data = std::get_if<responses::data>(&r)) body += as_text(data->bytes);
            is_done = is_done || std::holds_alternative<responses::done>(r);
        }
    }
    EXPECT_EQ(body, "all of it");
    EXPECT_FALSE(conn.was_truncated());
}

TEST_F(connection_tls, takes_no_bare_end_for_the_end_of_a_response) {
    connection conn = connect(mode::active);
    ASSERT_TRUE(conn.request("GET", "/"));
    until([&] { return peer_.top().received.find("\r\n\r\n") != std::string::npos; });
    peer_.top().send("HTTP/1.1 200 OK\r\n\r\nhalf");
    peer_.pump();
    peer_.finish();
    std::string body;
    while (true) {
        const auto list = stream(conn);
        for (const auto& r : list ? *list : list.error().responses) {
            if (const auto* data = std::get_if<responses::data>(&r)) body += as_text(data->bytes);
            EXPECT_FALSE(std::holds_alternative<responses::done>(r));
        }
        if (list) continue;
        EXPECT_EQ(list.error().reason, errc::tls_truncated);
        break;
    }
    EXPECT_EQ(body, "half") << "what came before is delivered";
    EXPECT_TRUE(conn.was_truncated());
    EXPECT_FALSE(conn.is_open());
}

TEST_F(connection_tls, queues_what_the_socket_does_not_take_and_sends_it_later) {
    receive_buffer_size_ = 4096;
    connection conn = connect(mode::active, {.socket = {.send_buffer_size = 4096}, .max_queued_size = 1 << 20});
    peer_.reads = false;
    const auto ref = conn.request("POST", "/", {}, streamed_body{}).value();
    const std::string block(100'000, 'b');
    std::size_t sent = 0;
    while (true) {
        const auto result = conn.stream_request_body(ref, as_bytes(block));
        if (!result) {
            EXPECT_EQ(result.error(), errc::send_queue_full);
            break;
        }
        ++sent;
    }
    EXPECT_GE(sent, 10U);
    EXPECT_TRUE(conn.wants_write());
    peer_.reads = true;
    until([&] {
        EXPECT_TRUE(conn.stream({.id = conn.id(), .readable = false, .writable = true}, scratch_));
        return !conn.wants_write();
    });
    until([&] { return peer_.top().received.size() > sent * block.size(); });
}

TEST_F(connection_tls, answers_a_key_update_without_being_asked_for_anything) {
    connection conn = connect(mode::active);
    talk(conn);
    peer_.top().request_key_update();
    peer_.top().send("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    ASSERT_TRUE(conn.request("GET", "/again"));
    bool is_done = false;
    while (!is_done) {
        const response_list list = stream(conn).value();
        for (const auto& r : list) is_done = is_done || std::holds_alternative<responses::done>(r);
    }
    const std::size_t before = peer_.top().received.size();
    ASSERT_TRUE(conn.request("GET", "/with-new-keys"));
    until([&] { return peer_.top().received.size() > before; });
    EXPECT_EQ(peer_.top().failure(), "");
}

TEST_F(connection_tls, says_that_there_may_be_more_so_that_an_edge_is_enough) {
    connection conn = connect(mode::active);
    ASSERT_TRUE(conn.request("GET", "/"));
    until([&] { return peer_.top().received.find("\r\n\r\n") != std::string::npos; });
    const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
    epoll_event event{};
    event.events = EPOLLIN | static_cast<std::uint32_t>(EPOLLET);
    ASSERT_EQ(::epoll_ctl(epoll, EPOLL_CTL_ADD, conn.socket(), &event), 0);
    constexpr std::size_t size = 150'000;
    peer_.top().send("HTTP/1.1 200 OK\r\ncontent-length: 150000\r\n\r\n" + std::string(size, 'e'));
    peer_.pump();
    until([&] { return !peer_.has_unsent(); });
    read_buffer small{0};
    std::size_t received = 0;
    while (received < size && ::epoll_wait(epoll, &event, 1, 2000) == 1) {
        do {
            const auto list = conn.stream({.id = conn.id()}, small);
            ASSERT_TRUE(list);
            for (const auto& r : *list) {
                if (const auto* data = std::get_if<responses::data>(&r)) received += data->bytes.size();
            }
        } while (conn.may_have_more());
    }
    ::close(epoll);
    EXPECT_EQ(received, size) << "the rest waits where no edge tells of it";
}

TEST_F(connection_tls, keeps_its_timeouts_where_the_peer_keeps_half_a_ticket_back) {
    connect_options options;
    options.tls.certificate_pem = certificates::shared().client.certificate;
    options.tls.key_pem = certificates::shared().client.key;
    connection conn =
        connect(mode::passive, options,
                tls_server{{.wants_client_certificate = true, .ticket_count = 0, .max_record_content = 512}});
    until([&] { return peer_.top().is_established(); });
    peer_.top().send_ticket();
    const std::string ticket = peer_.top().take_output();
    const std::size_t first = 5U + (static_cast<std::size_t>(static_cast<unsigned char>(ticket[3])) << 8U) +
                              static_cast<unsigned char>(ticket[4]);
    ASSERT_LT(first, ticket.size());
    peer_.send_raw(std::string_view{ticket}.substr(0, first));
    peer_.pump();
    const auto nothing = conn.recv(0, 50ms, scratch_);
    ASSERT_FALSE(nothing);
    EXPECT_EQ(nothing.error().reason, errc::timeout);
    ASSERT_TRUE(conn.request("GET", "/"));
    EXPECT_FALSE(conn.wants_write()) << "the socket takes octets, and TLS makes none";
    const auto still_nothing = conn.recv(0, 50ms, scratch_);
    ASSERT_FALSE(still_nothing);
    EXPECT_EQ(still_nothing.error().reason, errc::timeout);
    EXPECT_EQ(conn.flush(50ms).error(), errc::timeout);

    peer_.send_raw(std::string_view{ticket}.substr(first));
    peer_.pump();
    static_cast<void>(conn.recv(0, 50ms, scratch_));
    EXPECT_TRUE(conn.flush(patience));
    until([&] { return peer_.top().received.find("\r\n\r\n") != std::string::npos; });
}

TEST_F(connection_tls, gives_the_alert_before_a_reset_that_sending_met_first) {
    for (const mode how : {mode::active, mode::passive}) {
        connection conn = connect(how, {}, tls_server{{.wants_client_certificate = true}});
        until([&] { return !peer_.top().failure().empty(); });
        peer_.pump();
        peer_.reset();
        const auto asked = conn.request("GET", "/");
        ASSERT_FALSE(asked);
        EXPECT_EQ(asked.error().system, ECONNRESET);
        const auto said = how == mode::active ? conn.stream({.id = conn.id(), .readable = true}, scratch_)
                                              : conn.recv(0, patience, scratch_);
        ASSERT_FALSE(said);
        EXPECT_EQ(said.error().reason, errc::tls_alert) << to_string(said.error());
    }
}

TEST_F(connection_tls, keeps_what_recv_leaves_for_stream) {
    connection conn = connect(mode::passive);
    ASSERT_TRUE(conn.request("GET", "/"));
    until([&] { return peer_.top().received.find("\r\n\r\n") != std::string::npos; });
    const std::string head = "HTTP/1.1 200 OK\r\ncontent-length: 40\r\n\r\n";
    peer_.top().send(head + std::string(40, 'k'));
    peer_.pump();
    ASSERT_TRUE(conn.recv(head.size() + 10, patience, scratch_));
    ASSERT_TRUE(conn.set_mode(mode::active));
    EXPECT_TRUE(conn.may_have_more()) << "decrypted already: no message will come for it";
    const auto list = conn.stream({.id = conn.id(), .readable = false}, scratch_);
    ASSERT_TRUE(list);
    ASSERT_FALSE(list->empty());
    EXPECT_EQ(std::get<responses::data>(list->front()).bytes.size(), 30U);
}

TEST_F(connection_tls, kept_alive_that_the_server_closed_fails_a_request_that_may_be_sent_again) {
    for (const bool says_so : {true, false}) {
        connection conn = connect(mode::active);
        talk(conn);
        if (says_so) {
            peer_.top().close_notify();
            peer_.pump();
        }
        peer_.finish();
        static_cast<void>(conn.request("GET", "/2"));
        auto received = stream(conn);
        while (received) received = stream(conn);
        EXPECT_EQ(received.error().reason, errc::connection_closed) << to_string(received.error().reason);
        EXPECT_EQ(received.error().reason.detail, "nothing of an answer came");
        EXPECT_EQ(retry_of(received.error().reason), retry::now);
        EXPECT_EQ(conn.was_truncated(), !says_so);
        EXPECT_EQ(received.error().responses.size(), 1U);
    }
}

}  // namespace
}  // namespace mint::http
