#include "base/ends_in_number.hpp"

#include "base/ascii.hpp"

#include <cstddef>

namespace mint::detail {

namespace {

/// A label, as far as it was read.
struct label {
    std::size_t size = 0;
    bool is_decimal = true;
    bool is_hex = true;

    void add(char c) noexcept {
        is_decimal = is_decimal && is_digit(c);
        is_hex = is_hex && (size == 0 ? c == '0' : size == 1 ? c == 'x' || c == 'X' : hex_value(c) >= 0);
        ++size;
    }
    [[nodiscard]] bool is_number() const noexcept { return size > 0 && (is_decimal || (is_hex && size > 1)); }
};

}  // namespace

bool ends_in_number(std::string_view host) noexcept {
    label last;
    bool was_number = false;  // the label before the last
    for (std::size_t i = 0; i < host.size(); ++i) {
        char c = host[i];
        if (c == '%' && i + 2 < host.size() && hex_value(host[i + 1]) >= 0 && hex_value(host[i + 2]) >= 0) {
            c = static_cast<char>(hex_value(host[i + 1]) * 16 + hex_value(host[i + 2]));
            i += 2;
        }
        if (c == '.') {
            was_number = last.is_number();
            last = {};
        } else {
            last.add(c);
        }
    }
    return last.size == 0 ? was_number : last.is_number();
}

}  // namespace mint::detail
