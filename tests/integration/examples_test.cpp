#include "servers.hpp"

#include <array>
#include <cstdio>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mint::test {
namespace {

struct outcome {
    int exit_status = -1;
    std::string printed;  ///< on stdout and stderr
};

enum class keyboard { stays, ends };

/// Runs an example against `server`, with `input` in the pipe that is its keyboard.
outcome run(const std::string& program, const test_server& server, const std::string& path, std::string_view input = {},
            keyboard after = keyboard::ends) {
    std::array<int, 2> keys{};
    outcome result;
    if (::pipe(keys.data()) != 0 || ::fcntl(keys[1], F_SETFD, FD_CLOEXEC) != 0 ||
        ::write(keys[1], input.data(), input.size()) < 0)
        return result;
    if (after == keyboard::ends) ::close(keys[1]);
    const auto command = "timeout 30 " + program + " ws://localhost:" + std::to_string(server.port()) + path + " <&" +
                         std::to_string(keys[0]) + " 2>&1";
    std::FILE* pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr) return result;
    std::array<char, 4096> chunk{};
    for (std::size_t size = 0; (size = std::fread(chunk.data(), 1, chunk.size(), pipe)) > 0;)
        result.printed.append(chunk.data(), size);
    const int status = ::pclose(pipe);
    ::close(keys[0]);
    if (after == keyboard::stays) ::close(keys[1]);
    if (WIFEXITED(status)) result.exit_status = WEXITSTATUS(status);
    return result;
}

/// The programs of examples/, against each server.
class examples : public testing::TestWithParam<peer> {};

INSTANTIATE_TEST_SUITE_P(servers, examples,
                         testing::Values(peer::npm_ws, peer::python_websockets, peer::python_aiohttp),
                         [](const auto& parameter) { return std::string{name_of(parameter.param)}; });

TEST_P(examples, blocking_prints_the_answer) {
    const auto result = run(MINT_EXAMPLE_BLOCKING, server_of(GetParam()), "/");
    EXPECT_EQ(result.printed, "hello\n");
    EXPECT_EQ(result.exit_status, 0);
}

TEST_P(examples, blocking_says_why_it_was_refused) {
    const auto result = run(MINT_EXAMPLE_BLOCKING, server_of(GetParam()), "/403");
    EXPECT_THAT(result.printed, testing::HasSubstr("403"));
    EXPECT_EQ(result.exit_status, 1);
}

TEST_P(examples, own_epoll_loop_sends_lines_and_prints_the_answers) {
    const auto result =
        run(MINT_EXAMPLE_OWN_EPOLL_LOOP, server_of(GetParam()), "/", "one\ntwo\nthree\n!close 1000\n", keyboard::stays);
    EXPECT_EQ(result.printed, "one\ntwo\nthree\n");
    EXPECT_EQ(result.exit_status, 0);
}

TEST(examples_over_http2, ten_websockets_and_a_request_share_a_connection) {
    for (const auto server : {http2_peer::node, http2_peer::lighttpd, http2_peer::haproxy, http2_peer::nghttpx}) {
        const auto result = run(MINT_EXAMPLE_HTTP2_MANY, http2_server_of(server, false), "/");
        for (int number = 1; number <= 10; ++number) {
            EXPECT_THAT(result.printed, testing::HasSubstr("I am number " + std::to_string(number) + "\n"));
        }
        EXPECT_THAT(result.printed, testing::HasSubstr("the plain request got "));
        EXPECT_EQ(result.exit_status, 0) << name_of(server) << ": " << result.printed;
    }
}

TEST(examples_without_a_server, an_extension_of_ones_own_finds_what_was_changed) {
    const auto result = run(MINT_EXAMPLE_EXTENSION, node_server(), "/");
    EXPECT_EQ(result.printed,
              "> sec-websocket-extensions: x-checksum; algorithm=fnv1a\n"
              "< in two pieces\n"
              "< and whole\n"
              "changed on its way: an extension can't make sense of the message: x-checksum: the message was changed "
              "(at octet 48) [RFC 6455 §9]\n");
    EXPECT_EQ(result.exit_status, 0);
}

TEST(examples_of_npm_ws, own_epoll_loop_closes_at_the_end_of_its_input) {
    const auto result = run(MINT_EXAMPLE_OWN_EPOLL_LOOP, node_server(), "/", "one\ntwo\n");
    EXPECT_EQ(result.printed, "one\ntwo\n");
    EXPECT_EQ(result.exit_status, 0);
}

TEST(examples_of_npm_ws, blocking_waits_for_a_server_that_speaks_first) {
    const auto result = run(MINT_EXAMPLE_BLOCKING, node_server(), "/greeting");
    EXPECT_EQ(result.printed, "welcome\n");
    EXPECT_EQ(result.exit_status, 0);
}

}  // namespace
}  // namespace mint::test
