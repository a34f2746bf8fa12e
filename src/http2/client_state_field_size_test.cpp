// MAX_HEADER_LIST_SIZE of the server (RFC 9113 §6.5.2).
#include "support/http2_talk.hpp"

#include <mint/http2/client_machine.hpp>

#include <string>

#include <gtest/gtest.h>

namespace mint::http2 {
namespace {

using namespace testing;

const std::string limit_of_300 = h2::settings({{h2::max_header_list_size, 300}, {h2::enable_connect_protocol, 1}});

headers with_field_of(std::size_t size) {
    headers fields;
    EXPECT_TRUE(fields.append("a", std::string(size, 'x')));
    return fields;
}

std::expected<request_ref, error> get(http2_talk& talk, const headers& fields) {
    return talk.machine.request({.method = "GET", .target = "/", .fields = fields}, no_body{});
}

TEST(http2_field_size, over_the_servers_limit_is_refused_with_the_limit_in_the_text) {
    http2_talk talk;
    talk.open(limit_of_300);
    const auto refused = get(talk, with_field_of(300));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), errc::header_list_too_big);
    EXPECT_NE(refused.error().detail.find("300"), std::string::npos) << refused.error().detail;
    EXPECT_EQ(talk.sent(), "");
    EXPECT_EQ(talk.machine.open_request_count(), 0u);
    const headers large = with_field_of(300);
    const auto connect = talk.machine.connect({.protocol = "websocket", .target = "/", .fields = large});
    EXPECT_EQ(connect.error(), errc::header_list_too_big);
    EXPECT_TRUE(get(talk, with_field_of(1)));
}

TEST(http2_field_size, counts_names_values_and_32_bytes_for_each_field) {
    http2_talk talk;
    talk.open(limit_of_300);
    // :method GET, :scheme https, :path /, :authority h, user-agent mint/0.1
    const std::size_t own = (7 + 3) + (7 + 5) + (5 + 1) + (10 + 1) + (10 + 8) + 5 * 32;
    const std::size_t room = 300 - own - 32 - 1;
    EXPECT_TRUE(get(talk, with_field_of(room)));
    EXPECT_EQ(get(talk, with_field_of(room + 1)).error(), errc::header_list_too_big);
}

TEST(http2_field_size, holds_for_requests_that_wait_when_the_settings_come) {
    http2_talk talk{{.authority = "h", .connection = {.assumed_max_streams = 1}}};
    talk.get();
    ASSERT_TRUE(get(talk, with_field_of(300)));
    const headers large = with_field_of(300);
    ASSERT_TRUE(talk.machine.connect({.protocol = "websocket", .target = "/", .fields = large}));
    talk.get("/small");
    EXPECT_EQ(talk.answer(limit_of_300), "#2 error header_list_too_big\n#3 error header_list_too_big\n");
    EXPECT_EQ(talk.machine.open_request_count(), 2u);
    const std::string lines = talk.sent();
    EXPECT_NE(lines.find(":path: /small"), std::string::npos) << lines;
    EXPECT_EQ(lines.find("xxx"), std::string::npos);
}

TEST(http2_field_size, holds_for_trailers_too_and_leaves_the_body_open) {
    http2_talk talk;
    talk.open(limit_of_300);
    const request_ref ref = talk.put();
    (void)talk.sent();
    EXPECT_EQ(talk.machine.stream_request_body(ref, eof{with_field_of(300)}).error(), errc::header_list_too_big);
    EXPECT_TRUE(talk.machine.is_streaming(ref));
    ASSERT_TRUE(talk.machine.stream_request_body(ref, eof{with_field_of(3)}));
    EXPECT_EQ(talk.sent(), "HEADERS #1 end | a: xxx\n");
}

}  // namespace
}  // namespace mint::http2
