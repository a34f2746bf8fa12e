#include "base/ascii.hpp"
#include "base/list_reader.hpp"

#include <mint/base/field_value.hpp>

namespace mint {
namespace {

using detail::list_reader;

[[nodiscard]] std::optional<parameter> read_parameter(list_reader& in) {
    parameter result;
    result.name = in.token();
    if (result.name.empty()) return std::nullopt;
    in.skip_blanks();  // "bad" ones, which RFC 6455 §4.3 allows and RFC 9110 §5.6.3 wants read
    if (!in.take('=')) return result;
    in.skip_blanks();
    if (in.take('"')) {
        result.quoted = true;
        result.value = in.quoted();
        if (!result.value) return std::nullopt;
        return result;
    }
    const std::string_view value = in.token();
    if (value.empty()) return std::nullopt;
    result.value = std::string{value};
    return result;
}

[[nodiscard]] std::optional<list_element> read_element(list_reader& in) {
    list_element result;
    result.name = in.token();
    if (result.name.empty()) return std::nullopt;
    in.skip_blanks();
    while (in.take(';')) {
        in.skip_blanks();
        auto read = read_parameter(in);
        if (!read) return std::nullopt;
        result.parameters.push_back(std::move(*read));
        in.skip_blanks();
    }
    return result;
}

[[nodiscard]] bool read_list(std::string_view value, std::vector<list_element>& out) {
    list_reader in{value};
    while (true) {
        in.skip_blanks();
        if (in.is_at_end()) return true;
        if (in.take(',')) continue;  // empty elements count for nothing (RFC 9110 §5.6.1.2)
        auto element = read_element(in);
        if (!element) return false;
        out.push_back(std::move(*element));
        if (!in.is_at_end() && !in.take(',')) return false;
    }
}

}  // namespace

bool lists_token(const headers& fields, std::string_view name, std::string_view token) noexcept {
    for (const field& f : fields) {
        if (!detail::equals_ignoring_case(f.name, name)) continue;
        list_reader in{f.value};
        while (!in.is_at_end()) {
            in.skip_blanks();
            const std::string_view found = in.token();
            list_reader rest = in;
            rest.skip_blanks();
            const bool is_alone = rest.is_at_end() || rest.take(',') || rest.take(';');
            if (is_alone && !found.empty() && detail::equals_ignoring_case(found, token)) return true;
            in.skip_element();
            (void)in.take(',');
        }
    }
    return false;
}

std::expected<std::vector<list_element>, error> parse_list(const headers& fields, std::string_view name) {
    std::vector<list_element> result;
    for (const field& f : fields) {
        if (!detail::equals_ignoring_case(f.name, name)) continue;
        if (!read_list(f.value, result)) {
            return std::unexpected(error{errc::invalid_field_value, "field " + std::string{name} + " is no list"});
        }
    }
    return result;
}

std::string to_text(const list_element& element) {
    std::string text = element.name;
    for (const parameter& p : element.parameters) {
        text.append("; ").append(p.name);
        if (!p.value) continue;
        text += '=';
        if (p.quoted) text += '"';
        for (const char c : *p.value) {
            if (p.quoted && (c == '"' || c == '\\')) text += '\\';
            text += c;
        }
        if (p.quoted) text += '"';
    }
    return text;
}

}  // namespace mint
