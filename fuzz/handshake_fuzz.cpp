// Invariant: whatever octets answer an upgrade, either the whole handshake holds (the accept belongs to the key,
// nothing was taken that wasn't offered) or there is an error; and the outcome is the same in any split.
//
// Input: an octet that picks a split, then what the peer sends.
#include <mint/base/buffer.hpp>
#include <mint/base/field_value.hpp>
#include <mint/http1/client_machine.hpp>
#include <mint/ws/handshake.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace {

using namespace mint;

void require(bool holds) {
    if (!holds) std::abort();
}

// The example of RFC 6455 §1.3, so that an input can hold the right accept.
const ws::handshake_offer offer{.key = "dGhlIHNhbXBsZSBub25jZQ==", .subprotocols = {"chat", "superchat"}};

void check_accepted(const ws::handshake_result& result, int status, const headers& fields) {
    require(status == 101);
    require(fields.count("sec-websocket-accept") == 1);
    require(fields.find("sec-websocket-accept") == ws::accept_for(offer.key));
    require(lists_token(fields, "upgrade", "websocket") && lists_token(fields, "connection", "upgrade"));
    require(!fields.contains("sec-websocket-extensions"));
    require(result.subprotocol.empty() || result.subprotocol == "chat" || result.subprotocol == "superchat");
    require(result.subprotocol == fields.find("sec-websocket-protocol").value_or(""));
}

/// What came of the answer, in words that don't depend on the split; chunks of `size` octets, all in one where that is
/// 0.
std::string outcome(byte_view input, std::size_t size) {
    const headers fields = *ws::request_fields(offer, {});
    http1::client_machine machine{{.host = "h"}};
    buffer sent;
    require(machine.upgrade({.method = "GET", .target = "/", .fields = fields}, sent).has_value());
    std::string words;
    int status = 0;
    while (!input.empty()) {
        const byte_view chunk = input.first(size == 0 ? input.size() : std::min(size, input.size()));
        input = input.subspan(chunk.size());
        std::vector<response> out;
        const auto received = machine.receive(chunk, out);
        for (const response& r : out) {
            if (const auto* s = std::get_if<responses::status>(&r)) {
                status = s->code;
            } else if (const auto* h = std::get_if<responses::headers>(&r)) {
                const auto result = ws::check_response(offer, status, h->fields);
                if (result) check_accepted(*result, status, h->fields);
                words += result ? "accepted " + result->subprotocol : std::string{name(result.error().code)};
                words += ' ';
            }
        }
        if (!received) return words + std::string{name(received.error().code)};
    }
    require(machine.is_tunnel() == (status == 101));
    return words;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const byte_view input = std::as_bytes(std::span{data + 1, size - 1});
    const std::string whole = outcome(input, 0);
    require(outcome(input, 1) == whole);
    require(outcome(input, 2 + data[0]) == whole);
    return 0;
}
