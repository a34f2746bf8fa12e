#include "support/connected_pair.hpp"
#include "support/fail_at_each_call.hpp"
#include "support/scripted_peer.hpp"

#include <mint/http/connecting.hpp>
#include <mint/net/socket.hpp>
#include <mint/net/wait.hpp>

#include <cerrno>
#include <chrono>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace mint::http {
namespace {

using mint::testing::calls;
using mint::testing::scripted_peer;
using namespace std::chrono_literals;

/// Drives a `connecting` by a clock that stands still unless the test moves it. Between two steps it waits for what the
/// value wants, and where nothing comes, for what the test's own end has to do.
class driven {
  public:
    explicit driven(std::expected<connecting, error> started) : attempt_(std::move(started.value())) {}

    static std::expected<connecting, error> to(scheme s, const scripted_peer& peer, connect_options options = {}) {
        return connecting::start(s, "127.0.0.1", peer.port(), options, start_time());
    }

    static connecting::time_point start_time() { return connecting::time_point{} + 1000h; }

    /// Steps until the stage is reached.
    void reach(connect_stage stage) {
        while (attempt_.stage() != stage) {
            const auto stepped = step();
            ASSERT_TRUE(stepped) << to_string(stepped.error());
            ASSERT_FALSE(*stepped);
            if (attempt_.stage() == stage) break;
            ASSERT_TRUE(net::wait_any(attempt_.wants(), net::deadline{5s}));
        }
    }

    /// Steps until it is over.
    std::expected<connection, error> finish() {
        while (true) {
            auto stepped = step();
            if (!stepped) return std::unexpected(stepped.error());
            if (*stepped) return std::move(**stepped);
            if (!net::wait_any(attempt_.wants(), net::deadline{5s})) return std::unexpected(errc::timeout);
        }
    }

    std::expected<std::optional<connection>, error> step() { return attempt_.step(now_); }
    void advance(std::chrono::milliseconds by) { now_ += by; }
    connecting& attempt() { return attempt_; }

  private:
    connecting attempt_;
    connecting::time_point now_ = start_time();
};

proxy http_proxy_at(const scripted_peer& peer) {
    return {.kind = proxy_kind::http, .host = "127.0.0.1", .port = peer.port()};
}
proxy socks_at(const scripted_peer& peer) {
    return {.kind = proxy_kind::socks5, .host = "127.0.0.1", .port = peer.port()};
}

TEST(connecting, gives_its_connection_once) {
    scripted_peer peer;
    driven d{driven::to(scheme::http, peer)};
    EXPECT_EQ(d.attempt().deadline(), driven::start_time());
    auto conn = d.finish();
    ASSERT_TRUE(conn) << to_string(conn.error());
    EXPECT_TRUE(conn->is_open());
    EXPECT_FALSE(conn->is_secure());
    EXPECT_EQ(d.attempt().stage(), connect_stage::finished);
    EXPECT_EQ(d.attempt().failed_stage(), connect_stage::finished);
    EXPECT_TRUE(d.attempt().wants().empty());
    EXPECT_EQ(d.attempt().deadline(), connecting::time_point::max());
    const auto again = d.step();
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error(), errc::failed_already);
}

TEST(connecting, names_its_deadline_while_it_waits) {
    scripted_peer peer;
    driven d{driven::to(scheme::http, peer, {.timeout = 7s, .proxy = http_proxy_at(peer)})};
    d.reach(connect_stage::proxy);
    EXPECT_EQ(d.attempt().deadline(), driven::start_time() + 7s);
    ASSERT_EQ(d.attempt().wants().size(), 1U);
    EXPECT_TRUE(d.attempt().wants().front().wanted.read);
    EXPECT_FALSE(d.attempt().wants().front().wanted.write);
}

TEST(connecting, never_ends_by_itself_where_the_timeout_is_for_ever) {
    scripted_peer peer;
    driven d{driven::to(scheme::http, peer, {.timeout = std::chrono::milliseconds::max(), .proxy = socks_at(peer)})};
    d.reach(connect_stage::proxy);
    EXPECT_EQ(d.attempt().deadline(), connecting::time_point::max());
    d.advance(24h);
    EXPECT_TRUE(d.step());
}

/// A peer that accepts and then says nothing, at the stage that the options lead to.
struct silence {
    const char* what;
    scheme target_scheme;
    connect_stage stage;
    std::function<void(connect_options&, const scripted_peer&)> set;
};

TEST(connecting, ends_at_its_deadline_whatever_stage_is_silent) {
    const std::vector<silence> cases = {
        {"TLS with", scheme::https, connect_stage::tls, [](connect_options&, const scripted_peer&) {}},
        {"waiting for the proxy", scheme::http, connect_stage::proxy,
         [](connect_options& o, const scripted_peer& p) { o.proxy = http_proxy_at(p); }},
        {"waiting for the proxy", scheme::https, connect_stage::proxy,
         [](connect_options& o, const scripted_peer& p) { o.proxy = socks_at(p); }},
        {"TLS with the proxy", scheme::http, connect_stage::proxy_tls,
         [](connect_options& o, const scripted_peer& p) {
             o.proxy = http_proxy_at(p);
             o.proxy->kind = proxy_kind::https;
         }},
    };
    for (const silence& c : cases) {
        scripted_peer peer;
        connect_options options{.timeout = 10s};
        c.set(options, peer);
        driven d{driven::to(c.target_scheme, peer, options)};
        d.reach(c.stage);
        d.advance(9'999ms);
        ASSERT_TRUE(d.step()) << c.what;
        d.advance(1ms);
        const auto stepped = d.step();
        ASSERT_FALSE(stepped) << c.what;
        EXPECT_EQ(stepped.error(), errc::connect_timeout);
        EXPECT_EQ(stepped.error().detail.find(c.what), 0U) << stepped.error().detail;
        EXPECT_TRUE(d.attempt().wants().empty());
        EXPECT_EQ(d.attempt().deadline(), connecting::time_point::max());
        const auto again = d.step();
        ASSERT_FALSE(again);
        EXPECT_EQ(again.error(), errc::connect_timeout) << "an error is repeated";
    }
}

TEST(connecting, ends_at_its_deadline_where_nobody_accepts) {
    scripted_peer peer{scripted_peer::family::ipv4, 0};
    std::vector<net::socket> filling;
    for (int i = 0; i < 4; ++i) {
        filling.push_back(net::socket::start_connect(*net::parse_address("127.0.0.1", peer.port())).value());
    }
    driven d{driven::to(scheme::http, peer, {.timeout = 3s})};
    d.reach(connect_stage::tcp);
    EXPECT_NE(d.attempt().describe().find("127.0.0.1"), std::string::npos);
    d.advance(3s);
    const auto stepped = d.step();
    ASSERT_FALSE(stepped);
    EXPECT_EQ(stepped.error(), errc::connect_timeout);
}

TEST(connecting, says_who_ended_the_connection_halfway) {
    struct {
        scheme target_scheme;
        connect_stage stage;
        bool has_proxy;
    } const cases[] = {{scheme::https, connect_stage::tls, false}, {scheme::http, connect_stage::proxy, true}};
    for (const auto& c : cases) {
        scripted_peer peer;
        connect_options options;
        if (c.has_proxy) options.proxy = socks_at(peer);
        driven d{driven::to(c.target_scheme, peer, options)};
        d.reach(c.stage);
        peer.accept();
        if (c.has_proxy) {
            EXPECT_EQ(peer.receive(3).size(), 3U);
        }
        peer.finish();
        const auto conn = d.finish();
        ASSERT_FALSE(conn);
        EXPECT_EQ(conn.error(), c.has_proxy ? errc::connection_closed : errc::tls_handshake_cut_short)
            << to_string(conn.error());
        EXPECT_EQ(d.attempt().failed_stage(), c.stage);
    }
}

TEST(connecting, goes_through_an_http_proxy_and_keeps_what_is_behind_its_answer) {
    scripted_peer proxy_end;
    connect_options options{.mode = mode::active, .proxy = http_proxy_at(proxy_end)};
    options.proxy->credentials = credentials{"user", "secret"};
    driven d{connecting::start(scheme::http, "origin.example", 8080, options, driven::start_time())};
    d.reach(connect_stage::proxy);
    proxy_end.accept();
    EXPECT_EQ(proxy_end.receive_until("\r\n\r\n"),
              "CONNECT origin.example:8080 HTTP/1.1\r\nhost: origin.example:8080\r\nuser-agent: mint/0.1\r\n"
              "proxy-authorization: Basic dXNlcjpzZWNyZXQ=\r\n\r\n");
    proxy_end.send("HTTP/1.0 200 Connection established\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi");
    auto conn = d.finish();
    ASSERT_TRUE(conn) << to_string(conn.error());
    ASSERT_TRUE(conn->request("GET", "/path"));
    const std::string request = proxy_end.receive_until("\r\n\r\n");
    EXPECT_EQ(request.find("GET /path HTTP/1.1\r\nhost: origin.example:8080\r\n"), 0U) << request;
    EXPECT_EQ(request.find("secret"), std::string::npos);
    EXPECT_EQ(request.find("proxy"), std::string::npos);
    EXPECT_TRUE(conn->may_have_more());
    read_buffer scratch;
    const auto list = conn->stream({.id = conn->id(), .readable = false}, scratch);
    ASSERT_TRUE(list);
    ASSERT_EQ(list->size(), 4U);
    EXPECT_EQ(as_text(std::get<responses::data>((*list)[2]).bytes), "hi");
}

TEST(connecting, gives_the_proxys_refusal_with_its_content) {
    scripted_peer proxy_end;
    connect_options options{.proxy = http_proxy_at(proxy_end), .max_refusal_size = 10};
    driven d{connecting::start(scheme::https, "origin.example", 443, options, driven::start_time())};
    d.reach(connect_stage::proxy);
    proxy_end.accept();
    proxy_end.send(
        "HTTP/1.1 407 Who are you?\r\nproxy-authenticate: Basic realm=\"p\"\r\ncontent-length: 12\r\n\r\n"
        "0123456789ab");
    const auto conn = d.finish();
    ASSERT_FALSE(conn);
    ASSERT_EQ(conn.error(), errc::proxy_refused);
    ASSERT_TRUE(conn.error().refusal);
    EXPECT_EQ(conn.error().refusal->status_code, 407);
    EXPECT_EQ(conn.error().refusal->fields.find("proxy-authenticate"), "Basic realm=\"p\"");
    EXPECT_EQ(conn.error().refusal->content, "0123456789");
}

TEST(connecting, does_not_wait_for_ever_for_what_a_refusal_has_to_say) {
    scripted_peer proxy_end;
    driven d{connecting::start(scheme::http, "origin.example", 80, {.timeout = 30s, .proxy = http_proxy_at(proxy_end)},
                               driven::start_time())};
    d.reach(connect_stage::proxy);
    proxy_end.accept();
    proxy_end.send("HTTP/1.1 407 x\r\ncontent-length: 100\r\n\r\nwho");
    ASSERT_TRUE(net::wait_any(d.attempt().wants(), net::deadline{5s}));
    ASSERT_TRUE(d.step());
    EXPECT_EQ(d.attempt().deadline(), driven::start_time() + refusal_patience);
    d.advance(refusal_patience);
    const auto stepped = d.step();
    ASSERT_FALSE(stepped);
    ASSERT_EQ(stepped.error(), errc::proxy_refused) << to_string(stepped.error());
    EXPECT_EQ(stepped.error().refusal->status_code, 407);
    EXPECT_EQ(stepped.error().refusal->content, "who");
}

TEST(connecting, forwards_where_it_is_told_to) {
    scripted_peer proxy_end;
    connect_options options{.proxy = http_proxy_at(proxy_end), .forwards_requests = true};
    options.proxy->credentials = credentials{"user", "secret"};
    driven d{connecting::start(scheme::http, "origin.example", 80, options, driven::start_time())};
    auto conn = d.finish();
    ASSERT_TRUE(conn) << to_string(conn.error());
    ASSERT_TRUE(conn->request("GET", "/path?q"));
    proxy_end.accept();
    const std::string request = proxy_end.receive_until("\r\n\r\n");
    EXPECT_EQ(request.find("GET http://origin.example/path?q HTTP/1.1\r\nhost: origin.example\r\n"), 0U) << request;
    EXPECT_NE(request.find("proxy-authorization: Basic dXNlcjpzZWNyZXQ=\r\n"), std::string::npos) << request;
}

TEST(connecting, goes_through_socks_and_keeps_what_is_behind_its_answer) {
    scripted_peer proxy_end;
    driven d{connecting::start(scheme::http, "origin.example", 80,
                               {.mode = mode::passive, .proxy = socks_at(proxy_end)}, driven::start_time())};
    d.reach(connect_stage::proxy);
    proxy_end.accept();
    EXPECT_EQ(proxy_end.receive(3), std::string("\x05\x01\x00", 3));
    proxy_end.send(std::string("\x05\x00", 2));
    const std::string wanted = std::string("\x05\x01\x00\x03\x0eorigin.example\x00\x50", 21);
    ASSERT_TRUE(net::wait_any(d.attempt().wants(), net::deadline{5s}));
    ASSERT_TRUE(d.step());
    EXPECT_EQ(proxy_end.receive(wanted.size()), wanted);
    proxy_end.send(std::string("\x05\x00\x00\x01\x7f\x00\x00\x01\x1f\x90", 10) + "HTTP/1.1 204 No Content\r\n\r\n");
    auto conn = d.finish();
    ASSERT_TRUE(conn) << to_string(conn.error());
    ASSERT_TRUE(conn->request("GET", "/"));
    read_buffer scratch;
    const auto list = conn->recv(0, 5s, scratch);
    ASSERT_TRUE(list);
    ASSERT_FALSE(list->empty());
    EXPECT_EQ(std::get<responses::status>(list->front()).code, 204);
}

TEST(connecting, reaches_a_socket_of_the_callers_own) {
    scripted_peer peer;
    auto own = net::socket::start_connect(*net::parse_address("127.0.0.1", peer.port())).value();
    ASSERT_TRUE(net::wait(own.descriptor(), {.write = true}, net::deadline{5s}));
    ASSERT_TRUE(own.finish_connect());
    const int descriptor = own.descriptor();
    driven d{connecting::over(std::move(own), scheme::http, "origin.example", 80, {}, driven::start_time())};
    auto conn = d.finish();
    ASSERT_TRUE(conn) << to_string(conn.error());
    EXPECT_EQ(conn->socket(), descriptor);
    ASSERT_TRUE(conn->request("GET", "/"));
    peer.accept();
    EXPECT_EQ(peer.receive_until("\r\n\r\n").find("GET / HTTP/1.1\r\nhost: origin.example\r\n"), 0U);
}

TEST(connecting, refuses_arguments_that_cannot_be_meant) {
    const proxy good{.host = "127.0.0.1", .port = 1};
    struct {
        const char* what;
        errc code;
        connect_options options;
    } const cases[] = {
        {"unix_path", errc::invalid_argument, {.proxy = good, .unix_path = "/x"}},
        {"proxy", errc::invalid_argument, {.proxy = proxy{.host = "127.0.0.1"}}},
        {"proxy", errc::invalid_host, {.proxy = proxy{.host = "a b", .port = 1}}},
        {"proxy",
         errc::invalid_argument,
         {.proxy = proxy{.host = "h", .port = 1, .credentials = credentials{"a:b", ""}}}},
        {"proxy",
         errc::invalid_argument,
         {.proxy = proxy{.kind = proxy_kind::socks5, .host = "h", .port = 1, .credentials = credentials{"", "x"}}}},
    };
    for (const auto& c : cases) {
        const auto started = connecting::start(scheme::http, "127.0.0.1", 80, c.options, driven::start_time());
        ASSERT_FALSE(started) << c.what;
        EXPECT_EQ(started.error(), c.code) << to_string(started.error());
        EXPECT_EQ(started.error().detail.find(c.what), 0U) << started.error().detail;
    }
    const auto closed = connecting::over(net::socket{}, scheme::http, "h", 80, {}, driven::start_time());
    ASSERT_FALSE(closed);
    EXPECT_EQ(closed.error(), errc::invalid_argument);
}

TEST(connecting, is_cancelled_by_its_end) {
    scripted_peer peer;
    {
        driven d{driven::to(scheme::https, peer)};
        d.reach(connect_stage::tls);
        peer.accept();
    }
    static_cast<void>(peer.receive_all());  // what was sent of the handshake, and then the end
}

/// The proxy's end of CONNECT, as far as it is asked for it.
void serve_connect(scripted_peer& peer) {
    peer.accept();
    static_cast<void>(peer.receive_until("\r\n\r\n"));
    peer.send("HTTP/1.1 200 OK\r\n\r\n");
}

TEST(connecting, fails_cleanly_or_goes_on_whichever_call_fails) {
    const auto others =
        calls::socket | calls::poll | calls::getsockopt | calls::setsockopt | calls::fcntl | calls::send | calls::recv;
    for (const int system : {ENOBUFS, ECONNRESET, EINTR, 0}) {
        // An interrupted connect goes on by itself, which can't be shown by one that was never made.
        const auto any = system == EINTR ? others : others | calls::connect;
        scripted_peer proxy_end;
        mint::testing::fail_at_each_call({.which = any, .error = system}, [&] {
            driven d{connecting::start(scheme::http, "origin.example", 80, {.proxy = http_proxy_at(proxy_end)},
                                       driven::start_time())};
            bool is_served = false;
            for (int i = 0; i < 100; ++i) {
                const auto stepped = d.step();
                if (!stepped) {
                    EXPECT_TRUE(stepped.error().system == system || stepped.error() == errc::connect_timeout)
                        << to_string(stepped.error());
                    if (!is_served) proxy_end.drop_waiting();
                    return;
                }
                if (*stepped) return;
                if (!is_served && d.attempt().stage() == connect_stage::proxy && d.attempt().wants().size() == 1 &&
                    !d.attempt().wants().front().wanted.write) {
                    serve_connect(proxy_end);
                    is_served = true;
                }
                const auto waited = net::wait_any(d.attempt().wants(), net::deadline{5s});
                if (!waited) {
                    EXPECT_EQ(waited.error().system, system);
                    if (!is_served) proxy_end.drop_waiting();
                    return;
                }
            }
            ADD_FAILURE() << "no end of it";
        });
    }
}

}  // namespace
}  // namespace mint::http
