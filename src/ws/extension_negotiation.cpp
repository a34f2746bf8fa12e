#include "ws/extension_negotiation.hpp"

#include <mint/base/field_value.hpp>

#include <algorithm>
#include <utility>

namespace mint::ws::detail {

namespace {

constexpr std::uint8_t all_reserved_bits = rsv1 | rsv2 | rsv3;

/// A quoted value is a token once its escapes are undone (RFC 6455 §9.1).
bool has_tokens(const extension_parameters& parameters) noexcept {
    return std::ranges::all_of(parameters,
                               [](const parameter& p) { return is_token(p.name) && (!p.value || is_token(*p.value)); });
}

std::unexpected<error> refused(const extension& e, const char* what) {
    return std::unexpected(error{errc::invalid_extension, std::string{e.name()} + what});
}

}  // namespace

std::expected<void, error> check_offers(const std::vector<extension_ptr>& offered) {
    std::uint8_t reserved_bits = 0;
    for (auto it = offered.begin(); it != offered.end(); ++it) {
        if (*it == nullptr) return std::unexpected(error{errc::invalid_extension, "a null pointer"});
        const extension& e = **it;
        if (!is_token(e.name())) return refused(e, " is no token");
        const auto has_its_name = [&](const extension_ptr& other) { return other->name() == e.name(); };
        if (std::any_of(offered.begin(), it, has_its_name)) return refused(e, " is offered twice");
        const auto offers = e.offers();
        if (offers.empty()) return refused(e, " has no offer");
        if (!std::ranges::all_of(offers, has_tokens)) return refused(e, " has a parameter that is no token");
        if ((e.reserved_bits() & ~all_reserved_bits) != 0) return refused(e, " has a bit that isn't reserved");
        if ((e.reserved_bits() & reserved_bits) != 0) return refused(e, " has another one's reserved bit");
        reserved_bits = static_cast<std::uint8_t>(reserved_bits | e.reserved_bits());
    }
    return {};
}

std::string offer_text(const std::vector<extension_ptr>& offered) {
    std::string text;
    for (const extension_ptr& e : offered) {
        for (const extension_parameters& offer : e->offers()) {
            if (!text.empty()) text += ", ";
            text += e->name();
            for (const parameter& p : offer) {
                text.append("; ").append(p.name);
                if (!p.value) continue;
                text += p.quoted ? "=\"" + *p.value + "\"" : "=" + *p.value;
            }
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
        if (found == offered.end()) return std::unexpected(error{errc::extension_not_offered, e.name});
        if (std::ranges::find(chosen.answers(), e.name, &list_element::name) != chosen.answers().end()) {
            return std::unexpected(error{errc::extension_repeated, e.name});
        }
        auto codec = (*found)->accept(e.parameters);
        if (!codec) return std::unexpected(std::move(codec.error()));
        if (*codec == nullptr) return refused(**found, " accepted, and made no codec");
        chosen.add(std::move(e), (*found)->reserved_bits(), std::move(*codec));
    }
    return chosen;
}

}  // namespace mint::ws::detail
