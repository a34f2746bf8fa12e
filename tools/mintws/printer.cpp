#include "printer.hpp"

#include <mint/base/bytes.hpp>
#include <mint/base/overloaded.hpp>
#include <mint/base/utf8.hpp>

#include <algorithm>
#include <ctime>
#include <iterator>
#include <variant>

#include <fmt/format.h>

namespace mintws {

namespace ws = mint::ws;

namespace {

constexpr std::size_t max_dump_size = 4096;
constexpr std::size_t row_size = 16;

bool is_printable_ascii(char c) noexcept { return c >= ' ' && c <= '~'; }

// "00000010  68 65 6c 6c 6f …  |hello…|", as hexdump -C writes it.
void dump_row(std::size_t offset, std::string_view row, mint::buffer& out) {
    std::string line = fmt::format("{:08x} ", offset);
    for (std::size_t i = 0; i < row_size; ++i) {
        if (i == row_size / 2) line += ' ';
        line += i < row.size() ? fmt::format(" {:02x}", static_cast<unsigned char>(row[i])) : "   ";
    }
    line += "  |";
    std::ranges::transform(row, std::back_inserter(line), [](char c) { return is_printable_ascii(c) ? c : '.'; });
    out.append(line + "|\n");
}

void dump(std::string_view octets, mint::buffer& out) {
    const auto shown = octets.substr(0, max_dump_size);
    for (std::size_t at = 0; at < shown.size(); at += row_size) dump_row(at, shown.substr(at, row_size), out);
    if (octets.size() > shown.size()) out.append(fmt::format("({} octets more)\n", octets.size() - shown.size()));
    if (octets.empty()) out.append("(binary, empty)\n");
}

void show_octets(std::string_view octets, std::string& out) {
    for (const char c : octets) out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
}

// U+0000 to U+001F, U+007F to U+009F: terminals obey the latter half as well.
bool is_control(std::string_view character) noexcept {
    const char first = character[0];
    if (character.size() == 1) return !is_printable_ascii(first) && first != '\t' && first != '\n';
    return character.size() == 2 && first == '\xC2' && static_cast<unsigned char>(character[1]) < 0xA0;
}

// The octets of the UTF-8 character at the front of `text`.
std::size_t character_size(std::string_view text) noexcept {
    std::size_t size = 1;
    while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80) ++size;
    return size;
}

}  // namespace

void printer::print(const ws::frame& message, std::chrono::system_clock::time_point now, mint::buffer& out) const {
    std::visit(mint::overloaded{
                   [&](const ws::text& f) {
                       if (options_.has_timestamps) out.append(utc(now) + " ");
                       if (options_.is_terminal) {
                           out.append(visible(f.payload));
                       } else {
                           out.append(f.payload);
                       }
                       out.append(std::string_view{options_.is_terminal ? "\n" : &options_.separator, 1});
                   },
                   [&](const ws::binary& f) {
                       if (!options_.is_terminal) return out.append(f.payload);
                       if (options_.has_timestamps) out.append(utc(now) + "\n");
                       dump(mint::as_text(f.payload), out);
                   },
                   [](const auto&) {},
               },
               message);
}

std::string visible(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    while (!text.empty()) {
        auto valid = text.substr(0, mint::first_invalid_utf8(mint::as_bytes(text)));
        if (valid.empty()) {
            show_octets(text.substr(0, 1), result);
            text.remove_prefix(1);
        }
        text.remove_prefix(valid.size());
        while (!valid.empty()) {
            const auto character = valid.substr(0, character_size(valid));
            if (is_control(character) || !mint::is_utf8(mint::as_bytes(character))) {
                show_octets(character, result);
            } else {
                result += character;
            }
            valid.remove_prefix(character.size());
        }
    }
    return result;
}

std::string visible_line(std::string_view text) {
    auto result = visible(text);
    for (auto at = result.find('\n'); at != std::string::npos; at = result.find('\n', at))
        result.replace(at, 1, "\\x0a");
    return result;
}

std::string utc(std::chrono::system_clock::time_point time) {
    const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
    const std::time_t seconds = milliseconds / 1000;
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                       parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, milliseconds % 1000);
}

}  // namespace mintws
