// The work for each ping and each request stays the same, however many there are.
#include "support/http2_talk.hpp"

#include <mint/http2/client_machine.hpp>

#include <algorithm>
#include <ctime>
#include <functional>
#include <limits>
#include <malloc.h>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mint::http2 {
namespace {

using namespace testing;

/// The least CPU time of a few tries, so that other work of the machine doesn't count.
double least_time(const std::function<void(int)>& work, int count) {
    double least = std::numeric_limits<double>::max();
    for (int i = 0; i < 3; ++i) {
        const std::clock_t start = std::clock();
        work(count);
        least = std::min(least, static_cast<double>(std::clock() - start));
    }
    return least;
}

/// Four times the work may take ten times as long, since more of it misses the caches: square growth takes 16 times.
void expect_linear(const std::function<void(int)>& work) {
    constexpr int few = 8'000;
    // Memory that the heap gives back is cleared page by page when it is needed again: that would be measured instead.
    ::mallopt(M_TRIM_THRESHOLD, 1 << 30);
    ::mallopt(M_MMAP_THRESHOLD, 1 << 30);
    const double few_time = least_time(work, few);
    const double many_time = least_time(work, 4 * few);
    EXPECT_LT(many_time, 10 * std::max(few_time, CLOCKS_PER_SEC / 1000.0));
}

TEST(http2_linear, pings_may_be_answered_in_any_order) {
    expect_linear([](int count) {
        http2_talk talk;
        talk.open();
        for (int i = 0; i < count; ++i) ASSERT_TRUE(talk.machine.ping());
        std::string pongs;
        for (int i = count; i > 0; --i) {
            pongs += h2::ping(h2::number(static_cast<std::uint64_t>(i), 8), h2::ack);
        }
        std::vector<response> out;
        ASSERT_TRUE(talk.machine.receive(as_bytes(pongs), out));
        ASSERT_EQ(out.size(), static_cast<std::size_t>(count));
        EXPECT_EQ(ref_of(out.front()), request_ref{static_cast<std::uint64_t>(count)});
    });
}

TEST(http2_linear, requests_that_wait_may_be_cancelled_in_any_order) {
    for (const bool is_connect : {false, true}) {
        for (const bool last_first : {false, true}) {
            expect_linear([=](int count) {
                const auto places = static_cast<std::size_t>(count);
                http2_talk talk{
                    {.authority = "h", .connection = {.max_waiting_request_count = places, .assumed_max_streams = 0}}};
                std::vector<request_ref> refs;
                for (int i = 0; i < count; ++i) refs.push_back(is_connect ? talk.websocket() : talk.get());
                if (last_first) std::ranges::reverse(refs);
                for (const request_ref ref : refs) ASSERT_TRUE(talk.machine.cancel_request(ref));
                EXPECT_EQ(talk.machine.open_request_count(), 0u);
            });
        }
    }
}

TEST(http2_linear, requests_may_be_refused_for_a_limit_that_was_not_known) {
    expect_linear([](int count) {
        http2_talk talk{{.authority = "h",
                         .connection = {.max_waiting_request_count = static_cast<std::size_t>(count),
                                        .assumed_max_streams = static_cast<std::uint32_t>(count)}}};
        for (int i = 0; i < count; ++i) (void)talk.get();
        (void)talk.sent();
        std::string frames = h2::settings({{h2::max_concurrent_streams, 1}});
        for (int i = count - 1; i > 0; --i) frames += h2::rst_stream(2U * static_cast<std::uint32_t>(i) + 1, 7);
        EXPECT_EQ(talk.answer(frames), "");
        EXPECT_EQ(talk.machine.open_request_count(), static_cast<std::size_t>(count));
    });
}

}  // namespace
}  // namespace mint::http2
