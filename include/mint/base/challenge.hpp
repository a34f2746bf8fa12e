#pragma once

#include <mint/base/error.hpp>
#include <mint/base/field_value.hpp>
#include <mint/base/headers.hpp>

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mint {

/// One challenge of a 401 or 407 response (RFC 9110 §11.3): what the server wants to see.
struct challenge {
    std::string auth_scheme;            ///< as it came; compare with `is`
    std::string token68;                ///< with neither this nor parameters there is the scheme alone
    std::vector<parameter> parameters;  ///< each with a value; names as they came

    /// True if the scheme is `name`, compared without case: `c.is("basic")`.
    [[nodiscard]] bool is(std::string_view name) const noexcept;

    /// The value of a parameter, its name compared without case: `c.find("realm")`. Valid as long as this challenge.
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const noexcept;

    friend bool operator==(const challenge&, const challenge&) = default;
};

/// The challenges of every field line called `name`, `www-authenticate` or `proxy-authenticate`, in order
/// (RFC 9110 §11.6.1): a comma may stand between challenges and between parameters.
///
/// Empty when there is no such field. errc::invalid_field_line (the detail names the field) where the grammar is
/// broken, or one challenge has a parameter twice. Linear in the fields' size, but for sorting the names.
[[nodiscard]] std::expected<std::vector<challenge>, error> parse_challenges(const headers& fields,
                                                                            std::string_view name);

}  // namespace mint
