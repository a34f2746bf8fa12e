#include "echo_conversation.hpp"

#include <mint/base/overloaded.hpp>
#include <mint/ws/close_code.hpp>

#include <optional>
#include <variant>

namespace mintws {

namespace ws = mint::ws;

void echo_conversation::say_goodbye(mint::buffer& out) {
    if (!is_over_) close_with({.code = ws::close_code::going_away, .reason = "the server stops"}, out);
}

void echo_conversation::answer(const std::expected<void, mint::error>& decoded, const std::vector<ws::frame>& frames,
                               mint::buffer& out) {
    for (const auto& frame : frames) reply(frame, out);
    if (decoded || codec_.is_close_sent()) return;
    const auto code = decoded.error().close_code();
    if (code == 0) return close_with({}, out);
    const auto reason = mint::to_string(decoded.error());
    close_with({.code = ws::close_code{code}, .reason = ws::fit_close_reason(reason)}, out);
}

void echo_conversation::reply(const ws::frame& received, mint::buffer& out) {
    // What was received may be sent: encoding refuses nothing of it.
    std::visit(mint::overloaded{
                   [&](const ws::text& f) { static_cast<void>(codec_.encode(f, out)); },
                   [&](const ws::binary& f) { static_cast<void>(codec_.encode(f, out)); },
                   [&](const ws::ping& f) { static_cast<void>(codec_.encode(ws::pong{f.payload}, out)); },
                   [](const ws::pong&) {},
                   [&](const ws::close& f) { close_with(f, out); },
               },
               received);
}

void echo_conversation::close_with(const ws::close& goodbye, mint::buffer& out) {
    static_cast<void>(codec_.encode(goodbye, out));
    is_over_ = true;
}

}  // namespace mintws
