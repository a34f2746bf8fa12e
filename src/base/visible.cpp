#include "base/visible.hpp"

namespace mint::detail {

std::string visible(std::string_view bytes, std::size_t max_size) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string text;
    for (const char c : bytes.substr(0, max_size)) {
        const auto u = static_cast<unsigned char>(c);
        if (u >= 0x20 && u < 0x7F && c != '\\') {
            text += c;
        } else if (c == '\\') {
            text += "\\\\";
        } else {
            text += "\\x";
            text += digits[u >> 4U];
            text += digits[u & 0xFU];
        }
    }
    if (bytes.size() > max_size) text += "…";
    return text;
}

}  // namespace mint::detail
