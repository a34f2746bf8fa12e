// What one connection does over its life: keep-alive, pipelining, who may send when.
#include "support/http1_talk.hpp"

#include <mint/http1/client_machine.hpp>

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace mint::http1 {
namespace {

using testing::get;
using testing::gets;
using testing::no_fields;
using testing::one;
using testing::peer_end;
using testing::talk;

client_machine machine_for_tests() { return client_machine{{.host = "h"}}; }

std::expected<void, error> give(client_machine& machine, std::string_view octets) {
    std::vector<response> out;
    return machine.receive(as_bytes(octets), out);
}

TEST(http1_client_machine, refs_count_up_from_the_first) {
    client_machine machine{{.host = "h", .first_ref = 40}};
    buffer out;
    EXPECT_EQ(machine.request(get, no_body{}, out), request_ref{40});
    EXPECT_EQ(machine.request(get, no_body{}, out), request_ref{41});
}

TEST(http1_client_machine, a_refused_request_takes_no_ref_and_writes_nothing) {
    client_machine machine = machine_for_tests();
    buffer out;
    EXPECT_FALSE(machine.request({.method = "G T", .target = "/", .fields = no_fields}, no_body{}, out));
    EXPECT_TRUE(out.empty());
    EXPECT_EQ(machine.open_request_count(), 0u);
    EXPECT_EQ(machine.request(get, no_body{}, out), request_ref{1});
}

TEST(http1_client_machine, pipelined_responses_come_in_the_order_of_the_requests) {
    EXPECT_EQ(talk(gets(3),
                   "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\na"
                   "HTTP/1.1 404 No\r\ncontent-length: 0\r\n\r\n"
                   "HTTP/1.1 204 \r\n\r\n"),
              "#1 status 200 OK\n#1 headers content-length: 1\n#1 data a\n#1 done\n"
              "#2 status 404 No\n#2 headers content-length: 0\n#2 done\n"
              "#3 status 204 \n#3 headers\n#3 done\n");
}

TEST(http1_client_machine, the_pipeline_has_a_limit) {
    client_machine machine{{.host = "h", .limits = {.max_pipelined_request_count = 2}}};
    buffer out;
    ASSERT_TRUE(machine.request(get, no_body{}, out));
    ASSERT_TRUE(machine.request(get, no_body{}, out));
    EXPECT_EQ(machine.request(get, no_body{}, out).error(), errc::send_queue_full);
    EXPECT_FALSE(machine.is_open_for_requests());
    ASSERT_TRUE(give(machine, "HTTP/1.1 204 \r\n\r\n"));
    EXPECT_TRUE(machine.request(get, no_body{}, out));
}

TEST(http1_client_machine, stays_open_after_a_response_in_http_1_1) {
    client_machine machine = machine_for_tests();
    buffer out;
    ASSERT_TRUE(machine.request(get, no_body{}, out));
    EXPECT_EQ(machine.open_request_count(), 1u);
    ASSERT_TRUE(give(machine, "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"));
    EXPECT_EQ(machine.open_request_count(), 0u);
    EXPECT_TRUE(machine.is_open_for_requests());
    EXPECT_FALSE(machine.wants_close());
}

TEST(http1_client_machine, connection_close_ends_it_in_any_case_list_and_line) {
    for (const char* fields : {"connection: close", "Connection: CLOSE", "connection: x, close",
                               "connection: keep-alive\r\nconnection: foo , Close"}) {
        client_machine machine = machine_for_tests();
        buffer out;
        ASSERT_TRUE(machine.request(get, no_body{}, out));
        ASSERT_TRUE(give(machine, "HTTP/1.1 200 OK\r\n" + std::string{fields} + "\r\ncontent-length: 1\r\n\r\n"));
        EXPECT_FALSE(machine.is_open_for_requests()) << "told already: " << fields;
        EXPECT_FALSE(machine.wants_close()) << "not all there: " << fields;
        ASSERT_TRUE(give(machine, "x"));
        EXPECT_TRUE(machine.wants_close()) << fields;
        EXPECT_EQ(machine.request(get, no_body{}, out).error(), errc::connection_closed);
    }
}

TEST(http1_client_machine, http_1_0_closes_unless_it_says_keep_alive) {
    for (const auto& [field, is_closed] :
         {std::pair{"x: y", true}, {"connection: keep-alive", false}, {"connection: Keep-Alive, close", true}}) {
        client_machine machine = machine_for_tests();
        buffer out;
        ASSERT_TRUE(machine.request(get, no_body{}, out));
        ASSERT_TRUE(give(machine, "HTTP/1.0 200 OK\r\ncontent-length: 0\r\n" + std::string{field} + "\r\n\r\n"));
        EXPECT_EQ(machine.wants_close(), is_closed) << field;
        EXPECT_EQ(machine.is_open_for_requests(), !is_closed) << field;
    }
}

TEST(http1_client_machine, requests_behind_a_closing_response_get_an_error) {
    EXPECT_EQ(talk(gets(3), "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 1\r\n\r\na"),
              "#1 status 200 OK\n#1 headers connection: close | content-length: 1\n#1 data a\n#1 done\n"
              "#2 error connection_closed\n#3 error connection_closed\n");
}

// RFC 9112 §9.6: what comes behind the last response answers nothing.
TEST(http1_client_machine, octets_behind_a_closing_response_are_dropped) {
    EXPECT_EQ(talk(gets(1), "HTTP/1.1 204 \r\nconnection: close\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"),
              "#1 status 204 \n#1 headers connection: close\n#1 done\n");
}

TEST(http1_client_machine, a_request_with_connection_close_is_the_last) {
    client_machine machine = machine_for_tests();
    buffer out;
    const headers last{{"connection", "close"}};
    ASSERT_TRUE(machine.request({.method = "GET", .target = "/", .fields = last}, no_body{}, out));
    EXPECT_FALSE(machine.is_open_for_requests());
    EXPECT_EQ(machine.request(get, no_body{}, out).error(), errc::connection_closed);
    ASSERT_TRUE(give(machine, "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"));
    EXPECT_TRUE(machine.wants_close());
}

TEST(http1_client_machine, the_end_with_nothing_awaited_is_a_closed_connection) {
    client_machine machine = machine_for_tests();
    std::vector<response> responses;
    EXPECT_EQ(machine.receive_eof(responses).error(), errc::connection_closed);
    EXPECT_EQ(machine.receive_eof(responses).error(), errc::connection_closed);
    EXPECT_TRUE(responses.empty());
    EXPECT_TRUE(machine.wants_close());
    buffer out;
    EXPECT_EQ(machine.request(get, no_body{}, out).error(), errc::connection_closed);
    EXPECT_EQ(machine.stream_request_body(request_ref{1}, byte_view{}, out).error(), errc::connection_closed);
}

TEST(http1_client_machine, a_moved_machine_goes_on_where_it_was) {
    client_machine machine = machine_for_tests();
    buffer out;
    ASSERT_TRUE(machine.request(get, no_body{}, out));
    ASSERT_TRUE(give(machine, "HTTP/1.1 200 OK\r\ncontent-le"));
    client_machine moved = std::move(machine);
    ASSERT_TRUE(give(moved, "ngth: 2\r\n\r\na"));
    machine = std::move(moved);
    std::vector<response> responses;
    ASSERT_TRUE(machine.receive(as_bytes("b"), responses));
    ASSERT_EQ(responses.size(), 2u);
    EXPECT_TRUE(std::holds_alternative<responses::done>(responses[1]));
}

TEST(http1_client_machine, whole_data_views_the_input) {
    client_machine machine = machine_for_tests();
    buffer out;
    ASSERT_TRUE(machine.request(get, no_body{}, out));
    const std::string answer = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    std::vector<response> responses;
    ASSERT_TRUE(machine.receive(as_bytes(answer), responses));
    const auto* data = std::get_if<responses::data>(&responses.at(2));
    ASSERT_NE(data, nullptr);
    EXPECT_EQ(as_text(data->bytes).data(), answer.data() + answer.find("hello"));
}

}  // namespace
}  // namespace mint::http1
