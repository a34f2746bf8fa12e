#include "http1/header_section.hpp"

#include "base/ascii.hpp"
#include "base/visible.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

namespace mint::http1::detail {

namespace {

constexpr std::string_view version_prefix = "HTTP/";
constexpr std::size_t max_shown_size = 200;  // of a line that isn't HTTP; more than is shown

error at(std::size_t offset, error e) {
    e.offset = offset;
    return e;
}

using mint::detail::is_digit;

/// A line without its end, for the text of an error.
std::string shown(std::string_view line) {
    if (line.ends_with('\n')) line.remove_suffix(1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return mint::detail::visible(line);
}

}  // namespace

std::expected<void, error> check_status_line(std::string_view line) {
    if (!line.starts_with(version_prefix)) return std::unexpected(errc::invalid_status_line);
    line.remove_prefix(version_prefix.size());
    const std::string_view version = line.substr(0, line.find_first_of(" \r\n"));
    if (version != "1.1" && version != "1.0") {
        const bool is_version = !version.empty() && is_digit(version.front()) && version.size() <= 3;
        return std::unexpected(is_version ? errc::unsupported_http_version : errc::invalid_status_line);
    }
    line.remove_prefix(version.size());
    // RFC 9110 §15: the first digit is the class; there is no class 0. The second blank should stand even before no
    // reason, but servers exist that leave it out.
    if (line.size() < 5 || line[0] != ' ' || !is_digit(line[1]) || line[1] == '0' || !is_digit(line[2]) ||
        !is_digit(line[3]) || (line[4] != ' ' && line[4] != '\r')) {
        return std::unexpected(errc::invalid_status_line);
    }
    return {};
}

void header_section::start(kind k, std::size_t field_count) noexcept {
    kind_ = k;
    field_count_ = field_count;
    size_ = line_start_ = 0;
    is_complete_ = false;
    has_field_line_ = false;
    gathered_.release();
}

void header_section::gather_broken(std::size_t size, byte_view input) {
    constexpr std::string_view empty_line = "\r\n\r\n";
    const std::string_view text = as_text(input);
    const std::size_t end = std::min(text.find(empty_line), text.size()) + empty_line.size();
    gathered_.truncate(size);
    gathered_.append(text.substr(0, std::min(end, size_limit_ - std::min(size, size_limit_))));
}

std::expected<std::optional<byte_view>, error> header_section::read(byte_view& input) {
    const byte_view whole_input = input;
    const bool is_gathering = size_ > 0;
    while (!is_complete_) {
        if (auto started = check_start(input); !started) return std::unexpected(started.error());
        const void* line_feed = input.empty() ? nullptr : std::memchr(input.data(), '\n', input.size());
        const std::size_t taken =
            line_feed == nullptr
                ? input.size()
                : static_cast<std::size_t>(static_cast<const std::byte*>(line_feed) - input.data()) + 1;
        if (taken > size_limit_ - size_) {
            return std::unexpected(at(size_limit_, {errc::header_section_too_big,
                                                    "max_header_section_size is " + std::to_string(size_limit_)}));
        }
        if (is_gathering) gathered_.append(input.first(taken));
        size_ += taken;
        input = input.subspan(taken);
        const byte_view section = is_gathering ? gathered_.view() : whole_input.first(size_);
        if (line_feed == nullptr) {
            if (!is_gathering) gathered_.append(section);
            return std::nullopt;
        }
        if (auto checked = check_line(as_text(section.subspan(line_start_))); !checked) {
            return std::unexpected(checked.error());
        }
        line_start_ = size_;
        if (is_complete_) return section;
    }
    return std::nullopt;
}

// A peer that speaks something else (TLS, SSH) may never send a line end: the first octets tell.
std::expected<void, error> header_section::check_start(byte_view rest) const {
    if (kind_ != kind::response_head || size_ >= version_prefix.size()) return {};
    const std::string_view expected = version_prefix.substr(0, size_limit_).substr(std::min(size_, size_limit_));
    const std::string_view found = as_text(rest.first(std::min(rest.size(), expected.size())));
    const auto differing = std::ranges::mismatch(found, expected).in1;
    if (differing == found.end()) return {};
    std::string line{gathered_.text()};
    line += as_text(rest).substr(0, max_shown_size);
    return std::unexpected(at(size_ + static_cast<std::size_t>(differing - found.begin()),
                              {errc::invalid_status_line, shown(line.substr(0, line.find('\n')))}));
}

std::expected<void, error> header_section::check_line(std::string_view line) {
    const std::size_t carriage_return = line.find('\r');
    if (line.size() < 2 || carriage_return != line.size() - 2) {
        const std::size_t broken = std::min(carriage_return, line.size() - 1);
        return std::unexpected(at(line_start_ + broken, {errc::invalid_line_end, shown(line)}));
    }
    const bool is_first = line_start_ == 0;
    if (is_first && kind_ == kind::response_head) {
        if (auto checked = check_status_line(line); !checked) {
            return std::unexpected(at(line_start_, {checked.error().code, shown(line)}));
        }
        return {};
    }
    if (line.size() == 2) {
        is_complete_ = true;
        return {};
    }
    if (mint::detail::is_blank(line.front())) {
        if (has_field_line_) return {};  // belongs to the field before it, see response_parser.hpp
        return std::unexpected(
            at(line_start_, {errc::invalid_field_line, "a folded line before the first field: " + shown(line)}));
    }
    has_field_line_ = true;
    if (field_count_ == field_limit_) {
        return std::unexpected(
            at(line_start_, {errc::too_many_fields, "max_field_count is " + std::to_string(field_limit_)}));
    }
    ++field_count_;
    return {};
}

}  // namespace mint::http1::detail
