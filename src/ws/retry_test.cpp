#include "support/docs_table.hpp"

#include <mint/ws/retry.hpp>

#include <optional>

#include <gtest/gtest.h>

namespace mint {
namespace {

TEST(retry_of_a_close, is_as_docs_errors_md_says_for_every_code) {
    const auto rows = testing::docs_table("errors.md", "### After a Close frame");
    for (int number = 1000; number < 5000; ++number) {
        const auto code = static_cast<ws::close_code>(number);
        if (!ws::may_be_on_the_wire(code) && number != 1005 && number != 1006 && number != 1015) continue;
        int count = 0;
        for (const testing::docs_row& row : rows) {
            ASSERT_EQ(row.size(), 3U);
            if (!testing::names_number(row[0], number)) continue;
            ++count;
            EXPECT_EQ(name(retry_of(code)), row[1]) << number;
            EXPECT_EQ(name(retry_of(ws::close{code, "why"})), row[1]) << number;
        }
        EXPECT_EQ(count, 1) << number;
    }
}

TEST(retry_of_a_close, takes_one_that_owns_its_reason) {
    EXPECT_EQ(retry_of(ws::owned_close{ws::close_code::try_again_later, "busy"}), retry::overloaded);
}

TEST(retry_of_a_close, without_a_code_is_backoff) { EXPECT_EQ(retry_of(ws::close{}), retry::backoff); }

TEST(retry_of_a_close, decides_where_there_is_an_error_as_well) {
    EXPECT_EQ(retry_of(errc::connection_reset, ws::close{ws::close_code::normal}), retry::never);
    EXPECT_EQ(retry_of(errc::certificate_expired, ws::close{ws::close_code::try_again_later}), retry::overloaded);
}

TEST(retry_of_a_close, leaves_it_to_the_error_where_none_came) {
    EXPECT_EQ(retry_of(errc::closed_without_close_frame, std::nullopt), retry::backoff);
    EXPECT_EQ(retry_of(errc::certificate_expired, std::nullopt), retry::never);
    EXPECT_EQ(retry_of(errc::request_not_processed, std::nullopt), retry::now);
}

}  // namespace
}  // namespace mint
