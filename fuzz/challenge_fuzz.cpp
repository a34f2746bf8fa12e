// Invariant: parse_challenges never crashes; what it accepts holds only tokens, each challenge a token68 or parameters
// without repetition; and written out again as one line or as one line each, it parses to the same.
//
// Input: field values, one a line.
#include <mint/base/challenge.hpp>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

namespace {

using namespace mint;

constexpr std::string_view field_name = "www-authenticate";

void require(bool holds) {
    if (!holds) std::abort();
}

std::string quoted(std::string_view value) {
    std::string result = "\"";
    for (const char c : value) {
        if (c == '"' || c == '\\') result += '\\';
        result += c;
    }
    return result + '"';
}

std::string written(const challenge& c) {
    std::string line = c.auth_scheme;
    if (!c.token68.empty()) return line + ' ' + c.token68;
    const char* separator = " ";
    for (const parameter& p : c.parameters) {
        line += separator + p.name + '=' + (p.quoted ? quoted(*p.value) : *p.value);
        separator = ", ";
    }
    return line;
}

void check(const challenge& c) {
    require(is_token(c.auth_scheme) && c.is(c.auth_scheme));
    require(c.token68.empty() || c.parameters.empty());
    std::set<std::string> names;
    for (const parameter& p : c.parameters) {
        require(is_token(p.name) && p.value && (p.quoted || is_token(*p.value)));
        require(c.find(p.name) == p.value);
        std::string lower = p.name;
        std::ranges::transform(lower, lower.begin(),
                               [](unsigned char o) { return static_cast<char>(std::tolower(o)); });
        require(names.insert(std::move(lower)).second);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text{reinterpret_cast<const char*>(data), size};
    headers fields;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        (void)fields.append(field_name, text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    const auto challenges = parse_challenges(fields, field_name);
    if (!challenges) {
        require(challenges.error() == errc::invalid_field_line && !challenges.error().detail.empty());
        return 0;
    }
    headers one_line;
    headers one_line_each;
    std::string line;
    for (const challenge& c : *challenges) {
        check(c);
        line += (line.empty() ? "" : ", ") + written(c);
        require(one_line_each.append(field_name, written(c)).has_value());
    }
    require(one_line.append(field_name, line).has_value());
    require(parse_challenges(one_line, field_name) == *challenges);
    require(parse_challenges(one_line_each, field_name) == *challenges);
    return 0;
}
