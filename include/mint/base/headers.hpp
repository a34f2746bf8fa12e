#pragma once

#include <mint/base/error.hpp>

#include <compare>
#include <concepts>
#include <cstddef>
#include <expected>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mint {

/// True if `name` is a token (RFC 9110 §5.6.2): a legal field name, method, or subprotocol.
[[nodiscard]] constexpr bool is_token(std::string_view name) noexcept {
    if (name.empty()) return false;
    for (const char c : name) {
        const bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!alphanumeric && std::string_view{"!#$%&'*+-.^_`|~"}.find(c) == std::string_view::npos) return false;
    }
    return true;
}

/// True if `value` may stand in a field line (RFC 9110 §5.5): visible octets, space and tab, and octets over 0x7F;
/// no blank at either end.
[[nodiscard]] constexpr bool is_field_value(std::string_view value) noexcept {
    for (const char c : value) {
        const auto u = static_cast<unsigned char>(c);
        if ((u < 0x20 && u != '\t') || u == 0x7F) return false;
    }
    const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
    return value.empty() || (!is_blank(value.front()) && !is_blank(value.back()));
}

/// One field line: name as it was given (any case), value without blanks around it.
struct field {
    std::string name;
    std::string value;
    friend bool operator==(const field&, const field&) = default;
};

/// A field of run-time values, to be checked; a view of both.
struct field_view {
    std::string_view name;
    std::string_view value;
};

/// A field written as literals; a bad one doesn't compile.
struct field_literal {
    consteval field_literal(const char* n, const char* v) : name(n), value(v) {
        if (!is_token(name) || !is_field_value(value)) throw "not a legal field";
    }

    /// Anything else than literals, which could be refused only at run time, where a constructor can't say so.
    template <std::convertible_to<std::string_view> Name, std::convertible_to<std::string_view> Value>
    constexpr field_literal(const Name&, const Value&) {
        static_assert(
            std::same_as<Name, void>,
            "headers{{...}} takes literals only: write headers::from({{name, value}}), which returns an error");
    }
    std::string_view name;
    std::string_view value;
};

/// Field lines in order, as a request or response carries them (RFC 9110 §5).
///
/// Holds only legal names and values: CR, LF, NUL and the other controls can't get in, so nothing that writes them
/// checks again. Names keep their case and compare without it. Look-ups are linear: header sections are short.
class headers {
  public:
    headers() noexcept = default;
    /// `headers{{"origin", "http://localhost"}, {"x-trace", "1"}}`: checked while compiling.
    headers(std::initializer_list<field_literal> fields);

    /// The same of run-time values: `headers::from({{"authorization", token}, {"x-trace", id}})`. Errors as `append`,
    /// of the first field that has one.
    [[nodiscard]] static std::expected<headers, error> from(std::initializer_list<field_view> fields);
    [[nodiscard]] static std::expected<headers, error> from(std::span<const field_view> fields);

    /// Appends a field line; blanks around `value` are dropped. errc::invalid_field_name or
    /// errc::invalid_field_value (the detail names the field, or shows the bad name), and nothing is appended.
    [[nodiscard]] std::expected<void, error> append(std::string_view name, std::string_view value);

    /// Replaces every field of that name by one, in the first one's place, or appends it. Errors as `append`.
    [[nodiscard]] std::expected<void, error> set(std::string_view name, std::string_view value);

    /// Drops every field of that name; returns how many there were.
    std::size_t erase(std::string_view name) noexcept;

    void clear() noexcept { fields_.clear(); }

    /// The first value of that name. Valid until this object changes.
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const noexcept;

    /// How many field lines have that name.
    [[nodiscard]] std::size_t count(std::string_view name) const noexcept;
    [[nodiscard]] bool contains(std::string_view name) const noexcept { return find(name).has_value(); }

    [[nodiscard]] auto begin() const noexcept { return fields_.begin(); }
    [[nodiscard]] auto end() const noexcept { return fields_.end(); }
    [[nodiscard]] std::size_t size() const noexcept { return fields_.size(); }
    [[nodiscard]] bool empty() const noexcept { return fields_.empty(); }

    friend bool operator==(const headers&, const headers&) = default;

  private:
    std::vector<field> fields_;
};

/// A response other than the one hoped for, as an error carries it. See error.hpp.
struct refused_response {
    int status_code = 0;
    headers fields;

    /// The start of its content, as far as whoever waited for it read it: a proxy's and `opening`'s up to their limit.
    /// Empty for `websocket::create`, where the content comes as data responses.
    std::string content = {};
};

}  // namespace mint
