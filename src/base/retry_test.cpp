#include "support/docs_table.hpp"

#include <mint/base/headers.hpp>
#include <mint/base/retry.hpp>

#include <memory>
#include <string>

#include <gtest/gtest.h>

namespace mint {
namespace {

[[nodiscard]] error refused(errc code, int status, headers fields = {}) {
    error e{code};
    e.refusal = std::make_shared<const refused_response>(refused_response{status, std::move(fields)});
    return e;
}

TEST(retry_of_an_error, is_never_for_what_would_end_the_same_way) {
    for (const errc code : {errc::invalid_url, errc::reserved_field, errc::certificate_not_trusted,
                            errc::certificate_expired, errc::pinned_key_mismatch, errc::accept_mismatch,
                            errc::redirect_to_cleartext, errc::message_too_big, errc::alpn_mismatch}) {
        EXPECT_EQ(retry_of(code), retry::never) << name(code);
    }
}

TEST(retry_of_an_error, is_now_for_what_the_server_did_nothing_with) {
    for (const errc code : {errc::request_not_processed, errc::http1_required, errc::going_away}) {
        EXPECT_EQ(retry_of(code), retry::now) << name(code);
    }
}

TEST(retry_of_an_error, is_now_for_a_request_that_met_the_end_of_an_idle_connection) {
    error lost{errc::connection_closed};
    EXPECT_EQ(retry_of(lost), retry::backoff);
    lost.offset = 18;
    EXPECT_EQ(retry_of(lost), retry::now);
}

TEST(retry_of_an_error, is_backoff_for_networks_and_broken_connections) {
    for (const errc code :
         {errc::name_not_found, errc::connection_refused, errc::connect_timeout, errc::connection_reset,
          errc::closed_without_close_frame, errc::stream_reset, errc::tls_truncated, errc::reserved_bit_set}) {
        EXPECT_EQ(retry_of(code), retry::backoff) << name(code);
    }
}

TEST(retry_of_an_error, is_named_for_every_errc_in_docs_errors_md) {
    const auto rows = testing::docs_table("errors.md", "### After an error");
    for (unsigned i = 0; i <= static_cast<unsigned>(errc::system_error); ++i) {
        const auto code = static_cast<errc>(i);
        const bool is_refusal = code == errc::upgrade_refused || code == errc::proxy_refused;
        const std::string wanted = is_refusal ? "by its status" : std::string{name(retry_of(code))};
        int count = 0;
        for (const testing::docs_row& row : rows) {
            ASSERT_EQ(row.size(), 3U);
            if (row[1].find('`' + std::string{name(code)} + '`') == std::string::npos) continue;
            ++count;
            EXPECT_EQ(row[0], wanted) << name(code);
        }
        EXPECT_EQ(count, 1) << name(code);
    }
}

TEST(retry_of_a_refusal, is_as_docs_errors_md_says_for_every_status) {
    const auto rows = testing::docs_table("errors.md", "### After a refusal");
    for (int status = 100; status < 600; ++status) {
        int count = 0;
        for (const testing::docs_row& row : rows) {
            ASSERT_EQ(row.size(), 4U);
            if (!testing::names_number(row[0], status)) continue;
            ++count;
            for (const errc code : {errc::upgrade_refused, errc::proxy_refused}) {
                EXPECT_EQ(name(retry_of(refused(code, status))), row[1]) << status;
                EXPECT_EQ(name(retry_of(refused(code, status, {{"Retry-After", "7"}}))), row[2]) << status;
            }
        }
        EXPECT_EQ(count, 1) << status;
    }
}

TEST(retry_of_a_refusal, is_never_without_its_response) {
    EXPECT_EQ(retry_of(errc::upgrade_refused), retry::never);
    EXPECT_EQ(retry_of(errc::proxy_refused), retry::never);
}

}  // namespace
}  // namespace mint
