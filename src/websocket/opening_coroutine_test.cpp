// Each options struct written out in a coroutine: GCC 12 refuses that if a vector in it has a default in braces.
#include <mint/http/connect_options.hpp>
#include <mint/http/proxy_environment.hpp>
#include <mint/http1/client_machine.hpp>
#include <mint/http2/client_machine.hpp>
#include <mint/websocket/opening.hpp>
#include <mint/ws/codec.hpp>
#include <mint/ws/frame_encoder.hpp>
#include <mint/ws/message_assembler.hpp>
#include <mint/ws/permessage_deflate.hpp>

#include <chrono>
#include <coroutine>
#include <exception>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace mint {
namespace {

using namespace std::chrono_literals;

/// A coroutine that runs to its end at once.
struct task {
    struct promise_type {
        task get_return_object() noexcept { return {}; }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() noexcept {}
        void unhandled_exception() { std::terminate(); }
    };
};

/// Gives back what it was made of.
template <class Options>
struct pass {
    explicit pass(const Options& o) : given(o) {}

    [[nodiscard]] bool await_ready() const noexcept { return true; }
    void await_suspend(std::coroutine_handle<>) const noexcept {}
    [[nodiscard]] Options await_resume() { return std::move(given); }

    Options given;
};

/// Compiled and never run: GCC 12 destroys such a temporary twice, whatever is in it.
[[maybe_unused]] task pass_each(int& count) {
    const auto open = co_await pass<open_options>({.connect = {.timeout = 3s}, .create = {.validate_utf8 = false}});
    EXPECT_EQ(open.connect.timeout, 3s);
    EXPECT_EQ(open.connect.protocols.size(), 1U);
    ++count;
    const auto connect = co_await pass<http::connect_options>({.tls = {.insecure = true}, .unix_path = "/x"});
    EXPECT_EQ(connect.protocols.size(), 1U);
    EXPECT_EQ(connect.protocols.front(), http::protocol::http1);
    ++count;
    const auto deflate = co_await pass<ws::permessage_deflate_options>({.min_size = 1});
    EXPECT_EQ(deflate.offers.size(), 1U);
    ++count;
    EXPECT_TRUE((co_await pass<net::tls_options>({.ciphers = "X"})).pinned_keys.empty());
    ++count;
    EXPECT_TRUE((co_await pass<upgrade_options>({.random = nullptr})).subprotocols.empty());
    ++count;
    EXPECT_TRUE((co_await pass<create_options>({.require_subprotocol = true})).require_subprotocol);
    ++count;
    EXPECT_EQ((co_await pass<http1::client_options>({.host = "h"})).host, "h");
    ++count;
    static_cast<void>(co_await pass<http2::client_options>({}));
    ++count;
    static_cast<void>(co_await pass<http2::connection_options>({}));
    ++count;
    static_cast<void>(co_await pass<net::socket_options>({.send_buffer_size = 1}));
    ++count;
    static_cast<void>(co_await pass<ws::codec_options>({.validate_utf8 = false}));
    ++count;
    static_cast<void>(co_await pass<ws::encode_options>({}));
    ++count;
    static_cast<void>(co_await pass<ws::assembler_options>({}));
    ++count;
    static_cast<void>(co_await pass<redirect_policy>({.max_count = 1}));
    ++count;
    static_cast<void>(co_await pass<http::proxy>({.host = "h", .port = 1}));
    ++count;
    static_cast<void>(co_await pass<http::proxy_environment>({.http_proxy = "p"}));
    ++count;
}

/// What runs with every compiler: the awaitable, or the options, made before they are awaited.
task pass_what_was_made_before(int& count) {
    auto open = pass<open_options>({.connect = {.timeout = 3s}, .create = {.validate_utf8 = false}});
    const auto opened = co_await open;
    EXPECT_EQ(opened.connect.timeout, 3s);
    EXPECT_EQ(opened.connect.protocols, std::vector{http::protocol::http1});
    ++count;
    const ws::permessage_deflate_options options{.min_size = 1};
    auto deflate = pass<ws::permessage_deflate_options>(options);
    EXPECT_EQ((co_await deflate).offers.size(), 1U);
    ++count;
}

TEST(options_in_a_coroutine, can_be_written_out) {
    int count = 0;
    pass_what_was_made_before(count);
    EXPECT_EQ(count, 2);
}

}  // namespace
}  // namespace mint
