#include "frame_row.hpp"

#include "printer.hpp"

#include <mint/base/bytes.hpp>
#include <mint/base/overloaded.hpp>
#include <mint/ws/close_code.hpp>

#include <string_view>
#include <variant>

#include <fmt/format.h>

namespace mintws {

using std::chrono::steady_clock;
namespace ws = mint::ws;

namespace {

constexpr std::size_t preview_size = 24;  // octets of text; a third of that as hex

// `text` up to `preview_size` octets, cut between two characters.
std::string quoted(std::string_view text) {
    auto size = text.size();
    if (size > preview_size) {
        size = preview_size;
        while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80) --size;
    }
    return fmt::format("\"{}\"{}", visible_line(text.substr(0, size)), size < text.size() ? " …" : "");
}

std::string hex(std::string_view octets) {
    std::string text;
    for (const char c : octets.substr(0, preview_size / 3)) {
        text += fmt::format("{}{:02x}", text.empty() ? "" : " ", static_cast<unsigned char>(c));
    }
    return octets.size() > preview_size / 3 ? text + " …" : text;
}

std::string_view name_of(ws::opcode code) noexcept {
    switch (code) {
        case ws::opcode::continuation: return "continuation";
        case ws::opcode::text: return "text";
        case ws::opcode::binary: return "binary";
        case ws::opcode::close: return "close";
        case ws::opcode::ping: return "ping";
        case ws::opcode::pong: return "pong";
    }
    return "?";
}

// Right-aligned in 8 columns.
std::string duration(steady_clock::duration d) {
    const auto microseconds = std::chrono::duration<double, std::micro>(d).count();
    return microseconds < 1000 ? fmt::format("{:5.0f} µs", microseconds)
                               : fmt::format("{:5.2f} ms", microseconds / 1000);
}

}  // namespace

ws::opcode opcode_of(const ws::frame& f) noexcept {
    return std::visit(mint::overloaded{
                          [](const ws::text&) { return ws::opcode::text; },
                          [](const ws::binary&) { return ws::opcode::binary; },
                          [](const ws::ping&) { return ws::opcode::ping; },
                          [](const ws::pong&) { return ws::opcode::pong; },
                          [](const ws::close&) { return ws::opcode::close; },
                      },
                      f);
}

frame_row describe(const ws::frame& f, bool is_continued, steady_clock::duration time, char arrow) {
    const auto code = opcode_of(f);
    frame_row r{
        .time = time, .arrow = arrow, .what = {}, .fin = true, .payload_size = {}, .note = {}, .round_trip = {}};
    r.what = name_of(is_continued && !ws::is_control(code) ? ws::opcode::continuation : code);
    std::visit(mint::overloaded{
                   [&](const ws::text& t) {
                       r.fin = t.fin;
                       r.payload_size = t.payload.size();
                       r.note = quoted(t.payload);
                   },
                   [&](const ws::binary& b) {
                       r.fin = b.fin;
                       r.payload_size = b.payload.size();
                       r.note = hex(mint::as_text(b.payload));
                   },
                   [&](const ws::close& c) {
                       r.payload_size = c.code ? 2 + c.reason.size() : 0;
                       if (c.code) r.note = fmt::format("{} {}", static_cast<int>(*c.code), quoted(c.reason));
                   },
                   [&](const auto& ping_or_pong) {
                       r.payload_size = ping_or_pong.payload.size();
                       r.note = quoted(mint::as_text(ping_or_pong.payload));
                   },
               },
               f);
    return r;
}

std::string row(const frame_row& r) {
    auto line = fmt::format("{:8.2f} ms  {}  {:<12}  {:>3}  {:>9}  {:<30}",
                            std::chrono::duration<double, std::milli>(r.time).count(), r.arrow, r.what,
                            r.fin ? (*r.fin ? "yes" : "no") : "", r.payload_size ? fmt::to_string(*r.payload_size) : "",
                            r.note);
    if (r.round_trip) return line + "  " + duration(*r.round_trip);
    line.erase(line.find_last_not_of(' ') + 1);
    return line;
}

std::string row_heading() {
    return fmt::format("{:>11}     {:<12}  {:>3}  {:>9}  {:<30}  {:>8}", "time", "frame", "fin", "octets", "payload",
                       "round trip");
}

}  // namespace mintws
