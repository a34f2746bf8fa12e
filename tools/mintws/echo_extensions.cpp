#include "echo_extensions.hpp"

#include <mint/base/field_value.hpp>
#include <mint/ws/permessage_deflate.hpp>

#include <utility>

namespace mintws {

namespace ws = mint::ws;

std::expected<agreed_extensions, mint::error> agree_on_extensions(const mint::headers& fields) {
    static const auto deflate = ws::permessage_deflate::create().value();
    auto offers = mint::parse_list(fields, "sec-websocket-extensions");
    if (!offers) return std::unexpected(std::move(offers.error()));
    agreed_extensions agreed;
    for (const auto& offer : *offers) {
        if (offer.name != deflate->name()) continue;
        auto response = deflate->respond(offer.parameters);
        if (!response) continue;
        mint::list_element answer{offer.name, std::move(response->answer)};
        agreed.field = mint::to_text(answer);
        agreed.chain.add(std::move(answer), deflate->reserved_bits(), std::move(response->codec));
        break;
    }
    return agreed;
}

}  // namespace mintws
