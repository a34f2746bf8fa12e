#include "echo_extensions.hpp"

#include <gtest/gtest.h>

namespace mintws {
namespace {

std::string field_for(const mint::headers& fields) {
    const auto agreed = agree_on_extensions(fields);
    if (!agreed) return "no list";
    EXPECT_EQ(agreed->chain.empty(), agreed->field.empty());
    return agreed->field;
}

TEST(echo_extensions, agree_to_the_first_offer_of_deflate_that_suits) {
    EXPECT_EQ(field_for({}), "");
    EXPECT_EQ(field_for({{"sec-websocket-extensions", "x-other; a=b"}}), "");
    EXPECT_EQ(field_for({{"sec-websocket-extensions", "permessage-deflate; client_max_window_bits"}}),
              "permessage-deflate");
    EXPECT_EQ(field_for({{"sec-websocket-extensions", "x, permessage-deflate; unknown"},
                         {"sec-websocket-extensions",
                          "permessage-deflate; server_no_context_takeover; "
                          "client_max_window_bits=10"}}),
              "permessage-deflate; server_no_context_takeover; client_max_window_bits=10");
    EXPECT_EQ(field_for({{"sec-websocket-extensions", "permessage-deflate;"}}), "no list");
}

}  // namespace
}  // namespace mintws
