#include "support/http2_talk.hpp"

#include <mint/http2/client_machine.hpp>

#include <string>
#include <variant>

#include <gtest/gtest.h>

namespace mint::http2 {
namespace {

using mint::testing::h2::answer_of_1;
using mint::testing::h2::head_of_1;

using namespace testing;

const client_options with_push{.authority = "h", .connection = {.accepts_push = true}};
const h2::fields good{
    {":method", "GET"}, {":scheme", "https"}, {":path", "/style.css"}, {":authority", "h"}, {"a", "b"}};
const std::string opened = h2::settings() + h2::settings_ack();

TEST(http2_push, is_a_promise_and_then_a_response) {
    EXPECT_EQ(talk_http2(http2_gets(1),
                         opened + head_of_1 + h2::push_promise(1, 2, good) + h2::data(1, "x", h2::end_stream) +
                             h2::headers(2, {{":status", "200"}}) + h2::data(2, "css", h2::end_stream),
                         with_push),
              answer_of_1 + "#1 push_promise\n#1 data x\n#1 done\n#2 status 200 \n#2 headers\n#2 data css\n#2 done\n");
}

TEST(http2_push, tells_what_is_promised) {
    http2_talk talk{with_push};
    talk.get();
    std::vector<response> out;
    ASSERT_TRUE(talk.machine.receive(as_bytes(opened + h2::push_promise(1, 2, good)), out));
    ASSERT_EQ(out.size(), 1u);
    const auto& promise = std::get<responses::push_promise>(out.front());
    EXPECT_EQ(promise.ref, request_ref{1});
    EXPECT_EQ(promise.promised, request_ref{2});
    EXPECT_EQ(promise.method, "GET");
    EXPECT_EQ(promise.target, "/style.css");
    EXPECT_EQ(promise.fields, (headers{{"a", "b"}}));
    EXPECT_EQ(talk.machine.open_request_count(), 2u);
}

TEST(http2_push, can_be_cancelled) {
    http2_talk talk{with_push};
    talk.get();
    EXPECT_EQ(talk.answer(opened + h2::push_promise(1, 2, good)), "#1 push_promise\n");
    (void)talk.sent();
    ASSERT_TRUE(talk.machine.cancel_request(request_ref{2}));
    EXPECT_EQ(talk.sent(), "RST_STREAM #2 CANCEL\n");
    EXPECT_EQ(talk.answer(h2::headers(2, {{":status", "200"}}) + h2::data(2, "late", h2::end_stream)), "");
}

TEST(http2_push, that_is_reset_is_an_error_of_its_own) {
    EXPECT_EQ(talk_http2(http2_gets(1),
                         opened + h2::push_promise(1, 2, good) + h2::rst_stream(2, 2) +
                             h2::headers(1, {{":status", "204"}}, h2::end_stream),
                         with_push),
              "#1 push_promise\n#2 error stream_reset\n#1 status 204 \n#1 headers\n#1 done\n");
}

TEST(http2_push, is_refused_where_it_may_not_be_made) {
    const auto changed = [](std::size_t index, h2::name_and_value to) {
        h2::fields list = good;
        list[index] = to;
        return list;
    };
    for (const h2::fields& list :
         {changed(0, {":method", "POST"}), changed(1, {":scheme", "http"}), changed(2, {":path", "no slash"}),
          changed(3, {":authority", "other"}), changed(4, {"Upper", "x"}), h2::fields{{":method", "GET"}}}) {
        http2_talk talk{with_push};
        talk.get();
        EXPECT_EQ(talk.answer(opened + h2::push_promise(1, 2, list)), "");
        EXPECT_TRUE(talk.sent().ends_with("RST_STREAM #2 PROTOCOL_ERROR\n"));
        EXPECT_EQ(talk.machine.open_request_count(), 1u);
        EXPECT_EQ(talk.answer(h2::headers(2, {{":status", "200"}}) + head_of_1), answer_of_1);
    }
}

TEST(http2_push, before_the_server_knows_that_none_are_taken_is_refused) {
    http2_talk talk;
    talk.get();
    EXPECT_EQ(talk.answer(h2::settings() + h2::push_promise(1, 2, good) + head_of_1), answer_of_1);
    EXPECT_NE(talk.sent().find("RST_STREAM #2 "), std::string::npos);
}

TEST(http2_push, streams_are_the_servers_and_not_used_twice) {
    EXPECT_TRUE(talk_http2(http2_gets(1), opened + h2::push_promise(1, 3, good), with_push)
                    .ends_with("fails invalid_frame @18\n"));
    EXPECT_TRUE(
        talk_http2(http2_gets(1), opened + h2::push_promise(1, 4, good) + h2::push_promise(1, 2, good), with_push)
            .starts_with("#1 push_promise\n#1 error invalid_frame"));
}

TEST(http2_push, so_many_may_be_promised_at_a_time) {
    http2_talk talk{{.authority = "h", .connection = {.accepts_push = true, .max_pushed_stream_count = 2}}};
    talk.get();
    EXPECT_EQ(talk.answer(opened + h2::push_promise(1, 2, good) + h2::push_promise(1, 4, good) +
                          h2::push_promise(1, 6, good)),
              "#1 push_promise\n#1 push_promise\n");
    EXPECT_TRUE(talk.sent().ends_with("RST_STREAM #6 CANCEL\n"));
}

// The promise's field section is cut in two, and its parent ends in between.
TEST(http2_push, whose_parent_is_cancelled_amid_the_promise_is_reset) {
    const std::string promise = h2::push_promise(1, 2, good);
    for (std::size_t cut = 14; cut < promise.size(); ++cut) {
        http2_talk talk{with_push};
        const request_ref parent = talk.get();
        EXPECT_EQ(talk.answer(opened + promise.substr(0, cut)), "");
        ASSERT_TRUE(talk.machine.cancel_request(parent));
        EXPECT_EQ(talk.machine.open_request_count(), 0u);
        EXPECT_EQ(talk.answer(promise.substr(cut) + h2::headers(2, {{":status", "200"}}) +
                              h2::data(2, "css", h2::end_stream)),
                  "")
            << cut;
        EXPECT_NE(talk.sent().find("RST_STREAM #2 CANCEL\n"), std::string::npos) << cut;
        EXPECT_EQ(talk.machine.open_request_count(), 0u);
        EXPECT_FALSE(talk.failure);
    }
}

TEST(http2_push, whose_parent_is_cancelled_before_a_continuation_is_reset) {
    http2_talk talk{with_push};
    const request_ref parent = talk.get();
    const std::string section = h2::section(good);
    const std::string begun =
        h2::frame(h2::type::push_promise, 0, 1, h2::number(2, 4) + section.substr(0, section.size() / 2));
    EXPECT_EQ(talk.answer(opened + begun), "");
    ASSERT_TRUE(talk.machine.cancel_request(parent));
    EXPECT_EQ(talk.answer(h2::frame(h2::type::continuation, h2::end_headers, 1, section.substr(section.size() / 2)) +
                          h2::headers(2, {{":status", "200"}}, h2::end_headers | h2::end_stream)),
              "");
    EXPECT_NE(talk.sent().find("RST_STREAM #2 CANCEL\n"), std::string::npos);
    EXPECT_EQ(talk.machine.open_request_count(), 0u);
}

TEST(http2_push, of_a_request_that_failed_is_refused) {
    http2_talk talk{with_push};
    talk.get();
    EXPECT_EQ(talk.answer(opened + h2::headers(1, {{":status", "abc"}}) + h2::push_promise(1, 2, good) +
                          h2::headers(2, {{":status", "200"}})),
              "#1 error malformed_response\n");
    EXPECT_EQ(talk.machine.open_request_count(), 0u);
}

}  // namespace
}  // namespace mint::http2
