#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "base/sha1.hpp"
#include "base/visible.hpp"
#include "ws/extension_negotiation.hpp"

#include <mint/base/bytes.hpp>
#include <mint/base/field_value.hpp>
#include <mint/ws/handshake.hpp>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

namespace mint::ws {

namespace {

using mint::detail::visible_field;

constexpr std::size_t nonce_size = 16;  // RFC 6455 §4.1

/// What `request_fields` writes itself, and what frames a body that no handshake has.
constexpr std::array<std::string_view, 9> reserved_names = {
    "upgrade",
    "connection",
    "sec-websocket-key",
    "sec-websocket-version",
    "sec-websocket-accept",
    "sec-websocket-protocol",
    "sec-websocket-extensions",
    "transfer-encoding",
    "content-length",
};

bool is_reserved(std::string_view name) noexcept {
    return std::ranges::any_of(reserved_names, [name](std::string_view reserved) {
        return mint::detail::equals_ignoring_case(reserved, name);
    });
}

std::string joined(const std::vector<std::string>& tokens) {
    std::string list;
    for (const std::string& token : tokens) {
        if (!list.empty()) list += ", ";
        list += token;
    }
    return list;
}

std::expected<void, error> check_accept(std::string_view key, const headers& fields) {
    const auto accept = fields.find("sec-websocket-accept");
    if (!accept) return std::unexpected(errc::accept_missing);
    std::string shown = visible_field(fields, "Sec-WebSocket-Accept");
    if (fields.count("sec-websocket-accept") > 1) return std::unexpected(error{errc::accept_repeated, shown});
    const std::string right = accept_for(key);
    if (*accept != right) return std::unexpected(error{errc::accept_mismatch, shown + ", and not " + right});
    return {};
}

std::expected<std::string, error> chosen_subprotocol(const handshake_offer& offer, const headers& fields) {
    const auto chosen = fields.find("sec-websocket-protocol");
    if (!chosen) return std::string{};
    if (fields.count("sec-websocket-protocol") > 1 || chosen->find(',') != std::string_view::npos) {
        return std::unexpected(error{errc::subprotocol_repeated, visible_field(fields, "Sec-WebSocket-Protocol")});
    }
    if (std::ranges::find(offer.subprotocols, *chosen) == offer.subprotocols.end()) {
        return std::unexpected(error{errc::subprotocol_not_offered, visible_field(fields, "Sec-WebSocket-Protocol")});
    }
    return std::string{*chosen};
}

std::expected<void, error> append_offer(const handshake_offer& offer, headers& fields) {
    if (!offer.subprotocols.empty()) {
        if (auto added = fields.append("sec-websocket-protocol", joined(offer.subprotocols)); !added) return added;
    }
    if (offer.extensions.empty()) return {};
    return fields.append("sec-websocket-extensions", detail::offer_text(offer.extensions));
}

std::expected<void, error> append_extra(const headers& extra, headers& fields) {
    for (const field& f : extra) {
        if (is_reserved(f.name)) return std::unexpected(error{errc::reserved_field, f.name});
        if (auto added = fields.append(f.name, f.value); !added) return added;
    }
    return {};
}

std::unexpected<error> refused(int status_code, const headers& fields) {
    error reason{errc::upgrade_refused};
    reason.refusal = std::make_shared<const refused_response>(refused_response{status_code, fields});
    return std::unexpected(std::move(reason));
}

/// What both protocols negotiate alike.
std::expected<handshake_result, error> check_choices(const handshake_offer& offer, const headers& fields) {
    auto extensions = detail::negotiate(offer.extensions, fields);
    if (!extensions) {
        error& reason = extensions.error();
        const bool shows_field = reason == errc::invalid_extension_field;
        if (shows_field) reason.detail = visible_field(fields, "Sec-WebSocket-Extensions");
        return std::unexpected(std::move(reason));
    }
    auto subprotocol = chosen_subprotocol(offer, fields);
    if (!subprotocol) return std::unexpected(std::move(subprotocol.error()));
    return handshake_result{.subprotocol = std::move(*subprotocol), .extensions = std::move(*extensions)};
}

}  // namespace

std::expected<handshake_offer, error> make_offer(std::vector<std::string> subprotocols, random_source& random,
                                                 std::vector<extension_ptr> extensions) {
    for (auto it = subprotocols.begin(); it != subprotocols.end(); ++it) {
        if (!is_token(*it)) return std::unexpected(error{errc::invalid_subprotocol, "a subprotocol is no token"});
        if (std::find(subprotocols.begin(), it, *it) != it) {
            return std::unexpected(error{errc::invalid_subprotocol, *it + " is offered twice"});
        }
    }
    if (auto checked = detail::check_offers(extensions); !checked) return std::unexpected(std::move(checked.error()));
    std::array<std::byte, nonce_size> nonce;
    random.fill(nonce);
    return handshake_offer{.key = mint::detail::base64_encode(nonce),
                           .subprotocols = std::move(subprotocols),
                           .extensions = std::move(extensions)};
}

std::expected<headers, error> request_fields(const handshake_offer& offer, const headers& extra) {
    headers fields{{"upgrade", "websocket"}, {"connection", "Upgrade"}, {"sec-websocket-version", "13"}};
    if (auto added = fields.append("sec-websocket-key", offer.key); !added) return std::unexpected(added.error());
    if (auto added = append_offer(offer, fields); !added) return std::unexpected(added.error());
    if (auto added = append_extra(extra, fields); !added) return std::unexpected(added.error());
    return fields;
}

std::expected<handshake_result, error> check_response(const handshake_offer& offer, int status_code,
                                                      const headers& fields) {
    if (status_code != 101) return refused(status_code, fields);
    if (!lists_token(fields, "upgrade", "websocket")) {
        return std::unexpected(error{errc::upgrade_field_missing, visible_field(fields, "Upgrade")});
    }
    if (!lists_token(fields, "connection", "upgrade")) {
        return std::unexpected(error{errc::connection_field_missing, visible_field(fields, "Connection")});
    }
    if (auto accepted = check_accept(offer.key, fields); !accepted) return std::unexpected(accepted.error());
    return check_choices(offer, fields);
}

std::expected<headers, error> connect_fields(const handshake_offer& offer, const headers& extra) {
    headers fields{{"sec-websocket-version", "13"}};
    if (auto added = append_offer(offer, fields); !added) return std::unexpected(added.error());
    if (auto added = append_extra(extra, fields); !added) return std::unexpected(added.error());
    return fields;
}

std::expected<handshake_result, error> check_connect_response(const handshake_offer& offer, int status_code,
                                                              const headers& fields) {
    if (status_code < 200 || status_code > 299) return refused(status_code, fields);
    return check_choices(offer, fields);
}

std::string accept_for(std::string_view key) {
    std::string text{key};
    text += "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";  // RFC 6455 §1.3
    return mint::detail::base64_encode(mint::detail::sha1(as_bytes(text)));
}

}  // namespace mint::ws
