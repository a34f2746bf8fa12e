#include "ws/close_payload.hpp"

#include <mint/base/overloaded.hpp>
#include <mint/base/utf8.hpp>
#include <mint/ws/frame.hpp>

namespace mint::ws {
namespace {

std::vector<std::byte> copy_of(byte_view bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace

owned_frame to_owned(const frame& f) {
    return std::visit(overloaded{
                          [](const text& t) -> owned_frame { return owned_text{std::string{t.payload}, t.fin}; },
                          [](const binary& b) -> owned_frame { return owned_binary{copy_of(b.payload), b.fin}; },
                          [](const ping& p) -> owned_frame { return owned_ping{copy_of(p.payload)}; },
                          [](const pong& p) -> owned_frame { return owned_pong{copy_of(p.payload)}; },
                          [](const close& c) -> owned_frame { return owned_close{c.code, std::string{c.reason}}; },
                      },
                      f);
}

frame view_of(const owned_frame& f) noexcept {
    return std::visit(overloaded{
                          [](const owned_text& t) -> frame { return text{t.payload, t.fin}; },
                          [](const owned_binary& b) -> frame { return binary{b.payload, b.fin}; },
                          [](const owned_ping& p) -> frame { return ping{p.payload}; },
                          [](const owned_pong& p) -> frame { return pong{p.payload}; },
                          [](const owned_close& c) -> frame { return view_of(c); },
                      },
                      f);
}

std::string_view fit_close_reason(std::string_view reason) noexcept {
    if (reason.size() <= detail::max_close_reason_size) return reason;
    std::size_t size = detail::max_close_reason_size;
    // A character starts where the octet isn't a continuation octet, 10xxxxxx; it is at most four octets long.
    const auto is_inside_character = [&](std::size_t at) {
        return (static_cast<unsigned char>(reason[at]) & 0xC0U) == 0x80U;
    };
    while (size > 0 && is_inside_character(size)) --size;
    return reason.substr(0, size);
}

}  // namespace mint::ws
