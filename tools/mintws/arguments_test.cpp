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
using testing::Not;

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
    EXPECT_TRUE(options.open.fields.empty());
    EXPECT_TRUE(options.closes_at_end_of_input);
    EXPECT_EQ(options.close_timeout, 5s);
    EXPECT_EQ(options.open.connect.timeout, 30s);
    EXPECT_EQ(options.ping_interval, 0s);
    EXPECT_EQ(options.max_message_size, 64U << 20U);
}

TEST(arguments, take_one_value_for_each_header_before_the_url) {
    const auto options = client({"-H", "A: 1", "-H", "B:2", "ws://x/"});
    EXPECT_EQ(options.open.fields, (mint::headers{{"A", "1"}, {"B", "2"}}));
    EXPECT_EQ(options.url.host, "x");
}

TEST(arguments, repeat_what_may_be_repeated) {
    const auto options = client({"-s", "one", "ws://x/", "-s", "two", "-x", "first", "-x", "second"});
    EXPECT_THAT(options.open.upgrade.subprotocols, ElementsAre("one", "two"));
    EXPECT_THAT(options.first_messages, ElementsAre("first", "second"));
}

TEST(arguments, take_credentials_apart) {
    const auto both = client({"--auth", "a:b:c", "--proxy-user", "d", "ws://x/"});
    ASSERT_TRUE(both.auth && both.proxy_login);
    EXPECT_EQ(both.auth->username, "a");
    EXPECT_EQ(both.auth->password, "b:c");
    EXPECT_EQ(both.proxy_login->username, "d");
    EXPECT_FALSE(both.proxy_login->password);
    EXPECT_EQ(client({"--bearer", "t", "ws://x/"}).open.fields.find("authorization"), "Bearer t");
    EXPECT_EQ(client({"ws://a:b@x/"}).url.userinfo, "a:b");
}

TEST(arguments, follow_redirects_only_where_asked) {
    EXPECT_EQ(client({"ws://x/"}).open.redirects.max_count, 0U);
    EXPECT_EQ(client({"--max-redirs", "3", "ws://x/"}).open.redirects.max_count, 0U);
    EXPECT_EQ(client({"-L", "ws://x/"}).open.redirects.max_count, 10U);
    EXPECT_EQ(client({"-L", "--max-redirs", "3", "ws://x/"}).open.redirects.max_count, 3U);
    EXPECT_FALSE(client({"-L", "ws://x/"}).open.redirects.keeps_subprotocols);
    EXPECT_TRUE(client({"-L", "--keep-subprotocols", "ws://x/"}).open.redirects.keeps_subprotocols);
}

TEST(arguments, say_how_field_names_are_spelled) {
    EXPECT_FALSE(client({"ws://x/"}).open.connect.title_case_fields);
    EXPECT_TRUE(client({"--title-case", "ws://x/"}).open.connect.title_case_fields);
}

TEST(arguments, say_how_to_connect) {
    using mint::net::ip_preference;
    EXPECT_EQ(client({"ws://x/"}).open.connect.ip, ip_preference::both);
    EXPECT_EQ(client({"-4", "ws://x/"}).open.connect.ip, ip_preference::only_v4);
    EXPECT_EQ(client({"-6", "ws://x/"}).open.connect.ip, ip_preference::only_v6);
    EXPECT_EQ(client({"--unix", "/run/s", "ws://x/"}).open.connect.unix_path, "/run/s");
    EXPECT_EQ(client({"--connect-timeout", "1.5", "ws://x/"}).open.connect.timeout, 1500ms);
    EXPECT_EQ(client({"--connect-timeout", "0", "ws://x/"}).open.connect.timeout, std::chrono::milliseconds::max());
}

TEST(arguments, say_how_tls_is_spoken) {
    const auto plain = client({"wss://x/"}).open.connect.tls;
    EXPECT_FALSE(plain.insecure);
    EXPECT_EQ(plain.min_version, mint::net::tls_version::tls1_2);
    const auto tls = client({"--cacert", "ca", "--cert", "c", "--key", "k", "--pass", "p", "--pinnedpubkey",
                             "sha256//AA=;sha256//BB=", "--tls1.3", "wss://x/"})
                         .open.connect.tls;
    EXPECT_EQ(tls.ca_file, "ca");
    EXPECT_EQ(tls.certificate_file, "c");
    EXPECT_EQ(tls.key_file, "k");
    EXPECT_EQ(tls.passphrase, "p");
    EXPECT_THAT(tls.pinned_keys, ElementsAre("sha256//AA=", "sha256//BB="));
    EXPECT_EQ(tls.min_version, mint::net::tls_version::tls1_3);
    EXPECT_EQ(client({"--cert", "both", "wss://x/"}).open.connect.tls.key_file, "");
    EXPECT_TRUE(client({"-k", "wss://x/"}).open.connect.tls.insecure);
    EXPECT_FALSE(plain.allows_old_suites);
    EXPECT_TRUE(client({"--old-suites", "wss://x/"}).open.connect.tls.allows_old_suites);
}

TEST(arguments, tell_no_proxy_from_an_unnamed_one) {
    EXPECT_FALSE(client({"ws://x/"}).proxy);
    EXPECT_EQ(client({"--proxy", "", "ws://x/"}).proxy, "");
    EXPECT_EQ(client({"--proxy", "socks5://p", "--noproxy", "a,b", "ws://x/"}).no_proxy, "a,b");
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

TEST(arguments, show_no_password_of_a_url_that_can_not_be_read) {
    const auto shows_none = [](const std::string& text) {
        EXPECT_THAT(text, Not(HasSubstr("secret")));
        EXPECT_THAT(text, Not(HasSubstr("alice")));
        EXPECT_THAT(text, HasSubstr("…@"));
    };
    for (const char* url :
         {"ws://alice:secret@h/a b", "ws:/alice:secret@h/", "alice:secret@h", "http://alice:secret@h/",
          "ws://alice:secret@1.2.3/", "ws://alice:secret@[::1", "ws://alice:secret@h:0", "ws:alice:secret@h",
          "ws://alice:se secret@h/", "//alice:secret@h/", "wss://alice:secret/@h", "ftp://alice:secret@h"}) {
        shows_none(problem({url}).text);
        const auto demo = parse({"demo", url});
        ASSERT_FALSE(demo) << url;
        shows_none(demo.error().text);
    }
    shows_none(problem({"ws://h/", "ws://alice:secret@h/"}).text);
    shows_none(problem({"ws://h/", "secret@h/"}).text);
    EXPECT_THAT(problem({"--proxy", "http://alice:secret@h/x", "ws://h/"}).text, Not(HasSubstr("secret")));
    EXPECT_THAT(problem({"--proxy", "alice:se cret@h", "ws://h/"}).text, Not(HasSubstr("cret")));
    EXPECT_THAT(problem({"--unknown=ws://alice:secret@h/", "ws://h/"}).text, Not(HasSubstr("secret")));
}

TEST(arguments, name_what_is_wrong) {
    EXPECT_THAT(problem({}).text, HasSubstr("url"));
    EXPECT_THAT(problem({"http://x/"}).text, HasSubstr("ws://"));
    EXPECT_THAT(problem({"-H", "nocolon", "ws://x/"}).text, HasSubstr("no colon"));
    EXPECT_THAT(problem({"-H", "a b: c", "ws://x/"}).text, HasSubstr("no legal field"));
    EXPECT_THAT(problem({"--bearer", "a b", "ws://x/"}).text, HasSubstr("--bearer"));
    EXPECT_THAT(problem({"--auth", "a:b", "--bearer", "t", "ws://x/"}).text, HasSubstr("--bearer"));
    EXPECT_THAT(problem({"-4", "-6", "ws://x/"}).text, HasSubstr("--ipv4"));
    EXPECT_THAT(problem({"--key", "k", "wss://x/"}).text, HasSubstr("--cert"));
    EXPECT_THAT(problem({"--pinnedpubkey", "AA=", "wss://x/"}).text, HasSubstr("sha256//"));
    EXPECT_THAT(problem({"--tls1.2", "--tls1.3", "wss://x/"}).text, HasSubstr("--tls1.2"));
    EXPECT_THAT(problem({"--proxy", "ftp://p", "ws://x/"}).text, HasSubstr("--proxy"));
    EXPECT_THAT(problem({"--proxy", "p", "--unix", "/s", "ws://x/"}).text, HasSubstr("--unix"));
    EXPECT_THAT(problem({"--connect-timeout", "-1", "ws://x/"}).text, HasSubstr("--connect-timeout"));
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
    EXPECT_EQ(std::get<echo_options>(*echo).certificate_file, "");
    const auto tls = parse({"echo", "--port", "0", "--tls", "cert.pem", "key.pem"});
    ASSERT_TRUE(tls);
    EXPECT_EQ(std::get<echo_options>(*tls).certificate_file, "cert.pem");
    EXPECT_EQ(std::get<echo_options>(*tls).key_file, "key.pem");
    const auto demo = parse({"demo", "wss://localhost:9000/", "--cacert", "ca.pem"});
    ASSERT_TRUE(demo);
    EXPECT_EQ(std::get<demo_options>(*demo).ca_file, "ca.pem");
    EXPECT_EQ(std::get<demo_options>(*demo).url.port, 9000);
    EXPECT_FALSE(std::get<demo_options>(*demo).compresses);
    EXPECT_TRUE(std::get<demo_options>(*parse({"demo", "ws://localhost/", "--compress"})).compresses);
    EXPECT_EQ(problem({"demo", "ws://localhost/", "--compress", "--http2"}).status, exit_status::usage);
    EXPECT_EQ(problem({"echo"}).status, exit_status::usage);
    EXPECT_EQ(problem({"echo", "--port", "70000"}).status, exit_status::usage);
    EXPECT_EQ(problem({"echo", "--port", "0", "--tls", "cert.pem"}).status, exit_status::usage);
    EXPECT_EQ(problem({"demo"}).status, exit_status::usage);
}

}  // namespace
}  // namespace mintws
