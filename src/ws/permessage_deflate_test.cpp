#include "support/deflate_pair.hpp"

#include <mint/ws/permessage_deflate.hpp>

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace mint::ws {
namespace {

using mint::testing::deflate_parameters_of;

std::string text_of(const extension_parameters& list) {
    std::string text;
    for (const parameter& p : list) {
        if (!text.empty()) text += "; ";
        text += p.name;
        if (p.value) text += "=" + *p.value;
    }
    return text;
}

std::string offer_of(const deflate_parameters& offer) {
    return text_of(permessage_deflate::create({.offers = {offer}}).value()->offers().at(0));
}

/// Empty where the answer is accepted, else what is wrong with it.
std::string refusal_of(std::string_view answer, const std::vector<deflate_parameters>& offers = {{}}) {
    const auto accepted = permessage_deflate::create({.offers = offers}).value()->accept(deflate_parameters_of(answer));
    if (accepted) return {};
    EXPECT_EQ(accepted.error(), errc::invalid_extension_parameter);
    return accepted.error().detail;
}

std::string response_of(std::string_view offer, const deflate_parameters& own = {}) {
    const auto made = permessage_deflate::create({.offers = {own}}).value()->respond(deflate_parameters_of(offer));
    return made ? "(" + text_of(made->answer) + ")" : "declined";
}

TEST(permessage_deflate, offers_its_parameters_in_the_order_of_preference) {
    EXPECT_EQ(offer_of({}), "client_max_window_bits");
    EXPECT_EQ(offer_of({.server_no_context_takeover = true,
                        .client_no_context_takeover = true,
                        .server_max_window_bits = 8,
                        .client_max_window_bits = 14}),
              "server_no_context_takeover; client_no_context_takeover; server_max_window_bits=8; "
              "client_max_window_bits=14");
    const auto several = permessage_deflate::create({.offers = {{.server_max_window_bits = 10}, {}}}).value();
    ASSERT_EQ(several->offers().size(), 2U);
    EXPECT_EQ(text_of(several->offers()[0]), "server_max_window_bits=10; client_max_window_bits");
}

TEST(permessage_deflate, refuses_options_out_of_range_by_name) {
    const auto detail_of = [](const permessage_deflate_options& options) {
        const auto made = permessage_deflate::create(options);
        EXPECT_EQ(made.error(), errc::invalid_argument);
        return made.error().detail;
    };
    EXPECT_EQ(detail_of({.offers = {}}), "permessage_deflate: no offer");
    EXPECT_EQ(detail_of({.offers = {{.server_max_window_bits = 7}}}),
              "permessage_deflate: server_max_window_bits is 8 to 15, not 7");
    EXPECT_EQ(detail_of({.offers = {{.client_max_window_bits = 16}}}),
              "permessage_deflate: client_max_window_bits is 8 to 15, not 16");
    EXPECT_EQ(detail_of({.level = 0}), "permessage_deflate: level is 1 to 9, not 0");
    EXPECT_EQ(detail_of({.level = 99}), "permessage_deflate: level is 1 to 9, not 99");
    EXPECT_EQ(detail_of({.memory_level = 10}), "permessage_deflate: memory_level is 1 to 9, not 10");
    EXPECT_EQ(detail_of({.compression = static_cast<compression>(9)}), "permessage_deflate: no such compression");
    EXPECT_EQ(detail_of({.strategy = static_cast<deflate_strategy>(9)}), "permessage_deflate: no such strategy");
    EXPECT_TRUE(permessage_deflate::create(permessage_deflate::low_memory()));
}

TEST(permessage_deflate, accepts_every_answer_that_rfc_7692_allows) {
    for (const char* const answer :
         {"", "server_no_context_takeover", "client_no_context_takeover", "server_max_window_bits=8",
          "server_max_window_bits=15", "client_max_window_bits=8", "client_max_window_bits=\"10\"",
          "server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9; "
          "client_max_window_bits=12"}) {
        EXPECT_EQ(refusal_of(answer), "") << answer;
    }
}

TEST(permessage_deflate, refuses_every_other_answer_and_names_the_parameter) {
    const auto refused = [](std::string_view answer, std::string_view what) {
        EXPECT_EQ(refusal_of(answer), "permessage-deflate: " + std::string{what});
    };
    for (const char* const value : {"7", "16", "0", "08", "010", "1x", "x", "256", "-9", "99999999999999999999"}) {
        for (const char* const name : {"server_max_window_bits", "client_max_window_bits"}) {
            const std::string answer = std::string{name} + "=" + value;
            refused(answer, answer + ": isn't 8 to 15");
        }
    }
    refused("server_max_window_bits", "server_max_window_bits: isn't 8 to 15");
    refused("client_max_window_bits", "client_max_window_bits: isn't 8 to 15");
    refused("server_no_context_takeover=1", "server_no_context_takeover=1: takes no value");
    refused("client_no_context_takeover=\"\"", "client_no_context_takeover=: takes no value");
    refused("foo=bar", "foo=bar: is unknown");
    refused("Server_max_window_bits=10", "Server_max_window_bits=10: is unknown");
    refused("server_no_context_takeover; server_no_context_takeover", "server_no_context_takeover: stands twice");
    refused("client_no_context_takeover; client_no_context_takeover", "client_no_context_takeover: stands twice");
    refused("server_max_window_bits=10; server_max_window_bits=10", "server_max_window_bits=10: stands twice");
    refused("client_max_window_bits=10; client_max_window_bits=11", "client_max_window_bits=11: stands twice");
}

TEST(permessage_deflate, refuses_an_answer_that_does_not_keep_to_the_offer) {
    EXPECT_EQ(refusal_of("", {{.server_no_context_takeover = true}}),
              "permessage-deflate: server_no_context_takeover: was asked for and isn't there");
    EXPECT_EQ(refusal_of("", {{.server_max_window_bits = 10}}),
              "permessage-deflate: server_max_window_bits: was asked for and isn't there");
    EXPECT_EQ(refusal_of("server_max_window_bits=11", {{.server_max_window_bits = 10}}),
              "permessage-deflate: server_max_window_bits: is over what was asked for");
    EXPECT_EQ(refusal_of("client_max_window_bits=11", {{.client_max_window_bits = 10}}),
              "permessage-deflate: client_max_window_bits: is over what was offered");
    EXPECT_EQ(refusal_of("client_max_window_bits=15", {{.offers_client_max_window_bits = false}}),
              "permessage-deflate: client_max_window_bits: wasn't offered");
    EXPECT_EQ(refusal_of("", {{.offers_client_max_window_bits = false}}), "");
    EXPECT_EQ(refusal_of("", {{.client_no_context_takeover = true}}), "") << "a hint that a server may overlook";
    EXPECT_EQ(refusal_of("", {{.client_max_window_bits = 10}}), "") << "we keep to it by ourselves";
    EXPECT_EQ(refusal_of("", {{.server_max_window_bits = 10}, {}}), "") << "the second offer was taken";
    EXPECT_EQ(refusal_of("server_max_window_bits=9", {{.server_max_window_bits = 10}, {}}), "");
}

TEST(permessage_deflate, a_server_answers_within_what_it_is_offered) {
    EXPECT_EQ(response_of(""), "()");
    EXPECT_EQ(response_of("client_max_window_bits"), "()");
    EXPECT_EQ(response_of("client_max_window_bits=10"), "(client_max_window_bits=10)");
    EXPECT_EQ(response_of("client_max_window_bits", {.client_max_window_bits = 9}), "(client_max_window_bits=9)");
    EXPECT_EQ(response_of("", {.client_max_window_bits = 9}), "declined") << "the client couldn't be told";
    EXPECT_EQ(response_of("server_max_window_bits=12", {.server_max_window_bits = 10}), "(server_max_window_bits=10)");
    EXPECT_EQ(response_of("server_max_window_bits=9", {.server_max_window_bits = 10}), "(server_max_window_bits=9)");
    EXPECT_EQ(response_of("server_max_window_bits=15"), "(server_max_window_bits=15)")
        << "it is accepted by being said, RFC 7692 §7.1.2.1";
    EXPECT_EQ(response_of("server_no_context_takeover; client_no_context_takeover"),
              "(server_no_context_takeover; client_no_context_takeover)");
    EXPECT_EQ(response_of("", {.server_no_context_takeover = true}), "(server_no_context_takeover)");
    for (const char* const bad : {"foo", "server_max_window_bits", "server_max_window_bits=7",
                                  "client_max_window_bits=16", "client_max_window_bits; client_max_window_bits"}) {
        EXPECT_EQ(response_of(bad), "declined") << bad;
    }
}

}  // namespace
}  // namespace mint::ws
