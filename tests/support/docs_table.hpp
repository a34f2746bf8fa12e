#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace mint::testing {

using docs_row = std::vector<std::string>;

/// The rows of the table under `heading`, such as "### After an error", of a file in docs/, without its head.
inline std::vector<docs_row> docs_table(std::string_view file_name, std::string_view heading) {
    std::ifstream file{std::filesystem::path{__FILE__}.parent_path() / "../../docs" / file_name};
    std::vector<docs_row> rows;
    std::string line;
    while (std::getline(file, line) && line != heading) {}
    while (std::getline(file, line) && !line.starts_with('#')) {
        if (!line.starts_with("| ")) continue;
        docs_row cells;
        for (std::size_t at = 2; at < line.size();) {
            const std::size_t end = line.find(" |", at);
            if (end == std::string::npos) break;
            cells.push_back(line.substr(at, end - at));
            at = end + 3;
        }
        rows.push_back(cells);
    }
    if (!rows.empty()) rows.erase(rows.begin());
    return rows;
}

/// Whether a cell such as "408, 425, 500–502" names `number`.
inline bool names_number(std::string_view cell, int number) {
    constexpr std::string_view dash = "–";
    while (!cell.empty()) {
        const std::string_view part = cell.substr(0, cell.find(", "));
        cell.remove_prefix(part.size() == cell.size() ? part.size() : part.size() + 2);
        const std::size_t at = part.find(dash);
        const int first = std::stoi(std::string{part.substr(0, at)});
        const int last = at == std::string_view::npos ? first : std::stoi(std::string{part.substr(at + dash.size())});
        if (first <= number && number <= last) return true;
    }
    return false;
}

}  // namespace mint::testing
