// Invariants: whatever a server answers, either each extension was offered, is chosen once and keeps to its offer, and
// both directions work then; or there is an error that names a rule of the handshake, in printable octets. What
// permessage-deflate as a server makes of any offer, a client that made the offer accepts.
//
// Input: an octet that picks what is offered, then lines of Sec-WebSocket-Extensions.
#include "ws/extension_negotiation.hpp"

#include <mint/base/buffer.hpp>
#include <mint/base/field_value.hpp>
#include <mint/ws/codec.hpp>
#include <mint/ws/permessage_deflate.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace mint;

void require(bool holds) {
    if (!holds) std::abort();
}

const std::vector<std::vector<ws::deflate_parameters>> offers{
    {{}},
    {{.server_no_context_takeover = true, .server_max_window_bits = 10}, {}},
    {{.client_no_context_takeover = true, .client_max_window_bits = 9}},
    {{.server_max_window_bits = 8}, {.server_no_context_takeover = true}},
};

std::shared_ptr<const ws::permessage_deflate> deflate_of(unsigned choice) {
    return ws::permessage_deflate::create({.offers = offers[choice % offers.size()], .min_size = 0}).value();
}

headers lines_of(std::string_view text) {
    headers fields;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        static_cast<void>(fields.append("Sec-WebSocket-Extensions", text.substr(0, end)));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return fields;
}

bool keeps_to(const ws::deflate_parameters& offer, const std::vector<parameter>& answer) {
    int seen[4] = {};
    for (const parameter& p : answer) {
        const int bits = p.value ? std::atoi(p.value->c_str()) : 0;
        if (p.name == "server_no_context_takeover") {
            if (p.value || ++seen[0] > 1) return false;
        } else if (p.name == "client_no_context_takeover") {
            if (p.value || ++seen[1] > 1) return false;
        } else if (p.name == "server_max_window_bits") {
            if (bits < 8 || bits > offer.server_max_window_bits || ++seen[2] > 1) return false;
        } else if (p.name == "client_max_window_bits") {
            if (bits < 8 || bits > offer.client_max_window_bits || ++seen[3] > 1) return false;
        } else {
            return false;
        }
    }
    return (seen[0] == 1 || !offer.server_no_context_takeover) && (seen[2] == 1 || offer.server_max_window_bits == 15);
}

bool is_printable(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

void check_answer(unsigned choice, std::string_view text) {
    const auto deflate = deflate_of(choice);
    const headers fields = lines_of(text);
    auto chosen = ws::detail::negotiate({deflate}, fields);
    if (!chosen) {
        const errc code = chosen.error().code;
        require(code == errc::invalid_extension_field || code == errc::extension_not_offered ||
                code == errc::extension_repeated || code == errc::invalid_extension_parameter);
        require(is_printable(chosen.error().detail));
        return;
    }
    require(chosen->answers().size() <= 1);
    for (const list_element& e : chosen->answers()) {
        require(e.name == "permessage-deflate");
        require(std::ranges::any_of(offers[choice % offers.size()],
                                    [&](const ws::deflate_parameters& o) { return keeps_to(o, e.parameters); }));
    }
    ws::codec client{{}, std::move(*chosen)};
    buffer out;
    require(client.encode(ws::text{"a message, and a message again"}, out).has_value());
}

void check_offer(unsigned choice, std::string_view text) {
    const auto asked = parse_list(lines_of(text), "sec-websocket-extensions");
    if (!asked) return;
    const auto server = deflate_of(choice);
    for (const list_element& offer : *asked) {
        auto response = server->respond(offer.parameters);
        if (!response) continue;
        // A client that offers what the offer says.
        ws::deflate_parameters said;
        for (const parameter& p : offer.parameters) {
            const auto bits = static_cast<std::uint8_t>(p.value ? std::atoi(p.value->c_str()) : 15);
            if (p.name == "server_no_context_takeover") said.server_no_context_takeover = true;
            if (p.name == "client_no_context_takeover") said.client_no_context_takeover = true;
            if (p.name == "server_max_window_bits") said.server_max_window_bits = bits;
            if (p.name == "client_max_window_bits") said.client_max_window_bits = bits;
        }
        const auto client = ws::permessage_deflate::create({.offers = {said}}).value();
        require(client->accept(response->answer).has_value());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view text = as_text(std::as_bytes(std::span{data + 1, size - 1}));
    if ((data[0] & 128U) != 0) {
        check_offer(data[0], text);
    } else {
        check_answer(data[0], text);
    }
    return 0;
}
