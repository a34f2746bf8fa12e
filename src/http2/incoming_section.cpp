#include "http2/incoming_section.hpp"

#include "base/ascii.hpp"
#include "base/visible.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>
#include <utility>

namespace mint::http2::detail {

namespace {

using mint::detail::is_digit;

std::unexpected<error> malformed(const char* detail) {
    return std::unexpected(error{errc::malformed_response, detail});
}

/// RFC 9113 §8.2.2: fields of one connection of HTTP/1.1, which say nothing here but how to be misunderstood behind it.
bool is_connection_field(std::string_view name, std::string_view value) noexcept {
    constexpr std::array<std::string_view, 5> names = {"connection", "keep-alive", "proxy-connection",
                                                       "transfer-encoding", "upgrade"};
    return std::ranges::find(names, name) != names.end() || (name == "te" && value != "trailers");
}

bool is_lower_case(std::string_view name) noexcept {
    return std::ranges::none_of(name, [](char c) { return c >= 'A' && c <= 'Z'; });
}

std::optional<std::uint64_t> parse_length(std::string_view value) noexcept {
    std::uint64_t length = 0;
    const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), length);
    if (value.empty() || !is_digit(value.front()) || failure != std::errc{} || end != value.data() + value.size()) {
        return std::nullopt;
    }
    return length;
}

std::expected<void, error> put_once(std::string& member, std::string_view value) {
    if (!member.empty()) return malformed("a pseudo-field comes twice");
    if (value.empty()) return malformed("an empty pseudo-field");
    member = value;
    return {};
}

}  // namespace

void incoming_section::begin(kind k) {
    fields_.clear();
    for (std::string* member : {&method_, &target_, &scheme_, &authority_}) member->clear();
    content_length_.reset();
    broken_framing_.reset();
    status_ = 0;
    kind_ = k;
    has_regular_ = false;
}

std::expected<void, error> incoming_section::add(std::string_view name, std::string_view value) {
    if (name.starts_with(':')) return add_pseudo(name, value);
    has_regular_ = true;
    if (!is_token(name)) return malformed("a field name that is no token");
    if (!is_lower_case(name)) return malformed("a field name with a capital letter");
    if (!is_field_value(value)) return malformed("a field value with a control, or a blank at its end");
    if (auto framed = add_framing(name, value); !framed) {
        // A refusal says what it says, whatever its content's end.
        if (kind_ != kind::response || status_ < 300) return framed;
        if (!broken_framing_) {
            broken_framing_ = std::move(framed.error());
            broken_framing_->detail += ": " + std::string{name} + ": " + mint::detail::visible(value);
        }
    }
    return fields_.append(name, value);
}

std::expected<void, error> incoming_section::add_framing(std::string_view name, std::string_view value) {
    if (is_connection_field(name, value)) return malformed("a field of HTTP/1.1's connections");
    if (name != "content-length" || kind_ != kind::response) return {};
    if (content_length_) return malformed("content-length comes twice");
    content_length_ = parse_length(value);
    if (!content_length_) return malformed("content-length is no number");
    return {};
}

std::expected<void, error> incoming_section::add_pseudo(std::string_view name, std::string_view value) {
    if (has_regular_) return malformed("a pseudo-field behind the others");
    if (!is_field_value(value)) return malformed("a pseudo-field with a control, or a blank at its end");
    switch (kind_) {
        case kind::trailers: break;
        case kind::response:
            if (name != ":status") break;
            if (status_ != 0) return malformed(":status comes twice");
            if (value.size() != 3 || !std::ranges::all_of(value, is_digit) || value.front() == '0') {
                return malformed(":status is no status");
            }
            status_ = (value[0] - '0') * 100 + (value[1] - '0') * 10 + (value[2] - '0');
            if (status_ == 101) return malformed("101 means nothing here");  // RFC 9113 §8.6
            return {};
        case kind::promise:
            if (name == ":method") return put_once(method_, value);
            if (name == ":path") return put_once(target_, value);
            if (name == ":scheme") return put_once(scheme_, value);
            if (name == ":authority") return put_once(authority_, value);
            break;
    }
    return malformed("a pseudo-field that may not be here");
}

std::expected<void, error> incoming_section::finish() const {
    switch (kind_) {
        case kind::trailers: return {};
        case kind::response:
            if (status_ == 0) return malformed("no :status");
            return {};
        case kind::promise:
            if (method_.empty() || target_.empty() || scheme_.empty() || authority_.empty()) {
                return malformed("a promise without all pseudo-fields");
            }
            return {};
    }
    std::unreachable();
}

headers incoming_section::take_fields() noexcept { return std::exchange(fields_, {}); }

}  // namespace mint::http2::detail
