#include "base/visible.hpp"

#include "base/ascii.hpp"

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

std::string visible_field(const headers& fields, std::string_view name) {
    std::string values;
    bool is_there = false;
    for (const field& f : fields) {
        if (!equals_ignoring_case(f.name, name)) continue;
        if (is_there) values += ", ";
        values += f.value;
        is_there = true;
    }
    if (!is_there) return "no " + std::string{name};
    if (values.find_first_not_of(" \t,") == std::string::npos) return std::string{name} + " is empty";
    return std::string{name} + ": " + visible(values);
}

}  // namespace mint::detail
