#include "arguments.hpp"

#include <initializer_list>
#include <string>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mintws {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

std::expected<command, early_end> parse(std::initializer_list<const char*> arguments) {
    return parse_arguments({arguments.begin(), arguments.size()});
}

client_options client(std::initializer_list<const char*> arguments) {
    const auto parsed = parse(arguments);
    EXPECT_TRUE(parsed) << parsed.error().text;
    return parsed ? std::get<client_options>(*parsed) : client_options{};
}

early_end problem(std::initializer_list<const char*> arguments) {
    const auto parsed = parse(arguments);
    EXPECT_FALSE(parsed);
    return parsed ? early_end{} : parsed.error();
}

TEST(arguments, take_a_url_alone) {
    const auto options = client({"ws://example.com:9000/chat?room=1"});
    EXPECT_EQ(options.url.host, "example.com");
    EXPECT_EQ(options.url.port, 9000);
    EXPECT_EQ(options.url.target, "/chat?room=1");
    EXPECT_TRUE(options.fields.empty());
    EXPECT_TRUE(options.closes_at_end_of_input);
    EXPECT_EQ(options.close_timeout, 5s);
    EXPECT_EQ(options.connect_timeout, 30s);
    EXPECT_EQ(options.ping_interval, 0s);
    EXPECT_EQ(options.max_message_size, 64U << 20U);
}

TEST(arguments, take_one_value_for_each_header_before_the_url) {
    const auto options = client({"-H", "A: 1", "-H", "B:2", "ws://x/"});
    EXPECT_EQ(options.fields, (mint::headers{{"A", "1"}, {"B", "2"}}));
    EXPECT_EQ(options.url.host, "x");
}

TEST(arguments, repeat_what_may_be_repeated) {
    const auto options = client({"-s", "one", "ws://x/", "-s", "two", "-x", "first", "-x", "second"});
    EXPECT_THAT(options.subprotocols, ElementsAre("one", "two"));
    EXPECT_THAT(options.first_messages, ElementsAre("first", "second"));
}

TEST(arguments, make_authorization_of_credentials) {
    EXPECT_EQ(client({"--auth", "a:b", "ws://x/"}).fields.find("authorization"), "Basic YTpi");
    EXPECT_EQ(client({"--bearer", "t", "ws://x/"}).fields.find("authorization"), "Bearer t");
    EXPECT_EQ(client({"ws://a:b@x/"}).fields.find("authorization"), "Basic YTpi");
    EXPECT_EQ(client({"ws://a@x/"}).fields.find("authorization"), "Basic YTo=");
    EXPECT_EQ(client({"--bearer", "t", "ws://a:b@x/"}).fields.find("authorization"), "Bearer t");
    EXPECT_EQ(client({"-H", "Authorization: own", "ws://a:b@x/"}).fields.find("authorization"), "own");
}

TEST(arguments, take_durations_in_fractions_of_seconds) {
    const auto options = client({"ws://x/", "-w", "0.25", "--close-timeout", "0", "--ping-interval", "1.5"});
    EXPECT_EQ(options.wait, 250ms);
    EXPECT_EQ(options.close_timeout, 0ms);
    EXPECT_EQ(options.ping_interval, 1500ms);
}

TEST(arguments, take_sizes_with_units) {
    EXPECT_EQ(client({"ws://x/", "--max-message-size", "3MiB"}).max_message_size, 3U << 20U);
    EXPECT_EQ(client({"ws://x/", "--max-message-size", "1000"}).max_message_size, 1000U);
}

TEST(arguments, count_messages) {
    EXPECT_EQ(client({"-1", "ws://x/"}).message_count, 1U);
    EXPECT_EQ(client({"-N", "7", "ws://x/"}).message_count, 7U);
    EXPECT_FALSE(client({"ws://x/"}).message_count);
}

TEST(arguments, name_what_is_wrong) {
    EXPECT_THAT(problem({}).text, HasSubstr("url"));
    EXPECT_THAT(problem({"wss://x/"}).text, HasSubstr("no TLS yet"));
    EXPECT_THAT(problem({"http://x/"}).text, HasSubstr("ws://"));
    EXPECT_THAT(problem({"-H", "nocolon", "ws://x/"}).text, HasSubstr("no colon"));
    EXPECT_THAT(problem({"-H", "a b: c", "ws://x/"}).text, HasSubstr("no legal field"));
    EXPECT_THAT(problem({"--auth", "user", "ws://x/"}).text, HasSubstr("--auth"));
    EXPECT_THAT(problem({"--close-code", "1006", "ws://x/"}).text, HasSubstr("1006"));
    EXPECT_THAT(problem({"--close-reason", "\xff", "ws://x/"}).text, HasSubstr("--close-reason"));
    EXPECT_THAT(problem({"-w", "nan", "ws://x/"}).text, HasSubstr("--wait"));
    EXPECT_THAT(problem({"-1", "-N", "3", "ws://x/"}).text, HasSubstr("--count"));
    EXPECT_EQ(problem({"--unknown", "ws://x/"}).status, exit_status::usage);
}

TEST(arguments, succeed_with_help_and_version) {
    EXPECT_EQ(problem({"--help"}).status, exit_status::success);
    EXPECT_THAT(problem({"--help"}).text, HasSubstr("Exit status:"));
    EXPECT_THAT(problem({"echo", "--help"}).text, HasSubstr("--port"));
    EXPECT_THAT(problem({"--version"}).text, HasSubstr("mintws "));
}

TEST(arguments, choose_the_echo_server_and_the_demo) {
    const auto echo = parse({"echo", "--port", "0", "--host", "::1"});
    ASSERT_TRUE(echo);
    EXPECT_EQ(std::get<echo_options>(*echo).host, "::1");
    const auto demo = parse({"demo", "ws://localhost:9000/"});
    ASSERT_TRUE(demo);
    EXPECT_EQ(std::get<demo_options>(*demo).url.port, 9000);
    EXPECT_EQ(problem({"echo"}).status, exit_status::usage);
    EXPECT_EQ(problem({"echo", "--port", "70000"}).status, exit_status::usage);
    EXPECT_EQ(problem({"demo"}).status, exit_status::usage);
}

}  // namespace
}  // namespace mintws
