#include "net/lookup_options.hpp"
#include "support/dns_server.hpp"
#include "support/fail_at_each_call.hpp"

#include <mint/net/resolver.hpp>
#include <mint/net/wait.hpp>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

namespace mint::net {
namespace {

using mint::testing::calls;
using mint::testing::dns_server;
using namespace std::chrono_literals;

static_assert(std::is_nothrow_move_constructible_v<lookup> && std::is_nothrow_move_assignable_v<lookup>);

/// "v6 [::1]:80" and the like; "v4: " and the error's detail where there is none.
std::string text_of(const lookup_answer& answer) {
    std::string text = answer.version == ip_version::v4 ? "v4" : "v6";
    if (!answer.addresses) return text + ": " + answer.addresses.error().detail;
    for (const address& a : *answer.addresses) text += " " + to_string(a);
    return text;
}

std::vector<std::string> texts_of(const std::vector<lookup_answer>& answers) {
    std::vector<std::string> texts;
    for (const auto& answer : answers) texts.push_back(text_of(answer));
    return texts;
}

using texts = std::vector<std::string>;

/// A lookup that asks nobody is done with its first step.
texts known_at_once(std::string_view host, ip_preference which = ip_preference::both) {
    auto asked = lookup::start(host, 80, which).value();
    EXPECT_TRUE(asked.wants().empty());
    EXPECT_FALSE(asked.is_done());
    const auto now = lookup::clock::now();
    EXPECT_EQ(asked.deadline(now), now);
    std::vector<lookup_answer> answers;
    asked.step(answers);
    EXPECT_TRUE(asked.is_done());
    EXPECT_EQ(asked.deadline(now), std::nullopt);
    for (const auto& answer : answers) {
        if (answer.addresses) continue;
        EXPECT_EQ(answer.addresses.error(), errc::name_not_found);
    }
    return texts_of(answers);
}

TEST(lookup, of_a_literal_is_the_address_itself) {
    EXPECT_EQ(known_at_once("192.0.2.7"), (texts{"v6: an IPv4 address", "v4 192.0.2.7:80"}));
    EXPECT_EQ(known_at_once("2001:db8::7"), (texts{"v6 [2001:db8::7]:80", "v4: an IPv6 address"}));
    EXPECT_EQ(known_at_once("[2001:db8::7]", ip_preference::only_v6), (texts{"v6 [2001:db8::7]:80"}));
    EXPECT_EQ(known_at_once("192.0.2.7", ip_preference::only_v4), (texts{"v4 192.0.2.7:80"}));
}

TEST(lookup, of_a_literal_of_the_version_not_wanted_finds_nothing) {
    EXPECT_EQ(known_at_once("2001:db8::7", ip_preference::only_v4), (texts{"v4: an IPv6 address"}));
    EXPECT_EQ(known_at_once("192.0.2.7", ip_preference::only_v6), (texts{"v6: an IPv4 address"}));
}

TEST(lookup, always_finds_localhost_and_asks_nobody) {
    for (const std::string_view name : {"localhost", "LocalHost", "localhost.", "mint.localhost", "a.b.LOCALHOST."}) {
        EXPECT_EQ(known_at_once(name), (texts{"v6 [::1]:80", "v4 127.0.0.1:80"})) << name;
        EXPECT_EQ(known_at_once(name, ip_preference::only_v4), (texts{"v4 127.0.0.1:80"})) << name;
        EXPECT_EQ(known_at_once(name, ip_preference::only_v6), (texts{"v6 [::1]:80"})) << name;
    }
}

TEST(lookup, does_not_ask_for_the_part_before_a_nul) {
    EXPECT_EQ(known_at_once(std::string_view{"localhost\0.example", 18}),
              (texts{"v6: a NUL in the name", "v4: a NUL in the name"}));
    EXPECT_EQ(known_at_once("", ip_preference::only_v4), (texts{"v4: an empty name"}));
}

TEST(lookup, that_was_not_started_is_done) {
    lookup none;
    EXPECT_TRUE(none.is_done());
    EXPECT_TRUE(none.wants().empty());
    EXPECT_EQ(none.deadline({}), std::nullopt);
    std::vector<lookup_answer> answers;
    none.step(answers);
    EXPECT_TRUE(answers.empty());
}

/// A name server, and lookups that ask it.
class lookup_with_server : public ::testing::Test {
  protected:
    using reply = std::function<void(const dns_server::query&)>;

    [[nodiscard]] lookup ask(ip_preference which = ip_preference::both, const char* name = "host.example") {
        return lookup::start(name, 80, which, options_).value();
    }

    /// Steps until the lookup is done; queries go to `on_query`.
    [[nodiscard]] std::vector<lookup_answer> finish(lookup& asked, const reply& on_query) {
        std::vector<lookup_answer> answers;
        while (!asked.is_done()) {
            auto wanted = asked.wants();
            wanted.push_back({server_.descriptor(), {.read = true}});
            const auto now = lookup::clock::now();
            const auto until = asked.deadline(now).value_or(now + 10s);
            const auto ready = wait_any(wanted, deadline{std::min(until, now + 10s)});
            if (!ready && ready.error() != errc::timeout) throw std::runtime_error(to_string(ready.error()));
            if (wait(server_.descriptor(), {.read = true}, deadline{0ms})) on_query(server_.receive());
            asked.step(answers);
        }
        EXPECT_TRUE(asked.wants().empty());
        return answers;
    }

    void answer_both(const dns_server::query& q) {
        if (q.type == dns_server::record::a) server_.answer(q, {"192.0.2.1", "192.0.2.2"});
        if (q.type == dns_server::record::aaaa) server_.answer(q, {"2001:db8::1"});
    }

    dns_server server_;
    detail::lookup_options options_{.timeout = 10s, .try_count = 1, .servers = server_.where()};
};

TEST_F(lookup_with_server, asks_for_both_versions_at_once) {
    auto asked = ask();
    const auto first = server_.receive();
    const auto second = server_.receive();
    EXPECT_EQ(first.name, "host.example");
    EXPECT_EQ(second.name, "host.example");
    EXPECT_EQ(first.type, dns_server::record::aaaa);
    EXPECT_EQ(second.type, dns_server::record::a);
    EXPECT_FALSE(asked.is_done());
    EXPECT_FALSE(asked.wants().empty());
}

TEST_F(lookup_with_server, gives_each_answer_when_it_comes) {
    auto asked = ask();
    const auto v6 = server_.receive();
    const auto v4 = server_.receive();
    server_.answer(v4, {"192.0.2.1", "192.0.2.2"});
    std::vector<lookup_answer> answers;
    while (answers.empty()) {
        ASSERT_TRUE(wait_any(asked.wants(), deadline{10s}));
        asked.step(answers);
    }
    EXPECT_EQ(texts_of(answers), (texts{"v4 192.0.2.1:80 192.0.2.2:80"}));
    EXPECT_FALSE(asked.is_done());

    server_.answer(v6, {"2001:db8::1"});
    answers = finish(asked, [](const auto&) { FAIL() << "asked again"; });
    EXPECT_EQ(texts_of(answers), (texts{"v6 [2001:db8::1]:80"}));
}

TEST_F(lookup_with_server, asks_for_the_wanted_version_only) {
    for (const auto& [which, type, text] :
         {std::tuple{ip_preference::only_v4, dns_server::record::a, "v4 192.0.2.1:80 192.0.2.2:80"},
          std::tuple{ip_preference::only_v6, dns_server::record::aaaa, "v6 [2001:db8::1]:80"}}) {
        auto asked = ask(which);
        const auto answers = finish(asked, [&, wanted = type](const dns_server::query& q) {
            EXPECT_EQ(q.type, wanted);
            answer_both(q);
        });
        EXPECT_EQ(texts_of(answers), (texts{text}));
    }
}

TEST_F(lookup_with_server, tells_a_name_without_ipv6_from_one_that_does_not_exist) {
    auto asked = ask();
    auto answers = finish(asked, [&](const dns_server::query& q) {
        if (q.type == dns_server::record::aaaa) return server_.answer(q, {});
        server_.answer(q, {"192.0.2.1"});
    });
    ASSERT_EQ(answers.size(), 2U);
    for (const auto& answer : answers) {
        ASSERT_EQ(answer.addresses.has_value(), answer.version == ip_version::v4);
        if (answer.addresses) continue;
        EXPECT_EQ(text_of(answer), "v6: DNS server returned answer with no data");
    }

    asked = ask(ip_preference::only_v4);
    answers = finish(asked, [&](const dns_server::query& q) { server_.refuse(q, dns_server::code::no_such_name); });
    EXPECT_EQ(texts_of(answers), (texts{"v4: Domain name not found"}));
    EXPECT_EQ(answers.front().addresses.error(), errc::name_not_found);
}

TEST_F(lookup_with_server, reports_a_server_that_fails) {
    auto asked = ask(ip_preference::only_v4);
    const auto answers =
        finish(asked, [&](const dns_server::query& q) { server_.refuse(q, dns_server::code::server_failure); });
    ASSERT_EQ(answers.size(), 1U);
    ASSERT_FALSE(answers.front().addresses);
    EXPECT_EQ(answers.front().addresses.error(), errc::name_not_found);
    EXPECT_FALSE(answers.front().addresses.error().detail.empty());
}

TEST_F(lookup_with_server, gives_up_on_a_silent_server_after_its_tries) {
    options_.timeout = 20ms;
    options_.try_count = 2;
    auto asked = ask(ip_preference::only_v6);
    const auto start = lookup::clock::now();
    const auto due = asked.deadline(start);
    ASSERT_TRUE(due);
    EXPECT_LE(*due, start + 20ms);
    int query_count = 0;
    const auto answers = finish(asked, [&](const auto&) { ++query_count; });
    EXPECT_EQ(query_count, 2);
    EXPECT_GE(lookup::clock::now() - start, 55ms);  // 20 and 40; the resolver's clock may be a coarse one
    EXPECT_EQ(texts_of(answers), (texts{"v6: Timeout while contacting DNS servers"}));
    EXPECT_EQ(answers.front().addresses.error(), errc::name_not_found);
}

TEST_F(lookup_with_server, takes_no_answer_to_another_question) {
    auto asked = ask(ip_preference::only_v4);
    const auto answers = finish(asked, [&](const dns_server::query& q) {
        server_.send(q, "");
        server_.send(q, "garbage");
        server_.send(q, std::string(512, '\xff'));
        auto other_id = q;
        other_id.octets[0] = static_cast<char>(other_id.octets[0] ^ 1);
        server_.answer(other_id, {"192.0.2.66"});
        server_.answer(q, {"192.0.2.1"});
    });
    EXPECT_EQ(texts_of(answers), (texts{"v4 192.0.2.1:80"}));
}

TEST_F(lookup_with_server, reports_an_answer_that_is_garbage) {
    auto asked = ask(ip_preference::only_v4);
    const auto answers = finish(asked, [&](const dns_server::query& q) {
        auto octets = q.octets;
        octets[2] = static_cast<char>(octets[2] | 0x80);  // a response
        octets[7] = 1;                                    // with one record
        server_.send(q, octets + "\xc0");                 // of which one octet is there
    });
    ASSERT_EQ(answers.size(), 1U);
    ASSERT_FALSE(answers.front().addresses);
    EXPECT_EQ(answers.front().addresses.error(), errc::name_not_found);
}

TEST_F(lookup_with_server, asks_again_over_tcp_for_an_answer_that_was_truncated) {
    auto asked = ask(ip_preference::only_v4);
    server_.truncate(server_.receive());
    std::vector<lookup_answer> answers;
    const auto until_sent = [&] {
        // The connection completes at once, the query follows when it can be written.
        for (int i = 0; i < 3; ++i) {
            ASSERT_TRUE(wait_any(asked.wants(), deadline{10s}));
            asked.step(answers);
            if (asked.wants().size() > 1 && !asked.wants().back().wanted.write) return;
        }
    };
    until_sent();
    const auto q = server_.receive_over_tcp();
    EXPECT_EQ(q.name, "host.example");
    server_.answer(q, {"192.0.2.1"});
    answers = finish(asked, [](const auto&) { FAIL() << "asked again"; });
    EXPECT_EQ(texts_of(answers), (texts{"v4 192.0.2.1:80"}));
}

TEST_F(lookup_with_server, changes_nothing_before_something_happened) {
    auto asked = ask();
    std::vector<lookup_answer> answers;
    for (int i = 0; i < 3; ++i) asked.step(answers);
    EXPECT_TRUE(answers.empty());
    EXPECT_FALSE(asked.is_done());
    answers = finish(asked, [&](const dns_server::query& q) { answer_both(q); });
    EXPECT_EQ(answers.size(), 2U);
}

TEST_F(lookup_with_server, goes_on_after_a_move) {
    auto asked = ask();
    auto moved = std::move(asked);
    EXPECT_TRUE(asked.is_done());  // NOLINT(bugprone-use-after-move): that it may be asked is the rule
    EXPECT_EQ(finish(moved, [&](const dns_server::query& q) { answer_both(q); }).size(), 2U);
}

TEST_F(lookup_with_server, may_be_destroyed_halfway) {
    mint::testing::fail_at_each_call({.which = calls::poll, .error = ENOMEM}, [&] {
        auto asked = ask();
        server_.answer(server_.receive(), {"2001:db8::1"});
        static_cast<void>(server_.receive());
        std::vector<lookup_answer> answers;
        static_cast<void>(wait_any(asked.wants(), deadline{10s}));
        asked.step(answers);
    });
}

TEST_F(lookup_with_server, answers_for_each_version_whichever_call_fails_and_leaves_nothing_open) {
    const auto used = calls::socket | calls::connect | calls::send | calls::recv;
    std::size_t failure_count = 0;
    const std::size_t call_count = mint::testing::fail_at_each_call({.which = used, .error = EMFILE}, [&] {
        auto asked = ask();
        const auto answers = finish(asked, [&](const dns_server::query& q) { answer_both(q); });
        ASSERT_EQ(answers.size(), 2U);
        EXPECT_NE(answers[0].version, answers[1].version);
        for (const auto& answer : answers) {
            if (answer.addresses) continue;
            ++failure_count;
            const error& e = answer.addresses.error();
            EXPECT_TRUE(e == errc::name_not_found || (e == errc::system_error && e.system == EMFILE)) << to_string(e);
        }
    });
    EXPECT_GE(call_count, 6U);
    EXPECT_GE(failure_count, 1U);
}

TEST_F(lookup_with_server, says_when_there_is_no_descriptor_to_ask_with) {
    std::vector<lookup_answer> answers;
    bool is_first = true;
    mint::testing::fail_at_each_call({.which = calls::socket, .error = EMFILE, .lasts = true}, [&] {
        auto asked = ask(ip_preference::only_v4);
        const auto found = finish(asked, [&](const dns_server::query& q) { answer_both(q); });
        if (std::exchange(is_first, false)) answers = found;
    });
    ASSERT_EQ(answers.size(), 1U);
    ASSERT_FALSE(answers.front().addresses);
    EXPECT_EQ(answers.front().addresses.error(), errc::system_error);
    EXPECT_EQ(answers.front().addresses.error().system, EMFILE);
}

TEST_F(lookup_with_server, reports_a_failing_poll_for_each_version) {
    std::vector<lookup_answer> answers;
    bool is_first = true;
    mint::testing::fail_at_each_call({.which = calls::poll, .error = ENOMEM}, [&] {
        auto asked = ask();
        std::vector<lookup_answer> found;
        asked.step(found);
        if (std::exchange(is_first, false)) {
            EXPECT_TRUE(asked.is_done());
            answers = found;
        }
    });
    ASSERT_EQ(answers.size(), 2U);
    for (const auto& answer : answers) {
        ASSERT_FALSE(answer.addresses);
        EXPECT_EQ(answer.addresses.error(), errc::system_error);
        EXPECT_EQ(answer.addresses.error().detail, "poll");
    }
}

/// The same, with a hosts file of the test's own.
class lookup_with_hosts_file : public lookup_with_server {
  protected:
    lookup_with_hosts_file() {
        std::ofstream{path_} << "# a comment\n"
                                "192.0.2.3 listed.example alias.example\n"
                                "192.0.2.4 twice.example\n"
                                "2001:db8::4 twice.example\n";
        ::setenv("CARES_HOSTS", path_.c_str(), 1);
        options_.takes_hosts_from_environment = true;
    }
    ~lookup_with_hosts_file() override {
        ::unsetenv("CARES_HOSTS");
        ::unlink(path_.c_str());
    }

    const std::string path_ = ::testing::TempDir() + "mint_hosts_" + std::to_string(::getpid());
};

TEST_F(lookup_with_hosts_file, asks_nobody_for_a_name_that_stands_there) {
    const auto refuse = [](const dns_server::query& q) { FAIL() << "asked for " << q.name; };
    auto asked = ask(ip_preference::both, "twice.example");
    EXPECT_EQ(texts_of(finish(asked, refuse)), (texts{"v6 [2001:db8::4]:80", "v4 192.0.2.4:80"}));
    // Its IPv6 address, which the servers may know, isn't what the file means.
    asked = ask(ip_preference::both, "ALIAS.example");
    EXPECT_EQ(texts_of(finish(asked, refuse)),
              (texts{"v6: not in the hosts file for this IP version", "v4 192.0.2.3:80"}));
}

TEST_F(lookup_with_hosts_file, asks_for_other_names) {
    auto asked = ask();
    EXPECT_EQ(finish(asked, [&](const dns_server::query& q) { answer_both(q); }).size(), 2U);
}

}  // namespace
}  // namespace mint::net
