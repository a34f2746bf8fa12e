#pragma once

#include <mint/base/error.hpp>
#include <mint/base/headers.hpp>

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mint {

/// A parameter behind a list element: `name`, `name=token` or `name="quoted"` with its escapes undone.
struct parameter {
    std::string name = {};
    std::optional<std::string> value = std::nullopt;
    bool quoted = false;  ///< the value stood in quotes, or is to be written so
    friend bool operator==(const parameter&, const parameter&) = default;
};

/// One element of a list: a token and its parameters, e.g. one extension of Sec-WebSocket-Extensions.
struct list_element {
    std::string name;
    std::vector<parameter> parameters;
    friend bool operator==(const list_element&, const list_element&) = default;
};

/// True if one of the field lines called `name` lists `token`, compared without case (RFC 9110 §5.6.1): several lines
/// are one list, empty elements count for nothing. Linear in the fields' size; allocates nothing.
[[nodiscard]] bool lists_token(const headers& fields, std::string_view name, std::string_view token) noexcept;

/// The elements of every field line called `name`, in order: `1#( token *( OWS ";" OWS parameter ) )`; blanks around a
/// parameter's "=" are read as well.
///
/// Empty when there is no such field. Fails with errc::invalid_field_value (the detail names the field) where the
/// grammar of RFC 9110 §5.6 is broken. Linear in the fields' size.
[[nodiscard]] std::expected<std::vector<list_element>, error> parse_list(const headers& fields, std::string_view name);

/// The element as it stands in a field: `name; flag; name=value; name="quoted"`. What `parse_list` reads back.
/// Precondition: names are tokens, and so are values, but for those with `quoted`.
[[nodiscard]] std::string to_text(const list_element& element);

}  // namespace mint
