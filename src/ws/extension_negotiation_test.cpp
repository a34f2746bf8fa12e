#include "ws/extension_negotiation.hpp"

#include "support/letter_extension.hpp"

#include <mint/ws/permessage_deflate.hpp>

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace mint::ws::detail {
namespace {

using mint::testing::letter_extension;

extension_ptr letter(const std::string& name, std::uint8_t bits, std::vector<extension_parameters> offers = {{}}) {
    return std::make_shared<letter_extension>(name, 'x', bits, std::move(offers));
}

extension_ptr deflate() { return permessage_deflate::create().value(); }

/// The names chosen, or what is wrong.
std::string negotiated(const std::vector<extension_ptr>& offered, std::initializer_list<std::string_view> lines) {
    headers fields;
    for (const std::string_view line : lines) {
        EXPECT_TRUE(fields.append("Sec-WebSocket-Extensions", line));
    }
    const auto chosen = negotiate(offered, fields);
    if (!chosen) return std::string{name(chosen.error().code)} + ": " + chosen.error().detail;
    std::string names;
    for (const list_element& e : chosen->answers()) names += e.name + " ";
    return names;
}

TEST(extension_offers, stand_in_the_order_of_preference_with_their_parameters) {
    EXPECT_EQ(offer_text({}), "");
    EXPECT_EQ(offer_text({deflate()}), "permessage-deflate; client_max_window_bits");
    EXPECT_EQ(offer_text({letter("a", rsv2,
                                 {{{.name = "best", .value = std::nullopt}, {.name = "n", .value = "1"}},
                                  {{.name = "q", .value = "token", .quoted = true}},
                                  {}}),
                          letter("b", rsv3)}),
              "a; best; n=1, a; q=\"token\", a, b");
}

TEST(extension_offers, that_cannot_go_together_are_refused_by_name) {
    const auto detail_of = [](const std::vector<extension_ptr>& offered) {
        const auto checked = check_offers(offered);
        EXPECT_EQ(checked.error(), errc::invalid_extension);
        return checked.error().detail;
    };
    EXPECT_TRUE(check_offers({deflate(), letter("a", rsv2 | rsv3), letter("b", 0), letter("c", 0)}));
    EXPECT_EQ(detail_of({deflate(), letter("a", rsv1)}), "a has a reserved bit of permessage-deflate");
    EXPECT_EQ(detail_of({letter("a", rsv2 | rsv3), letter("b", rsv3)}), "b has a reserved bit of a");
    EXPECT_EQ(detail_of({letter("a", 0), letter("a", rsv1)}), "a is offered twice");
    EXPECT_EQ(detail_of({letter("a b", 0)}), "a b is no token");
    EXPECT_EQ(detail_of({letter("a", 0x80)}), "a has a bit that isn't reserved");
    EXPECT_EQ(detail_of({letter("a", 0, {})}), "a has no offer");
    EXPECT_EQ(detail_of({letter("a", 0, {{{.name = "p", .value = "a b"}}})}),
              "a: the value of p, \"a b\", is no token, which it must be in quotes too");
    EXPECT_EQ(detail_of({letter("a", 0, {{{.name = "", .value = std::nullopt}}})}),
              "a: the parameter's name \"\" is no token");
    EXPECT_EQ(detail_of({letter("", 0)}), "an empty name");
    EXPECT_EQ(detail_of({nullptr}), "a null pointer");
}

TEST(extension_answer, names_what_was_chosen_in_its_order_on_any_number_of_lines) {
    const std::vector<extension_ptr> all{letter("a", 0), deflate(), letter("b", rsv2)};
    EXPECT_EQ(negotiated(all, {}), "");
    EXPECT_EQ(negotiated(all, {"permessage-deflate"}), "permessage-deflate ");
    EXPECT_EQ(negotiated(all, {"b,a"}), "b a ");
    EXPECT_EQ(negotiated(all, {"b", "permessage-deflate ; server_max_window_bits = 10"}), "b permessage-deflate ")
        << "implied *LWS, RFC 6455 4.3";
    EXPECT_EQ(negotiated(all, {" b ,", ", permessage-deflate ;server_max_window_bits=\"10\",a"}),
              "b permessage-deflate a ");
}

/// Accepts everything, and makes nothing of it.
class empty_extension final : public extension {
  public:
    [[nodiscard]] std::string_view name() const noexcept override { return "empty"; }
    [[nodiscard]] std::uint8_t reserved_bits() const noexcept override { return 0; }
    [[nodiscard]] std::vector<extension_parameters> offers() const override { return {{}}; }
    [[nodiscard]] std::expected<std::unique_ptr<extension_codec>, error> accept(
        const extension_parameters& /*answer*/) const override {
        return nullptr;
    }
};

TEST(extension_answer, that_an_extension_makes_no_codec_of_fails) {
    EXPECT_EQ(negotiated({std::make_shared<empty_extension>()}, {"empty"}),
              "invalid_extension: empty accepted, and made no codec");
}

TEST(extension_offers, of_permessage_deflate_may_be_without_a_parameter) {
    const permessage_deflate_options plain{.offers = {{.offers_client_max_window_bits = false}, {}}};
    EXPECT_EQ(offer_text({permessage_deflate::create(plain).value()}),
              "permessage-deflate, permessage-deflate; client_max_window_bits");
}

TEST(extension_answer, with_anything_else_fails_and_says_what_it_is) {
    const std::vector<extension_ptr> all{letter("a", 0), deflate()};
    EXPECT_EQ(negotiated(all, {"c"}), "extension_not_offered: c");
    EXPECT_EQ(negotiated(all, {"Permessage-Deflate"}), "extension_not_offered: Permessage-Deflate");
    EXPECT_EQ(negotiated({}, {"permessage-deflate"}), "extension_not_offered: permessage-deflate");
    EXPECT_EQ(negotiated(all, {"a, a"}), std::string{name(errc::extension_repeated)} + ": a");
    EXPECT_EQ(negotiated(all, {"permessage-deflate", "permessage-deflate"}), "extension_repeated: permessage-deflate");
    EXPECT_EQ(negotiated(all, {"a; p"}), "invalid_extension_parameter: a has none");
    EXPECT_EQ(negotiated(all, {"permessage-deflate; x"}),
              "invalid_extension_parameter: permessage-deflate: x: is unknown");
    for (const char* const line :
         {"", ",", "a;", "a; =1", "a; p=", "a; p=\"", "a b", "a; p=\"a b\"", "a, ; b", "\"a\""}) {
        EXPECT_EQ(negotiated(all, {line}), "invalid_extension_field: ") << line;
    }
}

}  // namespace
}  // namespace mint::ws::detail
