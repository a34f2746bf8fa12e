#include "base/ascii.hpp"
#include "base/visible.hpp"

#include <mint/base/headers.hpp>

#include <algorithm>

namespace mint {
namespace {

[[nodiscard]] auto is_named(std::string_view name) {
    return [name](const field& f) { return detail::equals_ignoring_case(f.name, name); };
}

[[nodiscard]] std::expected<field, error> make_field(std::string_view name, std::string_view value) {
    if (!is_token(name)) {
        return std::unexpected(error{errc::invalid_field_name, "'" + detail::visible(name) + "' is no token"});
    }
    value = detail::trim_blanks(value);
    if (!is_field_value(value)) return std::unexpected(error{errc::invalid_field_value, "field " + std::string{name}});
    return field{std::string{name}, std::string{value}};
}

}  // namespace

headers::headers(std::initializer_list<field_literal> fields) {
    fields_.reserve(fields.size());
    for (const field_literal& f : fields) fields_.push_back({std::string{f.name}, std::string{f.value}});
}

std::expected<headers, error> headers::from(std::initializer_list<field_view> fields) {
    return from(std::span{fields.begin(), fields.size()});
}

std::expected<headers, error> headers::from(std::span<const field_view> fields) {
    headers made;
    made.fields_.reserve(fields.size());
    for (const field_view& f : fields) {
        if (auto appended = made.append(f.name, f.value); !appended)
            return std::unexpected(std::move(appended.error()));
    }
    return made;
}

std::expected<void, error> headers::append(std::string_view name, std::string_view value) {
    auto made = make_field(name, value);
    if (!made) return std::unexpected(std::move(made.error()));
    fields_.push_back(std::move(*made));
    return {};
}

std::expected<void, error> headers::set(std::string_view name, std::string_view value) {
    auto made = make_field(name, value);
    if (!made) return std::unexpected(std::move(made.error()));
    const auto first = std::ranges::find_if(fields_, is_named(name));
    if (first == fields_.end()) {
        fields_.push_back(std::move(*made));
        return {};
    }
    const auto is_same = is_named(made->name);
    fields_.erase(std::remove_if(first + 1, fields_.end(), is_same), fields_.end());
    *first = std::move(*made);
    return {};
}

std::size_t headers::erase(std::string_view name) noexcept {
    const auto first = std::ranges::find_if(fields_, is_named(name));
    if (first == fields_.end()) return 0;
    const field held = std::move(*first);  // `name` may be this field's own
    const auto gone = std::remove_if(first + 1, fields_.end(), is_named(held.name));
    const auto count = static_cast<std::size_t>(fields_.end() - gone) + 1;
    fields_.erase(gone, fields_.end());
    fields_.erase(first);
    return count;
}

std::optional<std::string_view> headers::find(std::string_view name) const noexcept {
    const auto found = std::ranges::find_if(fields_, is_named(name));
    if (found == fields_.end()) return std::nullopt;
    return found->value;
}

std::size_t headers::count(std::string_view name) const noexcept {
    return static_cast<std::size_t>(std::ranges::count_if(fields_, is_named(name)));
}

}  // namespace mint
