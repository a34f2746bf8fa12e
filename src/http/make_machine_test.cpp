#include "http/make_machine.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mint::http::detail {
namespace {

const connect_options only_http2{.protocols = {protocol::http2}};
const connect_options both{.protocols = {protocol::http2, protocol::http1}};

TEST(make_machine, offers_what_is_allowed_in_its_order) {
    EXPECT_EQ(alpn_of(both.protocols), (std::vector<std::string>{"h2", "http/1.1"}));
    EXPECT_EQ(alpn_of({protocol::http1}), std::vector<std::string>{"http/1.1"});
}

TEST(make_machine, a_server_that_chooses_nothing_speaks_http1_where_that_may_be) {
    EXPECT_EQ(protocol_of_alpn("h2", both).value(), protocol::http2);
    EXPECT_EQ(protocol_of_alpn("http/1.1", both).value(), protocol::http1);
    EXPECT_EQ(protocol_of_alpn("", both).value(), protocol::http1);
    EXPECT_EQ(protocol_of_alpn("", connect_options{}).value(), protocol::http1);
    EXPECT_EQ(protocol_of_alpn("h2", only_http2).value(), protocol::http2);
    EXPECT_EQ(protocol_of_alpn("", only_http2).error(), errc::alpn_mismatch);
}

TEST(make_machine, each_protocol_has_its_machine_with_the_callers_options) {
    const machine_target target{.authority = "h:1", .first_ref = 7};
    auto m = make_machine(protocol::http2, {.http2 = {.initial_window_size = 1000}, .user_agent = "me"}, target);
    ASSERT_NE(m.http2(), nullptr);
    EXPECT_EQ(m.protocol(), protocol::http2);
    EXPECT_EQ(m.http2()->authority(), "h:1");
    buffer queue;
    EXPECT_EQ(m.request("GET", "/", {}, no_body{}, queue).value(), request_ref{7});
    EXPECT_TRUE(queue.empty()) << "it keeps its octets until they are fetched";

    auto other = make_machine(protocol::http1, {.user_agent = "me"}, target);
    ASSERT_NE(other.http1(), nullptr);
    EXPECT_EQ(other.request("GET", "/", {}, no_body{}, queue).value(), request_ref{7});
    EXPECT_EQ(as_text(queue.view()), "GET / HTTP/1.1\r\nhost: h:1\r\nuser-agent: me\r\n\r\n");
}

TEST(make_machine, a_proxy_that_forwards_gets_absolute_targets_and_its_fields) {
    auto m = make_machine(protocol::http1, {.user_agent = ""},
                          {.authority = "h:1", .is_forwarded = true, .proxy_fields = {{"for", "proxy"}}});
    buffer queue;
    ASSERT_TRUE(m.request("GET", "/x", {}, no_body{}, queue));
    EXPECT_EQ(as_text(queue.view()), "GET http://h:1/x HTTP/1.1\r\nhost: h:1\r\nfor: proxy\r\n\r\n");
}

}  // namespace
}  // namespace mint::http::detail
