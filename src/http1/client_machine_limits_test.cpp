// What a peer may make a machine hold, and the work it may make it do.
#include "support/http1_talk.hpp"

#include <mint/http1/client_machine.hpp>

#include <algorithm>
#include <cstddef>
#include <ctime>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mint::http1 {
namespace {

using testing::ask_upgrade;
using testing::fails;
using testing::gets;
using testing::no_fields;
using testing::peer_end;
using testing::talk;

client_options with(const http_limits& limits) { return {.host = "h", .limits = limits}; }

TEST(http1_limits, a_header_section_may_be_as_big_as_its_limit) {
    const std::string section = "HTTP/1.1 204 \r\na: " + std::string(77, 'x') + "\r\n\r\n";
    ASSERT_EQ(section.size(), 99u);
    EXPECT_TRUE(
        talk(gets(1), section, peer_end::stays_open, with({.max_header_section_size = 99})).ends_with("done\n"));
    EXPECT_EQ(talk(gets(1), section, peer_end::stays_open, with({.max_header_section_size = 98})),
              fails("header_section_too_big @98"));
}

TEST(http1_limits, the_limit_is_met_before_a_line_ends) {
    EXPECT_EQ(talk(gets(1), "HTTP/1.1 200 " + std::string(200, 'x'), peer_end::stays_open,
                   with({.max_header_section_size = 100})),
              fails("header_section_too_big @100"));
    EXPECT_EQ(talk(gets(1), "HTTP/1.1", peer_end::stays_open, with({.max_header_section_size = 2})),
              fails("header_section_too_big @2"));
}

TEST(http1_limits, octets_behind_the_section_do_not_count) {
    const std::string section = "HTTP/1.1 101 x\r\nupgrade: websocket\r\n\r\n";
    EXPECT_EQ(talk(ask_upgrade, section + std::string(500, 'f'), peer_end::stays_open,
                   with({.max_header_section_size = section.size()})),
              "#1 status 101 x\n#1 headers upgrade: websocket\n#1 data " + std::string(500, 'f') + "\n");
}

TEST(http1_limits, each_section_has_the_limit_for_itself) {
    const std::string interim = "HTTP/1.1 103 x\r\na: b\r\n\r\n";
    EXPECT_TRUE(talk(gets(1), interim + interim + interim + "HTTP/1.1 204 \r\n\r\n", peer_end::stays_open,
                     with({.max_header_section_size = interim.size()}))
                    .ends_with("done\n"));
}

TEST(http1_limits, a_trailer_section_is_bounded_likewise) {
    const std::string answer = "HTTP/1.1 200 x\r\ntransfer-encoding: chunked\r\n\r\n0\r\na: " + std::string(100, 'x');
    EXPECT_TRUE(talk(gets(1), answer, peer_end::stays_open, with({.max_header_section_size = 60}))
                    .ends_with(fails("header_section_too_big @109")));
}

TEST(http1_limits, fields_are_counted_with_the_trailers) {
    const std::string head = "HTTP/1.1 200 x\r\ntransfer-encoding: chunked\r\na: b\r\n\r\n0\r\n";
    EXPECT_TRUE(
        talk(gets(1), head + "c: d\r\n\r\n", peer_end::stays_open, with({.max_field_count = 3})).ends_with("done\n"));
    EXPECT_TRUE(talk(gets(1), head + "c: d\r\ne: f\r\n\r\n", peer_end::stays_open, with({.max_field_count = 3}))
                    .ends_with(fails("too_many_fields @61")));
    EXPECT_EQ(talk(gets(1), head, peer_end::stays_open, with({.max_field_count = 1})), fails("too_many_fields @44"));
}

TEST(http1_limits, interim_responses_are_counted) {
    const std::string interim = "HTTP/1.1 103 x\r\n\r\n";
    EXPECT_EQ(talk(gets(1), interim + interim + interim, peer_end::stays_open, with({.max_interim_response_count = 2})),
              "#1 interim 103\n#1 interim 103\n" + fails("too_many_fields @36"));
    EXPECT_TRUE(talk(gets(2), interim + interim + "HTTP/1.1 204 \r\n\r\n" + interim + interim + "HTTP/1.1 204 \r\n\r\n",
                     peer_end::stays_open, with({.max_interim_response_count = 2}))
                    .ends_with("#2 done\n"));
}

TEST(http1_limits, details_name_the_limit_and_its_value) {
    client_machine machine{with({.max_header_section_size = 20})};
    buffer sent;
    gets(1)(machine, sent);
    std::vector<response> out;
    const auto result = machine.receive(as_bytes("HTTP/1.1 200 this is too long"), out);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().detail, "max_header_section_size is 20");
}

/// The processor time that one header section of `size` octets takes octet by octet; the best of several runs.
std::clock_t octet_by_octet(std::size_t size) {
    std::string section = "HTTP/1.1 204 \r\n";
    while (section.size() < size) section += "name: " + std::string(506, 'v') + "\r\n";
    section += "\r\n";
    std::clock_t best = 0;
    for (int round = 0; round < 5; ++round) {
        client_machine machine{with({.max_header_section_size = section.size(), .max_field_count = 100'000})};
        buffer sent;
        gets(1)(machine, sent);
        std::vector<response> out;
        const std::clock_t start = std::clock();
        std::size_t refused_count = 0;
        for (const char& octet : section) refused_count += machine.receive(as_bytes({&octet, 1}), out) ? 0u : 1u;
        const std::clock_t taken = std::clock() - start;
        EXPECT_EQ(refused_count, 0u);
        EXPECT_EQ(out.size(), 3u);
        best = round == 0 ? taken : std::min(best, taken);
    }
    return best;
}

// Were the section read again for each octet, sixteen times the octets would take 256 times as long. Processor time,
// and a bound far from both numbers, for the machine may be busy.
TEST(http1_limits, the_work_is_linear_octet_by_octet) {
    EXPECT_LT(octet_by_octet(std::size_t{1024} * 1024), 100 * octet_by_octet(std::size_t{64} * 1024));
}

/// The processor time that the answers to `count` pipelined requests take.
double time_to_answer(std::size_t count) {
    client_machine machine{with({.max_pipelined_request_count = count})};
    buffer sent;
    std::string answers;
    for (std::size_t i = 0; i < count; ++i) {
        EXPECT_TRUE(machine.request({"GET", "/", no_fields}, no_body{}, sent));
        answers += "HTTP/1.1 204 x\r\n\r\n";
    }
    std::vector<response> out;
    const std::clock_t begin = std::clock();
    EXPECT_TRUE(machine.receive(as_bytes(answers), out));
    const auto time = static_cast<double>(std::clock() - begin);
    EXPECT_EQ(out.size(), 3 * count);
    EXPECT_EQ(machine.open_request_count(), 0u);
    return time;
}

TEST(http1_limits, pipelined_requests_are_answered_in_linear_time) {
    const double few = time_to_answer(20'000);
    const double many = time_to_answer(160'000);
    EXPECT_LT(many, 16 * few + 0.05 * CLOCKS_PER_SEC) << "eight times as many: 64 times as long if quadratic";
}

}  // namespace
}  // namespace mint::http1
