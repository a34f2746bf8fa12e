#include "ws/extension_negotiation.hpp"

#include "base/visible.hpp"

#include <mint/base/field_value.hpp>

#include <algorithm>
#include <utility>

namespace mint::ws::detail {

namespace {

constexpr std::uint8_t all_reserved_bits = rsv1 | rsv2 | rsv3;

/// A quoted value is a token once its escapes are undone (RFC 6455 §9.1).
bool is_of_tokens(const parameter& p) noexcept { return is_token(p.name) && (!p.value || is_token(*p.value)); }

bool has_tokens(const extension_parameters& parameters) noexcept {
    return std::ranges::all_of(parameters, is_of_tokens);
}

std::unexpected<error> refused(const extension& e, std::string_view what) {
    return std::unexpected(error{errc::invalid_extension, std::string{e.name()}.append(what)});
}

std::expected<void, error> check_tokens(const extension& e, const extension_parameters& offer) {
    const auto bad = std::ranges::find_if_not(offer, is_of_tokens);
    if (bad == offer.end()) return {};
    if (!is_token(bad->name)) return refused(e, ": the parameter's name \"" + bad->name + "\" is no token");
    return refused(
        e, ": the value of " + bad->name + ", \"" + *bad->value + "\", is no token, which it must be in quotes too");
}

}  // namespace

std::expected<void, error> check_offers(const std::vector<extension_ptr>& offered) {
    for (auto it = offered.begin(); it != offered.end(); ++it) {
        if (*it == nullptr) return std::unexpected(error{errc::invalid_extension, "a null pointer"});
        const extension& e = **it;
        if (e.name().empty()) return std::unexpected(error{errc::invalid_extension, "an empty name"});
        if (!is_token(e.name())) return refused(e, " is no token");
        const auto has_its_name = [&](const extension_ptr& other) { return other->name() == e.name(); };
        if (std::any_of(offered.begin(), it, has_its_name)) return refused(e, " is offered twice");
        const auto offers = e.offers();
        if (offers.empty()) return refused(e, " has no offer");
        for (const extension_parameters& offer : offers) {
            if (auto checked = check_tokens(e, offer); !checked) return checked;
        }
        if ((e.reserved_bits() & ~all_reserved_bits) != 0) return refused(e, " has a bit that isn't reserved");
        const auto shares_a_bit = [&](const extension_ptr& other) {
            return (other->reserved_bits() & e.reserved_bits()) != 0;
        };
        if (const auto other = std::find_if(offered.begin(), it, shares_a_bit); other != it) {
            return refused(e, " has a reserved bit of " + std::string{(*other)->name()});
        }
    }
    return {};
}

std::string offer_text(const std::vector<extension_ptr>& offered) {
    std::string text;
    for (const extension_ptr& e : offered) {
        for (const extension_parameters& offer : e->offers()) {
            if (!text.empty()) text += ", ";
            text += to_text({std::string{e->name()}, offer});
        }
    }
    return text;
}

std::expected<negotiated_extensions, error> negotiate(const std::vector<extension_ptr>& offered,
                                                      const headers& fields) {
    negotiated_extensions chosen;
    if (!fields.contains("sec-websocket-extensions")) return chosen;
    auto answer = parse_list(fields, "sec-websocket-extensions");
    const auto is_good = [](const list_element& e) { return has_tokens(e.parameters); };
    if (!answer || answer->empty() || !std::ranges::all_of(*answer, is_good)) {
        return std::unexpected(errc::invalid_extension_field);
    }
    for (list_element& e : *answer) {
        const auto found = std::ranges::find(offered, e.name, [](const extension_ptr& o) { return o->name(); });
        if (found == offered.end())
            return std::unexpected(error{errc::extension_not_offered, mint::detail::visible(e.name)});
        if (std::ranges::find(chosen.answers(), e.name, &list_element::name) != chosen.answers().end()) {
            return std::unexpected(error{errc::extension_repeated, mint::detail::visible(e.name)});
        }
        auto codec = (*found)->accept(e.parameters);
        if (!codec) return std::unexpected(std::move(codec.error()));
        if (*codec == nullptr) return refused(**found, " accepted, and made no codec");
        chosen.add(std::move(e), (*found)->reserved_bits(), std::move(*codec));
    }
    return chosen;
}

}  // namespace mint::ws::detail
