#include "support/frame_script.hpp"
#include "support/http2_frames.hpp"
#include "support/scripted_peer.hpp"

#include <mint/adapters/mailbox.hpp>
#include <mint/net/wait.hpp>
#include <mint/websocket/opening.hpp>

#include <chrono>
#include <string>
#include <utility>
#include <variant>

#include <gtest/gtest.h>

namespace mint {
namespace {

namespace h2 = mint::testing::h2;
using mint::testing::scripted_peer;
using mint::testing::wire;
using namespace std::chrono_literals;

class mailbox_opening : public ::testing::TestWithParam<mailbox::backend> {};

TEST_P(mailbox_opening, gives_what_came_with_the_answer) {
    const std::string hi = wire(0x81, "hi");
    for (const http::protocol p : {http::protocol::http1, http::protocol::http2}) {
        scripted_peer peer;
        open_options options;
        options.connect.protocols = {p};
        auto attempt = opening::start(parse_url("ws://127.0.0.1:" + std::to_string(peer.port()) + "/").value(), options,
                                      opening::clock::now())
                           .value();
        bool has_served = false;
        std::optional<opened_websocket> opened;
        while (!opened) {
            auto stepped = attempt.step(opening::clock::now());
            ASSERT_TRUE(stepped) << to_string(stepped.error());
            if (*stepped) opened.emplace(std::move(**stepped));
            if (opened) break;
            const bool waits_for_answer = attempt.describe().find("upgrade") != std::string::npos;
            if (waits_for_answer && !std::exchange(has_served, true)) {
                peer.accept();
                if (p == http::protocol::http1) {
                    peer.accept_upgrade(hi);
                } else {
                    peer.send(h2::settings({{h2::enable_connect_protocol, 1}}) + h2::headers(1, {{":status", "200"}}) +
                              h2::data(1, hi));
                }
            }
            ASSERT_TRUE(net::wait_any(attempt.wants(), net::deadline{10s}));
        }
        mailbox box{GetParam()};
        ASSERT_TRUE(box.add(opened->connection));
        std::string received;
        while (received.empty()) {
            const auto message = box.receive(10s);
            ASSERT_TRUE(message) << to_string(message.error());
            const auto list = opened->connection.stream(*message, box.scratch());
            ASSERT_TRUE(list);
            for (const response& r : *list) {
                if (const auto* data = std::get_if<responses::data>(&r)) received += as_text(data->bytes);
            }
        }
        EXPECT_EQ(received, hi);
    }
}

INSTANTIATE_TEST_SUITE_P(backends, mailbox_opening, ::testing::Values(mailbox::backend::best, mailbox::backend::poll),
                         [](const auto& chosen) { return chosen.param == mailbox::backend::best ? "best" : "poll"; });

}  // namespace
}  // namespace mint
