#pragma once

#include "base/ascii.hpp"

#include <mint/base/headers.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace mint::detail {

/// Reads the pieces of a list's grammar (RFC 9110 §5.6) off the front of a field value. A copy looks ahead.
class list_reader {
  public:
    explicit list_reader(std::string_view rest) noexcept : rest_(rest) {}

    [[nodiscard]] bool is_at_end() const noexcept { return rest_.empty(); }

    [[nodiscard]] bool is_at(char c) const noexcept { return rest_.starts_with(c); }

    /// True if there were any.
    bool skip_blanks() noexcept {
        const bool found = !rest_.empty() && is_blank(rest_.front());
        while (!rest_.empty() && is_blank(rest_.front())) rest_.remove_prefix(1);
        return found;
    }

    [[nodiscard]] bool take(char c) noexcept {
        if (!is_at(c)) return false;
        rest_.remove_prefix(1);
        return true;
    }

    /// Empty where no token stands.
    [[nodiscard]] std::string_view token() noexcept {
        std::size_t size = 0;
        while (size < rest_.size() && is_token(rest_.substr(size, 1))) ++size;
        return take_front(size);
    }

    /// A token68 (RFC 9110 §11.2), which RFC 6750 §2.1 calls b64token; empty where none stands.
    [[nodiscard]] std::string_view token68() noexcept {
        std::size_t size = 0;
        while (size < rest_.size() && is_token68_letter(rest_[size])) ++size;
        if (size == 0) return {};
        while (size < rest_.size() && rest_[size] == '=') ++size;
        return take_front(size);
    }

    /// What stands between the quotes, escapes undone; nothing where the closing quote is missing. The opening one is
    /// taken already.
    [[nodiscard]] std::optional<std::string> quoted() {
        std::string value;
        while (!rest_.empty()) {
            char c = rest_.front();
            rest_.remove_prefix(1);
            if (c == '"') return value;
            if (c == '\\') {
                if (rest_.empty()) return std::nullopt;
                c = rest_.front();
                rest_.remove_prefix(1);
            }
            value.push_back(c);
        }
        return std::nullopt;
    }

    /// Passes over an element up to its comma, which stays; a comma in quotes ends nothing.
    void skip_element() noexcept {
        bool in_quotes = false;
        while (!rest_.empty() && (in_quotes || rest_.front() != ',')) {
            if (in_quotes && rest_.front() == '\\' && rest_.size() > 1)
                rest_.remove_prefix(1);
            else if (rest_.front() == '"')
                in_quotes = !in_quotes;
            rest_.remove_prefix(1);
        }
    }

  private:
    [[nodiscard]] static bool is_token68_letter(char c) noexcept {
        return is_alpha(c) || is_digit(c) || std::string_view{"-._~+/"}.find(c) != std::string_view::npos;
    }

    std::string_view take_front(std::size_t size) noexcept {
        const std::string_view front = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return front;
    }

    std::string_view rest_;
};

}  // namespace mint::detail
