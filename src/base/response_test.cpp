#include <mint/base/overloaded.hpp>
#include <mint/base/response.hpp>

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mint {
namespace {

constexpr request_ref ref{7};

[[nodiscard]] std::vector<response> one_of_each_kind() {
    return {responses::status{ref, 200, "OK"},
            responses::headers{ref, {}},
            responses::data{ref, {}},
            responses::done{ref},
            responses::error{ref, errc::body_cut_short},
            responses::interim{ref, 103, {}},
            responses::pong{ref},
            responses::push_promise{ref, request_ref{8}, {}}};
}

TEST(response, every_kind_names_the_request_it_answers) {
    const auto all = one_of_each_kind();
    ASSERT_EQ(all.size(), std::variant_size_v<response>);
    for (const response& r : all) EXPECT_EQ(ref_of(r), ref);
}

TEST(response, a_promise_answers_the_request_that_caused_it) {
    const response r = responses::push_promise{ref, request_ref{8}, {}};
    EXPECT_EQ(ref_of(r), ref);
    EXPECT_EQ(std::get<responses::push_promise>(r).promised, request_ref{8});
}

TEST(overloaded, calls_the_visitor_of_the_kind_that_is_there) {
    std::string seen;
    for (const response& r : one_of_each_kind()) {
        seen += std::visit(overloaded{[](const responses::status& s) { return std::to_string(s.code); },
                                      [](const responses::interim& i) { return std::to_string(i.code); },
                                      [](const responses::error& e) { return std::string{name(e.reason.code)}; },
                                      [](const auto&) { return std::string{"."}; }},
                           r);
    }
    EXPECT_EQ(seen, "200...body_cut_short103..");
}

}  // namespace
}  // namespace mint
