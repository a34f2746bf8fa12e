#include "line_splitter.hpp"

namespace mintws {

std::optional<std::string_view> line_splitter::next() {
    const auto text = held_.text();
    const auto newline = text.find(separator_, searched_size_);
    if (newline == std::string_view::npos) {
        searched_size_ = text.size();
        if (!has_ended_ || text.empty()) return std::nullopt;
        held_.consume(text.size());
        searched_size_ = 0;
        return text;
    }
    // Consuming leaves the octets where they are until room is made.
    held_.consume(newline + 1);
    searched_size_ = 0;
    return text.substr(0, newline);
}

std::string_view line_splitter::take_all() {
    const auto text = held_.text();
    held_.consume(text.size());
    searched_size_ = 0;
    return text;
}

}  // namespace mintws
