#include "conversation.hpp"
#include "deflated_messages.hpp"
#include "servers.hpp"
#include "support/certificates.hpp"
#include "support/deflate_pair.hpp"

#include <mint/ws/permessage_deflate.hpp>

#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace mint::test {
namespace {

using testing::json_of;

/// permessage-deflate over HTTP/2, by way of real proxies and of a server that has both itself.
class http2_deflate : public ::testing::TestWithParam<http2_peer> {
  protected:
    conversation open(http::mode mode, const ws::permessage_deflate_options& options) {
        conversation_options wanted{.is_secure = true,
                                    .mode = mode,
                                    .upgrade = {.extensions = {ws::permessage_deflate::create(options).value()}}};
        wanted.connect.protocols = {http::protocol::http2};
        wanted.connect.tls.ca_file = testing::certificates::shared().ca.certificate_file;
        auto c = conversation::open(server_.port(), wanted);
        EXPECT_EQ(c.connection().protocol(), http::protocol::http2);
        EXPECT_EQ(c.socket().extensions().size(), 1U);
        return c;
    }

    test_server backend_ = start_deflating_server(peer::npm_ws, R"({"threshold":0})");
    test_server server_ = start_deflating_http2_server_of(GetParam(), backend_);
};

INSTANTIATE_TEST_SUITE_P(servers, http2_deflate,
                         ::testing::Values(http2_peer::nghttpx, http2_peer::haproxy, http2_peer::apache,
                                           http2_peer::lighttpd, http2_peer::hypercorn),
                         [](const auto& of) { return std::string{name_of(of.param)}; });

TEST_P(http2_deflate, messages_of_any_kind_and_size_come_back) {
    for (const auto mode : {http::mode::active, http::mode::passive}) {
        auto c = open(mode, {.compression = ws::compression::always, .min_size = 0});
        exchange_messages_of_any_kind_and_size(c);
    }
}

TEST_P(http2_deflate, other_parameters_and_messages_left_as_they_are_serve_as_well) {
    auto c = open(http::mode::passive, {.offers = {{.server_no_context_takeover = true,
                                                    .client_no_context_takeover = true,
                                                    .server_max_window_bits = 12,
                                                    .client_max_window_bits = 11},
                                                   {}}});
    for (unsigned i = 0; i < 10; ++i) {
        const std::string json = json_of(500U + 200 * i, i);
        c.send_text(json);
        ASSERT_EQ(c.expect_text(), json);
        c.send_text("as it is");
        ASSERT_EQ(c.expect_text(), "as it is");
    }
}

}  // namespace
}  // namespace mint::test
