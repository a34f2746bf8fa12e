#include "support/http2_frames.hpp"

#include <mint/http/machine.hpp>

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

namespace mint::http::detail {
namespace {

namespace h2 = mint::testing::h2;

constexpr std::string_view switching = "HTTP/1.1 101 x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n";

TEST(http_machine, of_http1_appends_to_the_queue_and_has_nothing_to_take) {
    machine m{http1::client_options{.host = "h"}};
    buffer queue;
    const auto ref = m.request("POST", "/", {}, streamed_body{}, queue).value();
    EXPECT_TRUE(m.is_streaming(ref));
    ASSERT_TRUE(m.stream_request_body(ref, as_bytes("x"), queue));
    ASSERT_TRUE(m.stream_request_body(ref, eof{}, queue));
    EXPECT_TRUE(as_text(queue.view()).ends_with("1\r\nx\r\n0\r\n\r\n"));
    EXPECT_FALSE(m.wants_write());
    EXPECT_EQ(m.queued_size(), 0U);
    EXPECT_EQ(m.http2(), nullptr);
}

TEST(http_machine, of_http2_gives_its_octets_when_they_are_taken) {
    machine m{http2::client_options{.authority = "h"}};
    buffer queue;
    const auto ref = m.request("POST", "/", {}, streamed_body{}, queue).value();
    ASSERT_TRUE(m.stream_request_body(ref, as_bytes("x"), queue));
    ASSERT_TRUE(m.stream_request_body(ref, eof{}, queue));
    EXPECT_TRUE(queue.empty());
    EXPECT_TRUE(m.wants_write());
    const std::size_t size = m.queued_size();
    m.take(queue);
    EXPECT_EQ(queue.size(), size);
    EXPECT_FALSE(m.wants_write());
    EXPECT_FALSE(m.is_streaming(ref));
    EXPECT_EQ(m.http1(), nullptr);
}

TEST(http_machine, a_tunnel_is_the_connection_or_one_stream) {
    machine one{http1::client_options{.host = "h"}};
    buffer queue;
    const headers fields{{"connection", "upgrade"}, {"upgrade", "websocket"}};
    const auto ref = one.http1()->upgrade({"GET", "/", fields}, queue).value();
    std::vector<response> out;
    ASSERT_TRUE(one.receive(as_bytes(switching), out));
    EXPECT_TRUE(one.is_tunnel());
    EXPECT_TRUE(one.is_tunnel(ref));
    EXPECT_FALSE(one.is_tunnel(request_ref{99}));

    machine many{http2::client_options{.authority = "h"}};
    const auto stream = many.http2()->connect({.protocol = "websocket", .target = "/", .fields = {}}).value();
    const std::string answer = h2::settings({{h2::enable_connect_protocol, 1}}) + h2::headers(1, {{":status", "200"}});
    ASSERT_TRUE(many.receive(as_bytes(answer), out));
    EXPECT_FALSE(many.is_tunnel()) << "the connection isn't";
    EXPECT_TRUE(many.is_tunnel(stream));
    EXPECT_EQ(many.open_request_count(), 1U);
    EXPECT_FALSE(many.receive_eof(out));
    EXPECT_TRUE(many.wants_close());
    EXPECT_FALSE(many.is_open_for_requests());
    EXPECT_FALSE(many.wants_shutdown());
}

}  // namespace
}  // namespace mint::http::detail
