#include <mint/base/error.hpp>
#include <mint/base/response.hpp>
#include <mint/http/attachments.hpp>

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

}  // namespace
}  // namespace mint::http::detail
