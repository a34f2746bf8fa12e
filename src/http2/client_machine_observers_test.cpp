#include "support/http2_talk.hpp"

#include <mint/http2/client_machine.hpp>

#include <string>

#include <gtest/gtest.h>

namespace mint::http2 {
namespace {

using mint::testing::h2::head_of_1;

using namespace testing;

TEST(http2_client_machine, settings_of_both_sides_can_be_read) {
    http2_talk talk;
    EXPECT_EQ(talk.machine.server_settings(), settings{});
    EXPECT_EQ(talk.machine.client_settings(), settings{});
    EXPECT_EQ(talk.answer(h2::settings({{h2::header_table_size, 100},
                                        {h2::max_concurrent_streams, 8},
                                        {h2::initial_window_size, 1000},
                                        {h2::max_frame_size, 20'000},
                                        {h2::max_header_list_size, 4096},
                                        {h2::enable_connect_protocol, 1}})),
              "");
    EXPECT_EQ(talk.machine.server_settings(), (settings{.header_table_size = 100,
                                                        .max_concurrent_streams = 8,
                                                        .initial_window_size = 1000,
                                                        .max_frame_size = 20'000,
                                                        .max_header_list_size = 4096,
                                                        .enable_connect_protocol = true}));
    EXPECT_EQ(talk.machine.client_settings(), settings{});
    EXPECT_EQ(talk.answer(h2::settings_ack()), "");
    EXPECT_EQ(talk.machine.client_settings(),
              (settings{.enable_push = false, .initial_window_size = 1024 * 1024, .max_header_list_size = 64 * 1024}));
}

TEST(http2_client_machine, settings_hold_once_they_are_acknowledged) {
    http2_talk talk;
    talk.open();
    ASSERT_TRUE(talk.machine.put_settings({.max_concurrent_streams = 5, .initial_window_size = 100'000}));
    EXPECT_EQ(talk.sent(), "SETTINGS 3=5 4=100000\n");
    EXPECT_EQ(talk.machine.client_settings().initial_window_size, 1024U * 1024);
    EXPECT_EQ(talk.answer(h2::settings_ack()), "");
    EXPECT_EQ(talk.machine.client_settings().initial_window_size, 100'000u);
    EXPECT_EQ(talk.machine.client_settings().max_concurrent_streams, 5u);
}

TEST(http2_client_machine, counts_requests_until_their_response_is_complete) {
    http2_talk talk;
    talk.open();
    talk.get();
    talk.put();
    EXPECT_EQ(talk.machine.open_request_count(), 2u);
    EXPECT_EQ(talk.answer(h2::headers(3, {{":status", "200"}}, h2::end_stream)),
              "#2 status 200 \n#2 headers\n#2 done\n");
    EXPECT_EQ(talk.machine.open_request_count(), 1u);
    EXPECT_EQ(talk.answer(head_of_1 + h2::data(1, "", h2::end_stream)), "#1 status 200 \n#1 headers\n#1 done\n");
    EXPECT_EQ(talk.machine.open_request_count(), 0u);
}

}  // namespace
}  // namespace mint::http2
