#include "suggestion.hpp"

#include <mint/base/url.hpp>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace mintws {

namespace {

constexpr std::size_t most_mistakes = 2;

// Mistakes of typing between two words (optimal string alignment).
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i) {
        for (std::size_t j = 0; j <= b.size(); ++j) {
            if (i == 0 || j == 0) {
                d[i][j] = i + j;
                continue;
            }
            d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
            const bool is_swap = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (is_swap) d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
        }
    }
    return d[a.size()][b.size()];
}

bool starts_with_scheme(std::string_view text, std::string_view scheme) {
    return text.size() > scheme.size() && text[scheme.size()] == ':' &&
           std::ranges::equal(text.substr(0, scheme.size()), scheme,
                              [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a) == b; });
}

}  // namespace

std::optional<std::string> closest(std::string_view typed, std::span<const std::string> names) {
    std::optional<std::string> best;
    std::size_t fewest = std::min(most_mistakes, typed.size() / 2) + 1;
    if (typed.size() > 64) return best;
    for (const auto& name : names) {
        const auto mistakes = distance(typed, name);
        if (mistakes >= fewest) continue;
        fewest = mistakes;
        best = name;
    }
    return best;
}

std::optional<std::string> websocket_form(std::string_view typed) {
    std::string scheme = "ws";
    for (const std::string_view known : {"wss", "https", "ws", "http"}) {
        const bool has_colon = starts_with_scheme(typed, known);
        if (!has_colon && !typed.starts_with(std::string{known} + "//")) continue;
        if (known.ends_with('s') && known != "ws") scheme = "wss";
        typed.remove_prefix(known.size() + (has_colon ? 1 : 0));
        break;
    }
    typed.remove_prefix(std::min(typed.find_first_not_of('/'), typed.size()));
    // An @ that isn't the authority's may end a password all the same.
    const auto authority = typed.substr(0, typed.find_first_of("/?#"));
    if (typed.find('@') != authority.find('@')) return std::nullopt;
    if (const auto at = authority.rfind('@'); at != std::string_view::npos) typed.remove_prefix(at + 1);
    auto meant = scheme + "://" + std::string{typed};
    const auto url = mint::parse_url(meant);
    if (typed.empty() || !url || !url->is_websocket) return std::nullopt;
    return meant;
}

}  // namespace mintws
