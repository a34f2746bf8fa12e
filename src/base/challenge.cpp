#include "base/ascii.hpp"
#include "base/list_reader.hpp"

#include <mint/base/challenge.hpp>

#include <algorithm>

namespace mint {
namespace {

using detail::list_reader;

/// An auth-param (RFC 9110 §11.2); nothing where something else stands, and then `in` is where it was.
///
/// `a=` and `a==` are none but a token68, for a value has at least one octet or quotes.
[[nodiscard]] std::optional<parameter> read_parameter(list_reader& in) {
    list_reader ahead = in;
    parameter result;
    result.name = ahead.token();
    if (result.name.empty()) return std::nullopt;
    ahead.skip_blanks();
    if (!ahead.take('=')) return std::nullopt;
    ahead.skip_blanks();
    if (ahead.take('"')) {
        result.quoted = true;
        result.value = ahead.quoted();
        if (!result.value) return std::nullopt;
    } else {
        const std::string_view value = ahead.token();
        if (value.empty()) return std::nullopt;
        result.value = std::string{value};
    }
    in = ahead;
    return result;
}

/// Reads field lines one after the other as one list, in which `name=value` behind any comma is the last challenge's,
/// and all else begins a new one.
class challenge_reader {
  public:
    [[nodiscard]] bool read_line(std::string_view line) {
        list_reader in{line};
        while (true) {
            in.skip_blanks();
            if (in.is_at_end()) return true;
            if (in.take(',')) continue;  // empty elements count for nothing (RFC 9110 §5.6.1.2)
            if (!read_element(in)) return false;
            in.skip_blanks();
            if (!in.is_at_end() && !in.take(',')) return false;
        }
    }

    [[nodiscard]] std::vector<challenge> take() && { return std::move(challenges_); }

  private:
    [[nodiscard]] bool read_element(list_reader& in) {
        if (auto read = read_parameter(in)) {
            if (!takes_parameters_) return false;
            challenges_.back().parameters.push_back(std::move(*read));
            return true;
        }
        const std::string_view auth_scheme = in.token();
        if (auth_scheme.empty()) return false;
        challenge& begun = challenges_.emplace_back();
        begun.auth_scheme = auth_scheme;
        takes_parameters_ = in.skip_blanks();  // the grammar wants a space, be the first parameter an empty element
        if (in.is_at_end() || in.is_at(',')) return true;
        if (!takes_parameters_) return false;
        if (auto read = read_parameter(in)) {
            begun.parameters.push_back(std::move(*read));
            return true;
        }
        begun.token68 = in.token68();
        takes_parameters_ = false;
        return !begun.token68.empty();
    }

    std::vector<challenge> challenges_;
    bool takes_parameters_ = false;
};

/// Sorts, for a peer may send thousands of parameters.
[[nodiscard]] bool has_parameter_twice(const challenge& c) {
    std::vector<std::string> names;
    names.reserve(c.parameters.size());
    for (const parameter& p : c.parameters) names.push_back(detail::lower_case(p.name));
    std::ranges::sort(names);
    return std::ranges::adjacent_find(names) != names.end();
}

}  // namespace

bool challenge::is(std::string_view name) const noexcept { return detail::equals_ignoring_case(auth_scheme, name); }

std::optional<std::string_view> challenge::find(std::string_view name) const noexcept {
    const auto found = std::ranges::find_if(
        parameters, [name](const parameter& p) { return detail::equals_ignoring_case(p.name, name); });
    if (found == parameters.end() || !found->value) return std::nullopt;
    return *found->value;
}

std::expected<std::vector<challenge>, error> parse_challenges(const headers& fields, std::string_view name) {
    challenge_reader reader;
    for (const field& f : fields) {
        if (!detail::equals_ignoring_case(f.name, name)) continue;
        if (!reader.read_line(f.value)) {
            return std::unexpected(
                error{errc::invalid_field_line, "field " + std::string{name} + " is no list of challenges"});
        }
    }
    auto challenges = std::move(reader).take();
    if (std::ranges::any_of(challenges, has_parameter_twice)) {
        return std::unexpected(
            error{errc::invalid_field_line, "field " + std::string{name} + " has a challenge with a parameter twice"});
    }
    return challenges;
}

}  // namespace mint
