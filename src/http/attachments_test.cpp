#include <mint/base/error.hpp>
#include <mint/base/response.hpp>
#include <mint/http/attachments.hpp>

#include <ctime>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

namespace mint::http::detail {
namespace {

attachments three() {
    attachments all;
    for (const std::uint64_t n : {3u, 5u, 8u}) {
        all.make_room();
        all.add(std::make_unique<attachment>(request_ref{n}));
    }
    return all;
}

TEST(attachments, are_found_by_their_refs_until_they_are_removed) {
    auto all = three();
    ASSERT_NE(all.find(request_ref{5}), nullptr);
    EXPECT_EQ(all.find(request_ref{5})->ref, request_ref{5});
    for (const std::uint64_t n : {0u, 4u, 9u}) EXPECT_EQ(all.find(request_ref{n}), nullptr) << n;
    EXPECT_NE(all.remove(request_ref{5}), nullptr);
    EXPECT_EQ(all.remove(request_ref{5}), nullptr);
    EXPECT_NE(all.find(request_ref{3}), nullptr);
    EXPECT_NE(all.find(request_ref{8}), nullptr);
}

TEST(attachments, take_none_to_find_none) {
    attachments none;
    EXPECT_EQ(none.find(request_ref{1}), nullptr);
    EXPECT_EQ(none.remove(request_ref{1}), nullptr);
    EXPECT_EQ(sizeof(none), sizeof(void*)) << "thousands of connections have one each";
}

TEST(attachments, of_requests_that_fail_without_an_answer_are_dropped) {
    auto all = three();
    const std::vector<response> given{
        responses::status{request_ref{5}, 403, {}}, responses::error{request_ref{5}, errc::stream_reset},
        responses::error{request_ref{8}, errc::stream_reset}, responses::done{request_ref{3}}};
    all.note(given);
    ASSERT_NE(all.find(request_ref{5}), nullptr) << "its status may still be asked about";
    EXPECT_TRUE(all.find(request_ref{5})->has_status);
    EXPECT_EQ(all.find(request_ref{8}), nullptr);
    ASSERT_NE(all.find(request_ref{3}), nullptr);
    EXPECT_FALSE(all.find(request_ref{3})->has_status);
}

/// The processor time that `count` of them take, added and removed in either order.
double time_to_remove(std::uint64_t count, bool oldest_first) {
    attachments all;
    for (std::uint64_t n = 0; n < count; ++n) {
        all.make_room();
        all.add(std::make_unique<attachment>(request_ref{n}));
    }
    const std::clock_t begin = std::clock();
    for (std::uint64_t n = 0; n < count; ++n) {
        EXPECT_NE(all.remove(request_ref{oldest_first ? n : count - 1 - n}), nullptr);
    }
    return static_cast<double>(std::clock() - begin);
}

TEST(attachments, may_be_removed_in_either_order_in_linear_time) {
    for (const bool oldest_first : {true, false}) {
        const double few = time_to_remove(10'000, oldest_first);
        const double many = time_to_remove(80'000, oldest_first);
        EXPECT_LT(many, 30 * few + 0.05 * CLOCKS_PER_SEC) << "eight times as many: 64 times as long if quadratic";
    }
}

TEST(attachments, that_are_left_are_found_among_those_removed) {
    attachments all;
    for (std::uint64_t n = 0; n < 100; ++n) {
        all.make_room();
        all.add(std::make_unique<attachment>(request_ref{n}));
    }
    for (std::uint64_t n = 0; n < 100; n += 3) EXPECT_NE(all.remove(request_ref{n}), nullptr);
    for (std::uint64_t n = 1; n < 100; n += 3) EXPECT_NE(all.remove(request_ref{n}), nullptr);
    for (std::uint64_t n = 0; n < 100; ++n) EXPECT_EQ(all.find(request_ref{n}) != nullptr, n % 3 == 2) << n;
    all.clear();
    EXPECT_EQ(all.find(request_ref{2}), nullptr);
    all.make_room();
    all.add(std::make_unique<attachment>(request_ref{100}));
    EXPECT_NE(all.remove(request_ref{100}), nullptr);
}

}  // namespace
}  // namespace mint::http::detail
